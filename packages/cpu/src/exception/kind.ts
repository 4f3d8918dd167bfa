/** The numbers by which generated code names what it wants of the exception side. */

/** First operand of the `exception` import. The second is the instruction's immediate where it has one. */
export const EXCEPTION: Readonly<
  Record<'undefined' | 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'fpTrap' | 'illegalState' | 'pcAlignment', number>
> = {
  undefined: 0,
  svc: 1,
  hvc: 2,
  smc: 3,
  brk: 4,
  /** HLT with halting debug not allowed: UNDEFINED. */
  hlt: 5,
  /** An FP or SIMD instruction while `LAYOUT.fpDisabled` is set. */
  fpTrap: 6,
  illegalState: 7,
  pcAlignment: 8,
}

/** Operand of the `wfx` import. */
export const WFX: Readonly<Record<'wfi' | 'wfe' | 'sev' | 'sevl', number>> = {
  wfi: 0,
  wfe: 1,
  sev: 2,
  sevl: 3,
}

/** First operand of the `msrImm` import: op1 << 3 | op2 of MSR (immediate). */
export const MSR_IMM: Readonly<Record<'PAN' | 'SPSel' | 'DAIFSet' | 'DAIFClr', number>> = {
  PAN: (0 << 3) | 4,
  SPSel: (0 << 3) | 5,
  DAIFSet: (3 << 3) | 6,
  DAIFClr: (3 << 3) | 7,
}
