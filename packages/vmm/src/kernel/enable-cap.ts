/** `KVM_ENABLE_CAP` on a VM. [KVM-API] §4.37, §7 */

import {
  KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE,
  KVM_CAP_ARM_MTE,
  KVM_CAP_ARM_NISV_TO_USER,
  KVM_CAP_ARM_SYSTEM_SUSPEND,
  KVM_CAP_DIRTY_LOG_RING_ACQ_REL,
  KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP,
  KVM_CAP_HALT_POLL,
  KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
} from '@armvisor/uapi'
import type { DirtyLog } from './dirty-log.ts'
import { hex, kvmError } from './fail.ts'
import type { LinuxRules } from './linux-rules.ts'

/** The VM as capabilities change it. */
export interface CapVm {
  readonly rules: LinuxRules
  readonly dirtyLog: DirtyLog
  readonly slots: { readonly all: readonly unknown[] }
  readonly blockSizes: readonly number[]
  isNisvToUser: boolean
  isSystemSuspendEnabled: boolean
  eagerSplitBytes: number
  enableMte(): void
}

const call = 'KVM_ENABLE_CAP'

/** @throws `KvmError` EINVAL, E2BIG */
export function enableVmCap(vm: CapVm, capability: number, flags: number, args: readonly bigint[]): void {
  const arg = args[0] ?? 0n
  const { rules, dirtyLog } = vm
  switch (capability) {
    case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
      dirtyLog.enableManual(arg, flags)
      return
    case KVM_CAP_HALT_POLL:
      // How long a vCPU polls before it sleeps: here it never polls.
      checkFlags(flags)
      if (arg > 0xffff_ffffn) throw kvmError('EINVAL', call, `${arg} ns are more than 32 bits`)
      return
    case KVM_CAP_DIRTY_LOG_RING_ACQ_REL:
      if (!rules.hasDirtyRing) throw unknown(capability)
      dirtyLog.enableRing(arg)
      return
    case KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP:
      if (!rules.hasDirtyRing) throw unknown(capability)
      dirtyLog.enableRingWithBitmap()
      return
  }
  checkFlags(flags)
  switch (capability) {
    case KVM_CAP_ARM_NISV_TO_USER:
      vm.isNisvToUser = true
      return
    case KVM_CAP_ARM_SYSTEM_SUSPEND:
      vm.isSystemSuspendEnabled = true
      return
    case KVM_CAP_ARM_MTE:
      vm.enableMte()
      return
    case KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE:
      if (!rules.hasEagerSplit) throw unknown(capability)
      enableEagerSplit(vm, arg)
      return
    default:
      throw unknown(capability)
  }
}

function enableEagerSplit(vm: CapVm, bytes: bigint): void {
  if (vm.slots.all.length > 0) throw kvmError('EINVAL', call, 'the VM has memory slots already', 'ask for it before')
  if (bytes !== 0n && !vm.blockSizes.some((size) => BigInt(size) === bytes)) {
    throw kvmError(
      'EINVAL',
      call,
      `${hex(bytes)} is no size of a block`,
      `use 0 or one of ${vm.blockSizes.map(hex).join(', ')}`,
    )
  }
  vm.eagerSplitBytes = Number(bytes)
}

function checkFlags(flags: number): void {
  if (flags !== 0) throw kvmError('EINVAL', call, `flags ${hex(flags)} are not 0`)
}

function unknown(capability: number): Error {
  return kvmError('EINVAL', call, `capability ${capability} cannot be enabled here`)
}
