/** Division. [ARM] J1.3 FPDiv. */

import { FPSR, type FpEnv, fpRoundingMode } from './env.ts'
import { divDouble } from './fast-double.ts'
import { divSingle } from './fast-single.ts'
import { type FpFormat, fpInfinity, fpZero } from './format.ts'
import { fpInvalid, fpProcessNaNs } from './nan.ts'
import { fpRound } from './round.ts'
import { FPType, fpUnpack } from './unpack.ts'

/** Extra quotient bits: a 1-bit mantissa divided by a 53-bit one still leaves 75, of which 56 are needed. */
const quotientBits = 128

/** {@link fpDiv} through exact arithmetic only. */
export function fpDivExact(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  const value1 = fpUnpack(format, op1, env)
  const value2 = fpUnpack(format, op2, env)
  const nan = fpProcessNaNs(format, value1.type, value2.type, op1, op2, env)
  if (nan !== undefined) return nan
  const sign = value1.sign ^ value2.sign
  if (value1.type === value2.type && value1.type !== FPType.Nonzero) return fpInvalid(format, env)
  if (value1.type === FPType.Infinity || value2.type === FPType.Zero) {
    if (value1.type !== FPType.Infinity) env.fpsr |= FPSR.DZC
    return fpInfinity(format, sign)
  }
  if (value1.type === FPType.Zero || value2.type === FPType.Infinity) return fpZero(format, sign)
  const dividend = value1.mantissa << BigInt(quotientBits)
  const quotient = dividend / value2.mantissa
  const sticky = quotient * value2.mantissa === dividend ? 0n : 1n
  const exp = value1.exp - value2.exp - quotientBits - 1
  return fpRound(format, sign, (quotient << 1n) | sticky, exp, fpRoundingMode(env), env)
}

/** op1 / op2. */
export function fpDiv(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  if (format !== 16) {
    const fast = format === 64 ? divDouble(op1, op2, env) : divSingle(op1, op2, env)
    if (fast >= 0n) return fast
  }
  return fpDivExact(format, op1, op2, env)
}
