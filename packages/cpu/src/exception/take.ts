/** Exception entry and return at EL1. [ARM] D1.3.5, D1.3.6. */

import { type CpuState, LAYOUT } from '../state.ts'
import { MDSCR, SCTLR, SPSR } from '../sysreg/fields.ts'
import { SLOT } from '../sysreg/slots.ts'
import { isLegalMode, packPstate, switchSp, unpackPstate, updateRegime } from './pstate.ts'

/** Vector offsets within their group of four. */
export const VECTOR = { sync: 0x000, irq: 0x080, fiq: 0x100, serror: 0x180 } as const

/**
 * Enters EL1 through `vector`; the preferred return address is `LAYOUT.pc`. ESR_EL1 and FAR_EL1 are the caller's, before or after.
 */
export function takeException(state: CpuState, vector: number): void {
  const fromEl1 = state.get32(LAYOUT.el) !== 0
  const group = fromEl1 ? (state.get32(LAYOUT.spsel) ? 0x200 : 0x000) : 0x400
  state.set32(SLOT.SPSR, packPstate(state))
  state.set32(SLOT.SPSR + 4, 0)
  state.set32(SLOT.ELR, state.get32(LAYOUT.pc))
  state.set32(SLOT.ELR + 4, state.get32(LAYOUT.pc + 4))
  switchSp(state, 1, 1)
  state.set32(LAYOUT.daif, SPSR.DAIF)
  state.set32(LAYOUT.il, 0)
  state.set32(LAYOUT.ss, 0)
  if (!(state.get32(SLOT.SCTLR) & SCTLR.SPAN)) state.set32(LAYOUT.pan, 1)
  updateRegime(state)
  // VBAR_EL1[10:0] is zero, so the sum does not carry.
  state.set32(LAYOUT.pc, state.get32(SLOT.VBAR) + group + vector)
  state.set32(LAYOUT.pc + 4, state.get32(SLOT.VBAR + 4))
}

/** Takes a synchronous exception with its syndrome. */
export function takeSynchronous(state: CpuState, esr: number): void {
  state.set32(SLOT.ESR, esr)
  state.set32(SLOT.ESR + 4, 0)
  takeException(state, VECTOR.sync)
}

/** Takes a synchronous exception that also reports an address. */
export function takeWithFar(state: CpuState, esr: number, farLo: number, farHi: number): void {
  state.set32(SLOT.FAR, farLo)
  state.set32(SLOT.FAR + 4, farHi)
  takeSynchronous(state, esr)
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

/**
 * ERET from EL1. An SPSR_EL1 that names a mode which does not exist returns to the same EL with PSTATE.IL set, so that the next
 * instruction raises an Illegal Execution state exception. The exclusive monitor is cleared.
 */
export function exceptionReturn(state: CpuState): void {
  const spsr = state.get32(SLOT.SPSR)
  const steppable = !isStepActive(state)
  state.set32(LAYOUT.pc, state.get32(SLOT.ELR))
  state.set32(LAYOUT.pc + 4, state.get32(SLOT.ELR + 4))
  if (isLegalMode(spsr)) {
    unpackPstate(state, spsr)
    // PSTATE.SS is taken from SPSR only on a return from where stepping is off to where it is on.
    if (!(steppable && isStepActive(state))) state.set32(LAYOUT.ss, 0)
  } else {
    const mode = (state.get32(LAYOUT.el) << 2) | state.get32(LAYOUT.spsel)
    unpackPstate(state, (spsr & ~(SPSR.SS | 0x1f)) | SPSR.IL | mode)
  }
  state.set32(LAYOUT.exclAddr, 0xffffffff)
  state.set32(LAYOUT.exclAddr + 4, 0xffffffff)
  updateRegime(state)
}
