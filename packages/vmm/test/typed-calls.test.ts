/** Calls of the handles that descriptors have, too: the same answers, errors for the same mistakes, and planned failures. */

import { cpuModels } from '@armvisor/cpu'
import { KVM_MEM_LOG_DIRTY_PAGES, type Kvm, KvmError, type Vcpu, type Vm } from '@armvisor/uapi'
import { beforeEach, expect, test } from 'vitest'
import { FaultPlan } from '../src/faults/fault-plan.ts'
import { injectFaults } from '../src/faults/faulty-kvm.ts'
import { createKvm } from '../src/kernel/kvm.ts'
import { FakeKvm } from '../src/testing/fake-kvm.ts'
import { FakeHost } from './fake-cpu.ts'

let kvm: Kvm
let vm: Vm
let vcpu: Vcpu

beforeEach(() => {
  kvm = createKvm({ memoryBytes: 32 << 20, host: new FakeHost(), model: cpuModels.armv8 })
  vm = kvm.createVm()
  vcpu = vm.createVcpu(0)
})

function errno(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof KvmError) return error.code
    throw error
  }
  return 'ok'
}

function makeGic(): void {
  const gic = vm.createDevice(7)
  gic.setAttr(0, 2n, 0x0800_0000n)
  gic.setAttr(0, 3n, 0x080a_0000n)
  gic.setAttr(4, 0n, 0n)
}

test('behavior: clearDirtyLog takes a range whose bitmap is long enough', () => {
  const userspace_addr = kvm.memory.map(128 * 4096)
  const region = { slot: 3, guest_phys_addr: 0n, memory_size: 128n * 4096n, userspace_addr }
  expect(errno(() => vm.clearDirtyLog(3, 0n, 64, new Uint8Array(8)))).toBe('ENOENT')
  vm.setUserMemoryRegion({ ...region, flags: KVM_MEM_LOG_DIRTY_PAGES })
  expect(errno(() => vm.clearDirtyLog(3, 64n, 64, new Uint8Array(8)))).toBe('ok')
  expect(errno(() => vm.clearDirtyLog(3, 1n, 64, new Uint8Array(8)))).toBe('EINVAL')
  expect(errno(() => vm.clearDirtyLog(3, 0n, 128, new Uint8Array(15)))).toBe('EFAULT')
})

test('behavior: GSIs are routed to pins and to messages where there is a GIC', () => {
  const msi = { address: 0x0809_0040n, data: 1, deviceId: 2 }
  const routes = [
    { gsi: 5, pin: 9 },
    { gsi: 6, msi },
  ]
  expect(errno(() => vm.setGsiRouting(routes))).toBe('EINVAL')
  vcpu.init({ target: 5, features: [4] })
  makeGic()
  expect(errno(() => vm.setGsiRouting(routes))).toBe('ok')
  expect(errno(() => vm.setGsiRouting([{ gsi: 5, pin: 988 }]))).toBe('EINVAL')
  expect(errno(() => vm.setGsiRouting(Array.from({ length: 4097 }, (_, gsi) => ({ gsi, pin: 1 }))))).toBe('EINVAL')
  expect(errno(() => vm.signalMsi(msi))).toBe('ENODEV')
})

test('behavior: events of a vCPU', () => {
  expect(errno(() => vcpu.getVcpuEvents())).toBe('ENOEXEC')
  vcpu.init({ target: 5, features: [4] })
  const events = vcpu.getVcpuEvents()
  expect(events.exception.serror_pending).toBe(0)
  vcpu.setVcpuEvents({ ...events, exception: { ...events.exception, serror_pending: 1 } })
  expect(vcpu.getVcpuEvents().exception.serror_pending).toBe(1)
})

test('behavior: each of them can be made to fail, and otherwise reaches the KVM below', () => {
  const zeros = Array<bigint>(16).fill(0n)
  const debug = { control: 1, pad: 0, arch: { dbg_bcr: zeros, dbg_bvr: zeros, dbg_wcr: zeros, dbg_wvr: zeros } }
  const calls: readonly (readonly [string, string, (vm: Vm, vcpu: Vcpu) => unknown])[] = [
    ['KVM_CLEAR_DIRTY_LOG', 'vm.clearDirtyLog', (it) => it.clearDirtyLog(0, 0n, 64, new Uint8Array(8))],
    ['KVM_SIGNAL_MSI', 'vm.signalMsi', (it) => it.signalMsi({ address: 0n, data: 0 })],
    ['KVM_SET_GSI_ROUTING', 'vm.setGsiRouting', (it) => it.setGsiRouting([])],
    ['KVM_SET_VCPU_EVENTS', 'vcpu.setVcpuEvents', (_, it) => it.setVcpuEvents(it.getVcpuEvents())],
    ['KVM_SET_GUEST_DEBUG', 'vcpu.setGuestDebug', (_, it) => it.setGuestDebug(debug)],
  ]
  for (const [call, recorded, action] of calls) {
    const below = new FakeKvm()
    const faulty = injectFaults(below, new FaultPlan([{ call, errno: 'EIO' }]))
    const faultyVm = faulty.createVm()
    const faultyVcpu = faultyVm.createVcpu(0)
    expect(errno(() => action(faultyVm, faultyVcpu))).toBe('EIO')
    expect(below.callsOf(recorded)).toEqual([])
    action(faultyVm, faultyVcpu)
    expect(below.callsOf(recorded)).toHaveLength(1)
  }
  const plan = new FaultPlan([{ call: 'KVM_GET_VCPU_EVENTS', errno: 'EIO' }])
  const faultyVcpu = injectFaults(new FakeKvm(), plan).createVm().createVcpu(0)
  expect([1, 2].map(() => errno(() => faultyVcpu.getVcpuEvents()))).toEqual(['EIO', 'ok'])
})
