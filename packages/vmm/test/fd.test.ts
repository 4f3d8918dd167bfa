/** Files and descriptors: /dev/kvm as bytes, the address space, eventfds, how long a VM lives. */

import {
  coreReg,
  decodeRun,
  decodeStats,
  encodeStruct,
  KVM_ARM_VCPU_INIT,
  KVM_CHECK_EXTENSION,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_GET_API_VERSION,
  KVM_GET_ONE_REG,
  KVM_GET_STATS_FD,
  KVM_GET_VCPU_MMAP_SIZE,
  KVM_RUN,
  KVM_SET_USER_MEMORY_REGION,
  KvmError,
  kvm_one_reg,
  kvm_userspace_memory_region,
  kvm_vcpu_init,
} from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { EFD_SEMAPHORE } from '../src/kernel/fd/event-fd.ts'
import { createKvmProcessWith, type KvmFd, type KvmProcess } from '../src/kernel/fd/process.ts'
import { FakeCpus, FakeHost } from './fake-cpu.ts'

let cpus: FakeCpus
let process: KvmProcess
let kvm: KvmFd
let scratch: bigint

beforeEach(() => {
  cpus = new FakeCpus()
  process = createKvmProcessWith({
    memoryBytes: 32 << 20,
    model: { paBits: 48, lpa2: false },
    host: new FakeHost(),
    cpus,
  })
  kvm = process.open('/dev/kvm')
  scratch = process.memory.map(4096)
})

function put(bytes: Uint8Array, offset = 0n): bigint {
  process.memory.bytes(scratch + offset, bytes.length).set(bytes)
  return scratch + offset
}

function u64(at: bigint): bigint {
  const bytes = process.memory.bytes(at, 8)
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
}

function errno(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof KvmError) return error.code
    throw error
  }
  return 'ok'
}

function makeVcpu(): { readonly vm: KvmFd; readonly vcpu: KvmFd } {
  const vm = process.fd(kvm.ioctl(KVM_CREATE_VM))
  const vcpu = process.fd(vm.ioctl(KVM_CREATE_VCPU))
  vcpu.ioctl(KVM_ARM_VCPU_INIT, put(encodeStruct(kvm_vcpu_init, { target: 5, features: [4] })))
  return { vm, vcpu }
}

describe('descriptors', () => {
  test('default: numbers are the lowest free ones, and a closed one is EBADF', () => {
    const event = process.eventfd()
    expect([kvm.fd, event.fd]).toEqual([0, 1])
    kvm.close()
    expect(errno(() => kvm.ioctl(KVM_GET_API_VERSION))).toBe('EBADF')
    expect(process.open('/dev/kvm').fd).toBe(0)
    expect(errno(() => process.fd(7))).toBe('EBADF')
    expect(errno(() => process.open('/dev/null'))).toBe('ENOENT')
  })

  test('behavior: the kind of file decides what a request is', () => {
    const { vm, vcpu } = makeVcpu()
    const one = put(encodeStruct(kvm_one_reg, { id: coreReg('pstate'), addr: scratch + 64n }))
    expect(vcpu.ioctl(KVM_GET_ONE_REG, one)).toBe(0)
    expect(u64(scratch + 64n)).toBe(0x3c5n)
    // The same number is KVM_ARM_SET_DEVICE_ADDR of a VM, and nothing of an eventfd.
    expect(errno(() => vm.ioctl(KVM_GET_ONE_REG, one))).toBe('ENODEV')
    expect(errno(() => process.eventfd().ioctl(KVM_GET_ONE_REG, one))).toBe('ENOTTY')
    expect(errno(() => kvm.ioctl(KVM_GET_ONE_REG, one))).toBe('EINVAL')
  })

  test('behavior: a VM lives until the last file and mapping of it is gone', () => {
    const { vm, vcpu } = makeVcpu()
    const run = vcpu.mmap(kvm.ioctl(KVM_GET_VCPU_MMAP_SIZE))
    const before = process.openFds
    vm.close()
    vcpu.close()
    expect(process.openFds).toBe(before - 2)
    // Its CPU still belongs to it.
    expect(cpus.made[0].stage2).toBeDefined()
    process.memory.unmap(run)
    expect(cpus.made[0].stage2).toBeUndefined()
    expect(errno(() => process.memory.bytes(run, 1))).toBe('EFAULT')
  })
})

describe('the address space', () => {
  test.each([
    ['null', 0n],
    ['unmapped', 0x1234_5000n],
    ['beyond 2^63', 0xffff_ffff_ffff_f000n],
  ])('error: a pointer that is %s gives EFAULT', (_, address) => {
    const { vm } = makeVcpu()
    expect(errno(() => vm.ioctl(KVM_SET_USER_MEMORY_REGION, address))).toBe('EFAULT')
  })

  test('error: a structure that runs over the end of its mapping gives EFAULT', () => {
    const { vm } = makeVcpu()
    const end = scratch + 4096n - 31n
    expect(errno(() => vm.ioctl(KVM_SET_USER_MEMORY_REGION, end))).toBe('EFAULT')
  })

  test('behavior: a structure may lie in two neighbouring mappings', () => {
    const { vm } = makeVcpu()
    const first = process.memory.map(4096)
    const second = process.memory.map(4096)
    expect(second).toBe(first + 4096n)
    const bytes = encodeStruct(kvm_userspace_memory_region, {
      guest_phys_addr: 0x4000_0000n,
      memory_size: 0x1000n,
      userspace_addr: scratch,
    })
    process.memory.bytes(second - 16n, 16).set(bytes.subarray(0, 16))
    process.memory.bytes(second, 16).set(bytes.subarray(16))
    expect(vm.ioctl(KVM_SET_USER_MEMORY_REGION, second - 16n)).toBe(0)
  })
})

describe('the pages of a vCPU', () => {
  test('behavior: an exit is in kvm_run, and an answer there reaches the register', () => {
    const { vcpu } = makeVcpu()
    const run = vcpu.mmap(kvm.ioctl(KVM_GET_VCPU_MMAP_SIZE))
    const load = ((0x24 << 26) | (1 << 25) | (1 << 24) | (2 << 22) | (3 << 16) | 5) >>> 0
    cpus.made[0].script = [{ kind: 'abort', esr: load, far: 0x9000_0000n, ipa: 0x9000_0000 }]
    expect(vcpu.ioctl(KVM_RUN)).toBe(0)
    const exit = decodeRun(process.memory.bytes(run, 4096))
    expect(exit).toMatchObject({ reason: 'mmio', physAddr: 0x9000_0000n, len: 4, isWrite: false })
    if (exit.reason === 'mmio') exit.data.set([0x78, 0x56, 0x34, 0x12])
    process.memory.bytes(run, 4096)[1] = 1
    expect(errno(() => vcpu.ioctl(KVM_RUN))).toBe('EINTR')
    expect(cpus.made[0].state.readX(3)).toBe(0x1234_5678n)
  })

  test('behavior: two mappings show one page, and pages that the file lacks fault', () => {
    const { vcpu } = makeVcpu()
    const first = vcpu.mmap(8192)
    const second = vcpu.mmap(4096)
    process.memory.bytes(first, 4096)[1] = 1
    expect(process.memory.bytes(second, 4096)[1]).toBe(1)
    const beyond = vcpu.mmap(3 * 4096)
    expect(errno(() => process.memory.bytes(beyond + 4096n, 4096))).toBe('ok')
    expect(errno(() => process.memory.bytes(beyond + 8192n, 1))).toBe('EFAULT')
  })

  test('error: mmap of other files', () => {
    expect(errno(() => kvm.mmap(4096))).toBe('ENODEV')
    const { vcpu } = makeVcpu()
    expect(errno(() => vcpu.mmap(4096, { offset: 100 }))).toBe('EINVAL')
    expect(errno(() => vcpu.mmap(0))).toBe('EINVAL')
  })
})

describe('eventfds', () => {
  const count = (value: bigint): bigint => put(new Uint8Array(new BigUint64Array([value]).buffer))

  test('behavior: writes add up, a read takes all', () => {
    const event = process.eventfd(2)
    event.write(count(40n), 8)
    expect(event.read(scratch, 8)).toBe(8)
    expect(u64(scratch)).toBe(42n)
    expect(errno(() => event.read(scratch, 8))).toBe('EAGAIN')
  })

  test('behavior: a semaphore gives one at a time', () => {
    const event = process.eventfd(2, EFD_SEMAPHORE)
    event.read(scratch, 8)
    expect(u64(scratch)).toBe(1n)
    event.read(scratch, 8)
    expect(errno(() => event.read(scratch, 8))).toBe('EAGAIN')
  })

  test('error: too few bytes, too much', () => {
    const event = process.eventfd()
    expect(errno(() => event.read(scratch, 4))).toBe('EINVAL')
    expect(errno(() => event.write(count(0xffff_ffff_ffff_ffffn), 8))).toBe('EINVAL')
    event.write(count(0xffff_ffff_ffff_fffen), 8)
    expect(errno(() => event.write(count(1n), 8))).toBe('EAGAIN')
  })
})

describe('statistics', () => {
  test('behavior: what a file holds is what happened', () => {
    const { vm, vcpu } = makeVcpu()
    cpus.made[0].script = [{ kind: 'hvc', imm: 0 }, { kind: 'wfi' }]
    expect(errno(() => vcpu.ioctl(KVM_RUN))).toBe('EINTR')
    const read = (fd: KvmFd): Record<string, bigint> => {
      const buffer = process.memory.map(8192)
      const { stats } = decodeStats(process.memory.bytes(buffer, fd.read(buffer, 8192)))
      return Object.fromEntries(stats.map(({ name, values }) => [name, values[0]]))
    }
    const stats = read(process.fd(vcpu.ioctl(KVM_GET_STATS_FD)))
    expect(stats).toMatchObject({ hvc_exit_stat: 1n, wfi_exit_stat: 1n, exits: 2n, signal_exits: 1n })
    expect(Object.keys(read(process.fd(vm.ioctl(KVM_GET_STATS_FD))))).toHaveLength(2)
  })
})

test('default: CHECK_EXTENSION of what does not exist is 0', () => {
  expect(kvm.ioctl(KVM_CHECK_EXTENSION, 9999n)).toBe(0)
})
