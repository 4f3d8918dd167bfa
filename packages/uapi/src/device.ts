/** Device types and device-attribute groups of arm64: vgic, vCPU and VM attributes. [KVM-API] devices/. */

/** Flag of `KVM_CREATE_DEVICE`: only test whether the type exists. @see [KVM-API] §4.79 */
export const KVM_CREATE_DEVICE_TEST = 1
/** Device type: groups of VFIO files. @see [KVM-API] devices/vfio */
export const KVM_DEV_TYPE_VFIO = 4
/** Device type: virtual GICv2. @see [KVM-API] devices/arm-vgic */
export const KVM_DEV_TYPE_ARM_VGIC_V2 = 5
/** Device type: virtual GICv3. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_TYPE_ARM_VGIC_V3 = 7
/** Device type: interrupt translation service of a virtual GICv3. @see [KVM-API] devices/arm-vgic-its */
export const KVM_DEV_TYPE_ARM_VGIC_ITS = 8
/** Device type that Linux reserves for paravirtual time and does not create. @see [KVM-API] devices/vcpu */
export const KVM_DEV_TYPE_ARM_PV_TIME = 10
/** Group: guest addresses of the frames; attributes are `KVM_VGIC_*_ADDR_TYPE_*`. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_GRP_ADDR = 0
/** Group: distributor registers by offset. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_GRP_DIST_REGS = 1
/** Group: CPU-interface registers of a GICv2. @see [KVM-API] devices/arm-vgic */
export const KVM_DEV_ARM_VGIC_GRP_CPU_REGS = 2
/** Group: number of interrupts with SGIs and PPIs, a multiple of 32. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_GRP_NR_IRQS = 3
/** Group: commands, `KVM_DEV_ARM_VGIC_CTRL_INIT` and others. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_GRP_CTRL = 4
/** Group: redistributor registers, MPIDR in [63:32] and offset in [31:0]. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_GRP_REDIST_REGS = 5
/**
 * Group: CPU-interface system registers, MPIDR in [63:32] and encoding in [15:0].
 *
 * @see [KVM-API] devices/arm-vgic-v3
 */
export const KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS = 6
/** Group: line levels of 32 interrupts. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO = 7
/** Group: registers of an ITS by offset. @see [KVM-API] devices/arm-vgic-its */
export const KVM_DEV_ARM_VGIC_GRP_ITS_REGS = 8
/** Address attribute: distributor of a GICv2. @see [KVM-API] devices/arm-vgic */
export const KVM_VGIC_V2_ADDR_TYPE_DIST = 0
/** Address attribute: CPU interface of a GICv2. @see [KVM-API] devices/arm-vgic */
export const KVM_VGIC_V2_ADDR_TYPE_CPU = 1
/** Address attribute: distributor of a GICv3. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_VGIC_V3_ADDR_TYPE_DIST = 2
/** Address attribute: one region with the redistributors of all vCPUs. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_VGIC_V3_ADDR_TYPE_REDIST = 3
/** Address attribute: frames of an ITS. @see [KVM-API] devices/arm-vgic-its */
export const KVM_VGIC_ITS_ADDR_TYPE = 4
/**
 * Address attribute: one of several redistributor regions, count[63:52] base[51:16] flags[15:12] index[11:0].
 *
 * @see [KVM-API] devices/arm-vgic-v3
 */
export const KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION = 5
/** Bytes of a GICv2 distributor. @see [KVM-API] devices/arm-vgic */
export const KVM_VGIC_V2_DIST_SIZE = 0x1000
/** Bytes of a GICv2 CPU interface. @see [KVM-API] devices/arm-vgic */
export const KVM_VGIC_V2_CPU_SIZE = 0x2000
/** Bytes of a GICv3 distributor. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_VGIC_V3_DIST_SIZE = 0x10000
/** Bytes of one redistributor: two 64K frames. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_VGIC_V3_REDIST_SIZE = 0x20000
/** Bytes of an ITS: two 64K frames. @see [KVM-API] devices/arm-vgic-its */
export const KVM_VGIC_V3_ITS_SIZE = 0x20000
/** Position of the affinity in attributes of redistributors and system registers. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT = 32n
/** Mask of the affinity in attributes: Aff3.Aff2.Aff1.Aff0, a byte each. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_V3_MPIDR_MASK = 0xffff_ffff_0000_0000n
/** Mask of the register offset in attributes. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_OFFSET_MASK = 0x0000_0000_ffff_ffffn
/**
 * Mask of the system register encoding in attributes; the fields are those of a register id.
 *
 * @see [KVM-API] devices/arm-vgic-v3
 */
export const KVM_DEV_ARM_VGIC_SYSREG_INSTR_MASK = 0xffff
/** Position of the kind of information in a level attribute. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT = 10
/** Mask of the first interrupt in a level attribute. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_LINE_LEVEL_INTID_MASK = 0x3ff
/** Kind of information: the line levels. @see [KVM-API] devices/arm-vgic-v3 */
export const VGIC_LEVEL_INFO_LINE_LEVEL = 0
/** Command: initialise the vgic, after all vCPUs exist. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_CTRL_INIT = 0
/** Command: write the tables of an ITS to guest memory. @see [KVM-API] devices/arm-vgic-its */
export const KVM_DEV_ARM_ITS_SAVE_TABLES = 1
/** Command: read the tables of an ITS from guest memory. @see [KVM-API] devices/arm-vgic-its */
export const KVM_DEV_ARM_ITS_RESTORE_TABLES = 2
/** Command: write the LPI pending bits to guest memory. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES = 3
/** Command: reset an ITS. @see [KVM-API] devices/arm-vgic-its */
export const KVM_DEV_ARM_ITS_CTRL_RESET = 4
/** vCPU attribute group: PMUv3. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_PMU_V3_CTRL = 0
/** PMU attribute: overflow interrupt. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_PMU_V3_IRQ = 0
/** PMU attribute: initialise. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_PMU_V3_INIT = 1
/** PMU attribute: allow or deny a range of events. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_PMU_V3_FILTER = 2
/** PMU attribute: choose the host PMU. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_PMU_V3_SET_PMU = 3
/** vCPU attribute group: interrupts of the timers. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_TIMER_CTRL = 1
/** Timer attribute: PPI of the virtual timer, 27 by default. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_TIMER_IRQ_VTIMER = 0
/** Timer attribute: PPI of the physical timer, 30 by default. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_TIMER_IRQ_PTIMER = 1
/** Timer attribute: PPI of the EL2 virtual timer. Since 6.4. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_TIMER_IRQ_HVTIMER = 2
/** Timer attribute: PPI of the EL2 physical timer. Since 6.4. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_TIMER_IRQ_HPTIMER = 3
/** vCPU attribute group: stolen time. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_PVTIME_CTRL = 2
/** Stolen-time attribute: guest address of the structure, 64-byte aligned. @see [KVM-API] devices/vcpu */
export const KVM_ARM_VCPU_PVTIME_IPA = 0
/** VM attribute group: hypercall filter. Since 6.4. @see [KVM-API] devices/vm */
export const KVM_ARM_VM_SMCCC_CTRL = 0
/** Filter attribute: add a range. Since 6.4. @see [KVM-API] devices/vm */
export const KVM_ARM_VM_SMCCC_FILTER = 0
/** Filter action: the kernel answers. @see [KVM-API] devices/vm */
export const KVM_SMCCC_FILTER_HANDLE = 0
/** Filter action: the guest is told that the call is not supported. @see [KVM-API] devices/vm */
export const KVM_SMCCC_FILTER_DENY = 1
/** Filter action: `KVM_EXIT_HYPERCALL`. @see [KVM-API] devices/vm */
export const KVM_SMCCC_FILTER_FWD_TO_USER = 2
/** Action of a PMU event filter: count. @see [KVM-API] devices/vcpu */
export const KVM_PMU_EVENT_ALLOW = 0
/** Action of a PMU event filter: do not count. @see [KVM-API] devices/vcpu */
export const KVM_PMU_EVENT_DENY = 1

/** Device type of PowerPC. @see [KVM-API] §4.79 */
export const KVM_DEV_TYPE_FSL_MPIC_20 = 1
/** Device type of PowerPC. @see [KVM-API] §4.79 */
export const KVM_DEV_TYPE_FSL_MPIC_42 = 2
/** Device type of PowerPC. @see [KVM-API] §4.79 */
export const KVM_DEV_TYPE_XICS = 3
/** Device type of s390. @see [KVM-API] §4.79 */
export const KVM_DEV_TYPE_FLIC = 6
/** Device type of PowerPC. @see [KVM-API] §4.79 */
export const KVM_DEV_TYPE_XIVE = 9
/** Device type of RISC-V. @see [KVM-API] §4.79 */
export const KVM_DEV_TYPE_RISCV_AIA = 0xb
/** One more than the largest device type of 6.12. @see [KVM-API] §4.79 */
export const KVM_DEV_TYPE_MAX = 0xc
/** Group: PPI of the maintenance interrupt, for a guest with EL2. Since 6.16. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_GRP_MAINT_IRQ = 9
/** Position of the vCPU index in attributes of a GICv2. @see [KVM-API] devices/arm-vgic */
export const KVM_DEV_ARM_VGIC_CPUID_SHIFT = 32n
/** Mask of the vCPU index in attributes of a GICv2. @see [KVM-API] devices/arm-vgic */
export const KVM_DEV_ARM_VGIC_CPUID_MASK = 0xff_0000_0000n
/** Position of the register offset in attributes. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_OFFSET_SHIFT = 0
/** Mask of the kind of information in a level attribute. @see [KVM-API] devices/arm-vgic-v3 */
export const KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_MASK = 0xfffffc00
/** Position of the frame in the id of `KVM_ARM_SET_DEVICE_ADDR`. @see [KVM-API] §4.85 */
export const KVM_ARM_DEVICE_TYPE_SHIFT = 0
/** Position of the device in the id of `KVM_ARM_SET_DEVICE_ADDR`. @see [KVM-API] §4.85 */
export const KVM_ARM_DEVICE_ID_SHIFT = 0x10
/** Device of `KVM_ARM_SET_DEVICE_ADDR`: the vgic v2. @see [KVM-API] §4.85 */
export const KVM_ARM_DEVICE_VGIC_V2 = 0
/** Group of a VFIO device: its files. @see [KVM-API] devices/vfio */
export const KVM_DEV_VFIO_FILE = 1
/** VFIO attribute: add a file. @see [KVM-API] devices/vfio */
export const KVM_DEV_VFIO_FILE_ADD = 1
/** VFIO attribute: remove a file. @see [KVM-API] devices/vfio */
export const KVM_DEV_VFIO_FILE_DEL = 2
/** Older name of `KVM_DEV_VFIO_FILE`. @see [KVM-API] devices/vfio */
export const KVM_DEV_VFIO_GROUP = 1
/** Older name of `KVM_DEV_VFIO_FILE_ADD`. @see [KVM-API] devices/vfio */
export const KVM_DEV_VFIO_GROUP_ADD = 1
/** Older name of `KVM_DEV_VFIO_FILE_DEL`. @see [KVM-API] devices/vfio */
export const KVM_DEV_VFIO_GROUP_DEL = 2
/** VFIO attribute of PowerPC. @see [KVM-API] devices/vfio */
export const KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE = 3
/** Range of `KVM_ARM_GET_REG_WRITABLE_MASKS`: the feature ID registers. Since 6.7. @see [KVM-API] §4.139 */
export const KVM_ARM_FEATURE_ID_RANGE = 0
/** Masks in that range. Since 6.7. @see [KVM-API] §4.139 */
export const KVM_ARM_FEATURE_ID_RANGE_SIZE = 0xc0

/**
 * Attribute that names a redistributor register or a system register of one vCPU.
 *
 * `affinity` is Aff3.Aff2.Aff1.Aff0, a byte each; `register` an offset or the low bits of a register id.
 *
 * @see [KVM-API] devices/arm-vgic-v3
 */
export function encodeVgicAttr(affinity: number, register: number): bigint {
  return (BigInt(affinity >>> 0) << KVM_DEV_ARM_VGIC_V3_MPIDR_SHIFT) | BigInt(register >>> 0)
}
