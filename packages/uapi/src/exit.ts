/** Exit reasons of `KVM_RUN` as a discriminated union. [KVM-API] §5. */

/** Why `KVM_RUN` returned. `reason` is the header's name without `KVM_EXIT_`, in lower case. */
export type VcpuExit =
  /** A signal, an immediate exit, the end of a time slice, or WFI with nothing pending. */
  | { readonly reason: 'intr' }
  /** `data` has `len` bytes (1, 2, 4, 8). Of a read, fill it before the next run. */
  | {
      readonly reason: 'mmio'
      readonly physAddr: bigint
      readonly data: Uint8Array
      readonly len: number
      readonly isWrite: boolean
    }
  | { readonly reason: 'system_event'; readonly type: number; readonly data: readonly bigint[] }
  | { readonly reason: 'hypercall'; readonly nr: bigint; readonly flags: bigint }
  | { readonly reason: 'arm_nisv'; readonly esrIss: bigint; readonly faultIpa: bigint }
  | { readonly reason: 'fail_entry'; readonly hardwareEntryFailureReason: bigint; readonly cpu: number }
  | { readonly reason: 'internal_error'; readonly suberror: number; readonly data: readonly bigint[] }
  | { readonly reason: 'debug'; readonly hsr: number; readonly hsrHigh: number; readonly far: bigint }
  | { readonly reason: 'memory_fault'; readonly flags: bigint; readonly gpa: bigint; readonly size: bigint }
  | { readonly reason: 'dirty_ring_full' }
  | { readonly reason: 'unknown'; readonly exitReason: number }

/** `kvm_run.exit_reason`: hardware exit for a reason KVM does not know. @see [KVM-API] §5 */
export const KVM_EXIT_UNKNOWN = 0
/** `kvm_run.exit_reason`: a hypercall that the filter forwards. @see [KVM-API] §5 */
export const KVM_EXIT_HYPERCALL = 3
/** `kvm_run.exit_reason`: single step, breakpoint or watchpoint. @see [KVM-API] §5 */
export const KVM_EXIT_DEBUG = 4
/** `kvm_run.exit_reason`: an access where no slot is. @see [KVM-API] §5 */
export const KVM_EXIT_MMIO = 6
/** `kvm_run.exit_reason`: the vCPU could not be entered. @see [KVM-API] §5 */
export const KVM_EXIT_FAIL_ENTRY = 9
/** `kvm_run.exit_reason`: a signal or an immediate exit. @see [KVM-API] §5 */
export const KVM_EXIT_INTR = 10
/** `kvm_run.exit_reason`: KVM itself failed. @see [KVM-API] §5 */
export const KVM_EXIT_INTERNAL_ERROR = 17
/** `kvm_run.exit_reason`: power off, reset, crash, suspend, wake-up. @see [KVM-API] §5 */
export const KVM_EXIT_SYSTEM_EVENT = 24
/** `kvm_run.exit_reason`: an access whose syndrome does not describe it. @see [KVM-API] §5 */
export const KVM_EXIT_ARM_NISV = 28
/** `kvm_run.exit_reason`: the dirty ring is to be harvested. @see [KVM-API] §5 */
export const KVM_EXIT_DIRTY_RING_FULL = 31
/** `kvm_run.exit_reason`: goes with EFAULT or EHWPOISON; since 6.8. @see [KVM-API] §5 */
export const KVM_EXIT_MEMORY_FAULT = 39
/** `system_event.type`: PSCI SYSTEM_OFF. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_SHUTDOWN = 1
/** `system_event.type`: PSCI SYSTEM_RESET or SYSTEM_RESET2. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_RESET = 2
/** `system_event.type`: the guest reported a crash. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_CRASH = 3
/** `system_event.type`: a suspended vCPU has an interrupt. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_WAKEUP = 4
/** `system_event.type`: PSCI SYSTEM_SUSPEND. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_SUSPEND = 5
/** Flag in `system_event.data[0]` of a reset: it was PSCI SYSTEM_RESET2. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_RESET_FLAG_PSCI_RESET2 = 1n
/** `fail_entry.hardware_entry_failure_reason`: this host CPU cannot run the vCPU. @see [KVM-API] §5 */
export const KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED = 1n
/** `internal.suberror`: an instruction could not be emulated. @see [KVM-API] §5 */
export const KVM_INTERNAL_ERROR_EMULATION = 1
/** `internal.suberror`: an exception while another was delivered. @see [KVM-API] §5 */
export const KVM_INTERNAL_ERROR_SIMUL_EX = 2
/** `internal.suberror`: an exit while an event was delivered. @see [KVM-API] §5 */
export const KVM_INTERNAL_ERROR_DELIVERY_EV = 3
/** `internal.suberror`: an exit reason that makes no sense. @see [KVM-API] §5 */
export const KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON = 4
/** Flag of a hypercall exit: SMC, not HVC. Since 6.4. @see [KVM-API] §5 */
export const KVM_HYPERCALL_EXIT_SMC = 1n
/** Flag of a hypercall exit: a 16-bit instruction. Since 6.4. @see [KVM-API] §5 */
export const KVM_HYPERCALL_EXIT_16BIT = 2n

/**
 * Number of every exit reason that arm64 has, by the name that {@link VcpuExit} uses.
 *
 * @see [KVM-API] §5
 */
export const exitReasonTable: Readonly<Record<VcpuExit['reason'], number>> = {
  unknown: KVM_EXIT_UNKNOWN,
  hypercall: KVM_EXIT_HYPERCALL,
  debug: KVM_EXIT_DEBUG,
  mmio: KVM_EXIT_MMIO,
  fail_entry: KVM_EXIT_FAIL_ENTRY,
  intr: KVM_EXIT_INTR,
  internal_error: KVM_EXIT_INTERNAL_ERROR,
  system_event: KVM_EXIT_SYSTEM_EVENT,
  arm_nisv: KVM_EXIT_ARM_NISV,
  dirty_ring_full: KVM_EXIT_DIRTY_RING_FULL,
  memory_fault: KVM_EXIT_MEMORY_FAULT,
}
