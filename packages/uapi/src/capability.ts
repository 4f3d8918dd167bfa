/** Capabilities of `KVM_CHECK_EXTENSION` and `KVM_ENABLE_CAP`. Written by tools/uapi/write-constants.ts from capability-table.ts. [KVM-API] §4.4. */

/** An interrupt controller in the kernel exists: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQCHIP = 0
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HLT = 1
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MMU_SHADOW_CACHE_CONTROL = 2
/** Memory slots backed by user memory exist: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_USER_MEMORY = 3
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SET_TSS_ADDR = 4
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_VAPIC = 6
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_EXT_CPUID = 7
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_CLOCKSOURCE = 8
/** Recommended number of vCPUs a VM: the host's online CPUs. @see [KVM-API] §4.4 */
export const KVM_CAP_NR_VCPUS = 9
/** Number of memory slots a VM may have: 32767. @see [KVM-API] §4.4 */
export const KVM_CAP_NR_MEMSLOTS = 10
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PIT = 11
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_NOP_IO_DELAY = 12
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PV_MMU = 13
/** `KVM_GET_MP_STATE` and `KVM_SET_MP_STATE` exist. @see [KVM-API] §4.4 */
export const KVM_CAP_MP_STATE = 14
/** Coalesced MMIO exists: returns the page offset of its ring in the vCPU mapping, 1. @see [KVM-API] §4.4 */
export const KVM_CAP_COALESCED_MMIO = 15
/** Changes of the backing memory reach the guest: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_SYNC_MMU = 16
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_IOMMU = 18
/** A memory slot can be deleted: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_DESTROY_MEMORY_REGION_WORKS = 21
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_USER_NMI = 22
/** `KVM_SET_GUEST_DEBUG` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_SET_GUEST_DEBUG = 23
/** Number of entries `KVM_SET_GSI_ROUTING` takes: 4096. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQ_ROUTING = 25
/** `KVM_IRQ_LINE_STATUS` tells what became of the interrupt: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQ_INJECT_STATUS = 26
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_ASSIGN_DEV_IRQ = 29
/** Slots may be adjacent: returns 1. @see [KVM-API] §4.4 */
export const KVM_CAP_JOIN_MEMORY_REGIONS_WORKS = 30
/** `KVM_IRQFD` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQFD = 32
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SET_BOOT_CPU_ID = 34
/** `KVM_IOEVENTFD` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_IOEVENTFD = 36
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SET_IDENTITY_MAP_ADDR = 37
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_ADJUST_CLOCK = 39
/** Kvm_run.internal.ndata and `data` are filled in. @see [KVM-API] §4.4 */
export const KVM_CAP_INTERNAL_ERROR_DATA = 40
/** `KVM_GET_VCPU_EVENTS` and `KVM_SET_VCPU_EVENTS` exist. @see [KVM-API] §4.4 */
export const KVM_CAP_VCPU_EVENTS = 41
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_PSW = 42
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_SEGSTATE = 43
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV = 44
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_VAPIC = 45
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_SPIN = 46
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PCI_SEGMENT = 47
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_PAIRED_SINGLES = 48
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_INTR_SHADOW = 49
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_ROBUST_SINGLESTEP = 51
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_OSI = 52
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_UNSET_IRQ = 53
/** `KVM_ENABLE_CAP` on a vCPU exists: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_ENABLE_CAP = 54
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_GET_PVINFO = 57
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_IRQ_LEVEL = 58
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_ASYNC_PF = 59
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_TSC_CONTROL = 60
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_GET_TSC_KHZ = 61
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_BOOKE_SREGS = 62
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SPAPR_TCE = 63
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_SMT = 64
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_RMA = 65
/** Largest number of vCPUs a VM may have. @see [KVM-API] §4.4 */
export const KVM_CAP_MAX_VCPUS = 66
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_HIOR = 67
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_PAPR = 68
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SW_TLB = 69
/** `KVM_GET_ONE_REG` and `KVM_SET_ONE_REG` exist. @see [KVM-API] §4.4 */
export const KVM_CAP_ONE_REG = 70
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_GMAP = 71
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_TSC_DEADLINE_TIMER = 72
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_UCONTROL = 73
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SYNC_REGS = 74
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PCI_2_3 = 75
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_KVMCLOCK_CTRL = 76
/** `KVM_SIGNAL_MSI` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_SIGNAL_MSI = 77
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_GET_SMMU_INFO = 78
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_COW = 79
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_ALLOC_HTAB = 80
/** `KVM_MEM_READONLY` is legal. @see [KVM-API] §4.4 */
export const KVM_CAP_READONLY_MEM = 81
/** `KVM_IRQFD_FLAG_RESAMPLE` is legal. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQFD_RESAMPLE = 82
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_BOOKE_WATCHDOG = 83
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_HTAB_FD = 84
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_CSS_SUPPORT = 85
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_EPR = 86
/** PSCI 0.1 is answered by the kernel. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PSCI = 87
/** `KVM_ARM_SET_DEVICE_ADDR` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SET_DEVICE_ADDR = 88
/** `KVM_CREATE_DEVICE` and device attributes exist. @see [KVM-API] §4.4 */
export const KVM_CAP_DEVICE_CTRL = 89
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQ_MPIC = 90
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_RTAS = 91
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_IRQ_XICS = 92
/** A guest's EL1 may be AArch32. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_EL1_32BIT = 93
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SPAPR_MULTITCE = 94
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_EXT_EMUL_CPUID = 95
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_TIME = 96
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_IOAPIC_POLARITY_IGNORED = 97
/** `KVM_ENABLE_CAP` on a VM exists. @see [KVM-API] §4.4 */
export const KVM_CAP_ENABLE_CAP_VM = 98
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_IRQCHIP = 99
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_IOEVENTFD_NO_LENGTH = 100
/** The VM handle has device attributes. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_ATTRIBUTES = 101
/** PSCI 0.2 and later is answered by the kernel, if the vCPU has the feature. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PSCI_0_2 = 102
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_FIXUP_HCALL = 103
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_ENABLE_HCALL = 104
/** `KVM_CHECK_EXTENSION` works on a VM. @see [KVM-API] §4.4 */
export const KVM_CAP_CHECK_EXTENSION_VM = 105
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_USER_SIGP = 106
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_VECTOR_REGISTERS = 107
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_MEM_OP = 108
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_USER_STSI = 109
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_SKEYS = 110
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MIPS_FPU = 111
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MIPS_MSA = 112
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_INJECT_IRQ = 113
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_IRQ_STATE = 114
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_HWRNG = 115
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_DISABLE_QUIRKS = 116
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_SMM = 117
/** Number of address spaces of memory slots: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MULTI_ADDRESS_SPACE = 118
/** Number of hardware breakpoints for `KVM_SET_GUEST_DEBUG`. @see [KVM-API] §4.4 */
export const KVM_CAP_GUEST_DEBUG_HW_BPS = 119
/** Number of hardware watchpoints for `KVM_SET_GUEST_DEBUG`. @see [KVM-API] §4.4 */
export const KVM_CAP_GUEST_DEBUG_HW_WPS = 120
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SPLIT_IRQCHIP = 121
/** `KVM_IOEVENTFD` takes length 0 as any length. @see [KVM-API] §4.4 */
export const KVM_CAP_IOEVENTFD_ANY_LENGTH = 122
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_SYNIC = 123
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_RI = 124
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SPAPR_TCE_64 = 125
/** A guest may have PMUv3. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PMU_V3 = 126
/** The vCPU handle has device attributes. @see [KVM-API] §4.4 */
export const KVM_CAP_VCPU_ATTRIBUTES = 127
/** One more than the largest vCPU id. @see [KVM-API] §4.4 */
export const KVM_CAP_MAX_VCPU_ID = 128
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X2APIC_API = 129
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_USER_INSTR0 = 130
/** `KVM_MSI_VALID_DEVID` is legal and needed: asked of a VM, EINVAL of the system. @see [KVM-API] §4.4 */
export const KVM_CAP_MSI_DEVID = 131
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_HTM = 132
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SPAPR_RESIZE_HPT = 133
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_MMU_RADIX = 134
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_MMU_HASH_V3 = 135
/** Kvm_run.immediate_exit is honoured. @see [KVM-API] §4.4 */
export const KVM_CAP_IMMEDIATE_EXIT = 136
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MIPS_VZ = 137
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MIPS_TE = 138
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MIPS_64BIT = 139
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_GS = 140
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_AIS = 141
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SPAPR_TCE_VFIO = 142
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_DISABLE_EXITS = 143
/** Timer and PMU lines of a VM without vgic are told in `kvm_run.s.regs.device_irq_level`. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_USER_IRQ = 144
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_CMMA_MIGRATION = 145
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_FWNMI = 146
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_SMT_POSSIBLE = 147
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_SYNIC2 = 148
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_VP_INDEX = 149
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_AIS_MIGRATION = 150
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_GET_CPU_CHAR = 151
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_BPB = 152
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_GET_MSR_FEATURES = 153
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_EVENTFD = 154
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_TLBFLUSH = 155
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_HPAGE_1M = 156
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_NESTED_STATE = 157
/** An SError may be injected with a syndrome (FEAT_RAS). @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_INJECT_SERROR_ESR = 158
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_MSR_PLATFORM_INFO = 159
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_NESTED_HV = 160
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_SEND_IPI = 161
/** Coalesced port I/O exists; without use on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_COALESCED_PIO = 162
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_ENLIGHTENED_VMCS = 163
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_EXCEPTION_PAYLOAD = 164
/** The host's limit of the IPA size in bits, for the machine-type word. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_VM_IPA_SIZE = 165
/** Superseded by `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2` and never returned. @see [KVM-API] §4.4 */
export const KVM_CAP_MANUAL_DIRTY_LOG_PROTECT = 166
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_CPUID = 167
/** Flags that manual dirty-log protection takes; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 = 168
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_IRQ_XIVE = 169
/** A guest may have SVE. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SVE = 170
/** A guest may have address authentication. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PTRAUTH_ADDRESS = 171
/** A guest may have generic authentication. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_PTRAUTH_GENERIC = 172
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PMU_EVENT_FILTER = 173
/** `KVM_IRQ_LINE` has the field `vcpu2_index`. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_IRQ_LINE_LAYOUT_2 = 174
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_DIRECT_TLBFLUSH = 175
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_GUEST_DEBUG_SSTEP = 176
/** Accesses without a syndrome may exit as `KVM_EXIT_ARM_NISV`; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_NISV_TO_USER = 177
/** An external data abort may be injected. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_INJECT_EXT_DABT = 178
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_VCPU_RESETS = 179
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_PROTECTED = 180
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_SECURE_GUEST = 181
/** The polling time of idle vCPUs can be set. @see [KVM-API] §4.4 */
export const KVM_CAP_HALT_POLL = 182
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_ASYNC_PF_INT = 183
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_LAST_CPU = 184
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SMALLER_MAXPHYADDR = 185
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_DIAG318 = 186
/** The guest may be told of stolen time. @see [KVM-API] §4.4 */
export const KVM_CAP_STEAL_TIME = 187
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_USER_SPACE_MSR = 188
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_MSR_FILTER = 189
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_ENFORCE_PV_FEATURE_CPUID = 190
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SYS_HYPERV_CPUID = 191
/** Dirty rings for hosts with total store order: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_DIRTY_LOG_RING = 192
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_BUS_LOCK_EXIT = 193
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_DAWR1 = 194
/** Flags that `KVM_SET_GUEST_DEBUG` takes. @see [KVM-API] §4.4 */
export const KVM_CAP_SET_GUEST_DEBUG2 = 195
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SGX_ATTRIBUTE = 196
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_COPY_ENC_CONTEXT_FROM = 197
/** The guest may read the host's clock. @see [KVM-API] §4.4 */
export const KVM_CAP_PTP_KVM = 198
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_HYPERV_ENFORCE_CPUID = 199
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SREGS2 = 200
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_EXIT_HYPERCALL = 201
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_RPT_INVALIDATE = 202
/** `KVM_GET_STATS_FD` exists. @see [KVM-API] §4.4 */
export const KVM_CAP_BINARY_STATS_FD = 203
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_EXIT_ON_EMULATION_FAILURE = 204
/** A guest may have memory tagging; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_MTE = 205
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM = 206
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_GPA_BITS = 207
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_XSAVE2 = 208
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_SYS_ATTRIBUTES = 209
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PPC_AIL_MODE_3 = 210
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_MEM_OP_EXTENSION = 211
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PMU_CAPABILITY = 212
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_DISABLE_QUIRKS2 = 213
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_TSC_CONTROL = 214
/** Kvm_run.system_event.ndata and `data` are filled in. @see [KVM-API] §4.4 */
export const KVM_CAP_SYSTEM_EVENT_DATA = 215
/** PSCI SYSTEM_SUSPEND exits to the user; can be enabled. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_SYSTEM_SUSPEND = 216
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_PROTECTED_DUMP = 217
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_TRIPLE_FAULT_EVENT = 218
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_NOTIFY_VMEXIT = 219
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_DISABLE_NX_HUGE_PAGES = 220
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_ZPCI_OP = 221
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_CPU_TOPOLOGY = 222
/** Largest dirty ring in bytes; its ring is harvested with acquire and release. Since 6.2. @see [KVM-API] §4.4 */
export const KVM_CAP_DIRTY_LOG_RING_ACQ_REL = 223
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_S390_PROTECTED_ASYNC_DISABLE = 224
/** A bitmap may serve beside the dirty ring. Since 6.2. @see [KVM-API] §4.4 */
export const KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP = 225
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_PMU_EVENT_MASKED_EVENTS = 226
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
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_VM_TYPES = 235
/** `KVM_PRE_FAULT_MEMORY` exists: 0 on arm64. Since 6.11. @see [KVM-API] §4.4 */
export const KVM_CAP_PRE_FAULT_MEMORY = 236
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_APIC_BUS_CYCLES_NS = 237
/** Of other architectures: 0 on arm64. @see [KVM-API] §4.4 */
export const KVM_CAP_X86_GUEST_MODE = 238
/** MIDR_EL1, REVIDR_EL1 and AIDR_EL1 can be set; can be enabled. Since 6.15. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_WRITABLE_IMP_ID_REGS = 239
/** A guest may have EL2. Since 6.16. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_EL2 = 240
/** A guest with EL2 may leave HCR_EL2.E2H clear. Since 6.16. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_EL2_E2H0 = 241
/** Device memory that is mapped cacheable for the user is so for the guest. Since 6.17. @see [KVM-API] §4.4 */
export const KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED = 243
/** Flags that `KVM_CREATE_GUEST_MEMFD` takes. Since 6.18. @see [KVM-API] §4.4 */
export const KVM_CAP_GUEST_MEMFD_FLAGS = 244
/**
 * External aborts that the host cannot handle exit as `KVM_EXIT_ARM_SEA`; can be enabled. Since 6.19.
 *
 * @see [KVM-API] §4.4
 */
export const KVM_CAP_ARM_SEA_TO_USER = 245
