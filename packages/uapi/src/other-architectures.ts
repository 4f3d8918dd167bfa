/** Numbers of other architectures that the arm64 headers define all the same. [KVM-API]. */

/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_BUS_LOCK_DETECTION_EXIT = 0x2
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_BUS_LOCK_DETECTION_OFF = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_CLOCK_HOST_TSC = 0x8
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_CLOCK_REALTIME = 0x4
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_CLOCK_TSC_STABLE = 0x2
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_EXIT_HYPERV_HCALL = 0x2
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_EXIT_HYPERV_SYNDBG = 0x3
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_EXIT_HYPERV_SYNIC = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_EXIT_IO_IN = 0x0
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_EXIT_IO_OUT = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_EXIT_XEN_HCALL = 0x1
/** Of PowerPC: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_MMU_FSL_BOOKE_HV = 0x1
/** Of PowerPC: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_MMU_FSL_BOOKE_NOHV = 0x0
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_MSR_EXIT_REASON_FILTER = 0x4
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_MSR_EXIT_REASON_INVAL = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_MSR_EXIT_REASON_UNKNOWN = 0x2
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_MSR_EXIT_REASON_VALID_MASK = 0x7
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_NOTIFY_CONTEXT_INVALID = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_PIT_SPEAKER_DUMMY = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_PMU_CAP_DISABLE = 0x1
/** Of s390: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_S390_GET_SKEYS_NONE = 0x1
/** Of s390: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_S390_SIE_PAGE_OFFSET = 0x1
/** Of s390: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_S390_SKEYS_MAX = 0x100000
/** Of s390: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_S390_STORE_STATUS_NOADDR = 0xffffffffffffffffn
/** Of s390: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_S390_STORE_STATUS_PREFIXED = 0xfffffffffffffffen
/** Of MIPS: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_VM_MIPS_AUTO = 0x0
/** Of MIPS: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_VM_MIPS_TE = 0x2
/** Of MIPS: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_VM_MIPS_VZ = 0x1
/** Of PowerPC: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_VM_PPC_HV = 0x1
/** Of PowerPC: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_VM_PPC_PR = 0x2
/** Of s390: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_VM_S390_UCONTROL = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_X86_DISABLE_EXITS_CSTATE = 0x8
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_X86_DISABLE_EXITS_HLT = 0x2
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_X86_DISABLE_EXITS_MWAIT = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_X86_DISABLE_EXITS_PAUSE = 0x4
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_X86_DISABLE_VALID_EXITS = 0xf
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_X86_NOTIFY_VMEXIT_ENABLED = 0x1
/** Of x86: no meaning on arm64. @see [KVM-API] §4 */
export const KVM_X86_NOTIFY_VMEXIT_USER = 0x2
