/** KVM_RUN with `KvmOptions.icount`: slices end at timers, waits are skipped, the host's clock is not seen. */

import { type Kvm, KvmError, sysRegIndex, type Vcpu, type Vm } from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { InstructionClock } from '../src/kernel/instruction-clock.ts'
import { createKvmWith } from '../src/kernel/kvm.ts'
import { type FakeCpu, FakeCpus, FakeHost } from './fake-cpu.ts'

const CNTV_CTL = sysRegIndex(3, 3, 14, 3, 1)
const CNTV_CVAL = sysRegIndex(3, 3, 14, 3, 2)
const CNTVCT = sysRegIndex(3, 3, 14, 0, 2)
const ICC_PMR = sysRegIndex(3, 0, 4, 6, 0)
const ICC_IGRPEN1 = sysRegIndex(3, 0, 12, 12, 7)
const KVM_CAP_MAX_VCPUS = 66
const nsPerTick = 16
const nsPerInstruction = 8

let host: FakeHost
let clock: InstructionClock
let kvm: Kvm
let vm: Vm
let vcpu: Vcpu
let cpu: FakeCpu

beforeEach(() => {
  host = new FakeHost()
  clock = new InstructionClock({ shift: 3 })
  const cpus = new FakeCpus()
  const model = { paBits: 48, lpa2: false }
  kvm = createKvmWith({ memoryBytes: 32 << 20, model, host, cpus, icount: clock, sliceBudget: 5000 })
  vm = kvm.createVm()
  vcpu = vm.createVcpu(0)
  vcpu.init({ target: 5, features: [4] })
  cpu = cpus.made[0] as FakeCpu
  const gic = vm.createDevice(7)
  gic.setAttr(0, 2n, 0x8000000n)
  gic.setAttr(0, 3n, 0x80a0000n)
  gic.setAttr(4, 0n, 0n)
  gic.setAttr(1, 0n, 2n)
  gic.setAttr(5, 0x10100n, 1n << 27n)
  cpu.host.accessSysReg(ICC_PMR, true, 0xffn)
  cpu.host.accessSysReg(ICC_IGRPEN1, true, 1n)
})

function armTimer(ticks: number): void {
  cpu.host.accessSysReg(CNTV_CVAL, true, BigInt(ticks))
  cpu.host.accessSysReg(CNTV_CTL, true, 1n)
}

/** Executes what the next run is given, as the CPU does, until the host's time for a turn is over. */
function executeAll(): void {
  cpu.script = [
    () => {
      cpu.instructions += cpu.budgets.at(-1) as number
      host.nowNs += 1e9
      return { kind: 'slice' }
    },
  ]
}

describe('with icount', () => {
  test('behavior: a slice ends at the instruction at which the timer is due', () => {
    armTimer(1001)
    const due = (1001 * nsPerTick) / nsPerInstruction
    executeAll()
    vcpu.run()
    expect([cpu.budgets, cpu.lines.irq]).toEqual([[due], true])
  })

  test('behavior: a slice before that is of the usual length, and the next one as long as is left', () => {
    armTimer(4000)
    executeAll()
    vcpu.run()
    expect(cpu.lines.irq).toBe(false)
    executeAll()
    vcpu.run()
    expect([cpu.budgets, cpu.lines.irq]).toEqual([[5000, 3000], true])
  })

  test('behavior: a timer set in the middle of a slice ends it', () => {
    const before = cpu.endedSlices
    armTimer(100)
    expect(cpu.endedSlices).toBeGreaterThan(before)
    cpu.host.accessSysReg(CNTVCT, false, 0n)
    expect(cpu.endedSlices).toBe(before + 2)
  })

  test("behavior: counters show instructions, whatever the host's clock does", () => {
    cpu.instructions += 50
    host.nowNs += 1e9
    expect(cpu.host.accessSysReg(CNTVCT, false, 0n)).toBe(BigInt((50 * nsPerInstruction) / nsPerTick))
  })

  test('behavior: a wait for a timer is skipped, and no time of the host passes', async () => {
    armTimer(1_000_000)
    cpu.script = [{ kind: 'wfi' }]
    expect(vcpu.run()).toEqual({ reason: 'intr' })
    await vcpu.runnable()
    expect([clock.monotonicNs(), clock.instructions, host.nowNs, host.timers]).toEqual([16_000_000, 0, 0, []])
    executeAll()
    vcpu.run()
    expect(cpu.lines.irq).toBe(true)
  })

  test("behavior: a device's timer ends a slice and a wait as well", async () => {
    const rang: number[] = []
    clock.wallClock.after(0.02, () => rang.push(clock.monotonicNs()))
    executeAll()
    vcpu.run()
    expect([cpu.budgets, rang]).toEqual([[2500], [20_000]])
    clock.wallClock.after(5, () => rang.push(clock.monotonicNs()))
    cpu.script = [{ kind: 'wfi' }]
    vcpu.run()
    await vcpu.runnable()
    vcpu.run()
    expect(rang).toEqual([20_000, 5_020_000])
  })

  test('behavior: a guest that only input can wake really waits', async () => {
    cpu.script = [{ kind: 'wfi' }]
    vcpu.run()
    const waiting = vcpu.runnable()
    expect(host.yields).toBe(0)
    vcpu.kick()
    await waiting
    expect(clock.monotonicNs()).toBe(0)
  })

  test('error: EINVAL for a second vCPU, until the first is gone', () => {
    vm.close()
    vm = kvm.createVm()
    vm.createVcpu(0)
    let error: unknown
    try {
      vm.createVcpu(1)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(KvmError)
    expect(error).toMatchObject({ code: 'EINVAL' })
    expect(String(error)).toContain('open the KVM without icount')
    expect(kvm.checkExtension(KVM_CAP_MAX_VCPUS)).toBe(1)
    vm.close()
    expect(kvm.createVm().createVcpu(0)).toBeDefined()
  })
})
