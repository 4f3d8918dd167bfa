/** The vgic-v3 device and KVM_IRQ_LINE give what Linux 6.12 gave to the same calls in the same order. */

import type { Device, Kvm, Vm } from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { createKvmWith } from '../src/kernel/kvm.ts'
import { FakeCpus, FakeHost } from './fake-cpu.ts'
import { chex, Replay, readRecords } from './records.ts'

const SPI = 1 << 24
const PPI = 2 << 24

/** Records of calls that the handles do not have: another device type's ioctl, C pointers and structs. */
const notInHandles = ['CREATE_IRQCHIP after', 'unknown device ioctl', 'attr flags=1', 'null ptr']
/** Offsets that are not register offsets: what Linux makes of them is chance, here they read zero or are not asked. */
const notAsked = ['GICD unaligned off 2', 'GICD off 64K']

function makeKvm(): Kvm {
  return createKvmWith({
    memoryBytes: 32 << 20,
    model: { paBits: 52, lpa2: true },
    host: new FakeHost(),
    hasGicv2: false,
    cpus: new FakeCpus(),
  })
}

function vgicCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'vgicv3'
  const vm = kvm.createVm(0n)
  const vcpu = vm.createVcpu(0)
  const device = replay.call('CREATE V3', () => vm.createDevice(7)) as Device
  replay.call('CREATE V3 again', () => vm.createDevice(7))
  replay.call('CREATE V2 after V3', () => vm.createDevice(5))
  for (let group = 0; group < 11; group++) {
    for (let attr = 0; attr < 6; attr++) {
      if (device.hasAttr(group, BigInt(attr))) replay.call(`HAS grp ${group} attr ${attr}`, () => {})
    }
  }
  replay.call('HAS grp 20', () => {
    if (!device.hasAttr(20, 0n)) device.setAttr(20, 0n, 0n)
  })
  const set = (title: string, group: number, attr: bigint, value = 0n): void => {
    replay.call(title, () => device.setAttr(group, attr, value))
  }
  const get = (title: string, group: number, attr: bigint): bigint | undefined =>
    replay.call(title, () => device.getAttr(group, attr))
  replay.value('dist addr', chex(get('GET DIST addr unset', 0, 2n) as bigint))
  set('DIST misaligned', 0, 2n, 0x8001n)
  set('DIST beyond IPA', 0, 2n, 1n << 40n)
  const other = kvm.createVm(0n)
  const otherDevice = other.createDevice(7)
  replay.call('DIST at last 64K', () => otherDevice.setAttr(0, 2n, (1n << 40n) - 0x10000n))
  other.close()
  set('V2 DIST addr on V3', 0, 0n, 0x08000000n)
  set('DIST ok', 0, 2n, 0x08000000n)
  set('DIST again', 0, 2n, 0x08000000n)
  set('REDIST overlap dist', 0, 3n, 0x08000000n)
  set('REDIST legacy', 0, 3n, 0x080a0000n)
  set('REDIST legacy again', 0, 3n, 0x080a0000n)
  set('REGION after legacy', 0, 5n, 0x09000000n | (1n << 52n))
  for (const count of [31, 32, 65, 1025, 1024]) set(`NR_IRQS ${count}`, 3, 0n, BigInt(count))
  set('NR_IRQS 128 again', 3, 0n, 128n)
  replay.value('nr_irqs', Number(get('GET NR_IRQS', 3, 0n)))
  get('GICD_CTLR before init', 1, 0n)
  get('GICR before init', 5, 0n)
  set('SAVE_PENDING before init', 4, 3n)
  set('CTRL_INIT', 4, 0n)
  set('CTRL_INIT again', 4, 0n)
  set('CTRL 9', 4, 9n)
  replay.call('CREATE_VCPU after init', () => vm.createVcpu(1))
  set('NR_IRQS after init', 3, 0n, 64n)
  for (const offset of [0n, 4n, 8n, 0x80n, 0x100n, 0xc00n, 0x6000n, 0xffe8n]) {
    replay.value(`GICD ${chex(offset)}`, chex(device.getAttr(1, offset)))
  }
  for (const offset of [0n, 4n, 8n, 0xcn, 0x14n, 0x70n, 0x78n, 0x10080n, 0x10400n, 0xffe8n]) {
    replay.value(`GICR ${chex(offset)}`, chex(device.getAttr(5, offset)))
  }
  get('GICR mpidr 1', 5, 1n << 32n)
  get('ICC_PMR', 6, BigInt((3 << 14) | (4 << 7) | (6 << 3)))
  get('ICC bogus', 6, 0x7fffn)
  get('LEVEL_INFO intid0', 7, 0n)
  get('LEVEL_INFO intid1', 7, 1n)
  get('LEVEL_INFO info1', 7, 1n << 10n)
  vcpu.init({ target: 5, features: [4] })
  set('SAVE_PENDING after init', 4, 3n)
  irqLineCalls(vm, replay)
  vm.close()
}

function irqLineCalls(vm: Vm, replay: Replay): void {
  const line = (title: string, irq: number): void => {
    replay.call(title, () => vm.irqLine(irq, true))
  }
  for (const spi of [31, 32, 1023, 1024]) line(`SPI ${spi}`, SPI | spi)
  line('PPI 15', PPI | 15)
  line('PPI 16', PPI | 16)
  line('PPI 27 (timer owned)', PPI | 27)
  line('PPI 32', PPI | 32)
  line('PPI vcpu1', PPI | (1 << 16) | 20)
  line('CPU type with irqchip', 0)
  line('type 3', (3 << 24) | 40)
}

function region(count: bigint, base: bigint, flags: bigint, index: bigint): bigint {
  return (count << 52n) | base | (flags << 12n) | index
}

function redistributorCalls(kvm: Kvm, replay: Replay): void {
  replay.group = 'redist'
  const vm = kvm.createVm(0n)
  for (let id = 0; id < 4; id++) vm.createVcpu(id)
  const device = vm.createDevice(7)
  const regions: readonly (readonly [string, bigint])[] = [
    ['count 0', region(0n, 0x8100000n, 0n, 0n)],
    ['flags 1', region(2n, 0x8100000n, 1n, 0n)],
    ['index 1 first', region(2n, 0x8100000n, 0n, 1n)],
    ['2@0x8100000 idx0', region(2n, 0x8100000n, 0n, 0n)],
    ['same again idx0', region(2n, 0x8100000n, 0n, 0n)],
    ['overlap idx1', region(1n, 0x8120000n, 0n, 1n)],
    ['idx2 gap', region(2n, 0x8200000n, 0n, 2n)],
    ['beyond IPA idx1', region(1n, 1n << 40n, 0n, 1n)],
    ['straddle IPA idx1', region(2n, (1n << 40n) - 0x20000n, 0n, 1n)],
    ['idx1 ok', region(2n, 0x8200000n, 0n, 1n)],
  ]
  for (const [title, value] of regions) replay.call(`REGION ${title}`, () => device.setAttr(0, 5n, value))
  const get = (value: bigint): bigint => device.getAttr(0, 5n, value)
  replay.value('region0', chex(replay.call('GET REGION idx0', () => get(0n)) as bigint))
  replay.call('GET REGION idx2', () => get(2n))
  replay.call('legacy after region', () => device.setAttr(0, 3n, 0x9000000n))
  for (let id = 0; id < 4; id++) {
    replay.call(`TYPER cpu${id} before init`, () => device.getAttr(5, (BigInt(id) << 32n) | 8n))
  }
  replay.call('INIT', () => device.setAttr(4, 0n, 0n))
  for (let id = 0; id < 4; id++) {
    let v = 0n
    const attempt = new Replay()
    attempt.call('', () => {
      v = device.getAttr(5, (BigInt(id) << 32n) | 8n)
    })
    replay.records.push({ g: 'redist', t: `TYPER cpu${id}`, v: chex(v), r: attempt.records[0]?.r as number })
  }
  vm.close()
}

function redistributorTypes(kvm: Kvm, replay: Replay): void {
  replay.group = 'redist2'
  const vm = kvm.createVm(0n)
  for (let id = 0; id < 4; id++) vm.createVcpu(id).init({ target: 5, features: [4] })
  const device = vm.createDevice(7)
  const typer = (id: number, offset: bigint): bigint => device.getAttr(5, (BigInt(id) << 32n) | offset)
  replay.call('DIST', () => device.setAttr(0, 2n, 0x8000000n))
  replay.call('R0 2@8100000', () => device.setAttr(0, 5n, region(2n, 0x8100000n, 0n, 0n)))
  replay.call('R1 1@8240000', () => device.setAttr(0, 5n, region(1n, 0x8240000n, 0n, 1n)))
  for (let id = 0; id < 4; id++) replay.call('TYPER before init', () => typer(id, 8n))
  replay.call('INIT (3 slots for 4 vcpus)', () => device.setAttr(4, 0n, 0n))
  const low = (cpu: number): void => {
    replay.records.push({ g: 'redist2', t: 'TYPER', cpu, r: 0, lo: chex(typer(cpu, 8n)) } as Replay['records'][number])
  }
  for (let cpu = 0; cpu < 4; cpu++) {
    low(cpu)
    replay.records.push({ g: 'redist2', t: 'TYPER_HI', cpu, v: chex(typer(cpu, 12n)) } as Replay['records'][number])
  }
  replay.call('R2 after init', () => device.setAttr(0, 5n, region(1n, 0x8300000n, 0n, 2n)))
  low(3)
  vm.close()
}

describe('vgic-v3', () => {
  test('behavior: every recorded call that the handles have gives its recorded result', () => {
    const kvm = makeKvm()
    const replay = new Replay()
    vgicCalls(kvm, replay)
    redistributorCalls(kvm, replay)
    redistributorTypes(kvm, replay)
    const expected = readRecords('linux-6.12-4k-vgicv3.jsonl').filter(
      (record) => !notInHandles.includes(record.t) && !notAsked.includes(record.t),
    )
    expect(replay.records).toEqual(expected)
  })
})
