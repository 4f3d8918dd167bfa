/** ONE_REG ids, first runs, MPIDR and IRQ lines of a vCPU give what Linux 6.12 gave to the same calls in the same order. */

import { type Kvm, KvmError, sysReg, type Vcpu } from '@armvisor/uapi'
import { expect, test } from 'vitest'
import { createKvmWith } from '../src/kernel/kvm.ts'
import { FakeCpus, FakeHost } from './fake-cpu.ts'
import { chex, Replay, readRecords } from './records.ts'

const pstate = 0x6030000000100042n
const pc = 0x6030000000100040n
const psciVersion = 0x6030000000140000n

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

function oneRegCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'onereg'
  const vm = kvm.createVm()
  const vcpu = vm.createVcpu(0)
  vcpu.init({ target: 5, features: [4] })
  const get = (title: string, id: bigint): void => {
    replay.call(title, () => vcpu.getOneReg(id))
  }
  const set = (title: string, id: bigint, value: bigint): void => {
    replay.call(title, () => vcpu.setOneReg(id, u64(value)))
  }
  get('wrong arch ARM(4)', (pc & ~(0xfn << 60n)) | (4n << 60n))
  get('wrong arch 7', 0x7030000000100040n)
  get('pc as u32', 0x6020000000100040n)
  get('core off +1', 0x6030000000100041n)
  get('core off 0xd8 (end)', 0x60300000001000d8n)
  get('core off 0x400', 0x6030000000100400n)
  get('SVE class w/o SVE', 0x6030000000150000n)
  get('class 0x19', 0x6030000000190000n)
  get('sysreg unknown', 0x6030000000130000n | 0x7fffn)
  get('demux ccsidr0', 0x6020000000110000n)
  get('demux ccsidr1', 0x6020000000110001n)
  get('demux ccsidr ff', 0x60200000001100ffn)
  get('demux u64', 0x6030000000110000n)
  get('demux id1', 0x6020000000110100n)
  set('pstate EL1h', pstate, 0x3c5n)
  set('pstate EL2h', pstate, 0x3c9n)
  set('pstate EL3h', pstate, 0x3cdn)
  set('pstate AArch32 svc', pstate, 0x1d3n)
  set('pstate mode 2', pstate, 0x3c2n)
  set('pstate EL0t', pstate, 0x3c0n)
  vcpu.setOneReg(pstate, u64(0x3c5n))
  set('PSCI 2.0', psciVersion, 0x20000n)
  set('PSCI 1.1', psciVersion, 0x10001n)
  set('PSCI 1.2', psciVersion, 0x10002n)
  set('PSCI 1.3', psciVersion, 0x10003n)
  set('PSCI 0.1', psciVersion, 1n)
  set('PSCI 0.2', psciVersion, 2n)
  set('WA1=3', 0x6030000000140001n, 3n)
  set('STD_BMAP=2', 0x6030000000160000n, 2n)
  set('STD_BMAP=0', 0x6030000000160000n, 0n)
  set('VENDOR_HYP=4', 0x6030000000160002n, 4n)
  set('STD_BMAP u32', 0x6020000000160000n, 0n)
  get('BMAP 3', 0x6030000000160003n)
  get('FW 4', 0x6030000000140004n)
  vm.close()
}

function irqLineCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'irqline0'
  const vm = kvm.createVm()
  const vcpu = vm.createVcpu(0)
  const irqs = [0, 1, 2, (1 << 24) | 40, (2 << 24) | 20, 1 << 16, 3 << 24]
  const title = (irq: number): string => (irq === 0 ? '0' : `0x${irq.toString(16)}`)
  for (const irq of irqs) replay.call(`no irqchip irq=${title(irq)}`, () => vm.irqLine(irq, true))
  vcpu.init({ target: 5, features: [4] })
  for (const irq of irqs.slice(0, 3)) replay.call(`no irqchip inited irq=${title(irq)}`, () => vm.irqLine(irq, true))
  vm.close()
}

/** A run ends with EINTR in Linux where the handle returns `intr`. */
function run(vcpu: Vcpu): void {
  if (vcpu.run().reason === 'intr') throw new KvmError({ code: 'EINTR', call: 'KVM_RUN', problem: 'interrupted' })
}

function firstRunCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'run_v3'
  for (let mode = 0; mode < 3; mode++) {
    const vm = kvm.createVm()
    const vcpu = vm.createVcpu(0)
    const device = vm.createDevice(7)
    vcpu.init({ target: 5, features: [4] })
    if (mode >= 1) replay.call('dist', () => device.setAttr(0, 2n, 0x8000000n))
    if (mode >= 1) replay.call('redist', () => device.setAttr(0, 3n, 0x80a0000n))
    if (mode === 2) replay.call('init', () => device.setAttr(4, 0n, 0n))
    vcpu.immediateExit = true
    replay.call(`RUN mode${mode}`, () => run(vcpu))
    replay.call(`RUN again mode${mode}`, () => run(vcpu))
    if (mode === 2) replay.call('addr after run', () => device.setAttr(0, 2n, 0x80a0000n))
    vm.close()
  }
}

function mpidrCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'mpidr'
  for (const id of [0, 1, 15, 16, 17, 255, 256, 511]) {
    // The recorded calls had all eight vCPUs in one VM.
    const vm = kvm.createVm()
    const vcpu = vm.createVcpu(id)
    vcpu.init({ target: 5, features: [4] })
    const bytes = vcpu.getOneReg(sysReg(3, 0, 0, 0, 5))
    const mpidr = chex(new DataView(bytes.buffer).getBigUint64(0, true))
    replay.records.push({ g: 'mpidr', t: `id ${id}`, mpidr } as Replay['records'][number])
    vm.close()
  }
}

test('behavior: every recorded call gives its recorded result', () => {
  const kvm = createKvmWith({
    memoryBytes: 32 << 20,
    model: { paBits: 52, lpa2: true },
    host: new FakeHost(),
    cpus: new FakeCpus(),
  })
  const replay = new Replay()
  oneRegCalls(kvm, replay)
  irqLineCalls(kvm, replay)
  firstRunCalls(kvm, replay)
  mpidrCalls(kvm, replay)
  expect(replay.records).toEqual(readRecords('linux-6.12-4k-vcpu.jsonl'))
})
