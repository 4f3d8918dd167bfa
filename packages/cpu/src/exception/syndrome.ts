/** Exception classes and syndromes. [ARM] D19.2.37 ESR_EL1. */

/** ESR_ELx.EC values. */
export const EC = {
  unknown: 0x00,
  wfx: 0x01,
  fpTrap: 0x07,
  illegalState: 0x0e,
  svc: 0x15,
  msrTrap: 0x18,
  instructionAbortLower: 0x20,
  instructionAbortSame: 0x21,
  pcAlignment: 0x22,
  dataAbortLower: 0x24,
  dataAbortSame: 0x25,
  spAlignment: 0x26,
  serror: 0x2f,
  breakpointLower: 0x30,
  softwareStepLower: 0x32,
  watchpointLower: 0x34,
  brk: 0x3c,
} as const

/** ESR_ELx.IL: the instruction is 32 bits long, as all are here. */
const ESR_IL = 1 << 25

/** ISS bits of an abort. */
export const ISS_ABORT = {
  WnR: 0x40,
  S1PTW: 0x80,
  CM: 0x100,
} as const

/** ISS of a trapped FP instruction and of WFx: CV = 1, COND = 0b1110. */
export const ISS_COND_ALWAYS: number = (1 << 24) | (0xe << 20)

/** Composes an ESR_ELx; the result is unsigned. */
export function makeEsr(ec: number, iss: number): number {
  return ((ec << 26) | ESR_IL | iss) >>> 0
}

/** ISS of a trapped MSR, MRS or system instruction from its encoding, Rt and direction (1 = read). */
export function msrTrapIss(encoding: number, Rt: number, isRead: number): number {
  const op0 = (encoding >> 14) & 3
  const op1 = (encoding >> 11) & 7
  const CRn = (encoding >> 7) & 15
  const CRm = (encoding >> 3) & 15
  const op2 = encoding & 7
  return (op0 << 20) | (op2 << 17) | (op1 << 14) | (CRn << 10) | (Rt << 5) | (CRm << 1) | isRead
}

/** Fault status codes (DFSC and IFSC) without their level. */
export const FSC = {
  addressSize: 0x00,
  translation: 0x04,
  accessFlag: 0x08,
  permission: 0x0c,
  external: 0x10,
  externalOnWalk: 0x14,
  alignment: 0x21,
} as const

/** Adds the level of a walk to a fault status code; level −1 has codes of its own. */
export function fscAtLevel(fsc: number, level: number): number {
  if (level >= 0) return fsc + level
  if (fsc === FSC.translation) return 0x2b
  return fsc === FSC.addressSize ? 0x29 : 0x13
}
