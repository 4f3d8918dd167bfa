/** The file of `/dev/kvm`. [KVM-API] §4 */

import { KVM_CHECK_EXTENSION, KVM_CREATE_VM, KVM_GET_API_VERSION, KVM_GET_VCPU_MMAP_SIZE } from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'
import type { KernelKvm } from '../kvm.ts'
import { OpenFile } from './open-file.ts'
import { type FileProcess, VmFileContext } from './vm-context.ts'
import { VmFd } from './vm-fd.ts'

/** Requests of tracing, which Linux once had. */
const traceRequests = [0xae06, 0xae07, 0xae08]

/** What opening `/dev/kvm` gives. */
export class SystemFd extends OpenFile {
  readonly kind = '/dev/kvm'
  readonly #kvm: KernelKvm
  readonly #process: FileProcess

  constructor(kvm: KernelKvm, process: FileProcess) {
    super()
    this.#kvm = kvm
    this.#process = process
  }

  override ioctl(request: number, arg: bigint): number {
    switch (request) {
      case KVM_GET_API_VERSION:
        checkZero('KVM_GET_API_VERSION', arg)
        return this.#kvm.getApiVersion()
      case KVM_CREATE_VM:
        return this.#process.install(new VmFd(new VmFileContext(this.#process, this.#kvm.createKernelVm(arg))))
      case KVM_CHECK_EXTENSION:
        return this.#kvm.checkExtension(arg < 0x1_0000_0000n ? Number(arg) : -1)
      case KVM_GET_VCPU_MMAP_SIZE:
        checkZero('KVM_GET_VCPU_MMAP_SIZE', arg)
        return this.#kvm.getVcpuMmapSize()
      default:
        if (traceRequests.includes(request) && this.#kvm.rules.hasTraceRequests) {
          throw kvmError('EOPNOTSUPP', 'ioctl', `request ${hex(request)} of tracing is not supported`)
        }
        throw kvmError('EINVAL', 'ioctl', `/dev/kvm has no request ${hex(request)}`)
    }
  }

  // VMs have files of their own.
  release(): void {}
}

function checkZero(call: string, arg: bigint): void {
  if (arg !== 0n) throw kvmError('EINVAL', call, `argument ${hex(arg)} is not 0`)
}
