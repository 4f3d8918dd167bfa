/** The surroundings of the recording program: a process with /dev/kvm, memory for C structures, and its two ways to print. */

import {
  encodeStruct,
  KVM_ARM_PREFERRED_TARGET,
  KVM_ARM_VCPU_INIT,
  KVM_CREATE_DEVICE,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_GET_DEVICE_ATTR,
  KVM_GET_ONE_REG,
  KVM_GET_VCPU_MMAP_SIZE,
  KVM_HAS_DEVICE_ATTR,
  KVM_SET_DEVICE_ATTR,
  KVM_SET_ONE_REG,
  KVM_SET_USER_MEMORY_REGION,
  KvmError,
  kvm_create_device,
  kvm_device_attr,
  kvm_one_reg,
  kvm_userspace_memory_region,
  kvm_vcpu_init,
  type PartialStructValue,
  type StructLayout,
} from '@armvisor/uapi'
import type { KvmFd, KvmProcess } from '../../src/index.ts'
import { programBytes } from './programs.ts'

/** A line of the output. */
export type ProbeRecord = Readonly<Record<string, unknown>>

/** What a call gave: its value, or -1 with the name of errno. */
export interface CallResult {
  readonly r: number
  readonly e?: string
}

/** Where the guests' RAM is. */
export const RAM = 0x4000_0000n
const ramBytes = 0x40_0000

/** A VM with one vCPU that is about to run a program. */
export interface GuestContext {
  readonly vm: number
  readonly vc: number
  readonly run: bigint
  readonly mem: bigint
}

/** A number as C's `%#lx` prints it. */
export function chex(value: bigint | number): string {
  return value === 0n || value === 0 ? '0' : `0x${value.toString(16)}`
}

/** Register ids as the recording program writes them. */
export const CORE = (offset: number): bigint => 0x6030000000100000n | BigInt(offset / 4)
export const PCID = CORE(256)
export const PSTID = CORE(264)
export const SYSR = (a: number, b: number, c: number, d: number, e: number): bigint =>
  0x6030000000130000n | BigInt((a << 14) | (b << 11) | (c << 7) | (d << 3) | e)

/** See the file's head. */
export class Probe {
  readonly records: ProbeRecord[] = []
  readonly process: KvmProcess
  readonly kvm: KvmFd
  readonly PG: bigint
  grp = ''
  vmtype = 0n
  vfeat = 4
  readonly #scratch: bigint
  #next = 0n

  constructor(process: KvmProcess) {
    this.process = process
    this.kvm = process.open('/dev/kvm')
    this.PG = BigInt(process.memory.pageBytes)
    this.#scratch = process.memory.map(1 << 20)
  }

  /** `J` of the recording program. */
  J({ r, e }: CallResult, t: string): void {
    this.records.push(e === undefined ? { g: this.grp, t, r } : { g: this.grp, t, r, e })
  }

  /** `V` of the recording program. */
  V(fields: ProbeRecord): void {
    this.records.push({ g: this.grp, ...fields })
  }

  /** Calls and tells the outcome as C would see it. */
  call(action: () => number): CallResult {
    try {
      return { r: action() }
    } catch (error) {
      if (!(error instanceof KvmError)) throw error
      return { r: -1, e: error.code }
    }
  }

  ioctl(fd: number, request: number, arg = 0n): CallResult {
    return this.call(() => this.process.fd(fd).ioctl(request, arg))
  }

  /** An ioctl that gives a descriptor, printed as success or failure. */
  made({ r, e }: CallResult): CallResult {
    return e === undefined ? { r: r < 0 ? -1 : 0 } : { r: -1, e }
  }

  close(fd: number): void {
    try {
      this.process.fd(fd).close()
    } catch (error) {
      if (!(error instanceof KvmError)) throw error
    }
  }

  /** Room for C variables, zeroed; reused when a mebibyte is through. */
  room(sizeBytes: number): bigint {
    const aligned = BigInt((sizeBytes + 15) & ~15)
    if (this.#next + aligned > 1n << 20n) this.#next = 0n
    const at = this.#scratch + this.#next
    this.#next += aligned
    this.process.memory.bytes(at, sizeBytes).fill(0)
    return at
  }

  put(bytes: Uint8Array): bigint {
    const at = this.room(bytes.length)
    this.process.memory.bytes(at, bytes.length).set(bytes)
    return at
  }

  struct<const L extends StructLayout>(layout: L, value: PartialStructValue<L>): bigint {
    return this.put(encodeStruct(layout, value))
  }

  u32(value: number): bigint {
    const at = this.room(4)
    this.view(at, 4).setUint32(0, value, true)
    return at
  }

  u64(value: bigint): bigint {
    const at = this.room(8)
    this.view(at, 8).setBigUint64(0, value, true)
    return at
  }

  view(at: bigint, sizeBytes: number): DataView {
    const bytes = this.process.memory.bytes(at, sizeBytes)
    return new DataView(bytes.buffer, bytes.byteOffset, sizeBytes)
  }

  get32(at: bigint): number {
    return this.view(at, 4).getUint32(0, true)
  }
  get64(at: bigint): bigint {
    return this.view(at, 8).getBigUint64(0, true)
  }

  amem(sizeBytes: bigint | number): bigint {
    return this.process.memory.map(Number(sizeBytes))
  }

  mkvm(type: bigint): number {
    const { r } = this.call(() => this.kvm.ioctl(KVM_CREATE_VM, type))
    return r
  }

  vcpu(vm: number, id: number): number {
    return this.ioctl(vm, KVM_CREATE_VCPU, BigInt(id)).r
  }

  slot(vm: number, slot: number, flags: number, gpa: bigint, size: bigint, hva: bigint): CallResult {
    const region = { slot, flags, guest_phys_addr: gpa, memory_size: size, userspace_addr: hva }
    return this.ioctl(vm, KVM_SET_USER_MEMORY_REGION, this.struct(kvm_userspace_memory_region, region))
  }

  /** @param op 0 sets, 1 gets, 2 asks. */
  dattr(fd: number, op: 0 | 1 | 2, group: number, attr: bigint | number, addr: bigint): CallResult {
    const request = [KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR][op]
    return this.ioctl(fd, request, this.struct(kvm_device_attr, { group, attr: BigInt(attr), addr }))
  }

  mkdev(vm: number, type: number, flags: number): CallResult & { readonly fd: number } {
    const at = this.struct(kvm_create_device, { type, flags })
    const result = this.ioctl(vm, KVM_CREATE_DEVICE, at)
    return { ...result, fd: this.get32(at + 4n) }
  }

  vinit(vc: number, features: number, target = 5, second = 0): CallResult {
    return this.ioctl(vc, KVM_ARM_VCPU_INIT, this.struct(kvm_vcpu_init, { target, features: [features, second] }))
  }

  setreg(vc: number, id: bigint, at: bigint): CallResult {
    return this.ioctl(vc, KVM_SET_ONE_REG, this.struct(kvm_one_reg, { id, addr: at }))
  }

  getreg(vc: number, id: bigint, at: bigint): CallResult {
    return this.ioctl(vc, KVM_GET_ONE_REG, this.struct(kvm_one_reg, { id, addr: at }))
  }

  set(vc: number, id: bigint, value: bigint): CallResult {
    return this.setreg(vc, id, this.u64(value))
  }

  /** A register's value, `otherwise` where it cannot be read. */
  get(vc: number, id: bigint, otherwise = 0n): bigint {
    const at = this.u64(otherwise)
    this.getreg(vc, id, at)
    return this.get64(at)
  }

  /** Copies a program to the user's memory. */
  load(at: bigint, name: string): void {
    const bytes = programBytes(name)
    this.process.memory.bytes(at, bytes.length).set(bytes)
  }

  /** `mk` of the recording program. */
  mk(program: string): GuestContext {
    const vm = this.mkvm(this.vmtype)
    const mem = this.amem(ramBytes)
    this.slot(vm, 0, 0, RAM, BigInt(ramBytes), mem)
    const vc = this.vcpu(vm, 0)
    const run = this.process.fd(vc).mmap(this.kvm.ioctl(KVM_GET_VCPU_MMAP_SIZE))
    this.ioctl(vm, KVM_ARM_PREFERRED_TARGET, this.room(32))
    this.vinit(vc, this.vfeat)
    this.load(mem, program)
    this.load(mem + 0x800n, 'vec')
    this.set(vc, PCID, RAM)
    return { vm, vc, run, mem }
  }

  /** `un` of the recording program. */
  un({ vm, vc, run, mem }: GuestContext): void {
    this.process.memory.unmap(run)
    this.close(vc)
    this.close(vm)
    try {
      this.process.memory.unmap(mem)
    } catch (error) {
      if (!(error instanceof KvmError)) throw error
    }
  }

  xreg(context: GuestContext, n: number, value: bigint): void {
    this.set(context.vc, CORE(n * 8), value)
  }
}
