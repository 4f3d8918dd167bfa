/** From exact values to bits. [ARM] J1.3 FPRound, FPRoundCV. */

import { bitLength } from './bits.ts'
import { FPCR, FPRounding, FPSR, type FpEnv } from './env.ts'
import { type FpFormat, type FpGeometry, fpInfinity, fpMaxNormal, fpZero, geometryOf } from './format.ts'

/** Whether a result too large for the format becomes an infinity rather than the largest finite number. */
export function overflowsToInfinity(rounding: FPRounding, sign: number): boolean {
  if (rounding === FPRounding.POSINF) return sign === 0
  if (rounding === FPRounding.NEGINF) return sign === 1
  return rounding === FPRounding.TIEEVEN || rounding === FPRounding.TIEAWAY
}

function roundsUp(rounding: FPRounding, sign: number, significand: bigint, versusHalf: number): boolean {
  switch (rounding) {
    case FPRounding.POSINF:
      return sign === 0
    case FPRounding.NEGINF:
      return sign === 1
    case FPRounding.TIEEVEN:
      return versusHalf > 0 || (versusHalf === 0 && (significand & 1n) === 1n)
    case FPRounding.TIEAWAY:
      return versusHalf >= 0
    default:
      return false
  }
}

function roundBase(
  g: FpGeometry,
  sign: number,
  mantissa: bigint,
  exp: number,
  rounding: FPRounding,
  flush: boolean,
  alternativeHalf: boolean,
  env: FpEnv,
): bigint {
  const exponent = bitLength(mantissa) - 1 + exp
  const tiny = exponent < g.minimumExp // before rounding, as Armv8 without FEAT_AFP detects it
  if (tiny && flush) {
    env.fpsr |= FPSR.UFC
    return fpZero(g.format, sign)
  }
  let biased = tiny ? 0 : exponent - g.minimumExp + 1
  const drop = (tiny ? g.minimumExp : exponent) - g.fractionBits - exp
  let significand: bigint
  let isInexact = false
  if (drop <= 0) significand = mantissa << BigInt(-drop)
  else {
    const shift = BigInt(drop)
    significand = mantissa >> shift
    const rest = mantissa - (significand << shift)
    if (rest !== 0n) {
      isInexact = true
      if (tiny) env.fpsr |= FPSR.UFC
      const half = 1n << (shift - 1n)
      if (roundsUp(rounding, sign, significand, rest > half ? 1 : rest === half ? 0 : -1)) {
        significand += 1n
        const top = significand >> g.fractionShift
        if (top === 1n && tiny) biased = 1
        else if (top === 2n) {
          biased += 1
          significand >>= 1n
        }
      } else if (rounding === FPRounding.ODD) significand |= 1n
    }
  }
  if (alternativeHalf) {
    if (biased > g.maxBiased) {
      env.fpsr |= FPSR.IOC
      return sign ? 0xffffn : 0x7fffn
    }
  } else if (biased >= g.maxBiased) {
    env.fpsr |= FPSR.OFC | FPSR.IXC
    return overflowsToInfinity(rounding, sign) ? fpInfinity(g.format, sign) : fpMaxNormal(g.format, sign)
  }
  if (isInexact) env.fpsr |= FPSR.IXC
  return (sign ? g.signBit : 0n) | (BigInt(biased) << g.fractionShift) | (significand & g.fractionMask)
}

/**
 * Rounds (-1)^sign × mantissa × 2^exp, mantissa > 0, to a format and records overflow, underflow and inexact.
 *
 * A caller whose value has infinitely many digits passes more than `fractionBits + 2` of them and sets the lowest bit
 * of the mantissa for the rest.
 *
 * @see [ARM] J1.3 FPRound
 */
export function fpRound(
  format: FpFormat,
  sign: number,
  mantissa: bigint,
  exp: number,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  const flush = (env.fpcr & (format === 16 ? FPCR.FZ16 : FPCR.FZ)) !== 0
  return roundBase(geometryOf(format), sign, mantissa, exp, rounding, flush, false, env)
}

/**
 * {@link fpRound} for format conversions: FZ16 is ignored and AHP selects the alternative half-precision format.
 *
 * @see [ARM] J1.3 FPRoundCV
 */
export function fpRoundCV(
  format: FpFormat,
  sign: number,
  mantissa: bigint,
  exp: number,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  const flush = format !== 16 && (env.fpcr & FPCR.FZ) !== 0
  const alternativeHalf = format === 16 && (env.fpcr & FPCR.AHP) !== 0
  return roundBase(geometryOf(format), sign, mantissa, exp, rounding, flush, alternativeHalf, env)
}
