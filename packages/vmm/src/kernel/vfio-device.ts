/** The `KVM_DEV_TYPE_VFIO` device: no file here is VFIO's, so that none can be added. [KVM-DEV] vfio */

import { KVM_DEV_TYPE_VFIO, KVM_DEV_VFIO_FILE, KVM_DEV_VFIO_FILE_ADD, KVM_DEV_VFIO_FILE_DEL } from '@armvisor/uapi'
import { type DeviceAttribute, type KernelDevice, readWord } from './device.ts'
import { hex, kvmError } from './fail.ts'

/** The device of one VM. */
export class VfioDevice implements KernelDevice {
  readonly type: number = KVM_DEV_TYPE_VFIO

  hasAttr(group: number, attr: bigint): boolean {
    return (
      group === KVM_DEV_VFIO_FILE && (attr === BigInt(KVM_DEV_VFIO_FILE_ADD) || attr === BigInt(KVM_DEV_VFIO_FILE_DEL))
    )
  }

  setAttr({ group, attr, memory }: DeviceAttribute): void {
    const call = 'KVM_SET_DEVICE_ATTR'
    if (!this.hasAttr(group, attr)) throw none(call, group, attr)
    const fd = readWord(memory, 4)
    if (attr === BigInt(KVM_DEV_VFIO_FILE_DEL)) throw kvmError('ENOENT', call, `descriptor ${fd} was not added`)
    throw kvmError('EINVAL', call, `descriptor ${fd} is no file of VFIO`)
  }

  getAttr({ group, attr }: DeviceAttribute): void {
    throw none('KVM_GET_DEVICE_ATTR', group, attr)
  }
}

function none(call: string, group: number, attr: bigint): Error {
  return kvmError('ENXIO', call, `VFIO has no attribute ${hex(attr)} in group ${group}`)
}
