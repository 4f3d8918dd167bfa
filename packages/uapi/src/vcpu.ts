/** vCPU targets, features, run states and debug flags of arm64. [KVM-API] §4.82, §4.38, §4.87. */

/** vCPU target: whatever the host is. The only one in use. @see [KVM-API] §4.82 */
export const KVM_ARM_TARGET_GENERIC_V8 = 5
/** Feature bit: the vCPU begins powered off. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_POWER_OFF = 0
/** Feature bit: EL1 is AArch32. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_EL1_32BIT = 1
/** Feature bit: the kernel answers PSCI 0.2 and later. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_PSCI_0_2 = 2
/** Feature bit: PMUv3. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_PMU_V3 = 3
/** Feature bit: SVE; needs `KVM_ARM_VCPU_FINALIZE`. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_SVE = 4
/** Feature bit: address authentication; only together with the generic one. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_PTRAUTH_ADDRESS = 5
/** Feature bit: generic authentication; only together with the address one. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_PTRAUTH_GENERIC = 6
/** Feature bit: the guest has EL2. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_HAS_EL2 = 7
/** Run state: executes, or waits for an interrupt. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_RUNNABLE = 0
/** Run state: powered off. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_STOPPED = 5
/** Run state: waits for an interrupt, then exits with a wake-up event. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_SUSPENDED = 10
/** Debug flag: debugging is on; without it all others are ignored. @see [KVM-API] §4.87 */
export const KVM_GUESTDBG_ENABLE = 0x1
/** Debug flag: exit after every instruction. @see [KVM-API] §4.87 */
export const KVM_GUESTDBG_SINGLESTEP = 0x2
/** Debug flag: BRK exits. @see [KVM-API] §4.87 */
export const KVM_GUESTDBG_USE_SW_BP = 0x10000
/** Debug flag: the breakpoint and watchpoint registers are the given ones. @see [KVM-API] §4.87 */
export const KVM_GUESTDBG_USE_HW = 0x20000
/** Flag in `kvm_run.flags` of a debug exit: `hsr_high` is filled in. @see [KVM-API] §5 */
export const KVM_DEBUG_ARCH_HSR_HIGH_VALID = 1
/** Bit of `device_irq_level`: the virtual timer. @see [KVM-API] §8.9 */
export const KVM_ARM_DEV_EL1_VTIMER = 1
/** Bit of `device_irq_level`: the physical timer. @see [KVM-API] §8.9 */
export const KVM_ARM_DEV_EL1_PTIMER = 2
/** Bit of `device_irq_level`: the PMU. @see [KVM-API] §8.9 */
export const KVM_ARM_DEV_PMU = 4
/** PSCI 0.1 result: success. @see [PSCI] §5.2.2 */
export const KVM_PSCI_RET_SUCCESS = 0
/** PSCI 0.1 result: not implemented. @see [PSCI] §5.2.2 */
export const KVM_PSCI_RET_NI = -1
/** PSCI 0.1 result: invalid parameters. @see [PSCI] §5.2.2 */
export const KVM_PSCI_RET_INVAL = -2
/** PSCI 0.1 result: denied. @see [PSCI] §5.2.2 */
export const KVM_PSCI_RET_DENIED = -3
/** vCPU target: the architecture envelope model. @see [KVM-API] §4.82 */
export const KVM_ARM_TARGET_AEM_V8 = 0
/** vCPU target: the foundation model. @see [KVM-API] §4.82 */
export const KVM_ARM_TARGET_FOUNDATION_V8 = 1
/** vCPU target: Cortex-A57. @see [KVM-API] §4.82 */
export const KVM_ARM_TARGET_CORTEX_A57 = 2
/** vCPU target: X-Gene. @see [KVM-API] §4.82 */
export const KVM_ARM_TARGET_XGENE_POTENZA = 3
/** vCPU target: Cortex-A53. @see [KVM-API] §4.82 */
export const KVM_ARM_TARGET_CORTEX_A53 = 4
/** Number of vCPU targets. @see [KVM-API] §4.82 */
export const KVM_ARM_NUM_TARGETS = 6
/** Feature bit: EL2 without VHE. Since 6.16. @see [KVM-API] §4.82 */
export const KVM_ARM_VCPU_HAS_EL2_E2H0 = 8
/** Breakpoints, and watchpoints, that `struct kvm_guest_debug_arch` has room for. @see [KVM-API] §4.87 */
export const KVM_ARM_MAX_DBG_REGS = 0x10
/** Index in `kvm_regs.spsr`: SPSR_EL1. @see [KVM-API] §4.68 */
export const KVM_SPSR_EL1 = 0
/** Index in `kvm_regs.spsr`: SPSR_svc of AArch32, the same as SPSR_EL1. @see [KVM-API] §4.68 */
export const KVM_SPSR_SVC = 0
/** Index in `kvm_regs.spsr`: SPSR_abt. @see [KVM-API] §4.68 */
export const KVM_SPSR_ABT = 1
/** Index in `kvm_regs.spsr`: SPSR_und. @see [KVM-API] §4.68 */
export const KVM_SPSR_UND = 2
/** Index in `kvm_regs.spsr`: SPSR_irq. @see [KVM-API] §4.68 */
export const KVM_SPSR_IRQ = 3
/** Index in `kvm_regs.spsr`: SPSR_fiq. @see [KVM-API] §4.68 */
export const KVM_SPSR_FIQ = 4
/** Elements of `kvm_regs.spsr`. @see [KVM-API] §4.68 */
export const KVM_NR_SPSR = 5
/** Run state of x86. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_UNINITIALIZED = 1
/** Run state of x86. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_INIT_RECEIVED = 2
/** Run state of x86. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_HALTED = 3
/** Run state of x86. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_SIPI_RECEIVED = 4
/** Run state of s390. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_CHECK_STOP = 6
/** Run state of s390. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_OPERATING = 7
/** Run state of s390. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_LOAD = 8
/** Run state of x86. @see [KVM-API] §4.38 */
export const KVM_MP_STATE_AP_RESET_HOLD = 9
