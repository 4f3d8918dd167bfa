/** Descriptors that fail as planned. */

import {
  KVM_ARM_SET_DEVICE_ADDR,
  KVM_CREATE_DEVICE,
  KVM_CREATE_VCPU,
  KVM_CREATE_VM,
  KVM_GET_ONE_REG,
} from '@armvisor/uapi'
import { findIoctls } from '@armvisor/uapi/tables'
import type { KvmFd, KvmProcess } from '../kernel/fd/process.ts'
import type { FaultPlan } from './fault-plan.ts'
import { checked, faultyMemory } from './faulty-kvm.ts'

/**
 * A process whose calls fail when the plan says so, and are those of `process` otherwise.
 *
 * @example
 * const plan = new FaultPlan([{ call: 'KVM_RUN', nth: 100, errno: 'EINTR' }])
 * const process = injectProcessFaults(createKvmProcess(options), plan)
 */
export function injectProcessFaults(process: KvmProcess, plan: FaultPlan): KvmProcess {
  /** Descriptors that `KVM_CREATE_VCPU` gave: one request number means something else on them. */
  const vcpus = new Set<number>()
  const faulty = (fd: KvmFd): KvmFd => ({
    fd: fd.fd,
    ioctl: (request, arg) => {
      const result = checked(plan, requestName(request, vcpus.has(fd.fd)), () => fd.ioctl(request, arg))
      if (request === KVM_CREATE_VCPU) vcpus.add(result)
      else if (request === KVM_CREATE_VM || request === KVM_CREATE_DEVICE) vcpus.delete(result)
      return result
    },
    mmap: (lengthBytes, options) => checked(plan, 'mmap', () => fd.mmap(lengthBytes, options)),
    read: (address, sizeBytes, offset) => checked(plan, 'read', () => fd.read(address, sizeBytes, offset)),
    write: (address, sizeBytes) => checked(plan, 'write', () => fd.write(address, sizeBytes)),
    ready: () => fd.ready(),
    close: () => {
      checked(plan, 'close', () => fd.close())
      vcpus.delete(fd.fd)
    },
  })
  return {
    memory: faultyMemory(process.memory, plan),
    get openFds() {
      return process.openFds
    },
    open: (path) => faulty(checked(plan, 'open', () => process.open(path))),
    eventfd: (initial, flags) => faulty(checked(plan, 'eventfd', () => process.eventfd(initial, flags))),
    fd: (fd) => faulty(process.fd(fd)),
  }
}

/** The header name of a request; `ioctl` for a number that none has. */
function requestName(request: number, isVcpu: boolean): string {
  if (request === KVM_ARM_SET_DEVICE_ADDR && KVM_GET_ONE_REG === request) {
    return isVcpu ? 'KVM_GET_ONE_REG' : 'KVM_ARM_SET_DEVICE_ADDR'
  }
  return findIoctls(request).find(({ fds }) => fds.length > 0)?.name ?? 'ioctl'
}
