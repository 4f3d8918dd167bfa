/** Fast paths of fused multiply-add; see `scalars.ts`. [ARM] A1.5. */

import type { FpFormat } from '../../isa/ops.ts'
import { Node } from '../node.ts'
import {
  and,
  bits,
  exponentFrom,
  type FastPath,
  isDefault,
  isExactProduct,
  isExactSum,
  isFiniteResult,
  isInexactKnown,
  isNormal,
  isWithinLimit,
  isZero,
  limit,
  op,
  or,
  sumError,
  toBits,
  toFloat,
} from './values.ts'

/**
 * FPMulAdd: addend + b × c. In single precision the product is exact in double precision, and rounding the sum twice is wrong only if
 * the first rounding lands in the middle between two singles. In double precision only exact products are taken.
 */
export function fastMulAdd(format: FpFormat, addend: Node, b: Node, c: Node): FastPath | undefined {
  if (format === 16) return undefined
  const [x, y, z] = [addend, b, c].map((n) => toFloat(n, format)) as [Node, Node, Node]
  if (format === 64) {
    const product = op('f64.mul', 'f64', y, z)
    const productBits = toBits(product, 64)
    const isZeroProduct = and(isZero(productBits, 64), or(isZero(b, 64), isZero(c, 64)))
    const sum = op('f64.add', 'f64', product, x)
    const value = toBits(sum, 64)
    const isProductExact = or(isZeroProduct, and(isNormal(productBits, 64), isExactProduct(b, c, 64)))
    return {
      when: and(
        isDefault(),
        isProductExact,
        isFiniteResult(value, 64),
        or(isInexactKnown(), isExactSum(x, product, sum, 64)),
      ),
      value,
    }
  }
  const wide = (n: Node): Node => op('f64.promote_f32', 'f64', n)
  const product = op('f64.mul', 'f64', wide(y), wide(z))
  const sum = op('f64.add', 'f64', product, wide(x))
  const single = op('f32.demote_f64', 'f32', sum)
  const value = toBits(single, 32)
  const low = op('i64.and', 'i64', toBits(sum, 64), bits(0x1fffffff, 64))
  const isMiddle = op('i64.eq', 'i32', low, bits(0x10000000, 64))
  const isExact = and(op('i64.eqz', 'i32', low), isExactSum(wide(x), product, sum, 64))
  const isRounded = and(isInexactKnown(), op('i32.eqz', 'i32', isMiddle))
  // A sum of zero is exact; one that only becomes zero as a single is not.
  return {
    when: and(isDefault(), or(isZero(toBits(sum, 64), 64), and(isNormal(value, 32), or(isRounded, isExact)))),
    quick: and(isWithinLimit(value, 32), op('i32.eqz', 'i32', isMiddle)),
    value,
  }
}

/** Veltkamp's constant for 53-bit significands, 2^27 + 1, as bits. */
const SPLITTER = 0x41a0_0000_0200_0000n
/** Exponents of factors and addend for which no part of the computation below overflows or is tiny: 2^-256 to 2^256. */
const FACTOR_FIRST = 1023 - 256
const FACTOR_EXPONENTS = 512

/** What a sum of an addend and a product is made of. */
interface Sum {
  /** The rounded product and the addend, rounded; what that lost; and what the product had lost. */
  readonly s: Node
  readonly t: Node
  readonly e: Node
  /** t + e, rounded. */
  readonly r: Node
  readonly value: Node
}

/**
 * x + y × z with one rounding, from operations that round each time. The sum is split into s + t + e exactly (Knuth's TwoSum, Dekker's
 * product). Rounding t + e to r and then s + r rounds twice; that is right unless r itself was inexact and s + r lies in the middle
 * between two numbers. Where t is not 0, |t + e| is at most 1.5 units in the last place of s, so such an r is a few quarters of a unit:
 * its significand has three bits.
 */
function fusedSum(shape: 'f64' | 'f64x2', x: Node, y: Node, z: Node, splitter: Node): Sum {
  const { type } = x
  const mul = (p: Node, q: Node): Node => op(`${shape}.mul`, type, p, q)
  const add = (p: Node, q: Node): Node => op(`${shape}.add`, type, p, q)
  const sub = (p: Node, q: Node): Node => op(`${shape}.sub`, type, p, q)
  const split = (n: Node): readonly [Node, Node] => {
    const scaled = mul(splitter, n)
    const high = sub(scaled, sub(scaled, n))
    return [high, sub(n, high)]
  }
  const product = mul(y, z)
  const [yHigh, yLow] = split(y)
  const [zHigh, zLow] = split(z)
  const e = sub(mul(yLow, zLow), sub(sub(sub(product, mul(yHigh, zHigh)), mul(yLow, zHigh)), mul(yHigh, zLow)))
  const s = add(product, x)
  const t = sumError(product, x, s, shape)
  const r = add(t, e)
  return { s, t, e, r, value: add(s, r) }
}

/** FPMulAdd of doubles. */
export function fusedMulAdd(addend: Node, b: Node, c: Node): FastPath {
  const [x, y, z] = [addend, b, c].map((n) => toFloat(n, 64)) as [Node, Node, Node]
  const { s, t, e, r, value: sum } = fusedSum('f64', x, y, z, toFloat(bits(SPLITTER, 64), 64))
  const value = toBits(sum, 64)
  const isLong = op('i64.ne', 'i32', op('i64.shl', 'i64', toBits(r, 64), bits(14, 64)), bits(0, 64))
  const exponents = [b, c, addend].map((n) => exponentFrom(FACTOR_FIRST, n, 64)) as [Node, Node, Node]
  const areAllBelow = (...list: readonly Node[]): Node => list.reduce((p, q) => op('i32.or', 'i32', p, q))
  const quick = and(op('i32.lt_u', 'i32', areAllBelow(...exponents), limit('factor')), isLong)

  const isBelow = (...list: readonly Node[]): Node =>
    op('i32.lt_u', 'i32', areAllBelow(...list), bits(FACTOR_EXPONENTS, 32))
  const zero = toFloat(bits(0, 64), 64)
  const isNothing = (n: Node): Node => op('f64.eq', 'i32', n, zero)
  const isExact = and(isNothing(t), isNothing(e))
  const isRight = or(isLong, isExact, op('f64.eq', 'i32', sumError(t, e, r, 'f64'), zero))
  // What is left of s where nothing was lost is s itself, but for the sign of minus zero.
  const keepsSign = op('i32.or', 'i32', op('f64.ne', 'i32', s, zero), op('i64.ge_s', 'i32', toBits(s, 64), bits(0, 64)))
  const areFactorsGood = or(isBelow(exponents[0], exponents[1]), and(or(isZero(b, 64), isZero(c, 64)), areSmall(b, c)))
  const isAddendGood = or(isBelow(exponents[2]), isZero(addend, 64))
  return {
    value,
    quick,
    when: and(isDefault(), areFactorsGood, isAddendGood, keepsSign, isRight, or(isInexactKnown(), isExact)),
  }
}

/** The same on both lanes of a vector. */
export function fusedVectorMulAdd(addend: Node, b: Node, c: Node): FastPath {
  const vector = (name: string, ...args: readonly Node[]): Node => op(name, 'v128', ...args)
  const both = (...masks: readonly Node[]): Node => masks.reduce((p, q) => vector('v128.and', p, q))
  const either = (...masks: readonly Node[]): Node => masks.reduce((p, q) => vector('v128.or', p, q))
  const lanes = (value: bigint): Node => {
    const lane = BigInt.asUintN(64, value)
    return new Node({ kind: 'const', value: lane | (lane << 64n) }, 'v128')
  }
  const zero = lanes(0n)
  const isNothing = (n: Node): Node => vector('f64x2.eq', n, zero)
  const { s, t, e, r, value } = fusedSum('f64x2', addend, b, c, lanes(SPLITTER))
  // The upper two bits are clear for the exponents that are good.
  const placeOf = (n: Node): Node =>
    vector('i64x2.sub', vector('i64x2.shl', n, bits(1, 32)), lanes(BigInt(FACTOR_FIRST) << 53n))
  const isOutside = (...list: readonly Node[]): Node => both(either(...list.map(placeOf)), lanes(3n << 62n))
  const isShort = vector('i64x2.eq', vector('i64x2.shl', r, bits(14, 32)), zero)
  const isBad = op('v128.any_true', 'i32', either(isOutside(addend, b, c), isShort))

  const isBelow = (...list: readonly Node[]): Node => vector('i64x2.eq', isOutside(...list), zero)
  const isSmall = (n: Node): Node =>
    vector('f64x2.lt', vector('f64x2.abs', n), lanes(BigInt(FACTOR_FIRST + FACTOR_EXPONENTS) << 52n))
  const isExact = both(isNothing(t), isNothing(e))
  const isGood = both(
    either(isBelow(b, c), both(either(isNothing(b), isNothing(c)), isSmall(b), isSmall(c))),
    either(isBelow(addend), isNothing(addend)),
    either(vector('f64x2.ne', s, zero), vector('i64x2.ge_s', s, zero)),
    either(vector('v128.not', isShort), isExact, isNothing(sumError(t, e, r, 'f64x2'))),
  )
  const areAll = (mask: Node): Node => op('i64x2.all_true', 'i32', mask)
  return {
    value,
    quick: op('select', 'i32', bits(0, 32), limit('factor'), isBad),
    when: and(isDefault(), areAll(isGood), or(isInexactKnown(), areAll(isExact))),
  }
}

/** Small enough that splitting them does not overflow. */
function areSmall(...list: readonly Node[]): Node {
  return and(
    ...list.map((n) => op('i32.lt_u', 'i32', exponentFrom(0, n, 64), bits(FACTOR_FIRST + FACTOR_EXPONENTS, 32))),
  )
}
