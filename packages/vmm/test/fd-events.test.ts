/** What guests do without leaving KVM_RUN: coalesced writes, ioeventfds, irqfds, timers without a GIC, stolen time, thousands of slots. */

import {
  decodeRun,
  drainCoalesced,
  encodeStruct,
  KVM_ARM_SET_COUNTER_OFFSET,
  KVM_ARM_VCPU_INIT,
  KVM_CREATE_DEVICE,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_GET_ONE_REG,
  KVM_GET_VCPU_MMAP_SIZE,
  KVM_IOEVENTFD,
  KVM_IRQFD,
  KVM_REGISTER_COALESCED_MMIO,
  KVM_RUN,
  KVM_SET_DEVICE_ATTR,
  KVM_SET_ONE_REG,
  KVM_SET_USER_MEMORY_REGION,
  KvmError,
  kvm_arm_counter_offset,
  kvm_coalesced_mmio_zone,
  kvm_create_device,
  kvm_device_attr,
  kvm_ioeventfd,
  kvm_irqfd,
  kvm_one_reg,
  kvm_run,
  kvm_userspace_memory_region,
  kvm_vcpu_init,
  offsetOfField,
  sysRegIndex,
} from '@armvisor/uapi'
import { beforeEach, describe, expect, test } from 'vitest'
import { createKvmProcessWith, type KvmFd, type KvmProcess } from '../src/kernel/fd/process.ts'
import { type FakeCpu, FakeCpus, FakeHost, type Step } from './fake-cpu.ts'

const CNTV_CTL = sysRegIndex(3, 3, 14, 3, 1)
const CNTV_CVAL = sysRegIndex(3, 3, 14, 3, 2)
const ICC_PMR = sysRegIndex(3, 0, 4, 6, 0)
const ICC_IGRPEN1 = sysRegIndex(3, 0, 12, 12, 7)
const ICC_IAR1 = sysRegIndex(3, 0, 12, 12, 0)
const ICC_EOIR1 = sysRegIndex(3, 0, 12, 12, 1)
const pageBytes = 4096

let host: FakeHost
let process: KvmProcess
let vm: KvmFd
let vcpu: KvmFd
let cpu: FakeCpu
let run: bigint
let scratch: bigint

beforeEach(() => {
  host = new FakeHost()
  const cpus = new FakeCpus()
  process = createKvmProcessWith({ memoryBytes: 32 << 20, model: { paBits: 48, lpa2: false }, host, cpus })
  scratch = process.memory.map(pageBytes)
  const kvm = process.open('/dev/kvm')
  vm = process.fd(kvm.ioctl(KVM_CREATE_VM))
  vcpu = process.fd(vm.ioctl(KVM_CREATE_VCPU))
  vcpu.ioctl(KVM_ARM_VCPU_INIT, put(encodeStruct(kvm_vcpu_init, { target: 5, features: [4] })))
  run = vcpu.mmap(kvm.ioctl(KVM_GET_VCPU_MMAP_SIZE))
  cpu = cpus.made[0]
})

function put(bytes: Uint8Array): bigint {
  process.memory.bytes(scratch, bytes.length).set(bytes)
  return scratch
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

function count(event: KvmFd): bigint | undefined {
  if (errno(() => event.read(scratch, 8)) === 'EAGAIN') return undefined
  const bytes = process.memory.bytes(scratch, 8)
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
}

function store(rt: number, ipa: number): Step {
  const esr = ((0x24 << 26) | (1 << 25) | (1 << 24) | (2 << 22) | (rt << 16) | (1 << 6) | 5) >>> 0
  return { kind: 'abort', esr, far: BigInt(ipa), ipa }
}

function exitReason(): string {
  return decodeRun(process.memory.bytes(run, pageBytes)).reason
}

function setAttr(device: KvmFd, group: number, attr: bigint, value: Uint8Array): void {
  process.memory.bytes(scratch + 64n, value.length).set(value)
  device.ioctl(KVM_SET_DEVICE_ATTR, put(encodeStruct(kvm_device_attr, { group, attr, addr: scratch + 64n })))
}

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)
const u64 = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer)

/** A GICv3 whose SPI 32 + 5 is enabled, of group 1 and level-sensitive. */
function makeGic(): void {
  const made = put(encodeStruct(kvm_create_device, { type: 7 }))
  vm.ioctl(KVM_CREATE_DEVICE, made)
  const bytes = process.memory.bytes(made, 8)
  const gic = process.fd(new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true))
  setAttr(gic, 0, 2n, u64(0x800_0000n))
  setAttr(gic, 0, 3n, u64(0x80a_0000n))
  setAttr(gic, 4, 0n, u32(0))
  setAttr(gic, 1, 0x0n, u32(2))
  setAttr(gic, 1, 0x84n, u32(0xffff_ffff))
  setAttr(gic, 1, 0x104n, u32(1 << 5))
  cpu.host.accessSysReg(ICC_PMR, true, 0xffn)
  cpu.host.accessSysReg(ICC_IGRPEN1, true, 1n)
}

describe('coalesced MMIO', () => {
  test('behavior: writes to a zone wait in the ring until it is full', () => {
    const zone = encodeStruct(kvm_coalesced_mmio_zone, { addr: 0x9000_0000n, size: 0x100 })
    vm.ioctl(KVM_REGISTER_COALESCED_MMIO, put(zone))
    const ring = vcpu.mmap(pageBytes, { offset: pageBytes })
    cpu.state.writeX(3, 0x1_2345_6789n)
    cpu.script = [store(3, 0x9000_0010), store(3, 0x9000_00fc), store(3, 0x9000_00fe)]
    // The last one is not inside, and so it leaves.
    expect(vcpu.ioctl(KVM_RUN)).toBe(0)
    expect(decodeRun(process.memory.bytes(run, pageBytes))).toMatchObject({ reason: 'mmio', physAddr: 0x9000_00fen })
    const writes = drainCoalesced(process.memory.bytes(ring, pageBytes))
    expect(writes.map(({ physAddr, data }) => [physAddr, [...data]])).toEqual([
      [0x9000_0010n, [0x89, 0x67, 0x45, 0x23]],
      [0x9000_00fcn, [0x89, 0x67, 0x45, 0x23]],
    ])
    cpu.script = Array.from({ length: 1000 }, () => store(3, 0x9000_0000))
    expect(vcpu.ioctl(KVM_RUN)).toBe(0)
    expect(exitReason()).toBe('mmio')
    // A ring of one page: (4096 - 8) / 24 entries, one of which stays empty.
    expect(drainCoalesced(process.memory.bytes(ring, pageBytes))).toHaveLength(169)
  })
})

describe('ioeventfd', () => {
  test('behavior: a write that matches counts and does not leave', () => {
    const any = process.eventfd()
    const match = process.eventfd()
    vm.ioctl(KVM_IOEVENTFD, put(encodeStruct(kvm_ioeventfd, { addr: 0x9000_0000n, len: 4, fd: any.fd })))
    const exact = { addr: 0x9000_0008n, len: 4, fd: match.fd, flags: 1, datamatch: 7n }
    vm.ioctl(KVM_IOEVENTFD, put(encodeStruct(kvm_ioeventfd, exact)))
    cpu.state.writeX(3, 7n)
    cpu.state.writeX(4, 8n)
    cpu.script = [store(3, 0x9000_0000), store(4, 0x9000_0000), store(3, 0x9000_0008), store(4, 0x9000_0008)]
    expect(vcpu.ioctl(KVM_RUN)).toBe(0)
    expect(decodeRun(process.memory.bytes(run, pageBytes))).toMatchObject({ reason: 'mmio', physAddr: 0x9000_0008n })
    expect([count(any), count(match)]).toEqual([2n, 1n])
  })
})

describe('irqfd', () => {
  test('behavior: with a resampler the line stays up until the guest ends the interrupt', () => {
    makeGic()
    const source = process.eventfd()
    const resample = process.eventfd()
    const request = { fd: source.fd, gsi: 5, flags: 2, resamplefd: resample.fd }
    vm.ioctl(KVM_IRQFD, put(encodeStruct(kvm_irqfd, request)))
    expect(cpu.lines.irq).toBe(false)
    source.write(put(u64(1n)), 8)
    expect(cpu.lines.irq).toBe(true)
    expect(cpu.host.accessSysReg(ICC_IAR1, false, 0n)).toBe(37n)
    expect(count(resample)).toBeUndefined()
    cpu.host.accessSysReg(ICC_EOIR1, true, 37n)
    expect(count(resample)).toBe(1n)
    expect(cpu.lines.irq).toBe(false)
    // Still asserted, says the device, and so it comes again.
    source.write(put(u64(1n)), 8)
    expect(cpu.lines.irq).toBe(true)
  })

  test('error: one eventfd twice, and before the controller is ready', () => {
    const source = process.eventfd()
    const irqfd = (gsi: number): string =>
      errno(() => vm.ioctl(KVM_IRQFD, put(encodeStruct(kvm_irqfd, { fd: source.fd, gsi }))))
    expect(irqfd(5)).toBe('EAGAIN')
    makeGic()
    expect(irqfd(5)).toBe('ok')
    expect(irqfd(6)).toBe('EBUSY')
  })
})

describe('an interrupt controller that the user plays', () => {
  test('behavior: a timer that goes up ends the run and stands in device_irq_level', () => {
    const level = (): bigint => {
      const bytes = process.memory.bytes(run, pageBytes)
      const at = bytes.byteOffset + offsetOfField(kvm_run, 's.regs.device_irq_level')
      return new DataView(bytes.buffer).getBigUint64(at, true)
    }
    cpu.host.accessSysReg(CNTV_CVAL, true, 100n)
    cpu.host.accessSysReg(CNTV_CTL, true, 1n)
    expect(errno(() => vcpu.ioctl(KVM_RUN))).toBe('EINTR')
    expect(level()).toBe(0n)
    host.advance(100 * 16)
    expect(errno(() => vcpu.ioctl(KVM_RUN))).toBe('EINTR')
    expect(exitReason()).toBe('intr')
    expect(level()).toBe(1n)
    cpu.host.accessSysReg(CNTV_CTL, true, 3n)
    expect(errno(() => vcpu.ioctl(KVM_RUN))).toBe('EINTR')
    expect(level()).toBe(0n)
  })
})

describe('stolen time', () => {
  test('behavior: time between two runs of a vCPU that could go on is stolen, time of one that waits is not', () => {
    const room = process.memory.map(pageBytes)
    const region = { guest_phys_addr: 0x4000_0000n, memory_size: BigInt(pageBytes), userspace_addr: room }
    vm.ioctl(KVM_SET_USER_MEMORY_REGION, put(encodeStruct(kvm_userspace_memory_region, region)))
    setAttr(vcpu, 2, 0n, u64(0x4000_0040n))
    const ask = (): void => {
      cpu.state.writeX(0, 0xc500_0021n)
      cpu.script = [{ kind: 'hvc', imm: 0 }, store(3, 0x9000_0000)]
      expect(vcpu.ioctl(KVM_RUN)).toBe(0)
    }
    const stolen = (): bigint => {
      const bytes = process.memory.bytes(room + 0x48n, 8)
      return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
    }
    ask()
    expect(cpu.state.readX(0)).toBe(0x4000_0040n)
    expect(stolen()).toBe(0n)
    host.advance(1500)
    cpu.script = [{ kind: 'wfi' }]
    expect(errno(() => vcpu.ioctl(KVM_RUN))).toBe('EINTR')
    expect(stolen()).toBe(1500n)
    host.advance(1_000_000)
    cpu.script = [store(3, 0x9000_0000)]
    expect(errno(() => vcpu.ioctl(KVM_RUN))).toBe('EINTR')
    expect(stolen()).toBe(1500n)
  })
})

describe('counter offset', () => {
  test("behavior: both counters are the host's minus it, and a later write of a counter has no effect", () => {
    host.advance(1_600_000)
    vm.ioctl(KVM_ARM_SET_COUNTER_OFFSET, put(encodeStruct(kvm_arm_counter_offset, { counter_offset: 40_000n })))
    const counter = (id: bigint): bigint => {
      vcpu.ioctl(KVM_GET_ONE_REG, put(encodeStruct(kvm_one_reg, { id, addr: scratch + 64n })))
      const bytes = process.memory.bytes(scratch + 64n, 8)
      return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
    }
    const virtual = 0x6030_0000_0013_df1an
    const physical = 0x6030_0000_0013_df01n
    expect([counter(virtual), counter(physical)]).toEqual([60_000n, 60_000n])
    process.memory.bytes(scratch + 64n, 8).fill(0)
    vcpu.ioctl(KVM_SET_ONE_REG, put(encodeStruct(kvm_one_reg, { id: virtual, addr: scratch + 64n })))
    expect(counter(virtual)).toBe(60_000n)
  })
})

describe('slots', () => {
  test('behavior: 32767 of them, each found by a guest that runs meanwhile', () => {
    const page = process.memory.map(pageBytes)
    const set = (slot: number, gpa: number): number =>
      vm.ioctl(
        KVM_SET_USER_MEMORY_REGION,
        put(
          encodeStruct(kvm_userspace_memory_region, {
            slot,
            guest_phys_addr: BigInt(gpa),
            memory_size: BigInt(pageBytes),
            userspace_addr: page,
          }),
        ),
      )
    for (let slot = 0; slot < 32767; slot++) {
      set(slot, slot * 2 * pageBytes)
      if (slot % 4000 !== 0) continue
      // A fault in the newest slot is mapped and goes on; one in the gap behind it leaves.
      const fault = ((0x24 << 26) | (1 << 25) | (1 << 24) | (2 << 22) | 7) >>> 0
      cpu.script = [
        { kind: 'abort', esr: fault, far: 0n, ipa: slot * 2 * pageBytes },
        { kind: 'abort', esr: fault, far: 0n, ipa: (slot * 2 + 1) * pageBytes },
      ]
      expect(vcpu.ioctl(KVM_RUN)).toBe(0)
      const exit = decodeRun(process.memory.bytes(run, pageBytes))
      expect(exit).toMatchObject({ reason: 'mmio', physAddr: BigInt((slot * 2 + 1) * pageBytes) })
    }
    expect(errno(() => set(32767, 2 ** 33))).toBe('EINVAL')
    expect(errno(() => set(0, 2 * pageBytes))).toBe('EEXIST')
  })
})
