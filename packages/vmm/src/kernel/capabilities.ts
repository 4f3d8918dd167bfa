/** What `KVM_CHECK_EXTENSION` answers: the values of Linux for what is implemented, 0 for what is not. [KVM-API] §4.4 */

import {
  KVM_CAP_ARM_INJECT_EXT_DABT,
  KVM_CAP_ARM_INJECT_SERROR_ESR,
  KVM_CAP_ARM_IRQ_LINE_LAYOUT_2,
  KVM_CAP_ARM_MTE,
  KVM_CAP_ARM_NISV_TO_USER,
  KVM_CAP_ARM_PMU_V3,
  KVM_CAP_ARM_PSCI,
  KVM_CAP_ARM_PSCI_0_2,
  KVM_CAP_ARM_PTRAUTH_ADDRESS,
  KVM_CAP_ARM_PTRAUTH_GENERIC,
  KVM_CAP_ARM_SET_DEVICE_ADDR,
  KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES,
  KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES,
  KVM_CAP_ARM_SVE,
  KVM_CAP_ARM_SYSTEM_SUSPEND,
  KVM_CAP_ARM_USER_IRQ,
  KVM_CAP_ARM_VM_IPA_SIZE,
  KVM_CAP_BINARY_STATS_FD,
  KVM_CAP_CHECK_EXTENSION_VM,
  KVM_CAP_COALESCED_MMIO,
  KVM_CAP_COALESCED_PIO,
  KVM_CAP_COUNTER_OFFSET,
  KVM_CAP_DESTROY_MEMORY_REGION_WORKS,
  KVM_CAP_DEVICE_CTRL,
  KVM_CAP_DIRTY_LOG_RING_ACQ_REL,
  KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP,
  KVM_CAP_ENABLE_CAP_VM,
  KVM_CAP_GUEST_DEBUG_HW_BPS,
  KVM_CAP_GUEST_DEBUG_HW_WPS,
  KVM_CAP_HALT_POLL,
  KVM_CAP_IMMEDIATE_EXIT,
  KVM_CAP_INTERNAL_ERROR_DATA,
  KVM_CAP_IOEVENTFD,
  KVM_CAP_IOEVENTFD_ANY_LENGTH,
  KVM_CAP_IRQ_ROUTING,
  KVM_CAP_IRQCHIP,
  KVM_CAP_IRQFD,
  KVM_CAP_IRQFD_RESAMPLE,
  KVM_CAP_JOIN_MEMORY_REGIONS_WORKS,
  KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2,
  KVM_CAP_MAX_VCPU_ID,
  KVM_CAP_MAX_VCPUS,
  KVM_CAP_MP_STATE,
  KVM_CAP_NR_MEMSLOTS,
  KVM_CAP_NR_VCPUS,
  KVM_CAP_ONE_REG,
  KVM_CAP_PTP_KVM,
  KVM_CAP_READONLY_MEM,
  KVM_CAP_SET_GUEST_DEBUG,
  KVM_CAP_SET_GUEST_DEBUG2,
  KVM_CAP_SIGNAL_MSI,
  KVM_CAP_STEAL_TIME,
  KVM_CAP_SYNC_MMU,
  KVM_CAP_SYSTEM_EVENT_DATA,
  KVM_CAP_USER_MEMORY,
  KVM_CAP_USER_MEMORY2,
  KVM_CAP_VCPU_ATTRIBUTES,
  KVM_CAP_VCPU_EVENTS,
  KVM_COALESCED_MMIO_PAGE_OFFSET,
  KVM_DIRTY_LOG_INITIALLY_SET,
  KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE,
} from '@armvisor/uapi'
import type { HostFeatures } from './cpu-port.ts'
import { maxDirtyRingBytes } from './dirty-ring.ts'
import { type DebugCounts, guestDebugFlags } from './guest-debug.ts'
import { maxRoutes } from './irq/routing.ts'
import type { LinuxRules } from './linux-rules.ts'
import { KVM_USER_MEM_SLOTS } from './memslots.ts'

/** One more than the largest vCPU id, as on every arm64 host with GICv3. */
export const maxVcpuIds = 512

/** What the values depend on. */
export interface CapabilityFacts {
  readonly rules: LinuxRules
  readonly features: HostFeatures
  readonly debugCounts: DebugCounts
  readonly ipaLimit: number
  /** Leaf sizes at stage 2 in bytes. */
  readonly blockSizes: readonly number[]
  /** vCPUs that a VM may have. */
  readonly maxVcpus: number
  readonly hasRealtime: boolean
}

/** What a host with Linux of any version has, whatever its CPU. */
const always: ReadonlySet<number> = new Set([
  KVM_CAP_IRQCHIP,
  KVM_CAP_USER_MEMORY,
  KVM_CAP_MP_STATE,
  KVM_CAP_SYNC_MMU,
  KVM_CAP_SET_GUEST_DEBUG,
  KVM_CAP_DESTROY_MEMORY_REGION_WORKS,
  KVM_CAP_JOIN_MEMORY_REGIONS_WORKS,
  KVM_CAP_IRQFD,
  KVM_CAP_IRQFD_RESAMPLE,
  KVM_CAP_IOEVENTFD,
  KVM_CAP_IOEVENTFD_ANY_LENGTH,
  KVM_CAP_INTERNAL_ERROR_DATA,
  KVM_CAP_VCPU_EVENTS,
  KVM_CAP_ONE_REG,
  KVM_CAP_SIGNAL_MSI,
  KVM_CAP_READONLY_MEM,
  KVM_CAP_ARM_PSCI,
  KVM_CAP_ARM_PSCI_0_2,
  KVM_CAP_ARM_SET_DEVICE_ADDR,
  KVM_CAP_DEVICE_CTRL,
  KVM_CAP_ENABLE_CAP_VM,
  KVM_CAP_CHECK_EXTENSION_VM,
  KVM_CAP_VCPU_ATTRIBUTES,
  KVM_CAP_IMMEDIATE_EXIT,
  KVM_CAP_ARM_USER_IRQ,
  KVM_CAP_COALESCED_PIO,
  KVM_CAP_ARM_IRQ_LINE_LAYOUT_2,
  KVM_CAP_ARM_NISV_TO_USER,
  KVM_CAP_ARM_INJECT_EXT_DABT,
  KVM_CAP_HALT_POLL,
  KVM_CAP_STEAL_TIME,
  KVM_CAP_BINARY_STATS_FD,
  KVM_CAP_SYSTEM_EVENT_DATA,
  KVM_CAP_ARM_SYSTEM_SUSPEND,
])

/** The value of a capability. */
export function capabilityValue(capability: number, facts: CapabilityFacts): number {
  if (always.has(capability)) return 1
  const { rules, features } = facts
  const flag = (isThere: boolean | undefined): number => (isThere === true ? 1 : 0)
  switch (capability) {
    case KVM_CAP_PTP_KVM:
      return flag(facts.hasRealtime)
    // All vCPUs share one thread: more than one is possible, not recommended.
    case KVM_CAP_NR_VCPUS:
      return 1
    case KVM_CAP_GUEST_DEBUG_HW_BPS:
      return facts.debugCounts.breakpoints
    case KVM_CAP_GUEST_DEBUG_HW_WPS:
      return facts.debugCounts.watchpoints
    case KVM_CAP_SET_GUEST_DEBUG2:
      return guestDebugFlags
    case KVM_CAP_MAX_VCPUS:
      return facts.maxVcpus
    case KVM_CAP_MAX_VCPU_ID:
      return maxVcpuIds
    case KVM_CAP_NR_MEMSLOTS:
      return KVM_USER_MEM_SLOTS
    case KVM_CAP_COALESCED_MMIO:
      return KVM_COALESCED_MMIO_PAGE_OFFSET
    case KVM_CAP_IRQ_ROUTING:
      return maxRoutes
    case KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2:
      return KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET
    case KVM_CAP_ARM_VM_IPA_SIZE:
      return facts.ipaLimit
    case KVM_CAP_ARM_SVE:
      return flag(features.sve !== undefined)
    case KVM_CAP_ARM_PTRAUTH_ADDRESS:
    case KVM_CAP_ARM_PTRAUTH_GENERIC:
      return flag(features.pauth)
    case KVM_CAP_ARM_PMU_V3:
      return flag(features.pmu)
    case KVM_CAP_ARM_INJECT_SERROR_ESR:
      return flag(features.ras)
    case KVM_CAP_ARM_MTE:
      return flag(features.mte)
    case KVM_CAP_DIRTY_LOG_RING_ACQ_REL:
      return rules.hasDirtyRing ? maxDirtyRingBytes : 0
    case KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP:
      return flag(rules.hasDirtyRing)
    case KVM_CAP_COUNTER_OFFSET:
      return flag(rules.hasCounterOffset)
    case KVM_CAP_USER_MEMORY2:
      return flag(rules.hasRegion2)
    case KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES:
      return flag(rules.hasWritableIdRegisters)
    case KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES:
      return rules.hasEagerSplit ? facts.blockSizes.reduce((sum, size) => sum + size, 0) : 0
    default:
      return 0
  }
}
