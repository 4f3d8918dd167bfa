/**
 * Small guests on the real CPU leave KVM_RUN exactly as the same machine code left it under Linux 6.12: reason, address, size,
 * data, PC. The programs and the loop around them are those of the recording program.
 */

import { readFileSync } from 'node:fs'
import { cpuModels } from '@armvisor/cpu'
import { coreReg, type Kvm, KvmError, type Vcpu, type Vm } from '@armvisor/uapi'
import { beforeAll, describe, expect, test } from 'vitest'
import { createKvm } from '../src/kernel/kvm.ts'
import { FakeHost } from './fake-cpu.ts'
import { chex, readRecords } from './records.ts'

const ram = 0x4000_0000n
const ramBytes = 0x40_0000
const answer = 0xf8f7f6f5f4f3f2f1n
/** 4 KiB pages of the recording host. */
const page = 4096

interface Programs {
  readonly programs: Record<string, { readonly words: string }>
}
const { programs } = JSON.parse(
  readFileSync(new URL('fixtures/guest-programs.json', import.meta.url), 'utf8'),
) as Programs

type GuestRecord = Record<string, unknown> & { readonly t: string }
const recorded = readRecords('linux-6.12-4k-guest.jsonl') as unknown as GuestRecord[]

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

function getU64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
}

let kvm: Kvm

beforeAll(() => {
  kvm = createKvm({ memoryBytes: 64 << 20, host: new FakeHost(), model: cpuModels['armv8-lpa2'] })
})

/** One VM with a program at its reset address and the vectors at 0x800. */
class Guest {
  readonly vm: Vm
  readonly vcpu: Vcpu
  readonly hva: bigint
  readonly records: GuestRecord[] = []
  readonly #mapped: bigint[] = []

  constructor(program: string, options: { readonly type?: bigint; readonly features?: number } = {}) {
    this.vm = kvm.createVm(options.type ?? 0n)
    this.hva = this.map(ramBytes)
    this.slot(0, 0, ram, ramBytes, this.hva)
    this.#load(program, 0)
    this.#load('vec', 0x800)
    this.vcpu = this.vm.createVcpu(0)
    this.vcpu.init({ target: 5, features: [options.features ?? 4] })
    this.vcpu.setOneReg(coreReg('pc'), u64(ram))
  }

  map(bytes: number): bigint {
    const hva = kvm.memory.map(bytes)
    this.#mapped.push(hva)
    return hva
  }
  slot(slot: number, flags: number, gpa: bigint, bytes: number, hva: bigint): void {
    this.vm.setUserMemoryRegion({
      slot,
      flags,
      guest_phys_addr: gpa,
      memory_size: BigInt(bytes),
      userspace_addr: hva,
    })
  }
  setX(n: number, value: bigint): void {
    this.vcpu.setOneReg(coreReg(`x${n}` as 'x0'), u64(value))
  }
  /** Calls for the program `psci`: x0 to x3 each, ended by zeros. */
  calls(list: readonly (readonly bigint[])[]): void {
    const table = kvm.memory.bytes(this.hva + 0x4000n, 0x1000)
    list.forEach((call, i) => {
      call.forEach((value, n) => {
        table.set(u64(value), (i * 4 + n) * 8)
      })
    })
    this.setX(11, ram + 0x4000n)
  }

  /** The loop of the recording program, in its record format. */
  go(title: string, maxRuns: number): this {
    const data = new Uint8Array(8)
    for (let i = 0; i < maxRuns; i++) if (!this.#step(title, i, data)) break
    return this
  }

  #step(title: string, run: number, data: Uint8Array): boolean {
    const g = 'guest'
    const pc = (): string => chex(getU64(this.vcpu.getOneReg(coreReg('pc'))))
    try {
      const exit = this.vcpu.run()
      switch (exit.reason) {
        case 'mmio': {
          // In the shared page, bytes beyond the access keep what they held.
          if (exit.isWrite) data.set(exit.data)
          this.records.push({
            g,
            t: title,
            exit: 'MMIO',
            addr: chex(exit.physAddr),
            len: exit.len,
            w: exit.isWrite ? 1 : 0,
            data: exit.isWrite ? chex(getU64(data)) : '0',
            pc: pc(),
          })
          if (!exit.isWrite) {
            data.set(u64(answer))
            exit.data.set(data.subarray(0, exit.len))
          }
          return true
        }
        case 'system_event':
          this.records.push({
            g,
            t: title,
            exit: 'SYSTEM_EVENT',
            type: exit.type,
            ndata: exit.data.length,
            d0: Number(exit.data[0] ?? 0n),
            pc: pc(),
          })
          return false
        case 'arm_nisv':
          this.records.push({
            g,
            t: title,
            exit: 'ARM_NISV',
            esr_iss: chex(exit.esrIss),
            ipa: chex(exit.faultIpa),
            pc: pc(),
          })
          this.vcpu.setOneReg(coreReg('pc'), u64(BigInt(pc()) + 4n))
          return true
        default:
          this.records.push({ g, t: title, exit: exit.reason, pc: pc() })
          return false
      }
    } catch (error) {
      if (!(error instanceof KvmError)) throw error
      this.records.push({ g, t: `${title} KVM_RUN#${run} exit_reason=0 pc=${pc()}`, r: -1, e: error.code })
      return false
    }
  }

  end(): GuestRecord[] {
    this.vm.close()
    for (const hva of this.#mapped) kvm.memory.unmap(hva)
    return this.records
  }

  #load(program: string, offset: number): void {
    const words = (programs[program] as { words: string }).words.split(' ')
    const bytes = kvm.memory.bytes(this.hva + BigInt(offset), words.length * 4)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    words.forEach((word, i) => {
      view.setUint32(i * 4, Number.parseInt(word, 16), true)
    })
  }
}

/**
 * The records of a title, its failed run included. The recording CPU had FEAT_BTI, so that SPSR_EL1 after a BR has BTYPE 1
 * (0x7c5); this one has not.
 */
function expected(title: string): GuestRecord[] {
  const records = recorded.filter((record) => record.t === title || record.t.startsWith(`${title} KVM_RUN#`))
  expect(records.length).toBeGreaterThan(0)
  return records.map((record) => (record['data'] === '0x7c5' ? { ...record, data: '0x3c5' } : record))
}

describe('MMIO', () => {
  test('behavior: loads and stores of every size, up to the exclusive that no syndrome describes', () => {
    // Linux 6.12 zero-extends LDRSB, LDRSH and LDRSW from MMIO; here they extend as the architecture says.
    const extended: Record<number, string> = {
      9: '0xfffffff1',
      11: '0xfffffffffffffff1',
      13: '0xfffff2f1',
      15: '0xfffffffffffff2f1',
      17: '0xfffffffff4f3f2f1',
    }
    const records = expected('mmio').map((record, i) => (i in extended ? { ...record, data: extended[i] } : record))
    expect(new Guest('mmio').go('mmio', 60).end()).toEqual(records)
  })

  test.each([
    ['ldp', 'ldp'],
    ['ldr_writeback', 'wb'],
    ['ldr_q', 'fp'],
    ['cas', 'cas'],
    ['dc_zva', 'zva'],
  ])('behavior: %s has no syndrome: ENOSYS, or an exit with the capability', (name, program) => {
    for (const cap of [0, 1]) {
      const guest = new Guest(program)
      if (cap === 1) guest.vm.enableCap(177)
      const title = `nisv ${name} cap=${cap}`
      // WnR of an atomic is 0 where a read would have faulted too ([ARM] D24 ESR_EL2); the recording emulator set it.
      const records = expected(title).map((record) =>
        name === 'cas' && record['esr_iss'] === '0x45' ? { ...record, esr_iss: '0x5' } : record,
      )
      expect(guest.go(title, 8).end()).toEqual(records)
    }
  })

  test('behavior: cache maintenance of nothing is skipped', () => {
    expect(new Guest('dc').go('cache-maint unmapped', 10).end()).toEqual(expected('cache-maint unmapped'))
  })

  test('behavior: a fetch from nothing is an external abort', () => {
    expect(new Guest('fetch').go('fetch unmapped', 10).end()).toEqual(expected('fetch unmapped'))
  })
})

describe('the end of the IPA space', () => {
  const addresses = [31n, 32n, 36n, 39n, 40n, 44n, 47n, 48n, 51n].map((bits) => (1n << bits) | 0x18n)
  const cases = [32n, 36n, 40n, 0n].flatMap((type) => addresses.map((address) => [type, chex(address)] as const))

  test.each(cases)('behavior: type %i, access to %s', (type, address) => {
    for (const [kind, program] of [
      ['data', 'oor'],
      ['fetch', 'oorf'],
    ] as const) {
      if (kind === 'fetch' && type !== 36n && type !== 0n) continue
      const title = `${kind} ipa=${address} type=${type}`
      const guest = new Guest(program, { type })
      guest.setX(10, BigInt(address))
      expect(guest.go(title, 8).end()).toEqual(expected(title))
    }
  })
})

describe('read-only slots', () => {
  test.each([
    ['readonly slot', false],
    ['readonly slot NISV cap', true],
  ])('behavior: %s', (title, isNisvToUser) => {
    const guest = new Guest('ro')
    if (isNisvToUser) guest.vm.enableCap(177)
    const hva = guest.map(page * 4)
    kvm.memory.bytes(hva, page * 4).fill(0x5a)
    guest.slot(1, 2, 0x4800_0000n, page * 4, hva)
    guest.setX(10, 0x4800_0010n)
    expect(guest.go(title, 8).end()).toEqual(expected(title))
  })
})

describe('hypercalls', () => {
  test('behavior: SMC is answered, HVC #1 is not', () => {
    expect(new Guest('smc').go('smc/hvc1', 6).end()).toEqual(expected('smc/hvc1'))
  })

  test.each([
    ['SYSTEM_RESET', [0x84000009n, 0n, 0n, 0n], false],
    ['SYSTEM_RESET2 t=0', [0xc4000012n, 0n, 7n, 0n], false],
    ['SYSTEM_SUSPEND nocap', [0xc400000en, 0x40000000n, 5n, 0n], false],
    ['SYSTEM_SUSPEND cap', [0xc400000en, 0x40000000n, 5n, 0n], true],
  ] as const)('behavior: %s', (title, call, hasCapability) => {
    const guest = new Guest('psci')
    if (hasCapability) guest.vm.enableCap(216)
    guest.calls([call])
    guest.go(title, 5)
    const after = {
      g: 'guest',
      t: `after ${title}`,
      x0: chex(getU64(guest.vcpu.getOneReg(coreReg('x0')))),
      mp: guest.vcpu.getMpState(),
    }
    expect([...guest.end(), after]).toEqual([...expected(title), ...expected(`after ${title}`)])
  })

  test('behavior: without KVM_ARM_VCPU_PSCI_0_2 the first three calls', () => {
    const guest = new Guest('psci', { features: 0 })
    guest.calls([
      [0x84000000n, 0n, 0n, 0n],
      [0x80000000n, 0n, 0n, 0n],
      [0x80000001n, 0x80008000n, 0n, 0n],
    ])
    const title = 'psci no PSCI_0_2 feature'
    expect(guest.go(title, 6).end()).toEqual(expected(title))
  })
})
