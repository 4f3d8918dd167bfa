/** Devices and attributes as the kernel side has them, and the handle over one. [KVM-API] §4.79 to §4.81 */

import type { Device } from '@armvisor/uapi'
import { kvmError } from './fail.ts'

/** The memory that `addr` of `struct kvm_device_attr` points to: the user's, or a word in the hand of a typed handle. */
export interface AttrMemory {
  /** @throws `KvmError` EFAULT */
  read(sizeBytes: number): Uint8Array
  /** @throws `KvmError` EFAULT */
  write(bytes: Uint8Array): void
}

/** `struct kvm_device_attr`; its flags have no effect. */
export interface DeviceAttribute {
  readonly group: number
  readonly attr: bigint
  readonly memory: AttrMemory
}

/** What has attributes: a device, a vCPU, a VM. Where `hasAttr` is false the other two throw ENXIO or what Linux gives there. */
export interface Attributes {
  setAttr(attribute: DeviceAttribute): void
  getAttr(attribute: DeviceAttribute): void
  hasAttr(group: number, attr: bigint): boolean
}

/** A device of a VM. */
export interface KernelDevice extends Attributes {
  readonly type: number
}

/** Reads a word of 4 or 8 bytes. */
export function readWord(memory: AttrMemory, sizeBytes: 4 | 8): bigint {
  const bytes = memory.read(sizeBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, sizeBytes)
  return sizeBytes === 4 ? BigInt(view.getUint32(0, true)) : view.getBigUint64(0, true)
}

/** Writes a word of 4 or 8 bytes. */
export function writeWord(memory: AttrMemory, sizeBytes: 4 | 8, value: bigint): void {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true)
  memory.write(bytes.subarray(0, sizeBytes))
}

/** A word in place of user memory. */
class WordMemory implements AttrMemory {
  readonly #bytes = new Uint8Array(8)
  readonly #view = new DataView(this.#bytes.buffer)

  constructor(value: bigint) {
    this.value = value
  }

  get value(): bigint {
    return this.#view.getBigUint64(0, true)
  }
  set value(value: bigint) {
    this.#view.setBigUint64(0, BigInt.asUintN(64, value), true)
  }
  read(sizeBytes: number): Uint8Array {
    if (sizeBytes > 8) throw kvmError('EFAULT', 'KVM_SET_DEVICE_ATTR', `${sizeBytes} bytes are no single word`)
    return this.#bytes.slice(0, sizeBytes)
  }
  write(bytes: Uint8Array): void {
    this.value = 0n
    this.#bytes.set(bytes.subarray(0, 8))
  }
}

/** {@link Device} over a device of the kernel side. */
export class DeviceHandle implements Device {
  readonly type: number
  readonly #attributes: Attributes

  constructor(type: number, attributes: Attributes) {
    this.type = type
    this.#attributes = attributes
  }

  setAttr(group: number, attr: bigint, value: bigint): void {
    this.#attributes.setAttr({ group, attr, memory: new WordMemory(value) })
  }

  getAttr(group: number, attr: bigint, value = 0n): bigint {
    const memory = new WordMemory(value)
    this.#attributes.getAttr({ group, attr, memory })
    return memory.value
  }

  hasAttr(group: number, attr: bigint): boolean {
    return this.#attributes.hasAttr(group, attr)
  }

  // The VM owns its devices; the handle alone may go.
  close(): void {}
}
