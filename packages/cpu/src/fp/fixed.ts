/** Conversions between floating point and integers or fixed point. [ARM] J1.3 FPToFixed, FixedToFP. */

import { type FPRounding, FPSR, type FpEnv, fpRoundingMode } from './env.ts'
import { doubleToInteger, integerToDouble } from './fast-double.ts'
import { integerToSingle, singleToInteger } from './fast-single.ts'
import { type FpFormat, fpZero } from './format.ts'
import { fpRound } from './round.ts'
import { roundToInteger } from './round-int.ts'
import { FPType, fpUnpack, isNaNType } from './unpack.ts'

/** Width of the integer or fixed-point side of a conversion. */
export type IntegerBits = 16 | 32 | 64

function largest(isUnsigned: boolean, bits: IntegerBits): bigint {
  return (1n << BigInt(isUnsigned ? bits : bits - 1)) - 1n
}

function smallest(isUnsigned: boolean, bits: IntegerBits): bigint {
  return isUnsigned ? 0n : -1n << BigInt(bits - 1)
}

/** {@link fpToFixed} through exact arithmetic only. */
export function fpToFixedExact(
  format: FpFormat,
  op: bigint,
  fbits: number,
  isUnsigned: boolean,
  bits: IntegerBits,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  const { type, sign, mantissa, exp } = fpUnpack(format, op, env)
  if (isNaNType(type)) {
    env.fpsr |= FPSR.IOC
    return 0n
  }
  if (type === FPType.Infinity) {
    env.fpsr |= FPSR.IOC
    return BigInt.asUintN(bits, sign ? smallest(isUnsigned, bits) : largest(isUnsigned, bits))
  }
  const { integer, isInexact } = roundToInteger(sign, mantissa, exp + fbits, rounding)
  const max = largest(isUnsigned, bits)
  const min = smallest(isUnsigned, bits)
  if (integer > max || integer < min) {
    env.fpsr |= FPSR.IOC
    return BigInt.asUintN(bits, integer < min ? min : max)
  }
  if (isInexact) env.fpsr |= FPSR.IXC
  return BigInt.asUintN(bits, integer)
}

/**
 * Converts to an integer with `fbits` fraction bits, saturating; NaNs give 0.
 *
 * @returns the unsigned bit pattern of the given width.
 */
export function fpToFixed(
  format: FpFormat,
  op: bigint,
  fbits: number,
  isUnsigned: boolean,
  bits: IntegerBits,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  if (format !== 16 && fbits === 0 && bits !== 16) {
    const fast =
      format === 64
        ? doubleToInteger(op, isUnsigned, bits, rounding, env)
        : singleToInteger(op, isUnsigned, bits, rounding, env)
    if (fast >= 0n) return fast
  }
  return fpToFixedExact(format, op, fbits, isUnsigned, bits, rounding, env)
}

/** {@link fixedToFP} through exact arithmetic only. */
export function fixedToFPExact(
  format: FpFormat,
  op: bigint,
  fbits: number,
  isUnsigned: boolean,
  bits: IntegerBits,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  const integer = isUnsigned ? BigInt.asUintN(bits, op) : BigInt.asIntN(bits, op)
  if (integer === 0n) return fpZero(format, 0)
  const sign = integer < 0n ? 1 : 0
  return fpRound(format, sign, sign ? -integer : integer, -fbits, rounding, env)
}

/** Converts the low `bits` of an integer with `fbits` fraction bits to floating point. */
export function fixedToFP(
  format: FpFormat,
  op: bigint,
  fbits: number,
  isUnsigned: boolean,
  bits: IntegerBits,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  if (format !== 16 && fbits === 0) {
    const integer = isUnsigned ? BigInt.asUintN(bits, op) : BigInt.asIntN(bits, op)
    if (format === 64) {
      const fast = integerToDouble(integer)
      if (fast >= 0n) return fast
    } else if (rounding === fpRoundingMode(env)) {
      const fast = integerToSingle(integer, env)
      if (fast >= 0n) return fast
    }
  }
  return fixedToFPExact(format, op, fbits, isUnsigned, bits, rounding, env)
}
