/** Fused multiply-add. [ARM] J1.3 FPMulAdd. */

import type { FpEnv } from './env.ts'
import { exactOf, exactProduct, exactSum, roundSum } from './exact.ts'
import { fmaDouble } from './fast-double.ts'
import { fmaSingle } from './fast-single.ts'
import { type FpFormat, fpInfinity, fpZero } from './format.ts'
import { fpInvalid, fpProcessNaNs3 } from './nan.ts'
import { FPType, fpUnpack } from './unpack.ts'

/** {@link fpMulAdd} through exact arithmetic only. */
export function fpMulAddExact(format: FpFormat, addend: bigint, op1: bigint, op2: bigint, env: FpEnv): bigint {
  const valueA = fpUnpack(format, addend, env)
  const value1 = fpUnpack(format, op1, env)
  const value2 = fpUnpack(format, op2, env)
  const hasInfinity = value1.type === FPType.Infinity || value2.type === FPType.Infinity
  const hasZero = value1.type === FPType.Zero || value2.type === FPType.Zero
  const isInvalidProduct = hasInfinity && hasZero
  const nan = fpProcessNaNs3(format, valueA.type, value1.type, value2.type, addend, op1, op2, env)
  // An invalid product takes precedence over a quiet NaN addend, not over a signalling one.
  if (valueA.type === FPType.QNaN && isInvalidProduct) return fpInvalid(format, env)
  if (nan !== undefined) return nan
  const sign = value1.sign ^ value2.sign
  const isAddendInfinite = valueA.type === FPType.Infinity
  if (isInvalidProduct || (isAddendInfinite && hasInfinity && valueA.sign !== sign)) return fpInvalid(format, env)
  if (isAddendInfinite) return fpInfinity(format, valueA.sign)
  if (hasInfinity) return fpInfinity(format, sign)
  if (valueA.type === FPType.Zero && hasZero && valueA.sign === sign) return fpZero(format, valueA.sign)
  return roundSum(format, exactSum(exactOf(valueA), exactProduct(exactOf(value1), exactOf(value2))), env)
}

/**
 * addend + op1 × op2 with one rounding.
 *
 * FMSUB, FNMADD, FNMSUB and FMLS negate operands with `fpNeg` first.
 */
export function fpMulAdd(format: FpFormat, addend: bigint, op1: bigint, op2: bigint, env: FpEnv): bigint {
  if (format !== 16) {
    const fast = format === 64 ? fmaDouble(addend, op1, op2, env) : fmaSingle(addend, op1, op2, env)
    if (fast >= 0n) return fast
  }
  return fpMulAddExact(format, addend, op1, op2, env)
}
