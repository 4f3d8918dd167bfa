/**
 * Capabilities of `KVM_CHECK_EXTENSION` and `KVM_ENABLE_CAP` that have a meaning on arm64, as of Linux 6.12. [KVM-
 * API] §4.4.
 */

/** An interrupt controller in the kernel exists: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQCHIP = 0
/** Memory slots backed by user memory exist: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_USER_MEMORY = 3
/** Recommended number of vCPUs a VM: the host's online CPUs. @see [KVM-API] §4.4 */
export const KVM_CAP_NR_VCPUS = 9
/** Number of memory slots a VM may have: 32767. @see [KVM-API] §4.4 */
export const KVM_CAP_NR_MEMSLOTS = 10
/** `KVM_GET_MP_STATE` and `KVM_SET_MP_STATE` exist. @see [KVM-API] §4.4 */
export const KVM_CAP_MP_STATE = 14
/** Coalesced MMIO exists: returns the page offset of its ring in the vCPU mapping, 1. @see [KVM-API] §4.4 */
export const KVM_CAP_COALESCED_MMIO = 15
/** Changes of the backing memory reach the guest: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_SYNC_MMU = 16
/** A memory slot can be deleted: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_DESTROY_MEMORY_REGION_WORKS = 21
/** `KVM_SET_GUEST_DEBUG` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_SET_GUEST_DEBUG = 23
/** Number of entries `KVM_SET_GSI_ROUTING` takes: 4096. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQ_ROUTING = 25
/** Slots may be adjacent: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_JOIN_MEMORY_REGIONS_WORKS = 30
/** `KVM_IRQFD` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQFD = 32
/** `KVM_IOEVENTFD` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_IOEVENTFD = 36
/** `kvm_run.internal.ndata` and `data` are filled in. @see [KVM-API] §4.4 */
export const KVM_CAP_INTERNAL_ERROR_DATA = 40
/** `KVM_GET_VCPU_EVENTS` and `KVM_SET_VCPU_EVENTS` exist. @see [KVM-API] §4.4 */
export const KVM_CAP_VCPU_EVENTS = 41
/** `KVM_ENABLE_CAP` on a vCPU exists: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_ENABLE_CAP = 54
/** Largest number of vCPUs a VM may have. @see [KVM-API] §4.4 */
export const KVM_CAP_MAX_VCPUS = 66
/** `KVM_GET_ONE_REG` and `KVM_SET_ONE_REG` exist. @see [KVM-API] §4.4 */
export const KVM_CAP_ONE_REG = 70
/** `KVM_SIGNAL_MSI` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_SIGNAL_MSI = 77
/** `KVM_MEM_READONLY` is legal. @see [KVM-API] §4.4 */
export const KVM_CAP_READONLY_MEM = 81
/** `KVM_IRQFD_FLAG_RESAMPLE` is legal. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQFD_RESAMPLE = 82
/** PSCI 0.1 is answered by the kernel. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PSCI = 87
/** `KVM_ARM_SET_DEVICE_ADDR` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SET_DEVICE_ADDR = 88
/** `KVM_CREATE_DEVICE` and device attributes exist. @see [KVM-API] §4.4 */
export const KVM_CAP_DEVICE_CTRL = 89
/** A guest's EL1 may be AArch32. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_EL1_32BIT = 93
/** `KVM_ENABLE_CAP` on a VM exists. @see [KVM-API] §4.4 */
export const KVM_CAP_ENABLE_CAP_VM = 98
/** The VM handle has device attributes. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_ATTRIBUTES = 101
/** PSCI 0.2 and later is answered by the kernel, if the vCPU has the feature. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PSCI_0_2 = 102
/** `KVM_CHECK_EXTENSION` works on a VM. @see [KVM-API] §4.4 */
export const KVM_CAP_CHECK_EXTENSION_VM = 105
/** Number of address spaces of memory slots: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MULTI_ADDRESS_SPACE = 118
/** Number of hardware breakpoints for `KVM_SET_GUEST_DEBUG`. @see [KVM-API] §4.4 */
export const KVM_CAP_GUEST_DEBUG_HW_BPS = 119
/** Number of hardware watchpoints for `KVM_SET_GUEST_DEBUG`. @see [KVM-API] §4.4 */
export const KVM_CAP_GUEST_DEBUG_HW_WPS = 120
/** `KVM_IOEVENTFD` takes length 0 as any length. @see [KVM-API] §4.4 */
export const KVM_CAP_IOEVENTFD_ANY_LENGTH = 122
/** A guest may have PMUv3. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PMU_V3 = 126
/** The vCPU handle has device attributes. @see [KVM-API] §4.4 */
export const KVM_CAP_VCPU_ATTRIBUTES = 127
/** One more than the largest vCPU id. @see [KVM-API] §4.4 */
export const KVM_CAP_MAX_VCPU_ID = 128
/** `KVM_MSI_VALID_DEVID` is legal and needed: asked of a VM, EINVAL of the system. @see [KVM-API] §4.4 */
export const KVM_CAP_MSI_DEVID = 131
/** `kvm_run.immediate_exit` is honoured. @see [KVM-API] §4.4 */
export const KVM_CAP_IMMEDIATE_EXIT = 136
/** Timer and PMU lines of a VM without vgic are told in `kvm_run.s.regs.device_irq_level`. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_USER_IRQ = 144
/** An SError may be injected with a syndrome (FEAT_RAS). @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_INJECT_SERROR_ESR = 158
/** Coalesced port I/O exists; without use on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_COALESCED_PIO = 162
/** The host's limit of the IPA size in bits, for the machine-type word. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_VM_IPA_SIZE = 165
/** Flags that manual dirty-log protection takes; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 = 168
/** A guest may have SVE. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SVE = 170
/** A guest may have address authentication. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PTRAUTH_ADDRESS = 171
/** A guest may have generic authentication. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PTRAUTH_GENERIC = 172
/** `KVM_IRQ_LINE` has the field `vcpu2_index`. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_IRQ_LINE_LAYOUT_2 = 174
/** Accesses without a syndrome may exit as `KVM_EXIT_ARM_NISV`; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_NISV_TO_USER = 177
/** An external data abort may be injected. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_INJECT_EXT_DABT = 178
/** The polling time of idle vCPUs can be set. @see [KVM-API] §4.4 */
export const KVM_CAP_HALT_POLL = 182
/** The guest may be told of stolen time. @see [KVM-API] §4.4 */
export const KVM_CAP_STEAL_TIME = 187
/** Dirty rings for hosts with total store order: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_DIRTY_LOG_RING = 192
/** Flags that `KVM_SET_GUEST_DEBUG` takes. @see [KVM-API] §4.4 */
export const KVM_CAP_SET_GUEST_DEBUG2 = 195
/** The guest may read the host's clock. @see [KVM-API] §4.4 */
export const KVM_CAP_PTP_KVM = 198
/** `KVM_GET_STATS_FD` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_BINARY_STATS_FD = 203
/** A guest may have memory tagging; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_MTE = 205
/** `kvm_run.system_event.ndata` and `data` are filled in. @see [KVM-API] §4.4 */
export const KVM_CAP_SYSTEM_EVENT_DATA = 215
/** PSCI SYSTEM_SUSPEND exits to the user; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SYSTEM_SUSPEND = 216
/** Largest dirty ring in bytes; its ring is harvested with acquire and release. Since 6.2. @see [KVM-API] §4.4 */
export const KVM_CAP_DIRTY_LOG_RING_ACQ_REL = 223
/** A bitmap may serve beside the dirty ring. Since 6.2. @see [KVM-API] §4.4 */
export const KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP = 225
/** `KVM_ARM_SET_COUNTER_OFFSET` exists. Since 6.4. @see [KVM-API] §4.4 */
export const KVM_CAP_COUNTER_OFFSET = 227
/** Block size for splitting when dirty logging begins; can be enabled. Since 6.5. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE = 228
/** Bitmap of stage-2 block sizes. Since 6.5. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES = 229
/** Bitmap of ranges for `KVM_ARM_GET_REG_WRITABLE_MASKS`. Since 6.7. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SUPPORTED_REG_MASK_RANGES = 230
/** `KVM_SET_USER_MEMORY_REGION2` exists. Since 6.8. @see [KVM-API] §4.4 */
export const KVM_CAP_USER_MEMORY2 = 231
/** `KVM_EXIT_MEMORY_FAULT` goes with EFAULT and EHWPOISON. Since 6.8. @see [KVM-API] §4.4 */
export const KVM_CAP_MEMORY_FAULT_INFO = 232
/** `KVM_SET_MEMORY_ATTRIBUTES` exists: 0 on arm64. Since 6.8. @see [KVM-API] §4.4 */
export const KVM_CAP_MEMORY_ATTRIBUTES = 233
/** `KVM_CREATE_GUEST_MEMFD` exists: 0 on arm64. Since 6.8. @see [KVM-API] §4.4 */
export const KVM_CAP_GUEST_MEMFD = 234
/** `KVM_PRE_FAULT_MEMORY` exists: 0 on arm64. Since 6.11. @see [KVM-API] §4.4 */
export const KVM_CAP_PRE_FAULT_MEMORY = 236

/**
 * Enabling bit of `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`: `KVM_GET_DIRTY_LOG` copies and does not clear.
 *
 * @see [KVM-API] §7.18
 */
export const KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE = 1
/** Enabling bit of `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`: the bitmap of a new slot is all ones. @see [KVM-API] §7.18 */
export const KVM_DIRTY_LOG_INITIALLY_SET = 2
