/** Exit reasons of `KVM_RUN` as a discriminated union. [KVM-API] §5. */

/** Why `KVM_RUN` returned. `reason` is the header's name without `KVM_EXIT_`, in lower case. */
export type VcpuExit =
  /** A signal, an immediate exit, the end of a time slice, or WFI with nothing pending. */
  | { readonly reason: 'intr' }
  /** `data` has `len` bytes (1, 2, 4, 8). Of a read, fill it before the next run. */
  | { readonly reason: 'mmio'; readonly physAddr: bigint; readonly data: Uint8Array; readonly len: number; readonly isWrite: boolean }
  | { readonly reason: 'system_event'; readonly type: number; readonly data: readonly bigint[] }
  | { readonly reason: 'hypercall'; readonly nr: bigint; readonly flags: bigint }
  | { readonly reason: 'arm_nisv'; readonly esrIss: bigint; readonly faultIpa: bigint }
  | { readonly reason: 'fail_entry'; readonly hardwareEntryFailureReason: bigint; readonly cpu: number }
  | { readonly reason: 'internal_error'; readonly suberror: number; readonly data: readonly bigint[] }
  | { readonly reason: 'debug'; readonly hsr: number; readonly hsrHigh: number; readonly far: bigint }
  | { readonly reason: 'memory_fault'; readonly flags: bigint; readonly gpa: bigint; readonly size: bigint }
  | { readonly reason: 'dirty_ring_full' }
  | { readonly reason: 'unknown'; readonly exitReason: number }
