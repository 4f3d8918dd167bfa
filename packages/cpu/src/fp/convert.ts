/** Conversion between formats. [ARM] J1.3 FPConvert, FPConvertNaN. */

import { FPCR, FPRounding, FPSR, type FpEnv, fpRoundingMode } from './env.ts'
import { doubleToSingle, singleToDouble } from './fast-single.ts'
import { type FpFormat, fpDefaultNaN, fpInfinity, fpZero, geometryOf } from './format.ts'
import { fpRoundCV } from './round.ts'
import { FPType, fpUnpackCV, isNaNType } from './unpack.ts'

/** Keeps the sign and as much of the top of the payload as fits, and makes the NaN quiet. */
function convertNaN(from: FpFormat, to: FpFormat, op: bigint): bigint {
  const source = geometryOf(from)
  const target = geometryOf(to)
  const payload = op & (source.quietBit - 1n)
  const narrowing = source.fractionBits - target.fractionBits
  const moved = narrowing >= 0 ? payload >> BigInt(narrowing) : payload << BigInt(-narrowing)
  return (op & source.signBit ? target.signBit : 0n) | target.infinity | target.quietBit | moved
}

/** {@link fpConvert} through exact arithmetic only. */
export function fpConvertExact(from: FpFormat, to: FpFormat, op: bigint, rounding: FPRounding, env: FpEnv): bigint {
  const { type, sign, mantissa, exp } = fpUnpackCV(from, op, env)
  const alternativeHalf = to === 16 && (env.fpcr & FPCR.AHP) !== 0
  if (isNaNType(type)) {
    if (type === FPType.SNaN || alternativeHalf) env.fpsr |= FPSR.IOC
    if (alternativeHalf) return fpZero(to, sign)
    return (env.fpcr & FPCR.DN) !== 0 ? fpDefaultNaN(to) : convertNaN(from, to, op)
  }
  if (type === FPType.Infinity) {
    if (!alternativeHalf) return fpInfinity(to, sign)
    env.fpsr |= FPSR.IOC
    return sign ? 0xffffn : 0x7fffn
  }
  if (type === FPType.Zero) return fpZero(to, sign)
  return fpRoundCV(to, sign, mantissa, exp, rounding, env)
}

/**
 * Converts between half, single and double; FPCR.AHP selects the alternative half-precision format.
 *
 * FCVT passes `fpRoundingMode(env)`, FCVTXN passes {@link FPRounding}.ODD.
 */
export function fpConvert(from: FpFormat, to: FpFormat, op: bigint, rounding: FPRounding, env: FpEnv): bigint {
  if (from === 64 && to === 32 && rounding !== FPRounding.ODD && rounding === fpRoundingMode(env)) {
    const fast = doubleToSingle(op, env)
    if (fast >= 0n) return fast
  } else if (from === 32 && to === 64) {
    const fast = singleToDouble(op)
    if (fast >= 0n) return fast
  }
  return fpConvertExact(from, to, op, rounding, env)
}
