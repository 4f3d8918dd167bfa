/** Device attributes of arm64: the table. [KVM-API] devices/. */
// biome-ignore-all format: the columns are the table

import {
  KVM_ARM_VCPU_PMU_V3_CTRL,
  KVM_ARM_VCPU_PMU_V3_FILTER,
  KVM_ARM_VCPU_PMU_V3_INIT,
  KVM_ARM_VCPU_PMU_V3_IRQ,
  KVM_ARM_VCPU_PMU_V3_SET_PMU,
  KVM_ARM_VCPU_PVTIME_CTRL,
  KVM_ARM_VCPU_PVTIME_IPA,
  KVM_ARM_VCPU_TIMER_CTRL,
  KVM_ARM_VCPU_TIMER_IRQ_HPTIMER,
  KVM_ARM_VCPU_TIMER_IRQ_HVTIMER,
  KVM_ARM_VCPU_TIMER_IRQ_PTIMER,
  KVM_ARM_VCPU_TIMER_IRQ_VTIMER,
  KVM_ARM_VM_SMCCC_CTRL,
  KVM_ARM_VM_SMCCC_FILTER,
  KVM_DEV_ARM_ITS_CTRL_RESET,
  KVM_DEV_ARM_ITS_RESTORE_TABLES,
  KVM_DEV_ARM_ITS_SAVE_TABLES,
  KVM_DEV_ARM_VGIC_CTRL_INIT,
  KVM_DEV_ARM_VGIC_GRP_ADDR,
  KVM_DEV_ARM_VGIC_GRP_CPU_REGS,
  KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS,
  KVM_DEV_ARM_VGIC_GRP_CTRL,
  KVM_DEV_ARM_VGIC_GRP_DIST_REGS,
  KVM_DEV_ARM_VGIC_GRP_ITS_REGS,
  KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO,
  KVM_DEV_ARM_VGIC_GRP_MAINT_IRQ,
  KVM_DEV_ARM_VGIC_GRP_NR_IRQS,
  KVM_DEV_ARM_VGIC_GRP_REDIST_REGS,
  KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES,
  KVM_DEV_VFIO_FILE,
  KVM_DEV_VFIO_FILE_ADD,
  KVM_DEV_VFIO_FILE_DEL,
  KVM_VGIC_ITS_ADDR_TYPE,
  KVM_VGIC_V2_ADDR_TYPE_CPU,
  KVM_VGIC_V2_ADDR_TYPE_DIST,
  KVM_VGIC_V3_ADDR_TYPE_DIST,
  KVM_VGIC_V3_ADDR_TYPE_REDIST,
  KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION,
  VGIC_LEVEL_INFO_LINE_LEVEL,
} from './device.ts'

/** A group of device attributes. @see {@link deviceAttributeTable} */
export interface DeviceAttributeRow {
  /** What has it: a device, or the `vcpu` or `vm` handle. */
  readonly on: string
  /** The group under its header name. */
  readonly group: Readonly<Record<string, number>>
  /** Its attributes under their header names; none where the attribute is a register, or means nothing. */
  readonly attrs: Readonly<Record<string, number>>
  /** C type of what `addr` points to; `none` if it is not used. */
  readonly value: string
  /** A clause without full stop. */
  readonly doc: string
  /** Version of Linux that brought it; empty where that was before 6.1. */
  readonly since: string
}

/**
 * Every group of device attributes, by device and number.
 *
 * @see [KVM-API] devices/
 */
export const deviceAttributeTable: readonly DeviceAttributeRow[] = [
  { on: 'vgic-v2', group: { KVM_DEV_ARM_VGIC_GRP_ADDR }, attrs: { KVM_VGIC_V2_ADDR_TYPE_DIST, KVM_VGIC_V2_ADDR_TYPE_CPU }, value: 'u64', doc: 'guest addresses of the frames', since: '' },
  { on: 'vgic-v2', group: { KVM_DEV_ARM_VGIC_GRP_DIST_REGS }, attrs: {  }, value: 'u32', doc: 'distributor registers: vCPU index in [39:32], offset in [31:0]', since: '' },
  { on: 'vgic-v2', group: { KVM_DEV_ARM_VGIC_GRP_CPU_REGS }, attrs: {  }, value: 'u32', doc: 'CPU interface registers: vCPU index in [39:32], offset in [31:0]', since: '' },
  { on: 'vgic-v2', group: { KVM_DEV_ARM_VGIC_GRP_NR_IRQS }, attrs: {  }, value: 'u32', doc: 'number of interrupts, a multiple of 32', since: '' },
  { on: 'vgic-v2', group: { KVM_DEV_ARM_VGIC_GRP_CTRL }, attrs: { KVM_DEV_ARM_VGIC_CTRL_INIT }, value: 'none', doc: 'commands', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_ADDR }, attrs: { KVM_VGIC_V3_ADDR_TYPE_DIST, KVM_VGIC_V3_ADDR_TYPE_REDIST, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION }, value: 'u64', doc: 'guest addresses of the frames', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_DIST_REGS }, attrs: {  }, value: 'u32', doc: 'distributor registers by offset', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_NR_IRQS }, attrs: {  }, value: 'u32', doc: 'number of interrupts, a multiple of 32', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_CTRL }, attrs: { KVM_DEV_ARM_VGIC_CTRL_INIT, KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES }, value: 'none', doc: 'commands', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_REDIST_REGS }, attrs: {  }, value: 'u32', doc: 'redistributor registers: affinity in [63:32], offset in [31:0]', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS }, attrs: {  }, value: 'u64', doc: 'CPU interface registers: affinity in [63:32], encoding in [15:0]', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO }, attrs: { VGIC_LEVEL_INFO_LINE_LEVEL }, value: 'u32', doc: 'line levels of 32 interrupts: affinity in [63:32], kind in [31:10], first interrupt in [9:0]', since: '' },
  { on: 'vgic-v3', group: { KVM_DEV_ARM_VGIC_GRP_MAINT_IRQ }, attrs: {  }, value: 'u32', doc: 'PPI of the maintenance interrupt', since: '6.16' },
  { on: 'vgic-its', group: { KVM_DEV_ARM_VGIC_GRP_ADDR }, attrs: { KVM_VGIC_ITS_ADDR_TYPE }, value: 'u64', doc: 'guest address of the frames', since: '' },
  { on: 'vgic-its', group: { KVM_DEV_ARM_VGIC_GRP_CTRL }, attrs: { KVM_DEV_ARM_VGIC_CTRL_INIT, KVM_DEV_ARM_ITS_SAVE_TABLES, KVM_DEV_ARM_ITS_RESTORE_TABLES, KVM_DEV_ARM_ITS_CTRL_RESET }, value: 'none', doc: 'commands', since: '' },
  { on: 'vgic-its', group: { KVM_DEV_ARM_VGIC_GRP_ITS_REGS }, attrs: {  }, value: 'u64', doc: 'registers by offset', since: '' },
  { on: 'vfio', group: { KVM_DEV_VFIO_FILE }, attrs: { KVM_DEV_VFIO_FILE_ADD, KVM_DEV_VFIO_FILE_DEL }, value: 's32', doc: 'files of VFIO groups and devices', since: '' },
  { on: 'vcpu', group: { KVM_ARM_VCPU_PMU_V3_CTRL }, attrs: { KVM_ARM_VCPU_PMU_V3_IRQ, KVM_ARM_VCPU_PMU_V3_INIT, KVM_ARM_VCPU_PMU_V3_FILTER, KVM_ARM_VCPU_PMU_V3_SET_PMU }, value: 's32, kvm_pmu_event_filter', doc: 'PMUv3', since: '' },
  { on: 'vcpu', group: { KVM_ARM_VCPU_TIMER_CTRL }, attrs: { KVM_ARM_VCPU_TIMER_IRQ_VTIMER, KVM_ARM_VCPU_TIMER_IRQ_PTIMER, KVM_ARM_VCPU_TIMER_IRQ_HVTIMER, KVM_ARM_VCPU_TIMER_IRQ_HPTIMER }, value: 's32', doc: 'interrupts of the timers', since: '' },
  { on: 'vcpu', group: { KVM_ARM_VCPU_PVTIME_CTRL }, attrs: { KVM_ARM_VCPU_PVTIME_IPA }, value: 'u64', doc: 'guest address of the stolen time', since: '' },
  { on: 'vm', group: { KVM_ARM_VM_SMCCC_CTRL }, attrs: { KVM_ARM_VM_SMCCC_FILTER }, value: 'kvm_smccc_filter', doc: 'filter of hypercalls', since: '6.4' },
]
