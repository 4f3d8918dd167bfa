/** Planned failures of handles and of descriptors. */

import {
  encodeStruct,
  KVM_ARM_VCPU_INIT,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_GET_ONE_REG,
  KvmError,
  kvm_one_reg,
  kvm_vcpu_init,
} from '@armvisor/uapi'
import { describe, expect, test } from 'vitest'
import { FakeCpus, FakeHost } from '../../test/fake-cpu.ts'
import { createKvmProcessWith, type KvmProcess } from '../kernel/fd/process.ts'
import { FakeKvm } from '../testing/fake-kvm.ts'
import { FaultPlan, FaultRuleError } from './fault-plan.ts'
import { injectFaults } from './faulty-kvm.ts'
import { injectProcessFaults } from './faulty-process.ts'

function errno(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof KvmError) return error.code
    throw error
  }
  return 'ok'
}

describe('plans', () => {
  test('default: the first call fails, once', () => {
    const plan = new FaultPlan([{ call: 'KVM_RUN', errno: 'EINTR' }])
    expect([1, 2, 3].map(() => errno(() => plan.check('KVM_RUN')))).toEqual(['EINTR', 'ok', 'ok'])
    expect(plan.pending).toEqual([])
  })

  test('args: nth and times', () => {
    const plan = new FaultPlan([
      { call: 'KVM_RUN', nth: 2, times: 2, errno: 'EINTR' },
      { call: 'KVM_RUN', nth: 5, times: Number.POSITIVE_INFINITY, errno: 'EIO' },
      { call: 'mmap', errno: 'ENOMEM' },
    ])
    const outcomes = [1, 2, 3, 4, 5, 6].map(() => errno(() => plan.check('KVM_RUN')))
    expect(outcomes).toEqual(['ok', 'EINTR', 'EINTR', 'ok', 'EIO', 'EIO'])
    expect([plan.count('KVM_RUN'), plan.pending.map(({ call }) => call)]).toEqual([6, ['mmap']])
  })

  test.each([
    [{ call: 'KVM_RUN', nth: 0, errno: 'EIO' }, 'nth is 0'],
    [{ call: 'KVM_RUN', nth: 1.5, errno: 'EIO' }, 'nth is 1.5'],
    [{ call: 'KVM_RUN', times: 0, errno: 'EIO' }, 'times is 0'],
  ] as const)('error: %o', (rule, problem) => {
    expect(() => new FaultPlan([rule])).toThrow(FaultRuleError)
    expect(() => new FaultPlan([rule])).toThrow(problem)
  })
})

describe('handles', () => {
  test('behavior: a call that fails has no effect, the others are those of the KVM below', () => {
    const below = new FakeKvm()
    const plan = new FaultPlan([
      { call: 'KVM_CREATE_VCPU', nth: 2, errno: 'ENOMEM' },
      { call: 'KVM_SET_DEVICE_ATTR', errno: 'EBUSY' },
      { call: 'KVM_RUN', nth: 2, errno: 'EFAULT' },
    ])
    const kvm = injectFaults(below, plan)
    const vm = kvm.createVm(36n)
    const vcpu = vm.createVcpu(0)
    expect(errno(() => vm.createVcpu(1))).toBe('ENOMEM')
    expect(below.callsOf('vm.createVcpu')).toEqual([[0]])
    expect(errno(() => vm.createDevice(7).setAttr(0, 2n, 0n))).toBe('EBUSY')
    expect(below.callsOf('device.setAttr')).toEqual([])
    expect(vcpu.run().reason).toBe('intr')
    expect(errno(() => vcpu.run())).toBe('EFAULT')
    expect(plan.pending).toEqual([])
  })

  test('behavior: memory runs out when it shall', () => {
    const kvm = injectFaults(new FakeKvm(), new FaultPlan([{ call: 'mmap', nth: 2, errno: 'ENOMEM' }]))
    kvm.memory.map(4096)
    expect(errno(() => kvm.memory.map(4096))).toBe('ENOMEM')
  })
})

describe('descriptors', () => {
  function makeProcess(plan: FaultPlan): KvmProcess {
    const model = { paBits: 48, lpa2: false }
    const options = { memoryBytes: 32 << 20, model, host: new FakeHost(), cpus: new FakeCpus() }
    return injectProcessFaults(createKvmProcessWith(options), plan)
  }

  test('behavior: requests go by the name that they have on their file', () => {
    const plan = new FaultPlan([
      { call: 'KVM_GET_ONE_REG', errno: 'EIO' },
      { call: 'KVM_ARM_SET_DEVICE_ADDR', errno: 'EPERM' },
      { call: 'ioctl', errno: 'ENOTTY' },
    ])
    const process = makeProcess(plan)
    const kvm = process.open('/dev/kvm')
    const vm = process.fd(kvm.ioctl(KVM_CREATE_VM))
    const vcpu = process.fd(vm.ioctl(KVM_CREATE_VCPU))
    const at = process.memory.map(4096)
    process.memory.bytes(at, 32).set(encodeStruct(kvm_vcpu_init, { target: 5, features: [4] }))
    vcpu.ioctl(KVM_ARM_VCPU_INIT, at)
    process.memory.bytes(at, 16).set(encodeStruct(kvm_one_reg, { id: 0x6030000000100040n, addr: at + 64n }))
    expect([1, 2].map(() => errno(() => vcpu.ioctl(KVM_GET_ONE_REG, at)))).toEqual(['EIO', 'ok'])
    // The same number on a VM.
    expect([1, 2].map(() => errno(() => vm.ioctl(KVM_GET_ONE_REG, at)))).toEqual(['EPERM', 'ENODEV'])
    expect(errno(() => vm.ioctl(0xaeff))).toBe('ENOTTY')
    expect(plan.pending).toEqual([])
  })

  test('behavior: CREATE_VM is interrupted a few times, as under load', () => {
    const process = makeProcess(new FaultPlan([{ call: 'KVM_CREATE_VM', times: 4, errno: 'EINTR' }]))
    const kvm = process.open('/dev/kvm')
    const outcomes = Array.from({ length: 5 }, () => errno(() => kvm.ioctl(KVM_CREATE_VM)))
    expect(outcomes).toEqual(['EINTR', 'EINTR', 'EINTR', 'EINTR', 'ok'])
    expect(process.openFds).toBe(2)
  })

  test('behavior: open, mmap and close can fail too', () => {
    const rules = ['open', 'mmap', 'close'].map((call) => ({ call, errno: 'EMFILE' }) as const)
    const process = makeProcess(new FaultPlan(rules))
    expect(errno(() => process.open('/dev/kvm'))).toBe('EMFILE')
    const kvm = process.open('/dev/kvm')
    expect(errno(() => kvm.mmap(4096))).toBe('EMFILE')
    expect(errno(() => kvm.mmap(4096))).toBe('ENODEV')
    expect([1, 2].map(() => errno(() => kvm.close()))).toEqual(['EMFILE', 'ok'])
  })
})
