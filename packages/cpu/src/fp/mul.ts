/** Multiplication. [ARM] J1.3 FPMul, FPMulX. */

import { type FpEnv, fpRoundingMode } from './env.ts'
import { mulDouble } from './fast-double.ts'
import { mulSingle } from './fast-single.ts'
import { type FpFormat, fpInfinity, fpPowerOfTwo, fpZero } from './format.ts'
import { fpInvalid, fpProcessNaNs } from './nan.ts'
import { fpRound } from './round.ts'
import { FPType, fpUnpack } from './unpack.ts'

function product(format: FpFormat, op1: bigint, op2: bigint, extended: boolean, env: FpEnv): bigint {
  const value1 = fpUnpack(format, op1, env)
  const value2 = fpUnpack(format, op2, env)
  const nan = fpProcessNaNs(format, value1.type, value2.type, op1, op2, env)
  if (nan !== undefined) return nan
  const sign = value1.sign ^ value2.sign
  const hasInfinity = value1.type === FPType.Infinity || value2.type === FPType.Infinity
  const hasZero = value1.type === FPType.Zero || value2.type === FPType.Zero
  if (hasInfinity && hasZero) return extended ? fpPowerOfTwo(format, sign, 1) : fpInvalid(format, env)
  if (hasInfinity) return fpInfinity(format, sign)
  if (hasZero) return fpZero(format, sign)
  const mantissa = value1.mantissa * value2.mantissa
  return fpRound(format, sign, mantissa, value1.exp + value2.exp, fpRoundingMode(env), env)
}

/** {@link fpMul} through exact arithmetic only. */
export function fpMulExact(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  return product(format, op1, op2, false, env)
}

/** op1 × op2. */
export function fpMul(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  if (format !== 16) {
    const fast = format === 64 ? mulDouble(op1, op2, env) : mulSingle(op1, op2, env)
    if (fast >= 0n) return fast
  }
  return product(format, op1, op2, false, env)
}

/** op1 × op2, except that infinity × zero is 2 with the product's sign and raises nothing. */
export function fpMulX(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  if (format !== 16) {
    const fast = format === 64 ? mulDouble(op1, op2, env) : mulSingle(op1, op2, env)
    if (fast >= 0n) return fast
  }
  return product(format, op1, op2, true, env)
}
