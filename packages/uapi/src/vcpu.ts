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
