/** What PSTATE says: legal modes, regimes, software step. [ARM] D1.4, D2.2, C5.2.19 SPSR_EL1. */

import { type CpuState, LAYOUT } from '../state.ts'
import { MDSCR, SPSR } from '../sysreg/fields.ts'
import { SLOT } from '../sysreg/slots.ts'

/** True when an SPSR names a mode this CPU has: EL0t, EL1t or EL1h in AArch64. */
export function isLegalMode(spsr: number): boolean {
  const mode = spsr & 0x1f
  return mode === 0 || mode === 4 || mode === 5
}

/** Index of the data-TLB regime of the current EL and PAN: 0 EL0, 1 EL1, 2 EL1 with PAN. */
export function dataRegime(state: CpuState): number {
  if (!state.get32(LAYOUT.el)) return 0
  return state.get32(LAYOUT.pan) ? 2 : 1
}

/** True when a debug exception taken to EL1 could come from this EL with this PSTATE.D. [ARM] D2.2. */
function debugEnabledFrom(state: CpuState, el: number, daif: number): boolean {
  if (state.get32(SLOT.OSLSR) & 2) return false
  return el === 0 || ((state.get32(SLOT.MDSCR) & MDSCR.KDE) !== 0 && !(daif & SPSR.D))
}

/** True when software step is on for the current EL: the next instruction is stepped (PSTATE.SS = 1) or the step is due (0). */
export function isStepActive(state: CpuState): boolean {
  if (!(state.get32(SLOT.MDSCR) & MDSCR.SS)) return false
  return debugEnabledFrom(state, state.get32(LAYOUT.el), state.get32(LAYOUT.daif))
}
