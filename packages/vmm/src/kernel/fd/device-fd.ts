/** The file of a device. [KVM-API] §4.80 */

import { KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR, KVM_SET_DEVICE_ATTR } from '@armvisor/uapi'
import type { KernelDevice } from '../device.ts'
import { OpenFile } from './open-file.ts'
import { attributeIoctl } from './user-struct.ts'
import type { VmFileContext } from './vm-context.ts'

/** What `KVM_CREATE_DEVICE` opens. */
export class DeviceFd extends OpenFile {
  readonly kind = 'a device'
  readonly #context: VmFileContext
  readonly #device: KernelDevice

  constructor(context: VmFileContext, device: KernelDevice) {
    super()
    this.#context = context
    this.#device = device
    context.hold()
  }

  override ioctl(request: number, arg: bigint): number {
    const { vm, process } = this.#context
    vm.checkAlive('ioctl')
    switch (request) {
      case KVM_SET_DEVICE_ATTR:
        return attributeIoctl(process.memory, this.#device, 'set', arg)
      case KVM_GET_DEVICE_ATTR:
        return attributeIoctl(process.memory, this.#device, 'get', arg)
      case KVM_HAS_DEVICE_ATTR:
        return attributeIoctl(process.memory, this.#device, 'has', arg)
      default:
        return super.ioctl(request, arg)
    }
  }

  release(): void {
    this.#context.drop()
  }
}
