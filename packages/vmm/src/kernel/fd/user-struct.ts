/** Structures of the user's, read from and written to its memory. */

import {
  decodeStruct,
  encodeStruct,
  kvm_device_attr,
  type PartialStructValue,
  type StructLayout,
  type StructValue,
  sizeOfStruct,
} from '@armvisor/uapi'
import type { Attributes, AttrMemory } from '../device.ts'
import { hex, kvmError } from '../fail.ts'
import type { LinearUserMemory } from '../user-memory.ts'

/** Reads a structure. @throws `KvmError` EFAULT in the name of `call` */
export function readStruct<const L extends StructLayout>(
  memory: LinearUserMemory,
  layout: L,
  address: bigint,
  call: string,
): StructValue<L> {
  return decodeStruct(layout, memory.copyIn(address, sizeOfStruct(layout), call))
}

/** Writes a structure. @throws `KvmError` EFAULT in the name of `call` */
export function writeStruct<const L extends StructLayout>(
  memory: LinearUserMemory,
  layout: L,
  address: bigint,
  value: PartialStructValue<L>,
  call: string,
): void {
  memory.copyOut(address, encodeStruct(layout, value), call)
}

/** What `addr` of an attribute points to. */
function attrMemory(memory: LinearUserMemory, address: bigint, call: string): AttrMemory {
  return {
    read: (sizeBytes) => memory.copyIn(address, sizeBytes, call),
    write: (bytes) => memory.copyOut(address, bytes, call),
  }
}

/** The three attribute ioctls of devices, vCPUs and VMs. @throws `KvmError` */
export function attributeIoctl(
  memory: LinearUserMemory,
  attributes: Attributes,
  operation: 'set' | 'get' | 'has',
  arg: bigint,
): number {
  const call = `KVM_${operation.toUpperCase()}_DEVICE_ATTR`
  const { group, attr, addr } = readStruct(memory, kvm_device_attr, arg, call)
  const attribute = { group, attr, memory: attrMemory(memory, addr, call) }
  if (operation === 'set') attributes.setAttr(attribute)
  else if (operation === 'get') attributes.getAttr(attribute)
  else if (!attributes.hasAttr(group, attr))
    throw kvmError('ENXIO', call, `no attribute ${hex(attr)} is in group ${group}`)
  return 0
}
