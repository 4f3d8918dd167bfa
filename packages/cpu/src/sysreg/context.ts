/** What a row of the system-register table may use of the CPU. */

import type { CpuHost } from '../cpu-host.ts'
import type { CpuState } from '../state.ts'

/** The CPU as a register row sees it. */
export interface SysRegContext {
  readonly state: CpuState
  readonly host: CpuHost
  /** The value that a row's `read` leaves, unsigned halves. */
  lo: number
  hi: number
  /** Raised interrupt lines at their DAIF bits. */
  readonly pendingLines: number
  /** CNTVOFF_EL2: virtual counter = physical counter − this, in ticks. */
  counterOffset: number
  /** SCTLR_EL1, bits 31:0. */
  readonly sctlr: number
  /** OSLSR_EL1.OSLK. */
  osLock: boolean
  /** CSSELR_EL1. */
  readonly cacheSelector: number
  /** Recomputes the translation regime's parameters from the registers; drops what the TLBs must forget. */
  translationChanged(): void
  /** Recomputes what depends on the EL, PSTATE.PAN and CPACR_EL1. */
  regimeChanged(): void
  /** Takes over MDSCR_EL1, the breakpoints and the watchpoints. */
  debugChanged(): void
  /** Selects PSTATE.SP and swaps the stack pointers. */
  selectSp(spsel: number): void
}
