/** What `KVM_CHECK_EXTENSION` answers: the values of Linux 6.12 for what is implemented, 0 for what is not. [KVM-API] §4.4 */

import {
  KVM_CAP_ARM_IRQ_LINE_LAYOUT_2,
  KVM_CAP_ARM_NISV_TO_USER,
  KVM_CAP_ARM_PSCI,
  KVM_CAP_ARM_PSCI_0_2,
  KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES,
  KVM_CAP_ARM_SYSTEM_SUSPEND,
  KVM_CAP_ARM_VM_IPA_SIZE,
  KVM_CAP_CHECK_EXTENSION_VM,
  KVM_CAP_DESTROY_MEMORY_REGION_WORKS,
  KVM_CAP_DEVICE_CTRL,
  KVM_CAP_ENABLE_CAP_VM,
  KVM_CAP_IMMEDIATE_EXIT,
  KVM_CAP_IRQCHIP,
  KVM_CAP_JOIN_MEMORY_REGIONS_WORKS,
  KVM_CAP_MAX_VCPU_ID,
  KVM_CAP_MAX_VCPUS,
  KVM_CAP_MP_STATE,
  KVM_CAP_NR_MEMSLOTS,
  KVM_CAP_NR_VCPUS,
  KVM_CAP_ONE_REG,
  KVM_CAP_PTP_KVM,
  KVM_CAP_READONLY_MEM,
  KVM_CAP_SYNC_MMU,
  KVM_CAP_SYSTEM_EVENT_DATA,
  KVM_CAP_USER_MEMORY,
} from '@armvisor/uapi'
import { KVM_USER_MEM_SLOTS } from './memslots.ts'

/** One more than the largest vCPU id, as on every arm64 host with GICv3. */
export const maxVcpuIds = 512

/** What the values depend on. */
export interface CapabilityFacts {
  readonly ipaLimit: number
  /** Leaf sizes at stage 2 in bytes. */
  readonly blockSizes: readonly number[]
  /** vCPUs that the linear memory has room for. */
  readonly maxVcpus: number
  readonly hasRealtime: boolean
}

/** The value of a capability. */
export function capabilityValue(capability: number, facts: CapabilityFacts): number {
  switch (capability) {
    case KVM_CAP_IRQCHIP:
    case KVM_CAP_USER_MEMORY:
    case KVM_CAP_MP_STATE:
    case KVM_CAP_SYNC_MMU:
    case KVM_CAP_DESTROY_MEMORY_REGION_WORKS:
    case KVM_CAP_JOIN_MEMORY_REGIONS_WORKS:
    case KVM_CAP_ONE_REG:
    case KVM_CAP_READONLY_MEM:
    case KVM_CAP_ARM_PSCI:
    case KVM_CAP_ARM_PSCI_0_2:
    case KVM_CAP_DEVICE_CTRL:
    case KVM_CAP_ENABLE_CAP_VM:
    case KVM_CAP_CHECK_EXTENSION_VM:
    case KVM_CAP_IMMEDIATE_EXIT:
    case KVM_CAP_ARM_IRQ_LINE_LAYOUT_2:
    case KVM_CAP_ARM_NISV_TO_USER:
    case KVM_CAP_SYSTEM_EVENT_DATA:
    case KVM_CAP_ARM_SYSTEM_SUSPEND:
      return 1
    case KVM_CAP_PTP_KVM:
      return facts.hasRealtime ? 1 : 0
    // All vCPUs share one thread: more than one is possible, not recommended.
    case KVM_CAP_NR_VCPUS:
      return 1
    case KVM_CAP_MAX_VCPUS:
      return facts.maxVcpus
    case KVM_CAP_MAX_VCPU_ID:
      return maxVcpuIds
    case KVM_CAP_NR_MEMSLOTS:
      return KVM_USER_MEM_SLOTS
    case KVM_CAP_ARM_VM_IPA_SIZE:
      return facts.ipaLimit
    case KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES:
      return facts.blockSizes.reduce((sum, size) => sum + size, 0)
    default:
      return 0
  }
}
