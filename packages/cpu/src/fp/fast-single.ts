/**
 * Single-precision operations on the host's doubles.
 *
 * Sums, products, quotients and square roots of singles, rounded to double and then to single, equal the once-rounded
 * ones because 53 ≥ 2 × 24 + 2 (Figueroa, "When is double rounding innocuous?", 1995). As in `fast-double.ts`, -1n (2 for
 * comparisons) sends the caller to exact arithmetic.
 */

import { asBits, asDouble, asSingles, low } from './bits.ts'
import { FPRounding, FPSR, type FpEnv } from './env.ts'
import { hostToInteger, isWithin, roundHost, sumError, sumToOdd } from './fast-double.ts'

const minNormal = 2 ** -126
const maxNormal = 2 ** 128 - 2 ** 104
/** Magnitudes of results that are surely neither tiny nor overflowing, in every rounding mode. */
const resultMin = 2 ** -125
const resultMax = 2 ** 127

/** Zero or normal: no operand FPCR could flush, no special. */
function isPlain(x: number): boolean {
  return x === 0 || isWithin(x, minNormal, maxNormal)
}

function fromBits(bits: bigint): number {
  asBits[0] = bits
  return asSingles[low]!
}

function toBits(x: number): bigint {
  asBits[0] = 0n
  asSingles[low] = x
  return asBits[0]!
}

/**
 * Rounds to single under FPCR's mode the exact result `value + error`, where `value` is that result rounded to double;
 * `error` is looked at only when `value` is a single. -1n unless the result is well inside the normal range.
 */
function finish(value: number, error: number, env: FpEnv): bigint {
  const rounded = Math.fround(value)
  if (!isWithin(rounded, resultMin, resultMax)) return -1n
  const bits = toBits(rounded)
  const difference = value - rounded
  const total = difference === 0 ? error : difference
  if (total === 0) return bits
  env.fpsr |= FPSR.IXC
  const mode = (env.fpcr >>> 22) & 3
  if (mode === FPRounding.TIEEVEN) return bits
  const isPositive = rounded > 0
  const movesUp = mode === FPRounding.POSINF || (mode === FPRounding.ZERO && !isPositive)
  if (movesUp) return total < 0 ? bits : isPositive ? bits + 1n : bits - 1n
  return total > 0 ? bits : isPositive ? bits - 1n : bits + 1n
}

function isNearest(env: FpEnv): boolean {
  return ((env.fpcr >>> 22) & 3) === FPRounding.TIEEVEN
}

/** Fast FPAdd, or FPSub with `subtract`. */
export function addSingle(op1: bigint, op2: bigint, subtract: boolean, env: FpEnv): bigint {
  const x = fromBits(op1)
  const y = subtract ? -fromBits(op2) : fromBits(op2)
  if (!(isPlain(x) && isPlain(y))) return -1n
  const sum = x + y
  if (sum === 0) return isNearest(env) ? toBits(sum) : -1n
  return finish(sum, sumError(x, y, sum), env)
}

/** Fast FPMul. The product is exact in double. */
export function mulSingle(op1: bigint, op2: bigint, env: FpEnv): bigint {
  const x = fromBits(op1)
  const y = fromBits(op2)
  if (!(isPlain(x) && isPlain(y))) return -1n
  const product = x * y
  return product === 0 ? toBits(product) : finish(product, 0, env)
}

/** Fast FPDiv. When the quotient is a single, its product with the divisor is exact in double. */
export function divSingle(op1: bigint, op2: bigint, env: FpEnv): bigint {
  const x = fromBits(op1)
  const y = fromBits(op2)
  if (!(isPlain(x) && isPlain(y)) || y === 0) return -1n
  const quotient = x / y
  if (x === 0) return toBits(quotient)
  const remainder = x - quotient * y
  return finish(quotient, y > 0 ? remainder : -remainder, env)
}

/** Fast FPSqrt. */
export function sqrtSingle(op: bigint, env: FpEnv): bigint {
  const x = fromBits(op)
  if (!(x >= minNormal && x <= maxNormal)) return -1n
  const root = Math.sqrt(x)
  return finish(root, x - root * root, env)
}

/** Fast FPMulAdd: exact product, sum rounded to odd, so the second rounding is the only one that matters. */
export function fmaSingle(addend: bigint, op1: bigint, op2: bigint, env: FpEnv): bigint {
  const a = fromBits(addend)
  const x = fromBits(op1)
  const y = fromBits(op2)
  if (!(isPlain(a) && isPlain(x) && isPlain(y))) return -1n
  const product = x * y
  if (product + a === 0) return isNearest(env) ? toBits(product + a) : -1n
  return finish(sumToOdd(product, a), 0, env)
}

/** -1, 0 or 1 for below, equal, above; 2 for NaNs and denormals, whose treatment depends on FPCR. */
export function compareSingle(op1: bigint, op2: bigint): number {
  const x = fromBits(op1)
  const y = fromBits(op2)
  if (!(isPlain(x) && isPlain(y))) return 2
  return x < y ? -1 : x > y ? 1 : 0
}

/** Fast FPRoundInt, any mode but TIEAWAY. */
export function roundIntSingle(op: bigint, rounding: FPRounding, exact: boolean, env: FpEnv): bigint {
  const x = fromBits(op)
  if (!isPlain(x)) return -1n
  const rounded = roundHost(x, rounding)
  if (exact && rounded !== x) env.fpsr |= FPSR.IXC
  return toBits(rounded)
}

/** Fast FPToFixed without fraction bits. */
export function singleToInteger(
  op: bigint,
  isUnsigned: boolean,
  bits: number,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  const x = fromBits(op)
  return isPlain(x) ? hostToInteger(x, isUnsigned, bits, rounding, env) : -1n
}

/** Fast FixedToFP without fraction bits, of integers that fit a double, under `rounding` = FPCR's mode. */
export function integerToSingle(integer: bigint, env: FpEnv): bigint {
  const x = Number(integer)
  if (x === 0) return 0n
  return Math.abs(x) <= 2 ** 53 - 1 ? finish(x, 0, env) : -1n
}

/** Fast FPConvert from single to double: exact. */
export function singleToDouble(op: bigint): bigint {
  const x = fromBits(op)
  if (!isPlain(x)) return -1n
  asDouble[0] = x
  return asBits[0]!
}

/** Fast FPConvert from double to single under FPCR's rounding mode. */
export function doubleToSingle(op: bigint, env: FpEnv): bigint {
  asBits[0] = op
  const x = asDouble[0]!
  return x === 0 ? toBits(x) : finish(x, 0, env)
}
