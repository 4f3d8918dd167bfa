/** Addition and subtraction. [ARM] J1.3 FPAdd, FPSub. */

import type { FpEnv } from './env.ts'
import { exactOf, exactSum, roundSum } from './exact.ts'
import { addDouble } from './fast-double.ts'
import { addSingle } from './fast-single.ts'
import { type FpFormat, fpInfinity, fpZero } from './format.ts'
import { fpInvalid, fpProcessNaNs } from './nan.ts'
import { FPType, fpUnpack, type Unpacked } from './unpack.ts'

function sum(format: FpFormat, value1: Unpacked, value2: Unpacked, env: FpEnv): bigint {
  if (value1.type === FPType.Infinity) {
    if (value2.type === FPType.Infinity && value1.sign !== value2.sign) return fpInvalid(format, env)
    return fpInfinity(format, value1.sign)
  }
  if (value2.type === FPType.Infinity) return fpInfinity(format, value2.sign)
  if (value1.type === FPType.Zero && value2.type === FPType.Zero && value1.sign === value2.sign) {
    return fpZero(format, value1.sign)
  }
  return roundSum(format, exactSum(exactOf(value1), exactOf(value2)), env)
}

/** {@link fpAdd} through exact arithmetic only. */
export function fpAddExact(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  const value1 = fpUnpack(format, op1, env)
  const value2 = fpUnpack(format, op2, env)
  return fpProcessNaNs(format, value1.type, value2.type, op1, op2, env) ?? sum(format, value1, value2, env)
}

/** {@link fpSub} through exact arithmetic only. */
export function fpSubExact(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  const value1 = fpUnpack(format, op1, env)
  const value2 = fpUnpack(format, op2, env)
  const nan = fpProcessNaNs(format, value1.type, value2.type, op1, op2, env)
  return nan ?? sum(format, value1, { ...value2, sign: 1 - value2.sign }, env)
}

/** op1 + op2. */
export function fpAdd(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  if (format !== 16) {
    const fast = format === 64 ? addDouble(op1, op2, false, env) : addSingle(op1, op2, false, env)
    if (fast >= 0n) return fast
  }
  return fpAddExact(format, op1, op2, env)
}

/** op1 - op2. A NaN second operand keeps its sign. */
export function fpSub(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): bigint {
  if (format !== 16) {
    const fast = format === 64 ? addDouble(op1, op2, true, env) : addSingle(op1, op2, true, env)
    if (fast >= 0n) return fast
  }
  return fpSubExact(format, op1, op2, env)
}
