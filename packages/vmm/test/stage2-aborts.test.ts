/** What a stage-2 abort leads to, in the order of Linux 6.12; tables and memory are real, the CPU's side is its syndrome. */

import { CpuState, LinearMemory } from '@armvisor/cpu'
import { computeGeometry, Prot, Stage2Table } from '@armvisor/stage2'
import { KvmError, type VcpuExit } from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { type AbortVcpu, type AbortVm, handleAbort } from '../src/kernel/abort.ts'
import type { InjectedAbort } from '../src/kernel/cpu-port.ts'
import { type MemorySlot, MemorySlots } from '../src/kernel/memslots.ts'
import { completeMmio, decodeMmioData, type MmioDevices, type PendingMmio } from '../src/kernel/mmio.ts'
import { LinearMmOps } from '../src/kernel/stage2.ts'
import { LinearUserMemory } from '../src/kernel/user-memory.ts'

const dataAbort = 0x24 << 26
const fetchAbort = 0x20 << 26
const IL = 1 << 25
const translation = 0x05
const permission = 0x0f
const accessFlag = 0x0b
const WnR = 1 << 6
const S1PTW = 1 << 7
const CM = 1 << 8
const ISV = 1 << 24

/** ISV syndrome of a load or store. */
function access(options: { size: 1 | 2 | 4 | 8; rt: number; sse?: boolean; sf?: boolean; write?: boolean }): number {
  const sas = Math.log2(options.size)
  return (
    dataAbort |
    IL |
    ISV |
    (sas << 22) |
    (options.sse ? 1 << 21 : 0) |
    (options.rt << 16) |
    (options.sf ? 1 << 15 : 0) |
    (options.write ? WnR : 0) |
    translation
  )
}

class World implements AbortVm, AbortVcpu {
  readonly index = 0
  readonly memory = new LinearMemory(32 << 20)
  readonly ipaLimit = 48
  readonly ipaBits: number
  isNisvToUser = false
  readonly quirks = {}
  readonly dirty: number[] = []
  readonly userMemory: LinearUserMemory
  readonly slots: MemorySlots
  readonly table: Stage2Table
  readonly stage2: AbortVm['stage2']
  devices: MmioDevices | undefined
  readonly state: CpuState
  readonly injected: InjectedAbort[] = []
  pendingMmio: PendingMmio | undefined

  constructor(ipaBits = 40) {
    this.ipaBits = ipaBits
    const geometry = computeGeometry({ ipaBits, granule: '4K' })
    const mm = new LinearMmOps(this.memory, 4096, { tlbiIpa: () => {}, tlbiVmid: () => {} })
    const table = new Stage2Table({ geometry, mm })
    this.table = table
    this.stage2 = {
      blockSizes: geometry.blockSizes,
      leafBytes: (level) => geometry.levelBytes[level] ?? 0,
      map: (ipa, size, pa, prot) => table.map(ipa, size, pa, prot),
      relaxPermissions: (ipa, prot) => table.relaxPerms(ipa, prot),
      makeYoung: (ipa) => table.mkYoung(ipa),
    }
    this.userMemory = new LinearUserMemory(this.memory, 4096, 0x200000, () => {})
    this.slots = new MemorySlots(4096, ipaBits, {
      unmapRange: (gpa, size) => table.unmap(gpa, size),
      loggingStarted: (slot) => table.writeProtect(slot.gpa, slot.sizeBytes),
      logging: { usesBitmaps: true, isInitiallySet: false },
    })
    this.state = new CpuState(this.memory, 0)
    this.state.pc = 0x40000100n
  }
  markDirty(slot: MemorySlot, gpa: number): void {
    if (slot.isLogging) this.dirty.push(gpa)
  }
  injectAbort(abort: InjectedAbort): void {
    this.injected.push(abort)
  }
  slot(gpa: number, hva: number, size: number, flags = 0, slot = 0): void {
    this.slots.set({
      slot,
      flags,
      guest_phys_addr: BigInt(gpa),
      memory_size: BigInt(size),
      userspace_addr: BigInt(hva),
    })
  }
  abort(esr: number, ipa: number, far = BigInt(ipa)): VcpuExit | undefined {
    const { exit, outcome } = handleAbort(this, this, { esr: esr >>> 0, far, ipa })
    expect(outcome === 'exit').toBe(exit !== undefined)
    return exit
  }
}

function errno(action: () => void): string {
  try {
    action()
  } catch (error) {
    if (error instanceof KvmError) return error.code
    throw error
  }
  return 'ok'
}

describe('beyond the IPA space', () => {
  test.each([
    ['data', dataAbort | IL | ISV | translation],
    ['prefetch', fetchAbort | IL | translation],
  ] as const)('behavior: a %s access beyond the VM gives an external abort with the IPA as FAR', (kind, esr) => {
    const world = new World(36)
    expect(world.abort(esr, 2 ** 36 + 0x18, 0xffff_0000_0000_0018n)).toBeUndefined()
    expect(world.injected).toEqual([{ kind, far: 2n ** 36n + 0x18n, fsc: 0x10 }])
  })

  test('behavior: beyond the host it is an address size fault at level 0', () => {
    const world = new World(36)
    world.abort(access({ size: 8, rt: 0 }), 2 ** 48)
    expect(world.injected).toEqual([{ kind: 'data', far: 2n ** 48n, fsc: 0 }])
  })

  test('behavior: the last address below is plain MMIO', () => {
    expect(new World(36).abort(access({ size: 1, rt: 0 }), 2 ** 36 - 1)).toMatchObject({ reason: 'mmio' })
  })
})

describe('without memory', () => {
  test('behavior: a fetch gets a prefetch abort with the virtual address', () => {
    const world = new World()
    world.abort(fetchAbort | IL | translation, 0x9000000, 0xffff_8000_0900_0000n)
    expect(world.injected).toEqual([{ kind: 'prefetch', far: 0xffff_8000_0900_0000n, fsc: 0x10 }])
  })

  test('behavior: a table walk gets a data abort, or a prefetch abort when it was for a fetch', () => {
    const world = new World()
    world.abort(dataAbort | IL | S1PTW | translation, 0x9000000, 5n)
    world.abort(fetchAbort | IL | S1PTW | translation, 0x9000000, 6n)
    expect(world.injected).toEqual([
      { kind: 'data', far: 5n, fsc: 0x10 },
      { kind: 'prefetch', far: 6n, fsc: 0x10 },
    ])
  })

  test('behavior: cache maintenance is skipped', () => {
    const world = new World()
    expect(world.abort(dataAbort | IL | CM | WnR | translation, 0x9000000)).toBeUndefined()
    expect(world.state.pc).toBe(0x40000104n)
  })

  test('error: ENOSYS where the syndrome does not say what to do', () => {
    const world = new World()
    expect(errno(() => world.abort(dataAbort | IL | translation, 0x9000000))).toBe('ENOSYS')
    expect(world.state.pc).toBe(0x40000100n)
  })

  test('behavior: with KVM_CAP_ARM_NISV_TO_USER it is an exit with CM, WnR and the fault status', () => {
    const world = new World()
    world.isNisvToUser = true
    expect(world.abort(dataAbort | IL | WnR | translation, 0x9000008)).toEqual({
      reason: 'arm_nisv',
      esrIss: 0x45n,
      faultIpa: 0x9000008n,
    })
  })

  test('error: EFAULT for a fault status that is no translation, permission or access-flag fault', () => {
    expect(errno(() => new World().abort(dataAbort | IL | 0x01, 0x9000000))).toBe('EFAULT')
    expect(errno(() => new World().abort(dataAbort | IL | 0x21, 0x9000000))).toBe('EFAULT')
  })
})

describe('MMIO', () => {
  test('behavior: a store exits with its bytes and its PC stays', () => {
    const world = new World()
    world.state.writeX(3, 0x1122334455667788n)
    const exit = world.abort(access({ size: 4, rt: 3, write: true }), 0x9000004)
    expect(exit).toMatchObject({ reason: 'mmio', physAddr: 0x9000004n, len: 4, isWrite: true })
    expect(exit?.reason === 'mmio' && [...exit.data]).toEqual([0x88, 0x77, 0x66, 0x55])
    expect(world.state.pc).toBe(0x40000100n)
  })

  test('behavior: a store of XZR writes zero', () => {
    const exit = new World().abort(access({ size: 8, rt: 31, write: true }), 0x9000000)
    expect(exit?.reason === 'mmio' && decodeMmioData(exit.data)).toBe(0n)
  })

  // Registers after the loads of the recorded guest, where the bytes were f1 f2 … f8; sign extension is the architecture's.
  test.each([
    ['LDRB W', { size: 1, rt: 0 }, 0xf1n],
    ['LDRH W', { size: 2, rt: 0 }, 0xf2f1n],
    ['LDR W', { size: 4, rt: 0 }, 0xf4f3f2f1n],
    ['LDR X', { size: 8, rt: 0, sf: true }, 0xf8f7f6f5f4f3f2f1n],
    ['LDRSB W', { size: 1, rt: 0, sse: true }, 0xfffffff1n],
    ['LDRSB X', { size: 1, rt: 0, sse: true, sf: true }, 0xfffffffffffffff1n],
    ['LDRSH W', { size: 2, rt: 0, sse: true }, 0xfffff2f1n],
    ['LDRSH X', { size: 2, rt: 0, sse: true, sf: true }, 0xfffffffffffff2f1n],
    ['LDRSW X', { size: 4, rt: 0, sse: true, sf: true }, 0xfffffffff4f3f2f1n],
  ] as const)('behavior: %s writes its register as the architecture extends it', (_, options, expected) => {
    const world = new World()
    world.state.writeX(0, 0xdeadn)
    const exit = world.abort(access(options), 0x9000000)
    if (exit?.reason !== 'mmio') throw new Error('no exit')
    exit.data.set([0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8].slice(0, exit.len))
    const pending = world.pendingMmio as PendingMmio
    completeMmio(world.state, pending.syndrome, decodeMmioData(pending.data), world.quirks)
    expect(world.state.readX(0)).toBe(expected)
    expect(world.state.pc).toBe(0x40000104n)
  })

  test('behavior: devices in the kernel come first and complete at once', () => {
    const world = new World()
    const written: bigint[] = []
    world.devices = {
      readMmio: (address) => (address === 0x8000000 ? 0x80n : undefined),
      writeMmio: (address, _size, value) => address === 0x8000000 && written.push(value) > 0,
    }
    world.state.writeX(1, 7n)
    expect(world.abort(access({ size: 1, rt: 0, sse: true }), 0x8000000)).toBeUndefined()
    expect(world.state.readX(0)).toBe(0xffffff80n)
    expect(world.abort(access({ size: 4, rt: 1, write: true }), 0x8000000)).toBeUndefined()
    expect(written).toEqual([7n])
    expect(world.state.pc).toBe(0x40000108n)
    expect(world.abort(access({ size: 4, rt: 0 }), 0x8000004)).toMatchObject({ reason: 'mmio' })
  })
})

describe('mapping', () => {
  const read = dataAbort | IL | translation
  const gpa = 0x40000000

  test('behavior: the first access maps a block where guest and host have the same offset in it', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(8 << 20))
    world.slot(gpa, hva, 8 << 20)
    expect(world.abort(read, gpa + 0x234567)).toBeUndefined()
    expect(world.table.getLeaf(gpa + 0x234567)).toMatchObject({
      isValid: true,
      ipa: BigInt(gpa + 0x200000),
      pa: BigInt(hva + 0x200000),
      sizeBytes: 0x200000,
      af: true,
      prot: Prot.rwx,
    })
  })

  test('behavior: another offset gives a page', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(8 << 20))
    world.slot(gpa, hva + 0x1000, 4 << 20)
    world.abort(read, gpa + 0x234567)
    expect(world.table.getLeaf(gpa + 0x234567)).toMatchObject({ sizeBytes: 4096, pa: BigInt(hva + 0x235000) })
  })

  test('behavior: a block that is not wholly in the slot gives pages', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(8 << 20))
    world.slot(gpa + 0x1000, hva + 0x1000, 0x400000)
    world.abort(read, gpa + 0x1000)
    world.abort(read, gpa + 0x400000)
    world.abort(read, gpa + 0x200000)
    expect(world.table.getLeaf(gpa + 0x1000)?.sizeBytes).toBe(4096)
    expect(world.table.getLeaf(gpa + 0x400000)?.sizeBytes).toBe(4096)
    expect(world.table.getLeaf(gpa + 0x200000)?.sizeBytes).toBe(0x200000)
  })

  test('behavior: a read-only slot is mapped without W; its stores are MMIO, its NISV stores report a permission fault', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(4 << 20))
    world.slot(gpa, hva, 4 << 20, 2)
    world.abort(read, gpa)
    expect(world.table.getLeaf(gpa)?.prot).toBe(Prot.r | Prot.x)
    const store = (access({ size: 8, rt: 0, write: true }) & ~0x3f) | permission
    expect(world.abort(store, gpa + 0x10)).toMatchObject({ reason: 'mmio', isWrite: true })
    world.isNisvToUser = true
    expect(world.abort(dataAbort | IL | WnR | permission, gpa + 0x10)).toMatchObject({ esrIss: 0x4fn })
  })

  test('behavior: page tables in a read-only slot can be walked', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(4 << 20))
    world.slot(gpa, hva, 4 << 20, 2)
    expect(world.abort(dataAbort | IL | S1PTW | WnR | translation, gpa)).toBeUndefined()
    expect(world.injected).toEqual([])
    expect(world.table.getLeaf(gpa)?.isValid).toBe(true)
  })

  test('behavior: a logged slot gets pages, writable only by a write; a later write relaxes in place', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(4 << 20))
    world.slot(gpa, hva, 4 << 20, 1)
    world.abort(read, gpa)
    expect(world.table.getLeaf(gpa)).toMatchObject({ sizeBytes: 4096, prot: Prot.r | Prot.x })
    world.abort(dataAbort | IL | WnR | permission, gpa)
    expect(world.table.getLeaf(gpa)?.prot).toBe(Prot.rwx)
    world.abort(dataAbort | IL | WnR | translation, gpa + 0x1000)
    expect(world.table.getLeaf(gpa + 0x1000)).toMatchObject({ sizeBytes: 4096, prot: Prot.rwx })
  })

  test('behavior: deleting and moving a slot unmap it', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(4 << 20))
    world.slot(gpa, hva, 4 << 20)
    world.abort(read, gpa)
    world.slot(gpa + (1 << 30), hva, 4 << 20)
    expect(world.table.getLeaf(gpa)?.isValid).toBe(false)
    world.abort(read, gpa + (1 << 30))
    expect(world.table.getLeaf(gpa + (1 << 30))?.isValid).toBe(true)
    world.slot(0, 0, 0)
    expect(world.table.getLeaf(gpa + (1 << 30))?.isValid).toBe(false)
    expect(world.abort(access({ size: 4, rt: 0 }), gpa + (1 << 30))).toMatchObject({ reason: 'mmio' })
  })

  test('behavior: an access-flag fault makes the leaf young', () => {
    const world = new World()
    const hva = Number(world.userMemory.map(4096))
    world.slot(gpa, hva, 4096)
    world.abort(read, gpa)
    world.table.testClearYoung(gpa, 4096, true)
    expect(world.table.getLeaf(gpa)?.af).toBe(false)
    world.abort(dataAbort | IL | accessFlag, gpa)
    expect(world.table.getLeaf(gpa)?.af).toBe(true)
  })

  test('error: EFAULT where the slot points at nothing, and for a read that has no permission', () => {
    const world = new World()
    world.slot(gpa, 0x7ffff000, 4096)
    expect(errno(() => world.abort(read, gpa))).toBe('EFAULT')
    const hva = Number(world.userMemory.map(4096))
    world.slot(gpa + 4096, hva, 4096, 0, 1)
    expect(errno(() => world.abort(dataAbort | IL | permission, gpa + 4096))).toBe('EFAULT')
  })
})
