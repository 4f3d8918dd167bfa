/** Which numbers a field takes: flags and enumerations by structure and field. [KVM-API]. */

import {
  KVM_CREATE_DEVICE_TEST,
  KVM_DEV_TYPE_ARM_PV_TIME,
  KVM_DEV_TYPE_ARM_VGIC_ITS,
  KVM_DEV_TYPE_ARM_VGIC_V2,
  KVM_DEV_TYPE_ARM_VGIC_V3,
  KVM_DEV_TYPE_FLIC,
  KVM_DEV_TYPE_FSL_MPIC_20,
  KVM_DEV_TYPE_FSL_MPIC_42,
  KVM_DEV_TYPE_RISCV_AIA,
  KVM_DEV_TYPE_VFIO,
  KVM_DEV_TYPE_XICS,
  KVM_DEV_TYPE_XIVE,
  KVM_PMU_EVENT_ALLOW,
  KVM_PMU_EVENT_DENY,
  KVM_SMCCC_FILTER_DENY,
  KVM_SMCCC_FILTER_FWD_TO_USER,
  KVM_SMCCC_FILTER_HANDLE,
} from './device.ts'
import {
  KVM_EXIT_ARM_SEA_FLAG_GPA_VALID,
  KVM_HYPERCALL_EXIT_16BIT,
  KVM_HYPERCALL_EXIT_SMC,
  KVM_INTERNAL_ERROR_DELIVERY_EV,
  KVM_INTERNAL_ERROR_EMULATION,
  KVM_INTERNAL_ERROR_SIMUL_EX,
  KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON,
  KVM_SYSTEM_EVENT_CRASH,
  KVM_SYSTEM_EVENT_RESET,
  KVM_SYSTEM_EVENT_SEV_TERM,
  KVM_SYSTEM_EVENT_SHUTDOWN,
  KVM_SYSTEM_EVENT_SUSPEND,
  KVM_SYSTEM_EVENT_WAKEUP,
} from './exit.ts'
import {
  KVM_IOEVENTFD_FLAG_DATAMATCH,
  KVM_IOEVENTFD_FLAG_DEASSIGN,
  KVM_IOEVENTFD_FLAG_PIO,
  KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY,
  KVM_IRQ_ROUTING_HV_SINT,
  KVM_IRQ_ROUTING_IRQCHIP,
  KVM_IRQ_ROUTING_MSI,
  KVM_IRQ_ROUTING_S390_ADAPTER,
  KVM_IRQ_ROUTING_XEN_EVTCHN,
  KVM_IRQFD_FLAG_DEASSIGN,
  KVM_IRQFD_FLAG_RESAMPLE,
  KVM_MSI_VALID_DEVID,
} from './irq.ts'
import {
  GUEST_MEMFD_FLAG_INIT_SHARED,
  GUEST_MEMFD_FLAG_MMAP,
  KVM_ARM_TAGS_FROM_GUEST,
  KVM_ARM_TAGS_TO_GUEST,
  KVM_DIRTY_GFN_F_DIRTY,
  KVM_DIRTY_GFN_F_RESET,
  KVM_MEM_GUEST_MEMFD,
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_MEM_READONLY,
  KVM_MEMORY_ATTRIBUTE_PRIVATE,
  KVM_MEMORY_EXIT_FLAG_PRIVATE,
} from './memory.ts'
import {
  KVM_STATS_BASE_POW2,
  KVM_STATS_BASE_POW10,
  KVM_STATS_TYPE_CUMULATIVE,
  KVM_STATS_TYPE_INSTANT,
  KVM_STATS_TYPE_LINEAR_HIST,
  KVM_STATS_TYPE_LOG_HIST,
  KVM_STATS_TYPE_PEAK,
  KVM_STATS_UNIT_BOOLEAN,
  KVM_STATS_UNIT_BYTES,
  KVM_STATS_UNIT_CYCLES,
  KVM_STATS_UNIT_NONE,
  KVM_STATS_UNIT_SECONDS,
} from './stats.ts'
import {
  KVM_ARM_DEV_EL1_PTIMER,
  KVM_ARM_DEV_EL1_VTIMER,
  KVM_ARM_DEV_PMU,
  KVM_ARM_TARGET_AEM_V8,
  KVM_ARM_TARGET_CORTEX_A53,
  KVM_ARM_TARGET_CORTEX_A57,
  KVM_ARM_TARGET_FOUNDATION_V8,
  KVM_ARM_TARGET_GENERIC_V8,
  KVM_ARM_TARGET_XGENE_POTENZA,
  KVM_ARM_VCPU_EL1_32BIT,
  KVM_ARM_VCPU_HAS_EL2,
  KVM_ARM_VCPU_HAS_EL2_E2H0,
  KVM_ARM_VCPU_PMU_V3,
  KVM_ARM_VCPU_POWER_OFF,
  KVM_ARM_VCPU_PSCI_0_2,
  KVM_ARM_VCPU_PTRAUTH_ADDRESS,
  KVM_ARM_VCPU_PTRAUTH_GENERIC,
  KVM_ARM_VCPU_SVE,
  KVM_GUESTDBG_ENABLE,
  KVM_GUESTDBG_SINGLESTEP,
  KVM_GUESTDBG_USE_HW,
  KVM_GUESTDBG_USE_SW_BP,
  KVM_MP_STATE_AP_RESET_HOLD,
  KVM_MP_STATE_CHECK_STOP,
  KVM_MP_STATE_HALTED,
  KVM_MP_STATE_INIT_RECEIVED,
  KVM_MP_STATE_LOAD,
  KVM_MP_STATE_OPERATING,
  KVM_MP_STATE_RUNNABLE,
  KVM_MP_STATE_SIPI_RECEIVED,
  KVM_MP_STATE_STOPPED,
  KVM_MP_STATE_SUSPENDED,
  KVM_MP_STATE_UNINITIALIZED,
} from './vcpu.ts'

/** The named values of a field. @see {@link flagTable} */
export interface FieldValues {
  /** `flags`: bits that add up; `enum`: one of them; `bits`: the values are numbers of bits. */
  readonly kind: 'flags' | 'enum' | 'bits'
  /** Values by header name. */
  readonly values: Readonly<Record<string, number | bigint>>
}

/**
 * Named values by `structure.field`; `kvm_run.exit.*` is the union in `kvm_run`.
 *
 * @see {@link formatValue}
 */
export const flagTable: Readonly<Record<string, FieldValues>> = {
  'kvm_userspace_memory_region.flags': {
    kind: 'flags',
    values: { KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY, KVM_MEM_GUEST_MEMFD },
  },
  'kvm_userspace_memory_region2.flags': {
    kind: 'flags',
    values: { KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY, KVM_MEM_GUEST_MEMFD },
  },
  'kvm_memory_attributes.attributes': { kind: 'flags', values: { KVM_MEMORY_ATTRIBUTE_PRIVATE } },
  'kvm_create_guest_memfd.flags': { kind: 'flags', values: { GUEST_MEMFD_FLAG_MMAP, GUEST_MEMFD_FLAG_INIT_SHARED } },
  'kvm_dirty_gfn.flags': { kind: 'flags', values: { KVM_DIRTY_GFN_F_DIRTY, KVM_DIRTY_GFN_F_RESET } },
  'kvm_arm_copy_mte_tags.flags': { kind: 'enum', values: { KVM_ARM_TAGS_TO_GUEST, KVM_ARM_TAGS_FROM_GUEST } },
  'kvm_irqfd.flags': { kind: 'flags', values: { KVM_IRQFD_FLAG_DEASSIGN, KVM_IRQFD_FLAG_RESAMPLE } },
  'kvm_ioeventfd.flags': {
    kind: 'flags',
    values: {
      KVM_IOEVENTFD_FLAG_DATAMATCH,
      KVM_IOEVENTFD_FLAG_PIO,
      KVM_IOEVENTFD_FLAG_DEASSIGN,
      KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY,
    },
  },
  'kvm_irq_routing_entry.type': {
    kind: 'enum',
    values: {
      KVM_IRQ_ROUTING_IRQCHIP,
      KVM_IRQ_ROUTING_MSI,
      KVM_IRQ_ROUTING_S390_ADAPTER,
      KVM_IRQ_ROUTING_HV_SINT,
      KVM_IRQ_ROUTING_XEN_EVTCHN,
    },
  },
  'kvm_irq_routing_entry.flags': { kind: 'flags', values: { KVM_MSI_VALID_DEVID } },
  'kvm_msi.flags': { kind: 'flags', values: { KVM_MSI_VALID_DEVID } },
  'kvm_create_device.type': {
    kind: 'enum',
    values: {
      KVM_DEV_TYPE_VFIO,
      KVM_DEV_TYPE_ARM_VGIC_V2,
      KVM_DEV_TYPE_ARM_VGIC_V3,
      KVM_DEV_TYPE_ARM_VGIC_ITS,
      KVM_DEV_TYPE_ARM_PV_TIME,
      KVM_DEV_TYPE_FSL_MPIC_20,
      KVM_DEV_TYPE_FSL_MPIC_42,
      KVM_DEV_TYPE_XICS,
      KVM_DEV_TYPE_FLIC,
      KVM_DEV_TYPE_XIVE,
      KVM_DEV_TYPE_RISCV_AIA,
    },
  },
  'kvm_create_device.flags': { kind: 'flags', values: { KVM_CREATE_DEVICE_TEST } },
  'kvm_smccc_filter.action': {
    kind: 'enum',
    values: { KVM_SMCCC_FILTER_HANDLE, KVM_SMCCC_FILTER_DENY, KVM_SMCCC_FILTER_FWD_TO_USER },
  },
  'kvm_pmu_event_filter.action': { kind: 'enum', values: { KVM_PMU_EVENT_ALLOW, KVM_PMU_EVENT_DENY } },
  'kvm_vcpu_init.target': {
    kind: 'enum',
    values: {
      KVM_ARM_TARGET_GENERIC_V8,
      KVM_ARM_TARGET_AEM_V8,
      KVM_ARM_TARGET_FOUNDATION_V8,
      KVM_ARM_TARGET_CORTEX_A57,
      KVM_ARM_TARGET_XGENE_POTENZA,
      KVM_ARM_TARGET_CORTEX_A53,
    },
  },
  'kvm_vcpu_init.features': {
    kind: 'bits',
    values: {
      KVM_ARM_VCPU_POWER_OFF,
      KVM_ARM_VCPU_EL1_32BIT,
      KVM_ARM_VCPU_PSCI_0_2,
      KVM_ARM_VCPU_PMU_V3,
      KVM_ARM_VCPU_SVE,
      KVM_ARM_VCPU_PTRAUTH_ADDRESS,
      KVM_ARM_VCPU_PTRAUTH_GENERIC,
      KVM_ARM_VCPU_HAS_EL2,
      KVM_ARM_VCPU_HAS_EL2_E2H0,
    },
  },
  'kvm_mp_state.mp_state': {
    kind: 'enum',
    values: {
      KVM_MP_STATE_RUNNABLE,
      KVM_MP_STATE_STOPPED,
      KVM_MP_STATE_SUSPENDED,
      KVM_MP_STATE_UNINITIALIZED,
      KVM_MP_STATE_INIT_RECEIVED,
      KVM_MP_STATE_HALTED,
      KVM_MP_STATE_SIPI_RECEIVED,
      KVM_MP_STATE_CHECK_STOP,
      KVM_MP_STATE_OPERATING,
      KVM_MP_STATE_LOAD,
      KVM_MP_STATE_AP_RESET_HOLD,
    },
  },
  'kvm_guest_debug.control': {
    kind: 'flags',
    values: { KVM_GUESTDBG_ENABLE, KVM_GUESTDBG_SINGLESTEP, KVM_GUESTDBG_USE_SW_BP, KVM_GUESTDBG_USE_HW },
  },
  'kvm_sync_regs.device_irq_level': {
    kind: 'flags',
    values: { KVM_ARM_DEV_EL1_VTIMER, KVM_ARM_DEV_EL1_PTIMER, KVM_ARM_DEV_PMU },
  },
  'kvm_run.exit.system_event.type': {
    kind: 'enum',
    values: {
      KVM_SYSTEM_EVENT_SHUTDOWN,
      KVM_SYSTEM_EVENT_RESET,
      KVM_SYSTEM_EVENT_CRASH,
      KVM_SYSTEM_EVENT_WAKEUP,
      KVM_SYSTEM_EVENT_SUSPEND,
      KVM_SYSTEM_EVENT_SEV_TERM,
    },
  },
  'kvm_run.exit.internal.suberror': {
    kind: 'enum',
    values: {
      KVM_INTERNAL_ERROR_EMULATION,
      KVM_INTERNAL_ERROR_SIMUL_EX,
      KVM_INTERNAL_ERROR_DELIVERY_EV,
      KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON,
    },
  },
  'kvm_run.exit.hypercall.flags': { kind: 'flags', values: { KVM_HYPERCALL_EXIT_SMC, KVM_HYPERCALL_EXIT_16BIT } },
  'kvm_run.exit.memory_fault.flags': { kind: 'flags', values: { KVM_MEMORY_EXIT_FLAG_PRIVATE } },
  'kvm_run.exit.arm_sea.flags': { kind: 'flags', values: { KVM_EXIT_ARM_SEA_FLAG_GPA_VALID } },
  'kvm_stats_desc.type': {
    kind: 'enum',
    values: {
      KVM_STATS_TYPE_CUMULATIVE,
      KVM_STATS_TYPE_INSTANT,
      KVM_STATS_TYPE_PEAK,
      KVM_STATS_TYPE_LINEAR_HIST,
      KVM_STATS_TYPE_LOG_HIST,
    },
  },
  'kvm_stats_desc.unit': {
    kind: 'enum',
    values: {
      KVM_STATS_UNIT_NONE,
      KVM_STATS_UNIT_BYTES,
      KVM_STATS_UNIT_SECONDS,
      KVM_STATS_UNIT_CYCLES,
      KVM_STATS_UNIT_BOOLEAN,
    },
  },
  'kvm_stats_desc.base': { kind: 'enum', values: { KVM_STATS_BASE_POW10, KVM_STATS_BASE_POW2 } },
}

/**
 * Names of a field's value: `KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY`, with what has no name in hexadecimal; empty if
 * nothing has.
 *
 * @see {@link flagTable}
 */
export function formatValue(field: string, value: number | bigint): string {
  const row = flagTable[field]
  if (row === undefined) return ''
  const word = BigInt(value)
  const named = Object.entries(row.values).map(([name, v]): readonly [string, bigint] => [
    name,
    row.kind === 'bits' ? 1n << BigInt(v) : BigInt(v),
  ])
  if (row.kind === 'enum') return named.find(([, v]) => v === word)?.[0] ?? ''
  const set = named.filter(([, v]) => v !== 0n && (word & v) === v)
  const rest = set.reduce((left, [, v]) => left & ~v, word)
  if (set.length === 0) return ''
  return [...set.map(([name]) => name), ...(rest === 0n ? [] : [`0x${rest.toString(16)}`])].join(' | ')
}
