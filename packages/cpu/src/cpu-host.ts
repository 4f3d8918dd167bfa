/** What a CPU asks of the hypervisor above it, and why it comes back. */

/** The hypervisor's synchronous side. Called from inside {@link Cpu.run}; must not call back into the CPU's `run`. */
export interface CpuHost {
  /** The physical counter (CNTPCT_EL0) in ticks of CNTFRQ_EL0; an integer below 2^53. */
  readCounter(): number
  /**
   * A system-register access that the CPU does not implement itself: the GIC CPU interface (ICC_*), the timers' control and
   * compare registers, and what else HCR_EL2 would trap. `encoding` is op0<<14 | op1<<11 | CRn<<7 | CRm<<3 | op2.
   * Returns the value read (or 0n for a write), or undefined when the register is UNDEFINED to this guest.
   */
  accessSysReg(encoding: number, isWrite: boolean, value: bigint): bigint | undefined
}

/** Why {@link Cpu.run} came back. PC is at the instruction itself except where said. */
export type CpuExit =
  /** The budget is used up, or somebody asked for attention. */
  | { readonly kind: 'slice' }
  /** WFI with no interrupt pending; PC is past it. `wfe` likewise. */
  | { readonly kind: 'wfi' }
  /** A stage-2 fault: what ESR_EL2, FAR_EL2 and HPFAR_EL2 would hold; `ipa` is the full intermediate physical address. */
  | { readonly kind: 'abort'; readonly esr: number; readonly far: bigint; readonly ipa: number }
  /** HVC/SMC with its immediate; PC is past an HVC and at an SMC, as the architecture has it. */
  | { readonly kind: 'hvc'; readonly imm: number }
  | { readonly kind: 'smc'; readonly imm: number }
  /**
   * A debug exception while the hypervisor debugs: what ESR_EL2 would hold, and for a watchpoint FAR_EL2. PC is at a BRK, at the instruction
   * of a breakpoint or watchpoint, and at the next one after a step.
   */
  | { readonly kind: 'debug'; readonly esr: number; readonly far: bigint }
