/** Exit reasons of `KVM_RUN` as a discriminated union. [KVM-API] §5. */

import {
  KVM_EXIT_ARM_NISV,
  KVM_EXIT_DEBUG,
  KVM_EXIT_DIRTY_RING_FULL,
  KVM_EXIT_FAIL_ENTRY,
  KVM_EXIT_HYPERCALL,
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_INTR,
  KVM_EXIT_MEMORY_FAULT,
  KVM_EXIT_MMIO,
  KVM_EXIT_SYSTEM_EVENT,
  KVM_EXIT_UNKNOWN,
} from './exit-reason.ts'

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

/** Flag of an emulation failure: the instruction bytes are there; on x86. @see [KVM-API] §5 */
export const KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES = 1n
/** `system_event.type`: an SEV guest asks to end; on x86. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_SEV_TERM = 6
/** Flag in `system_event.data[0]` of a shutdown: it was PSCI SYSTEM_OFF2. Since 6.13. @see [KVM-API] §5 */
export const KVM_SYSTEM_EVENT_SHUTDOWN_FLAG_PSCI_OFF2 = 1n
/** Flag in `arm_sea.flags`: `gpa` is the faulting address. Since 6.19. @see [KVM-API] §5 */
export const KVM_EXIT_ARM_SEA_FLAG_GPA_VALID = 1n

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
