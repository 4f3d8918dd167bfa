/** Maximum and minimum. [ARM] J1.3 FPMax, FPMin, FPMaxNum, FPMinNum. */

import { type FpEnv, fpRoundingMode } from './env.ts'
import { compareDouble } from './fast-double.ts'
import { compareSingle } from './fast-single.ts'
import { type FpFormat, fpInfinity, fpZero } from './format.ts'
import { fpProcessNaNs } from './nan.ts'
import { orderOf } from './order.ts'
import { fpRound } from './round.ts'
import { FPType, fpUnpack } from './unpack.ts'

/** The answer for finite, normal, different operands; -1n otherwise. Equal ones may be zeros of different sign. */
function extremumFast(format: FpFormat, op1: bigint, op2: bigint, wantsMax: boolean): bigint {
  if (format === 16) return -1n
  const order = format === 64 ? compareDouble(op1, op2) : compareSingle(op1, op2)
  if (order === 1) return wantsMax ? op1 : op2
  return order === -1 ? (wantsMax ? op2 : op1) : -1n
}

function extremum(format: FpFormat, op1: bigint, op2: bigint, wantsMax: boolean, env: FpEnv): bigint {
  const fast = extremumFast(format, op1, op2, wantsMax)
  if (fast >= 0n) return fast
  const value1 = fpUnpack(format, op1, env)
  const value2 = fpUnpack(format, op2, env)
  const nan = fpProcessNaNs(format, value1.type, value2.type, op1, op2, env)
  if (nan !== undefined) return nan
  const order = orderOf(value1, value2)
  const { type, sign, mantissa, exp } = (wantsMax ? order > 0 : order < 0) ? value1 : value2
  if (type === FPType.Infinity) return fpInfinity(format, sign)
  if (type === FPType.Zero) return fpZero(format, wantsMax ? value1.sign & value2.sign : value1.sign | value2.sign)
  return fpRound(format, sign, mantissa, exp, fpRoundingMode(env), env)
}

function extremumNumber(format: FpFormat, op1: bigint, op2: bigint, wantsMax: boolean, env: FpEnv): bigint {
  const fast = extremumFast(format, op1, op2, wantsMax)
  if (fast >= 0n) return fast
  const isQuiet1 = fpUnpack(format, op1, env).type === FPType.QNaN
  const isQuiet2 = fpUnpack(format, op2, env).type === FPType.QNaN
  const loser = fpInfinity(format, wantsMax ? 1 : 0)
  if (isQuiet1 && !isQuiet2) return extremum(format, loser, op2, wantsMax, env)
  if (isQuiet2 && !isQuiet1) return extremum(format, op1, loser, wantsMax, env)
  return extremum(format, op1, op2, wantsMax, env)
}

/** The larger operand; NaNs propagate, +0 is above -0. */
export function fpMax(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  return extremum(format, op1, op2, true, env)
}

/** The smaller operand; NaNs propagate, -0 is below +0. */
export function fpMin(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  return extremum(format, op1, op2, false, env)
}

/** The larger operand; a quiet NaN loses against a number. */
export function fpMaxNum(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  return extremumNumber(format, op1, op2, true, env)
}

/** The smaller operand; a quiet NaN loses against a number. */
export function fpMinNum(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  return extremumNumber(format, op1, op2, false, env)
}
