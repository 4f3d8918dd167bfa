/** What PSTATE says: legal modes, regimes. [ARM] D1.4, C5.2.19 SPSR_EL1. */

import { type CpuState, LAYOUT } from '../state.ts'

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
