/** Comparisons. [ARM] J1.3 FPCompare, FPCompareEQ, FPCompareGE, FPCompareGT. */

import { FPSR, type FpEnv } from './env.ts'
import { compareDouble } from './fast-double.ts'
import { compareSingle } from './fast-single.ts'
import type { FpFormat } from './format.ts'
import { orderOf } from './order.ts'
import { FPType, fpUnpack, isNaNType } from './unpack.ts'

const unordered = 2

/** -1, 0, 1 for below, equal, above; {@link unordered} with a NaN, raising Invalid Operation for what signals. */
function compare(format: FpFormat, op1: bigint, op2: bigint, signalNaNs: boolean, env: FpEnv): number {
  if (format !== 16) {
    const fast = format === 64 ? compareDouble(op1, op2) : compareSingle(op1, op2)
    if (fast !== unordered) return fast
  }
  const value1 = fpUnpack(format, op1, env)
  const value2 = fpUnpack(format, op2, env)
  if (isNaNType(value1.type) || isNaNType(value2.type)) {
    if (signalNaNs || value1.type === FPType.SNaN || value2.type === FPType.SNaN) env.fpsr |= FPSR.IOC
    return unordered
  }
  return orderOf(value1, value2)
}

/**
 * FCMP (quiet) and FCMPE (`signalNaNs`).
 *
 * @returns NZCV as a number 0–15: 0b1000 less, 0b0110 equal, 0b0010 greater, 0b0011 unordered.
 */
export function fpCompare(format: FpFormat, op1: bigint, op2: bigint, signalNaNs: boolean, env: FpEnv): number {
  const order = compare(format, op1, op2, signalNaNs, env)
  if (order === unordered) return 0b0011
  return order === 0 ? 0b0110 : order < 0 ? 0b1000 : 0b0010
}

/** op1 = op2; only signalling NaNs raise Invalid Operation. */
export function fpCompareEQ(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): boolean {
  return compare(format, op1, op2, false, env) === 0
}

/** op1 ≥ op2; any NaN raises Invalid Operation. */
export function fpCompareGE(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): boolean {
  const order = compare(format, op1, op2, true, env)
  return order !== unordered && order >= 0
}

/** op1 > op2; any NaN raises Invalid Operation. */
export function fpCompareGT(format: FpFormat, op1: bigint, op2: bigint, env: FpEnv): boolean {
  const order = compare(format, op1, op2, true, env)
  return order !== unordered && order > 0
}
