/**
 * Double-precision operations on the host's doubles, for operands where the host's rounding is exactly Arm's.
 *
 * Every function answers -1n (or 2, for comparisons) when it does not apply, and the caller falls back to exact
 * arithmetic. The host rounds to nearest even; the sign of the rounding error, found with error-free transformations
 * (Knuth's TwoSum, Dekker's product), decides Inexact and moves the result by one unit for the directed modes.
 * Bounds on the magnitudes keep every intermediate, error terms included, normal and finite.
 */

import { asBits, asDouble, asWords, high, low } from './bits.ts'
import { FPRounding, FPSR, type FpEnv } from './env.ts'

const minNormal = 2 ** -1022
/** Magnitudes for sums: error terms of sums need no headroom below, results some above. */
const sumMin = 2 ** -1021
const sumMax = 2 ** 1021
/** Magnitudes for products, quotients and roots: products and error terms stay within 2^±906. */
const productMin = 2 ** -400
const productMax = 2 ** 400
/** Veltkamp's constant for 53-bit significands. */
const splitter = 2 ** 27 + 1

/** Whether min ≤ |x| ≤ max; false for NaN. */
export function isWithin(x: number, min: number, max: number): boolean {
  const magnitude = Math.abs(x)
  return magnitude >= min && magnitude <= max
}

/** Zero or normal: no operand FPCR could flush, no special. */
function isPlain(x: number): boolean {
  return x === 0 || isWithin(x, minNormal, Number.MAX_VALUE)
}

function fromBits(bits: bigint): number {
  asBits[0] = bits
  return asDouble[0]!
}

function toBits(x: number): bigint {
  asDouble[0] = x
  return asBits[0]!
}

/** The bits of the correctly rounded result when the exact one is `rounded + error`, with error ≠ 0 marked inexact. */
function finish(rounded: number, error: number, env: FpEnv): bigint {
  const bits = toBits(rounded)
  if (error === 0) return bits
  env.fpsr |= FPSR.IXC
  const mode = (env.fpcr >>> 22) & 3
  if (mode === FPRounding.TIEEVEN) return bits
  const isPositive = rounded > 0
  const movesUp = mode === FPRounding.POSINF || (mode === FPRounding.ZERO && !isPositive)
  if (movesUp) return error < 0 ? bits : isPositive ? bits + 1n : bits - 1n
  return error > 0 ? bits : isPositive ? bits - 1n : bits + 1n
}

/** The exact error of a rounded sum. */
export function sumError(x: number, y: number, sum: number): number {
  const yPart = sum - x
  return x - (sum - yPart) + (y - yPart)
}

function productError(x: number, y: number, product: number): number {
  const xScaled = splitter * x
  const xHigh = xScaled - (xScaled - x)
  const xLow = x - xHigh
  const yScaled = splitter * y
  const yHigh = yScaled - (yScaled - y)
  const yLow = y - yHigh
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow)
}

/** Fast FPAdd, or FPSub with `subtract`. */
export function addDouble(op1: bigint, op2: bigint, subtract: boolean, env: FpEnv): bigint {
  const x = fromBits(op1)
  const y = subtract ? -fromBits(op2) : fromBits(op2)
  if (!((isWithin(x, sumMin, sumMax) || x === 0) && (isWithin(y, sumMin, sumMax) || y === 0))) return -1n
  const sum = x + y
  if (sum === 0) return ((env.fpcr >>> 22) & 3) === FPRounding.TIEEVEN ? toBits(sum) : -1n
  if (Math.abs(sum) < sumMin) return -1n
  return finish(sum, sumError(x, y, sum), env)
}

/** Fast FPMul. */
export function mulDouble(op1: bigint, op2: bigint, env: FpEnv): bigint {
  const x = fromBits(op1)
  const y = fromBits(op2)
  const product = x * y
  if (!(isWithin(x, productMin, productMax) && isWithin(y, productMin, productMax))) {
    return (x === 0 && isPlain(y)) || (y === 0 && isPlain(x)) ? toBits(product) : -1n
  }
  return finish(product, productError(x, y, product), env)
}

/** Fast FPDiv. The remainder of a correctly rounded quotient is exactly representable. */
export function divDouble(op1: bigint, op2: bigint, env: FpEnv): bigint {
  const x = fromBits(op1)
  const y = fromBits(op2)
  if (!(isWithin(x, productMin, productMax) && isWithin(y, productMin, productMax))) return -1n
  const quotient = x / y
  // |quotient| may reach 2^800; its product with y is near x again, so only the splitting needs the headroom.
  const product = quotient * y
  const remainder = x - product - productError(quotient, y, product)
  return finish(quotient, y > 0 ? remainder : -remainder, env)
}

/** Fast FPSqrt. */
export function sqrtDouble(op: bigint, env: FpEnv): bigint {
  const x = fromBits(op)
  if (!(x >= productMin && x <= productMax)) return -1n
  const root = Math.sqrt(x)
  const square = root * root
  return finish(root, x - square - productError(root, root, square), env)
}

/** x + y rounded to odd: if inexact, the neighbour whose last bit is set. */
export function sumToOdd(x: number, y: number): number {
  const sum = x + y
  const error = sumError(x, y, sum)
  if (error === 0) return sum
  asDouble[0] = sum
  const word = asWords[low]!
  if ((word & 1) !== 0) return sum
  if (error > 0 === sum > 0) asWords[low] = word | 1
  else {
    asWords[low] = word - 1
    if (word === 0) asWords[high] = asWords[high]! - 1
  }
  return asDouble[0]!
}

/**
 * Fast FPMulAdd in round to nearest, after Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved
 * algorithms using rounding to odd" (IEEE TC 2008). On numbers rather than bits; NaN where it does not apply.
 */
export function fmaNumbers(a: number, x: number, y: number, env: FpEnv): number {
  if (((env.fpcr >>> 22) & 3) !== FPRounding.TIEEVEN) return Number.NaN
  const product = x * y
  if (!(isWithin(x, productMin, productMax) && isWithin(y, productMin, productMax))) {
    return ((x === 0 && isPlain(y)) || (y === 0 && isPlain(x))) && isPlain(a) ? product + a : Number.NaN
  }
  if (!(isWithin(a, productMin, productMax) || a === 0)) return Number.NaN
  const productLow = productError(x, y, product)
  const inner = a + productLow
  const innerLow = sumError(a, productLow, inner)
  const outer = product + inner
  const outerLow = sumError(product, inner, outer)
  const rest = sumToOdd(innerLow, outerLow)
  const result = outer + rest
  // A sum rounded to odd is exact only if innerLow + outerLow was: its last bit lies below every bit of the result.
  if (sumError(outer, rest, result) !== 0) env.fpsr |= FPSR.IXC
  return result
}

/** {@link fmaNumbers} on bits. */
export function fmaDouble(addend: bigint, op1: bigint, op2: bigint, env: FpEnv): bigint {
  const result = fmaNumbers(fromBits(addend), fromBits(op1), fromBits(op2), env)
  return Number.isNaN(result) ? -1n : toBits(result)
}

/** -1, 0 or 1 for below, equal, above; 2 for NaNs and denormals, whose treatment depends on FPCR. */
export function compareDouble(op1: bigint, op2: bigint): number {
  const x = fromBits(op1)
  const y = fromBits(op2)
  if (!(isPlain(x) && isPlain(y))) return 2
  return x < y ? -1 : x > y ? 1 : 0
}

/** Rounds a host number to an integral one, in any mode but TIEAWAY; the sign of zero is kept. */
export function roundHost(x: number, rounding: FPRounding): number {
  switch (rounding) {
    case FPRounding.POSINF:
      return Math.ceil(x)
    case FPRounding.NEGINF:
      return Math.floor(x)
    case FPRounding.ZERO:
      return Math.trunc(x)
    default: {
      // 2^52 + |x| has no room for a fraction, so the addition rounds to nearest even.
      const magnitude = Math.abs(x)
      const rounded = magnitude < 2 ** 52 ? magnitude + 2 ** 52 - 2 ** 52 : magnitude
      return x < 0 || Object.is(x, -0) ? -rounded : rounded
    }
  }
}

/** Fast FPRoundInt, any mode but TIEAWAY. */
export function roundIntDouble(op: bigint, rounding: FPRounding, exact: boolean, env: FpEnv): bigint {
  const x = fromBits(op)
  if (!isPlain(x)) return -1n
  const rounded = roundHost(x, rounding)
  if (exact && rounded !== x) env.fpsr |= FPSR.IXC
  return toBits(rounded)
}

/** Converts a finite, normal or zero host number to an integer of 32 or 64 bits; -1n where it saturates. */
export function hostToInteger(x: number, isUnsigned: boolean, bits: number, rounding: FPRounding, env: FpEnv): bigint {
  if (rounding === FPRounding.TIEAWAY || !(x === 0 || isWithin(x, minNormal, 2 ** 63))) return -1n
  const rounded = roundHost(x, rounding)
  const limit = 2 ** (isUnsigned ? bits : bits - 1)
  if (rounded >= limit || rounded < (isUnsigned ? 0 : -limit)) return -1n
  if (rounded !== x) env.fpsr |= FPSR.IXC
  return BigInt.asUintN(bits, BigInt(rounded))
}

/** Fast FPToFixed without fraction bits. */
export function doubleToInteger(
  op: bigint,
  isUnsigned: boolean,
  bits: number,
  rounding: FPRounding,
  env: FpEnv,
): bigint {
  return hostToInteger(fromBits(op), isUnsigned, bits, rounding, env)
}

/** Fast FixedToFP without fraction bits: integers of up to 53 bits are exact. */
export function integerToDouble(integer: bigint): bigint {
  const x = Number(integer)
  return Math.abs(x) <= 2 ** 53 - 1 ? toBits(x) : -1n
}
