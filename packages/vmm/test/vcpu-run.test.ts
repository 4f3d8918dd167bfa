/** KVM_RUN: life cycle, pending accesses, waiting for interrupts, timers into the GIC, system events. */

import { LAYOUT, OutOfLinearMemoryError } from '@armvisor/cpu'
import { coreReg, type Device, type Kvm, KvmError, sysReg, sysRegIndex, type Vcpu, type Vm } from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { createKvmWith } from '../src/kernel/kvm.ts'
import { type FakeCpu, FakeCpus, FakeHost } from './fake-cpu.ts'

const CNTV_CTL = sysRegIndex(3, 3, 14, 3, 1)
const CNTV_CVAL = sysRegIndex(3, 3, 14, 3, 2)
const ICC_PMR = sysRegIndex(3, 0, 4, 6, 0)
const ICC_IGRPEN1 = sysRegIndex(3, 0, 12, 12, 7)
const ICC_IAR1 = sysRegIndex(3, 0, 12, 12, 0)
const nsPerTick = 16

let host: FakeHost
let cpus: FakeCpus
let kvm: Kvm
let vm: Vm

beforeEach(() => {
  host = new FakeHost()
  cpus = new FakeCpus()
  kvm = createKvmWith({ memoryBytes: 32 << 20, model: { paBits: 48, lpa2: false }, host, cpus })
  vm = kvm.createVm()
})

function makeVcpu(id = 0, features = 4): { vcpu: Vcpu; cpu: FakeCpu } {
  const vcpu = vm.createVcpu(id)
  vcpu.init({ target: 5, features: [features] })
  return { vcpu, cpu: cpus.made.at(-1) as FakeCpu }
}

/** A GIC at QEMU's addresses with the virtual timer's PPI enabled for vCPU 0. */
function makeGic(cpu: FakeCpu): Device {
  const gic = vm.createDevice(7)
  gic.setAttr(0, 2n, 0x8000000n)
  gic.setAttr(0, 3n, 0x80a0000n)
  gic.setAttr(4, 0n, 0n)
  gic.setAttr(1, 0n, 2n)
  gic.setAttr(5, 0x10100n, 1n << 27n)
  cpu.host.accessSysReg(ICC_PMR, true, 0xffn)
  cpu.host.accessSysReg(ICC_IGRPEN1, true, 1n)
  return gic
}

function armTimer(cpu: FakeCpu, ticks: number): void {
  cpu.host.accessSysReg(CNTV_CVAL, true, BigInt(ticks))
  cpu.host.accessSysReg(CNTV_CTL, true, 1n)
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

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false
  void promise.then(() => {
    settled = true
  })
  for (let i = 0; i < 5; i++) await Promise.resolve()
  return settled
}

function load(rt: number): number {
  return ((0x24 << 26) | (1 << 25) | (1 << 24) | (2 << 22) | (rt << 16) | 5) >>> 0
}

describe('life cycle', () => {
  test('error: ENOEXEC before KVM_ARM_VCPU_INIT, but the MP state can be read', () => {
    const vcpu = vm.createVcpu(0)
    expect(errno(() => vcpu.run())).toBe('ENOEXEC')
    expect(errno(() => vcpu.getOneReg(coreReg('pc')))).toBe('ENOEXEC')
    expect(errno(() => vcpu.setOneReg(coreReg('pc'), new Uint8Array(8)))).toBe('ENOEXEC')
    expect(vcpu.getMpState()).toBe(0)
  })

  test.each([
    ['another target', { target: 0, features: [4] }, 'EINVAL'],
    ['a feature that this CPU lacks', { target: 5, features: [1 << 3] }, 'EINVAL'],
    ['an unknown feature', { target: 5, features: [1 << 7] }, 'ENOENT'],
    ['a second word', { target: 5, features: [4, 1] }, 'ENOENT'],
  ])('error: init with %s', (_, init, code) => {
    const vcpu = vm.createVcpu(0)
    expect(errno(() => vcpu.init(init))).toBe(code)
  })

  test('behavior: init again takes the same features only, but POWER_OFF may differ', () => {
    const { vcpu } = makeVcpu()
    expect(errno(() => vcpu.init({ target: 5, features: [0] }))).toBe('EINVAL')
    vcpu.init({ target: 5, features: [5] })
    expect(vcpu.getMpState()).toBe(5)
    vcpu.init({ target: 5, features: [4] })
    expect(vcpu.getMpState()).toBe(0)
  })

  test('behavior: a second vCPU must have the features of the first', () => {
    makeVcpu()
    const second = vm.createVcpu(1)
    expect(errno(() => second.init({ target: 5, features: [0] }))).toBe('EINVAL')
  })

  test('behavior: reset state', () => {
    const { vcpu, cpu } = makeVcpu(17)
    cpu.state.writeX(5, 7n)
    vcpu.init({ target: 5, features: [4] })
    const read = (id: bigint): bigint => new DataView(vcpu.getOneReg(id).buffer).getBigUint64(0, true)
    expect([read(coreReg('pc')), read(coreReg('pstate')), read(coreReg('x5'))]).toEqual([0n, 0x3c5n, 0n])
    expect(read(sysReg(3, 0, 0, 0, 5))).toBe(0x80000101n)
    expect(read(0x6030000000140000n)).toBe(0x10001n)
    expect(cpu.stage2?.vttbr).toBeDefined()
  })

  test('behavior: registers round-trip, vectors included', () => {
    const { vcpu } = makeVcpu()
    for (const name of ['x0', 'x30', 'sp', 'pc', 'sp_el1', 'elr_el1', 'spsr_el1', 'spsr_fiq'] as const) {
      vcpu.setOneReg(coreReg(name), new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]))
      expect([...vcpu.getOneReg(coreReg(name))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    }
    const vector = Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i)
    vcpu.setOneReg(coreReg('v31'), vector)
    expect([...vcpu.getOneReg(coreReg('v31'))]).toEqual([...vector])
    vcpu.setOneReg(coreReg('fpcr'), new Uint8Array([0, 0, 0, 1]))
    expect([...vcpu.getOneReg(coreReg('fpcr'))]).toEqual([0, 0, 0, 1])
    expect(errno(() => vcpu.setOneReg(coreReg('pc'), new Uint8Array(4)))).toBe('EFAULT')
  })

  test('behavior: the ids of CVAL and CNT of the virtual timer are swapped, and CNT moves the counter', () => {
    const { vcpu, cpu } = makeVcpu()
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, 0x1234n, true)
    vcpu.setOneReg(0x603000000013df02n, bytes)
    expect(cpu.host.accessSysReg(CNTV_CVAL, false, 0n)).toBe(0x1234n)
    vcpu.setOneReg(0x603000000013df1an, bytes)
    host.advance(nsPerTick)
    expect(cpu.host.readCounter() - cpu.counterOffset).toBe(0x1235)
  })

  test('error: ids and duplicates, and vCPUs after the GIC is initialised', () => {
    const { cpu } = makeVcpu()
    expect(errno(() => vm.createVcpu(0))).toBe('EEXIST')
    expect(errno(() => vm.createVcpu(512))).toBe('EINVAL')
    makeGic(cpu)
    expect(errno(() => vm.createVcpu(1))).toBe('EBUSY')
  })

  test('behavior: closing a VM frees its CPUs, which other VMs get reset', () => {
    for (let id = 0; id < 5; id++) makeVcpu(id)
    // A vCPU that is not initialised takes no CPU yet.
    vm.createVcpu(5)
    expect(cpus.made).toHaveLength(5)
    vm.close()
    expect(errno(() => vm.createVcpu(6))).toBe('EBADF')
    vm = kvm.createVm()
    for (let id = 0; id < 5; id++) makeVcpu(id)
    expect(cpus.made).toHaveLength(5)
  })
})

test('error: ENOMEM for a CPU that the linear memory has no room for', () => {
  const full = new FakeCpus()
  full.create = () => {
    throw new OutOfLinearMemoryError({ requestBytes: 1, freeBytes: 0, totalBytes: 0 })
  }
  const model = { paBits: 48, lpa2: false }
  const vcpu = createKvmWith({ memoryBytes: 8 << 20, model, host, cpus: full })
    .createVm()
    .createVcpu(0)
  expect(errno(() => vcpu.init({ target: 5, features: [4] }))).toBe('ENOMEM')
})

describe('exits', () => {
  test('behavior: an MMIO read completes at the next run', () => {
    const { vcpu, cpu } = makeVcpu()
    cpu.state.pc = 0x40000000n
    cpu.script = [{ kind: 'abort', esr: load(2), far: 0x9000000n, ipa: 0x9000000 }]
    const exit = vcpu.run()
    expect(exit).toMatchObject({ reason: 'mmio', len: 4, isWrite: false })
    expect(cpu.state.pc).toBe(0x40000000n)
    if (exit.reason === 'mmio') exit.data.set([1, 2, 3, 4])
    vcpu.immediateExit = true
    expect(vcpu.run()).toEqual({ reason: 'intr' })
    expect(cpu.state.readX(2)).toBe(0x04030201n)
    expect(cpu.state.pc).toBe(0x40000004n)
  })

  test('behavior: the time slice ends a run', () => {
    const { vcpu, cpu } = makeVcpu()
    const step = (): { kind: 'slice' } => {
      host.nowNs += 1e6
      return { kind: 'slice' }
    }
    cpu.script = Array.from({ length: 100 }, () => step)
    expect(vcpu.run()).toEqual({ reason: 'intr' })
    expect(cpu.runs).toBe(8)
  })

  test('behavior: a clock that stands still ends a run too', () => {
    const { vcpu } = makeVcpu()
    expect(vcpu.run()).toEqual({ reason: 'intr' })
  })

  test('behavior: SMC is answered like HVC, with the PC moved past it', () => {
    const { vcpu, cpu } = makeVcpu()
    cpu.state.pc = 0x40000000n
    cpu.state.writeX(0, 0x84000000n)
    cpu.state.writeX(1, 9n)
    cpu.state.set32(LAYOUT.ss, 1)
    cpu.script = [{ kind: 'smc', imm: 0 }]
    vcpu.run()
    expect([cpu.state.readX(0), cpu.state.readX(1), cpu.state.pc]).toEqual([0x10001n, 0n, 0x40000004n])
    expect(cpu.state.get32(LAYOUT.ss)).toBe(0)
  })

  test.each([
    ['hvc', [0x10001n, 0n]],
    ['smc', [0xffff_ffff_ffff_ffffn, 9n]],
  ] as const)('behavior: an immediate means nothing to HVC, and is reserved in SMC: %s', (kind, result) => {
    const { vcpu, cpu } = makeVcpu()
    cpu.state.writeX(0, 0x84000000n)
    cpu.state.writeX(1, 9n)
    cpu.script = [{ kind, imm: 1 }]
    vcpu.run()
    expect([cpu.state.readX(0), cpu.state.readX(1)]).toEqual(result)
  })

  test('behavior: SYSTEM_OFF exits, presets x0 and stops all vCPUs', () => {
    const { vcpu, cpu } = makeVcpu()
    const other = makeVcpu(1)
    cpu.state.writeX(0, 0x84000008n)
    cpu.script = [{ kind: 'hvc', imm: 0 }]
    expect(vcpu.run()).toEqual({ reason: 'system_event', type: 1, data: [0n] })
    expect(cpu.state.readX(0)).toBe(0xffff_ffff_ffff_fffan)
    expect([vcpu.getMpState(), other.vcpu.getMpState()]).toEqual([5, 5])
  })

  test('behavior: a stopped vCPU does not run until CPU_ON resets and starts it', async () => {
    const { vcpu, cpu } = makeVcpu()
    const second = makeVcpu(1, 5)
    expect(second.vcpu.run()).toEqual({ reason: 'intr' })
    const waiting = second.vcpu.runnable()
    expect(await isSettled(waiting)).toBe(false)
    cpu.state.writeX(0, 0xc4000003n)
    cpu.state.writeX(1, 1n)
    cpu.state.writeX(2, 0x40080000n)
    cpu.state.writeX(3, 0x55n)
    cpu.script = [{ kind: 'hvc', imm: 0 }]
    vcpu.run()
    await waiting
    expect(second.cpu.runs).toBe(0)
    second.vcpu.run()
    expect(second.cpu.runs).toBeGreaterThan(0)
    expect([second.cpu.state.pc, second.cpu.state.readX(0)]).toEqual([0x40080000n, 0x55n])
  })

  test('behavior: a suspended vCPU exits with WAKEUP when an interrupt comes, and stays suspended', () => {
    const { vcpu } = makeVcpu()
    vcpu.setMpState(10)
    expect(vcpu.run()).toEqual({ reason: 'intr' })
    vm.irqLine(0, true)
    expect(vcpu.run()).toEqual({ reason: 'system_event', type: 4, data: [] })
    expect(vcpu.getMpState()).toBe(10)
  })
})

describe('waiting', () => {
  test('behavior: a busy vCPU is runnable as soon as the host yielded', async () => {
    const { vcpu } = makeVcpu()
    vcpu.run()
    await vcpu.runnable()
    expect(host.yields).toBe(1)
    expect(host.timers).toHaveLength(0)
  })

  test('behavior: WFI waits for the timer, whose interrupt is then acknowledged', async () => {
    const { vcpu, cpu } = makeVcpu()
    makeGic(cpu)
    armTimer(cpu, 1000)
    cpu.script = [{ kind: 'wfi' }]
    expect(vcpu.run()).toEqual({ reason: 'intr' })
    const waiting = vcpu.runnable()
    expect(await isSettled(waiting)).toBe(false)
    expect(host.timers.map((timer) => timer.atNs)).toEqual([1000 * nsPerTick])
    const { runs } = cpu
    expect(vcpu.run()).toEqual({ reason: 'intr' })
    expect(cpu.runs).toBe(runs)
    host.advance(1000 * nsPerTick)
    await waiting
    let acknowledged: bigint | undefined
    cpu.script = [
      () => {
        acknowledged = cpu.host.accessSysReg(ICC_IAR1, false, 0n)
        return { kind: 'wfi' }
      },
    ]
    vcpu.run()
    expect(acknowledged).toBe(27n)
    expect(cpu.lines.irq).toBe(false)
    // The line is still high: no deadline is left that could wake anybody.
    void vcpu.runnable()
    expect(host.timers).toHaveLength(0)
  })

  test('behavior: WFI with an interrupt signalled goes on', () => {
    const { vcpu, cpu } = makeVcpu()
    vm.irqLine(0, true)
    cpu.script = [{ kind: 'wfi' }, { kind: 'abort', esr: load(1), far: 0x9000000n, ipa: 0x9000000 }]
    expect(vcpu.run().reason).toBe('mmio')
  })

  test('behavior: an interrupt line ends a wait and cancels the timer', async () => {
    const { vcpu, cpu } = makeVcpu()
    const gic = makeGic(cpu)
    gic.setAttr(1, 0x104n, 1n << 8n)
    armTimer(cpu, 1000)
    cpu.script = [{ kind: 'wfi' }]
    vcpu.run()
    const waiting = vcpu.runnable()
    vm.irqLine((1 << 24) | 40, true)
    await waiting
    expect(host.timers).toHaveLength(0)
    expect(cpu.lines.irq).toBe(true)
  })

  test('behavior: kick ends a wait, and one that comes before the wait is not lost', async () => {
    const { vcpu, cpu } = makeVcpu()
    cpu.script = [{ kind: 'wfi' }]
    vcpu.run()
    const waiting = vcpu.runnable()
    expect(await isSettled(waiting)).toBe(false)
    vcpu.kick()
    await waiting
    vcpu.run()
    vcpu.kick()
    expect(await isSettled(vcpu.runnable())).toBe(true)
  })

  test('behavior: the timer interrupts a guest that never waits', () => {
    const { vcpu, cpu } = makeVcpu()
    makeGic(cpu)
    armTimer(cpu, 10)
    const seen: boolean[] = []
    const step = (): { kind: 'slice' } => {
      seen.push(cpu.lines.irq)
      host.nowNs += 8 * nsPerTick
      return { kind: 'slice' }
    }
    cpu.script = [step, step, step]
    vcpu.run()
    expect(seen).toEqual([false, false, true])
  })

  test('behavior: without a GIC its registers are undefined', () => {
    const { cpu } = makeVcpu()
    expect(cpu.host.accessSysReg(ICC_PMR, false, 0n)).toBeUndefined()
  })
})

describe('host memory', () => {
  test('behavior: unmapping it unmaps the guest, drops code, and the next access is EFAULT', () => {
    const { vcpu, cpu } = makeVcpu()
    const hva = kvm.memory.map(4 << 20)
    vm.setUserMemoryRegion({
      slot: 0,
      flags: 0,
      guest_phys_addr: 0x40000000n,
      memory_size: 4n << 20n,
      userspace_addr: hva,
    })
    const abort = { kind: 'abort', esr: load(1), far: 0x40000000n, ipa: 0x40000000 } as const
    cpu.script = [abort]
    vcpu.run()
    cpu.invalidations.length = 0
    kvm.memory.unmap(hva)
    expect(cpu.invalidations).toContain(`code ${hva.toString(16)}+400000`)
    expect(cpu.invalidations.some((it) => it.startsWith('ipa'))).toBe(true)
    cpu.script = [abort]
    expect(errno(() => vcpu.run())).toBe('EFAULT')
  })

  test('error: addresses that are not mapped', () => {
    expect(errno(() => kvm.memory.unmap(0x1000n))).toBe('EINVAL')
    expect(errno(() => kvm.memory.bytes(0n, 1))).toBe('EFAULT')
    const hva = kvm.memory.map(4096)
    expect(errno(() => kvm.memory.bytes(hva, 4097))).toBe('EFAULT')
    expect(kvm.memory.bytes(hva, 4096)).toHaveLength(4096)
    expect(errno(() => kvm.memory.map(1 << 30))).toBe('ENOMEM')
    expect(errno(() => kvm.memory.map(0))).toBe('EINVAL')
  })

  test('behavior: a closed VM gives back all its tables', () => {
    const it = createKvmWith({ memoryBytes: 8 << 20, model: { paBits: 48, lpa2: false }, host, cpus })
    const all = (4 << 20) + 4096
    for (let i = 0; i < 3; i++) {
      const guest = it.createVm(34n)
      const vcpu = guest.createVcpu(0)
      vcpu.init({ target: 5, features: [4] })
      const hva = it.memory.map(4096)
      guest.setUserMemoryRegion({
        slot: 0,
        flags: 0,
        guest_phys_addr: 0x40000000n,
        memory_size: 4096n,
        userspace_addr: hva,
      })
      ;(cpus.made.at(-1) as FakeCpu).script = [{ kind: 'abort', esr: load(1), far: 0x40000000n, ipa: 0x40000000 }]
      vcpu.run()
      guest.close()
      it.memory.unmap(hva)
      it.memory.unmap(it.memory.map(all))
    }
  })

  test('behavior: large mappings are aligned to a block', () => {
    kvm.memory.map(4096)
    expect(kvm.memory.map(4 << 20) % 0x200000n).toBe(0n)
  })
})

describe('capabilities', () => {
  test.each([
    ['4K', { paBits: 48, lpa2: false }, 48],
    ['4K', { paBits: 52, lpa2: true }, 52],
    ['4K', { paBits: 40, lpa2: false }, 40],
    ['16K', { paBits: 52, lpa2: false }, 48],
    ['64K', { paBits: 52, lpa2: false }, 52],
  ] as const)('behavior: the IPA limit with %s pages on %o is %i', (granule, model, limit) => {
    const it = createKvmWith({ memoryBytes: 8 << 20, model, host, granule, cpus })
    expect(it.checkExtension(165)).toBe(limit)
    it.createVm(BigInt(limit)).close()
    expect(errno(() => it.createVm(BigInt(limit) + 1n))).toBe('EINVAL')
  })

  test('behavior: as Linux for what is implemented, 0 for what is not', () => {
    expect([3, 10, 128, 177, 229].map((cap) => kvm.checkExtension(cap))).toEqual([1, 32767, 512, 1, 0x40201000])
    expect([126, 170, 205, 223, 168].map((cap) => kvm.checkExtension(cap))).toEqual([0, 0, 0, 0x100000, 3])
    expect(errno(() => kvm.checkExtension(131))).toBe('EINVAL')
    expect(vm.checkExtension(131)).toBe(0)
    expect(kvm.getApiVersion()).toBe(12)
    expect(kvm.getVcpuMmapSize()).toBe(8192)
  })

  test('behavior: enabling', () => {
    vm.enableCap(177)
    vm.enableCap(177, 0, [5n])
    expect(errno(() => vm.enableCap(177, 1))).toBe('EINVAL')
    expect(errno(() => vm.enableCap(999))).toBe('EINVAL')
    expect(errno(() => vm.createDevice(6))).toBe('ENODEV')
    vm.createDevice(7, 1)
    vm.createDevice(7)
  })
})
