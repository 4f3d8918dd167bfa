/** Rounding to an integral value. [ARM] J1.3 FPRoundInt. */

import { FPRounding, FPSR, type FpEnv } from './env.ts'
import { roundIntDouble } from './fast-double.ts'
import { roundIntSingle } from './fast-single.ts'
import { type FpFormat, fpInfinity, fpZero } from './format.ts'
import { fpProcessNaN } from './nan.ts'
import { fpRound } from './round.ts'
import { FPType, fpUnpack, isNaNType } from './unpack.ts'

/** An integer and whether it differs from the number it was rounded from. */
export interface RoundedInteger {
  /** The signed integer. */
  readonly integer: bigint
  /** Whether rounding lost anything. */
  readonly isInexact: boolean
}

/** Rounds (-1)^sign × mantissa × 2^exp to an integer; every mode but ODD. */
export function roundToInteger(sign: number, mantissa: bigint, exp: number, rounding: FPRounding): RoundedInteger {
  const signed = sign ? -mantissa : mantissa
  if (exp >= 0) return { integer: signed << BigInt(exp), isInexact: false }
  const shift = BigInt(-exp)
  const floor = signed >> shift
  const error = signed - (floor << shift)
  if (error === 0n) return { integer: floor, isInexact: false }
  const half = 1n << (shift - 1n)
  let roundUp = false
  if (rounding === FPRounding.POSINF) roundUp = true
  else if (rounding === FPRounding.ZERO) roundUp = sign === 1
  else if (rounding === FPRounding.TIEEVEN) roundUp = error > half || (error === half && (floor & 1n) === 1n)
  else if (rounding === FPRounding.TIEAWAY) roundUp = error > half || (error === half && sign === 0)
  return { integer: roundUp ? floor + 1n : floor, isInexact: true }
}

/** {@link fpRoundInt} through exact arithmetic only. */
export function fpRoundIntExact(
  format: FpFormat,
  op: bigint,
  rounding: FPRounding,
  exact: boolean,
  env: FpEnv,
): bigint {
  const { type, sign, mantissa, exp } = fpUnpack(format, op, env)
  if (isNaNType(type)) return fpProcessNaN(format, type, op, env)
  if (type === FPType.Infinity) return fpInfinity(format, sign)
  if (type === FPType.Zero) return fpZero(format, sign)
  const { integer, isInexact } = roundToInteger(sign, mantissa, exp, rounding)
  if (isInexact && exact) env.fpsr |= FPSR.IXC
  if (integer === 0n) return fpZero(format, sign)
  return fpRound(format, sign, sign ? -integer : integer, 0, FPRounding.ZERO, env)
}

/**
 * Rounds to an integral number of the same format.
 *
 * `exact` raises Inexact when the result differs from the operand: FRINTX sets it; FRINTX and FRINTI take their
 * rounding mode from FPCR (`fpRoundingMode`).
 */
export function fpRoundInt(format: FpFormat, op: bigint, rounding: FPRounding, exact: boolean, env: FpEnv): bigint {
  if (format !== 16 && rounding !== FPRounding.TIEAWAY) {
    const fast = format === 64 ? roundIntDouble(op, rounding, exact, env) : roundIntSingle(op, rounding, exact, env)
    if (fast >= 0n) return fast
  }
  return fpRoundIntExact(format, op, rounding, exact, env)
}
