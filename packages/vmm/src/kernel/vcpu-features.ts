/** `KVM_ARM_VCPU_INIT`: which target and features a vCPU may have on this host. [KVM-API] §4.82 */

import {
  KVM_ARM_VCPU_PMU_V3,
  KVM_ARM_VCPU_POWER_OFF,
  KVM_ARM_VCPU_PSCI_0_2,
  KVM_ARM_VCPU_PTRAUTH_ADDRESS,
  KVM_ARM_VCPU_PTRAUTH_GENERIC,
  KVM_ARM_VCPU_SVE,
  type VcpuInit,
} from '@armvisor/uapi'
import type { HostFeatures } from './cpu-port.ts'
import { hex, kvmError } from './fail.ts'

/** Target of `KVM_ARM_VCPU_INIT`: any Armv8 CPU. [LINUX-UAPI] asm/kvm.h */
export const KVM_ARM_TARGET_GENERIC_V8 = 5

const call = 'KVM_ARM_VCPU_INIT'
/** Feature bits that Linux 6.12 knows; the ones beyond are ENOENT, the ones this host lacks EINVAL. */
const knownFeatures = 0x7f
const pauthFeatures = (1 << KVM_ARM_VCPU_PTRAUTH_ADDRESS) | (1 << KVM_ARM_VCPU_PTRAUTH_GENERIC)

/** The feature word without POWER_OFF. */
export function withoutPowerOff(word: number): number {
  return word & ~(1 << KVM_ARM_VCPU_POWER_OFF)
}

/** Whether a feature word holds a bit. */
export function hasFeature(word: number, bit: number): boolean {
  return ((word >>> bit) & 1) !== 0
}

function supportedFeatures(host: HostFeatures): number {
  let word = (1 << KVM_ARM_VCPU_POWER_OFF) | (1 << KVM_ARM_VCPU_PSCI_0_2)
  if (host.pmu === true) word |= 1 << KVM_ARM_VCPU_PMU_V3
  if (host.sve !== undefined) word |= 1 << KVM_ARM_VCPU_SVE
  if (host.pauth === true) word |= pauthFeatures
  return word
}

/** The feature word of a target that this host has. @throws `KvmError` EINVAL, ENOENT */
export function checkedFeatures(init: VcpuInit, host: HostFeatures): number {
  if (init.target !== KVM_ARM_TARGET_GENERIC_V8) {
    throw kvmError(
      'EINVAL',
      call,
      `target ${init.target} is not this host's`,
      'use what KVM_ARM_PREFERRED_TARGET returns',
    )
  }
  const [word = 0, ...rest] = init.features
  if ((word & ~knownFeatures) !== 0 || rest.some((it) => it !== 0)) {
    throw kvmError('ENOENT', call, `features ${init.features.map(hex).join(' ')} hold unknown bits`)
  }
  const missing = word & ~supportedFeatures(host)
  if (missing !== 0) {
    throw kvmError('EINVAL', call, `features ${hex(word)} hold ${hex(missing)}, which this CPU lacks`)
  }
  const pauth = word & pauthFeatures
  if (pauth !== 0 && pauth !== pauthFeatures) {
    throw kvmError('EINVAL', call, `features ${hex(word)} hold one of two bits for pointer authentication`, 'set both')
  }
  return word
}
