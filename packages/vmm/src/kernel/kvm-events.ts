/** What a KVM tells of while guests run: for tools that show what a hypervisor does. */

/** A stage-2 fault and what came of it. */
export interface Stage2FaultEvent {
  /** Intermediate physical address of the access. */
  readonly ipa: number
  /** ESR_EL2. */
  readonly esr: number
  /** Number of the vCPU among those of its VM. */
  readonly vcpu: number
  /**
   * `mapped`: a memory slot answered and the tables changed; `device`: a device in the kernel answered; `exit`: the user of the KVM
   * gets an exit; `injected`: the guest got an abort; `skipped`: the instruction was cache maintenance of nothing.
   */
  readonly outcome: 'mapped' | 'device' | 'exit' | 'injected' | 'skipped'
}

/** Told of what happens, in order, on the thread of the vCPU: be quick, and do not call the KVM. */
export interface KvmEvents {
  stage2Fault?(event: Stage2FaultEvent): void
}
