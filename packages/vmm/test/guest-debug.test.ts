/** `KVM_SET_GUEST_DEBUG` on the real CPU, beyond what the recordings hold: stage-2 faults, MMIO, calls, WFI, and who sees what. */

import { assemble, cpuModels } from '@armvisor/cpu'
import {
  coreReg,
  KVM_CAP_GUEST_DEBUG_HW_BPS,
  KVM_CAP_GUEST_DEBUG_HW_WPS,
  KVM_CAP_SET_GUEST_DEBUG,
  KVM_CAP_SET_GUEST_DEBUG2,
  KVM_GUESTDBG_ENABLE,
  KVM_GUESTDBG_SINGLESTEP,
  KVM_GUESTDBG_USE_HW,
  KvmError,
  type VcpuExit,
} from '@armvisor/uapi'
import { expect, test } from 'vitest'
import type { GuestDebug } from '../src/kernel/guest-debug.ts'
import { createKvm } from '../src/kernel/kvm.ts'
import type { KernelVcpu } from '../src/kernel/vcpu.ts'
import { FakeHost } from './fake-cpu.ts'

const RAM = 0x4000_0000n
const STEP = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP

function debug(control: number, arch: Partial<Record<keyof GuestDebug['arch'], bigint>> = {}): GuestDebug {
  const all = (value = 0n) => [value, ...Array<bigint>(15).fill(0n)]
  const { dbg_bcr, dbg_bvr, dbg_wcr, dbg_wvr } = arch
  return {
    control,
    pad: 0,
    arch: { dbg_bcr: all(dbg_bcr), dbg_bvr: all(dbg_bvr), dbg_wcr: all(dbg_wcr), dbg_wvr: all(dbg_wvr) },
  }
}

type Register = 'pc' | 'pstate' | number
const regId = (name: Register): bigint => coreReg(typeof name === 'number' ? (`x${name}` as 'x0') : name)

class Guest {
  readonly vcpu: KernelVcpu
  constructor(program: string) {
    const kvm = createKvm({ memoryBytes: 32 << 20, host: new FakeHost(), model: cpuModels.armv8 })
    const vm = kvm.createVm()
    const hva = kvm.memory.map(0x10_0000)
    kvm.memory.bytes(hva, 0x1000).set(assemble(program, { base: RAM }).bytes)
    vm.setUserMemoryRegion({ slot: 0, flags: 0, guest_phys_addr: RAM, memory_size: 0x10_0000n, userspace_addr: hva })
    this.vcpu = vm.createVcpu(0) as KernelVcpu
    this.vcpu.init({ target: 5, features: [1 << 2] })
    this.set('pc', RAM)
  }
  set(name: Register, value: bigint): void {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, value, true)
    this.vcpu.setOneReg(regId(name), bytes)
  }
  get(name: Register): bigint {
    const bytes = this.vcpu.getOneReg(regId(name))
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  }
  /** Runs to the next exit and tells it with the offset of the PC. */
  next(): string {
    const exit: VcpuExit = this.vcpu.run()
    const detail = exit.reason === 'debug' ? ` ${exit.hsr.toString(16)}` : ''
    return `${exit.reason}${detail} @${(this.get('pc') - RAM).toString(16)}`
  }
}

test('default: capabilities', () => {
  const kvm = createKvm({ memoryBytes: 32 << 20, host: new FakeHost(), model: cpuModels.armv8 })
  const caps = [
    KVM_CAP_SET_GUEST_DEBUG,
    KVM_CAP_GUEST_DEBUG_HW_BPS,
    KVM_CAP_GUEST_DEBUG_HW_WPS,
    KVM_CAP_SET_GUEST_DEBUG2,
  ]
  expect(caps.map((cap) => kvm.checkExtension(cap))).toEqual([1, 6, 4, 0x30003])
})

test('error: a control bit of another architecture', () => {
  const { vcpu } = new Guest('nop')
  expect(() => vcpu.setGuestDebug(debug(1 << 18))).toThrow(KvmError)
})

test('behavior: a load whose page stage 2 maps first is one step', () => {
  const g = new Guest('movz x1, #0x4008, lsl #16\nldr x0, [x1]\nadd x0, x0, #5\nhvc #0')
  g.vcpu.setGuestDebug(debug(STEP))
  expect([g.next(), g.next(), g.next()]).toEqual(['debug cb000022 @4', 'debug cb000022 @8', 'debug cb000022 @c'])
  expect(g.get(0)).toBe(5n)
})

test('behavior: an MMIO exit is in the middle of a step', () => {
  const g = new Guest('movz x1, #0x900, lsl #16\nldr w0, [x1]\nstr w0, [x1]\nnop')
  g.vcpu.setGuestDebug(debug(STEP))
  g.next()
  const exit = g.vcpu.run()
  if (exit.reason !== 'mmio') throw new Error(exit.reason)
  exit.data.set([1, 2, 3, 4])
  expect(g.next()).toBe('debug ca000022 @8')
  expect(g.get(0)).toBe(0x04030201n)
  expect([g.next(), g.next(), g.next()]).toEqual(['mmio @8', 'debug ca000022 @c', 'debug cb000022 @10'])
})

test('behavior: a call that the kernel answers is a step, also one that ends the run', () => {
  // PSCI_VERSION, then SYSTEM_OFF.
  const g = new Guest('movz x0, #0x8400, lsl #16\nhvc #0\nmovz x0, #0x8400, lsl #16\nmovk x0, #8\nhvc #0\nnop')
  g.vcpu.setGuestDebug(debug(STEP))
  expect([g.next(), g.next()]).toEqual(['debug cb000022 @4', 'debug ca000022 @8'])
  expect(g.get(0)).toBe(0x10001n)
  g.next()
  g.next()
  expect(g.next()).toBe('system_event @14')
  // The call has stopped the vCPU.
  g.vcpu.setMpState(0)
  expect(g.next()).toBe('debug ca000022 @14')
})

test('behavior: WFI waits before the step ends', () => {
  const g = new Guest('wfi\nnop')
  g.vcpu.setGuestDebug(debug(STEP))
  expect(g.next()).toBe('intr @4')
  g.vcpu.setInterruptLine('irq', true)
  expect(g.next()).toBe('debug ca000022 @4')
})

test('behavior: an exclusive loop never ends in steps, as on hardware, whose returns to the guest open the monitor', () => {
  const g = new Guest(
    'movz x1, #0x4008, lsl #16\nagain: ldxr x0, [x1]\nadd x0, x0, #1\nstxr w2, x0, [x1]\ncbnz w2, again\nhvc #0',
  )
  g.vcpu.setGuestDebug(debug(STEP))
  g.next()
  const round = ['debug cb000062 @8', 'debug cb000022 @c', 'debug cb000022 @10', 'debug cb000022 @4']
  for (let n = 0; n < 3; n++) expect(Array.from({ length: 4 }, () => g.next())).toEqual(round)
  g.vcpu.setGuestDebug(debug(KVM_GUESTDBG_ENABLE))
  g.set('pc', RAM)
  g.vcpu.run()
  expect(g.get(2)).toBe(0n)
})

test('behavior: the user sees no PSTATE.SS, and may set PSTATE between steps', () => {
  const g = new Guest('nop\nnop\nnop')
  g.vcpu.setGuestDebug(debug(STEP))
  g.next()
  expect(g.get('pstate')).toBe(0x3c5n)
  g.set('pstate', 0x3c4n)
  expect(g.next()).toBe('debug cb000022 @8')
  g.vcpu.setGuestDebug(debug(0))
  expect(g.get('pstate')).toBe(0x3c4n)
})

test('behavior: a watchpoint tells the address, an access to MMIO never meets one', () => {
  const g = new Guest('movz x1, #0x4008, lsl #16\nmovz x2, #0x900, lsl #16\nstr x0, [x2]\nstr w0, [x1, #4]\nnop')
  const control = (0xffn << 5n) | (3n << 3n) | 7n
  g.vcpu.setGuestDebug(debug(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW, { dbg_wcr: control, dbg_wvr: 0x900_0000n }))
  expect(g.next()).toBe('mmio @8')
  g.vcpu.setGuestDebug(debug(KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW, { dbg_wcr: control, dbg_wvr: RAM + 0x8_0000n }))
  expect(g.vcpu.run()).toEqual({ reason: 'debug', hsr: 0xd2000062, hsrHigh: 0, far: RAM + 0x8_0004n })
})

test('behavior: what is set before KVM_ARM_VCPU_INIT holds, and a reset forgets no debugging', () => {
  const g = new Guest('nop\nnop')
  g.vcpu.setGuestDebug(debug(STEP))
  g.next()
  g.vcpu.init({ target: 5, features: [1 << 2] })
  g.set('pc', RAM)
  expect(g.next()).toBe('debug cb000022 @4')
})
