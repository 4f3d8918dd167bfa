/** PSTATE: packing into SPSR, the banked stack pointers, and what the interpreter derives from it. [ARM] D1.4, C5.2.19 SPSR_EL1. */

import { type CpuState, LAYOUT, TLB_SET_BYTES, X_SP } from '../state.ts'
import { SPSR } from '../sysreg/fields.ts'
import { SLOT } from '../sysreg/slots.ts'
import { readNzcv, writeNzcv } from './nzcv.ts'

const SP = LAYOUT.x + X_SP * 8

/** PSTATE as an exception would store it in SPSR_EL1, unsigned. */
export function packPstate(state: CpuState): number {
  const flags =
    (state.get32(LAYOUT.pan) ? SPSR.PAN : 0) |
    (state.get32(LAYOUT.ss) ? SPSR.SS : 0) |
    (state.get32(LAYOUT.il) ? SPSR.IL : 0) |
    state.get32(LAYOUT.daif)
  return (readNzcv(state) | flags | (state.get32(LAYOUT.el) << 2) | state.get32(LAYOUT.spsel)) >>> 0
}

/** Sets all of PSTATE from an SPSR whose mode is legal, and swaps the stack pointers. */
export function unpackPstate(state: CpuState, spsr: number): void {
  writeNzcv(state, spsr)
  state.set32(LAYOUT.pan, spsr & SPSR.PAN ? 1 : 0)
  state.set32(LAYOUT.ss, spsr & SPSR.SS ? 1 : 0)
  state.set32(LAYOUT.il, spsr & SPSR.IL ? 1 : 0)
  state.set32(LAYOUT.daif, spsr & SPSR.DAIF)
  switchSp(state, (spsr >>> 2) & 3, spsr & 1)
}

/** True when an SPSR names a mode this CPU has: EL0t, EL1t or EL1h in AArch64. */
export function isLegalMode(spsr: number): boolean {
  const mode = spsr & 0x1f
  return mode === 0 || mode === 4 || mode === 5
}

/** Sets PSTATE.EL and PSTATE.SP; the current stack pointer goes to its bank and the selected one comes from its own. */
export function switchSp(state: CpuState, el: number, spsel: number): void {
  const from = state.get32(LAYOUT.el) && state.get32(LAYOUT.spsel) ? SLOT.SP_EL1 : SLOT.SP_EL0
  const to = el && spsel ? SLOT.SP_EL1 : SLOT.SP_EL0
  state.set32(LAYOUT.el, el)
  state.set32(LAYOUT.spsel, spsel)
  if (from === to) return
  state.set32(from, state.get32(SP))
  state.set32(from + 4, state.get32(SP + 4))
  state.set32(SP, state.get32(to))
  state.set32(SP + 4, state.get32(to + 4))
}

/** Index of the data-TLB regime of the current EL and PAN: 0 EL0, 1 EL1, 2 EL1 with PAN. */
export function dataRegime(state: CpuState): number {
  if (!state.get32(LAYOUT.el)) return 0
  return state.get32(LAYOUT.pan) ? 2 : 1
}

/** Recomputes `tlbBase`, `execTlbBase` and `fpDisabled` after a change of EL, PAN or CPACR_EL1. */
export function updateRegime(state: CpuState): void {
  const el = state.get32(LAYOUT.el)
  state.set32(LAYOUT.tlbBase, LAYOUT.tlb + dataRegime(state) * 2 * TLB_SET_BYTES)
  state.set32(LAYOUT.execTlbBase, LAYOUT.execTlb + el * TLB_SET_BYTES)
  // CPACR_EL1.FPEN: 0b11 traps nothing, 0b01 traps EL0, the others both.
  const fpen = (state.get32(SLOT.CPACR) >>> 20) & 3
  state.set32(LAYOUT.fpDisabled, fpen === 3 || (fpen === 1 && el === 1) ? 0 : 1)
}
