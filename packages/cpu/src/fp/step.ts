/** Newton-Raphson steps. [ARM] J1.3 FPRecipStepFused, FPRSqrtStepFused. */

import type { FpEnv } from './env.ts'
import { type Exact, exactOf, exactProduct, exactSum, roundSum } from './exact.ts'
import { type FpFormat, fpInfinity, fpPowerOfTwo } from './format.ts'
import { fpProcessNaNs } from './nan.ts'
import { fpNeg } from './sign.ts'
import { FPType, fpUnpack } from './unpack.ts'

const two: Exact = { mantissa: 2n, exp: 0 }
const three: Exact = { mantissa: 3n, exp: 0 }

function step(format: FpFormat, op1: bigint, op2: bigint, isSqrt: boolean, env: FpEnv): bigint {
  const negated = fpNeg(format, op1) // before NaN processing, so a propagated NaN has its sign flipped
  const value1 = fpUnpack(format, negated, env)
  const value2 = fpUnpack(format, op2, env)
  const nan = fpProcessNaNs(format, value1.type, value2.type, negated, op2, env)
  if (nan !== undefined) return nan
  if (value1.type === FPType.Infinity || value2.type === FPType.Infinity) {
    if (value1.type !== FPType.Zero && value2.type !== FPType.Zero) return fpInfinity(format, value1.sign ^ value2.sign)
    return isSqrt ? fpPowerOfTwo(format, 0, 0, true) : fpPowerOfTwo(format, 0, 1)
  }
  const sum = exactSum(isSqrt ? three : two, exactProduct(exactOf(value1), exactOf(value2)))
  return roundSum(format, isSqrt ? { mantissa: sum.mantissa, exp: sum.exp - 1 } : sum, env)
}

/** 2 - op1 × op2 with one rounding; infinity × zero counts as zero. */
export function fpRecipStepFused(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  return step(format, op1, op2, false, env)
}

/** (3 - op1 × op2) / 2 with one rounding; infinity × zero counts as zero. */
export function fpRSqrtStepFused(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  return step(format, op1, op2, true, env)
}
