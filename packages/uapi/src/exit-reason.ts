/** Exit reasons of `KVM_RUN`. Written by tools/uapi/write-constants.ts from exit-reason-table.ts. [KVM-API] §5. */

/** Hardware exit for a reason KVM does not know. @see [KVM-API] §5 */
export const KVM_EXIT_UNKNOWN = 0
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_EXCEPTION = 1
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_IO = 2
/** A hypercall that the filter forwards. @see [KVM-API] §5 */
export const KVM_EXIT_HYPERCALL = 3
/** Single step, breakpoint or watchpoint. @see [KVM-API] §5 */
export const KVM_EXIT_DEBUG = 4
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_HLT = 5
/** An access where no slot is. @see [KVM-API] §5 */
export const KVM_EXIT_MMIO = 6
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_IRQ_WINDOW_OPEN = 7
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_SHUTDOWN = 8
/** The vCPU could not be entered. @see [KVM-API] §5 */
export const KVM_EXIT_FAIL_ENTRY = 9
/** A signal or an immediate exit. @see [KVM-API] §5 */
export const KVM_EXIT_INTR = 10
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_SET_TPR = 11
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_TPR_ACCESS = 12
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_S390_SIEIC = 13
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_S390_RESET = 14
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_DCR = 15
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_NMI = 16
/** KVM itself failed. @see [KVM-API] §5 */
export const KVM_EXIT_INTERNAL_ERROR = 17
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_OSI = 18
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_PAPR_HCALL = 19
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_S390_UCONTROL = 20
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_WATCHDOG = 21
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_S390_TSCH = 22
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_EPR = 23
/** Power off, reset, crash, suspend, wake-up. @see [KVM-API] §5 */
export const KVM_EXIT_SYSTEM_EVENT = 24
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_S390_STSI = 25
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_IOAPIC_EOI = 26
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_HYPERV = 27
/** An access whose syndrome does not describe it. @see [KVM-API] §5 */
export const KVM_EXIT_ARM_NISV = 28
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_X86_RDMSR = 29
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_X86_WRMSR = 30
/** The dirty ring is to be harvested. @see [KVM-API] §5 */
export const KVM_EXIT_DIRTY_RING_FULL = 31
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_AP_RESET_HOLD = 32
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_X86_BUS_LOCK = 33
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_XEN = 34
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_RISCV_SBI = 35
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_RISCV_CSR = 36
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_NOTIFY = 37
/** Of other architectures. @see [KVM-API] §5 */
export const KVM_EXIT_LOONGARCH_IOCSR = 38
/** Goes with EFAULT or EHWPOISON. Since 6.8. @see [KVM-API] §5 */
export const KVM_EXIT_MEMORY_FAULT = 39
/** A synchronous external abort that the host cannot handle. Since 6.19. @see [KVM-API] §5 */
export const KVM_EXIT_ARM_SEA = 41
/** A 64-byte load or store where no slot is. Since 7.0. @see [KVM-API] §5 */
export const KVM_EXIT_ARM_LDST64B = 42
