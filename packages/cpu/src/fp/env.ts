/** Floating-point control, status and rounding modes as the pseudocode sees them. [ARM] C5.2.8 FPCR, C5.2.10 FPSR, J1.3 FPRounding. */

/**
 * The floating-point state an operation reads and updates.
 *
 * `fpcr` is read only. Cumulative exception bits are OR-ed into `fpsr`; nothing is ever cleared.
 */
export interface FpEnv {
  /** FPCR as an unsigned or signed 32-bit number. Only AHP, DN, FZ, RMode and FZ16 are looked at. */
  fpcr: number
  /** FPSR; cumulative bits are set here. */
  fpsr: number
}

/** Bits of FPCR that change results. Trap enables are RAZ/WI here, and FEAT_AFP is absent. @see [ARM] C5.2.8 */
export const FPCR = {
  /** Flush half-precision denormals. */
  FZ16: 0x0008_0000,
  /** Flush single- and double-precision denormals. */
  FZ: 0x0100_0000,
  /** Return the default NaN. */
  DN: 0x0200_0000,
  /** Alternative half-precision format in conversions. */
  AHP: 0x0400_0000,
} as const

/** Cumulative exception bits of FPSR. @see [ARM] C5.2.10 */
export const FPSR = {
  /** Invalid Operation. */
  IOC: 0x1,
  /** Divide by Zero. */
  DZC: 0x2,
  /** Overflow. */
  OFC: 0x4,
  /** Underflow. */
  UFC: 0x8,
  /** Inexact. */
  IXC: 0x10,
  /** Input Denormal. */
  IDC: 0x80,
  /** Saturation; no operation of this folder sets it. */
  QC: 0x0800_0000,
} as const

/** Rounding modes. The first four are the encodings of FPCR.RMode. @see [ARM] J1.3 FPRounding */
export const FPRounding = {
  /** Nearest, ties to even. */
  TIEEVEN: 0,
  /** Towards plus infinity. */
  POSINF: 1,
  /** Towards minus infinity. */
  NEGINF: 2,
  /** Towards zero. */
  ZERO: 3,
  /** Nearest, ties away from zero; integral rounding only. */
  TIEAWAY: 4,
  /** Von Neumann rounding: inexact results get an odd significand. FCVTXN only. */
  ODD: 5,
} as const

/** A value of {@link FPRounding}. */
export type FPRounding = (typeof FPRounding)[keyof typeof FPRounding]

/**
 * FPCR.RMode as an {@link FPRounding}.
 *
 * @see [ARM] J1.3 FPRoundingMode
 */
export function fpRoundingMode(env: FpEnv): FPRounding {
  return ((env.fpcr >>> 22) & 3) as FPRounding
}
