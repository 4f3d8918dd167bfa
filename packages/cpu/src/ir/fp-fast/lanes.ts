/** Fast paths of whole vectors: as `scalars.ts`, where it holds for every lane that counts. [ARM] A1.5, [WASM] §4.3.3. */

import type { FpFormat } from '../../isa/ops.ts'
import { Node } from '../node.ts'
import {
  and,
  bits,
  EXPONENT,
  type FastPath,
  type HostFormat,
  isDefault,
  isExactProduct,
  isInexactKnown,
  limit,
  op,
  or,
  sumError,
} from './values.ts'

type LaneShape = 'f32x4' | 'f64x2'
const laneShape = (format: HostFormat): LaneShape => (format === 64 ? 'f64x2' : 'f32x4')
const laneInt = (format: HostFormat): 'i32x4' | 'i64x2' => (format === 64 ? 'i64x2' : 'i32x4')
const vector = (name: string, ...args: readonly Node[]): Node => op(name, 'v128', ...args)

/** The same bits in every lane. */
function lanesOf(value: bigint, format: HostFormat): Node {
  const half = format === 64 ? value : value | (value << 32n)
  return new Node({ kind: 'const', value: half | (half << 64n) }, 'v128')
}
/** Whether the mask is all ones in the lanes that count. */
function allLanes(mask: Node, format: HostFormat, lanes: number): Node {
  const unused = lanes * format === 64 ? [new Node({ kind: 'const', value: ((1n << 64n) - 1n) << 64n }, 'v128')] : []
  return op(
    `${laneInt(format)}.all_true`,
    'i32',
    unused.reduce((m, u) => vector('v128.or', m, u), mask),
  )
}

/** Every lane that counts is within the limit of scalars; see {@link limit}. Signed comparison, so all is moved by half the range. */
function areWithinLimit(value: Node, format: HostFormat, lanes: number): Node {
  const i = laneInt(format)
  const { shift } = EXPONENT[format]
  const unsigned = vector(`${i}.shl`, value, bits(1, 32))
  const moved = vector(`${i}.add`, unsigned, lanesOf(laneBias(format, shift), format))
  const good = vector(`${i}.gt_s`, limit(format === 64 ? 'doubles' : 'singles'), moved)
  return isSetFor(good, format, lanes)
}
function laneBias(format: HostFormat, shift: number): bigint {
  return BigInt.asUintN(format, -(2n << BigInt(shift + 1)) - (1n << BigInt(format - 1)))
}
/** The mask is set in all lanes that count. */
function isSetFor(mask: Node, format: HostFormat, lanes: number): Node {
  const all = 2 ** lanes - 1
  const found = op(`${laneInt(format)}.bitmask`, 'i32', mask)
  const counted = lanes * format === 128 ? found : op('i32.and', 'i32', found, bits(all, 32))
  return op('i32.eq', 'i32', counted, bits(all, 32))
}

/** Products of singles are seen to be exact in double precision; of doubles it is asked lane by lane. */
function areExactProducts(a: Node, b: Node, value: Node, format: HostFormat, lanes: number): Node {
  if (format === 64) {
    const lane = (v: Node, index: number): Node =>
      new Node({ kind: 'wasm', name: 'i64x2.extract_lane', lane: index }, 'i64', [v])
    const isExact = (i: number): Node => isExactProduct(lane(a, i), lane(b, i), 64)
    return and(isExact(0), isExact(1))
  }
  const half = (n: Node, which: number): Node =>
    vector('f64x2.promote_low_f32x4', which ? shuffle(n, n, UPPER_HALF) : n)
  return and(
    ...Array.from({ length: lanes / 2 }, (_, i) =>
      isSetFor(vector('f64x2.eq', vector('f64x2.mul', half(a, i), half(b, i)), half(value, i)), 64, 2),
    ),
  )
}

/** FPAdd, FPSub, FPMul, FPDiv on lanes. Products and quotients that are exact are not told from others. */
export function fastVectorBinary(
  name: 'add' | 'sub' | 'mul' | 'div',
  format: FpFormat,
  a: Node,
  b: Node,
  lanes: number,
): FastPath | undefined {
  if (format === 16) return undefined
  const f = laneShape(format)
  const i = laneInt(format)
  const { shift, mask } = EXPONENT[format]
  const value = vector(`${f}.${name}`, a, b)
  const exponentMask = lanesOf(BigInt(mask) << BigInt(shift), format)
  const exponent = vector('v128.and', value, exponentMask)
  const zero = lanesOf(0n, format)
  const quick = areWithinLimit(value, format, lanes)
  if (name === 'add' || name === 'sub') {
    const y = name === 'sub' ? vector(`${f}.neg`, b) : b
    const error = sumError(a, y, value, f)
    const isExact = allLanes(vector(`${f}.eq`, error, zero), format, lanes)
    const isBounded = allLanes(vector('v128.not', vector(`${i}.eq`, exponent, exponentMask)), format, lanes)
    return { when: and(isDefault(), isBounded, or(isInexactKnown(), isExact)), quick, value }
  }
  const isSmall = vector(`${i}.gt_s`, lanesOf(2n << BigInt(shift), format), exponent)
  const isNormalLane = vector('v128.not', vector('v128.or', isSmall, vector(`${i}.eq`, exponent, exponentMask)))
  const isZeroLane = (v: Node): Node => vector(`${f}.eq`, v, zero)
  const isZeroOperand = name === 'mul' ? vector('v128.or', isZeroLane(a), isZeroLane(b)) : isZeroLane(a)
  const isGood = vector('v128.or', isNormalLane, vector('v128.and', isZeroLane(value), isZeroOperand))
  return {
    when: and(isDefault(), isInexactKnown(), allLanes(isGood, format, lanes)),
    ...(name === 'mul' && {
      rare: and(isDefault(), allLanes(isGood, format, lanes), areExactProducts(a, b, value, format, lanes)),
    }),
    quick,
    value,
  }
}

/** FPMax, FPMin, FPMaxNum, FPMinNum on lanes. */
export function fastVectorMinMax(
  name: 'max' | 'min',
  format: FpFormat,
  a: Node,
  b: Node,
  lanes: number,
): FastPath | undefined {
  if (format === 16) return undefined
  const f = laneShape(format)
  const areNumbers = vector('v128.and', vector(`${f}.eq`, a, a), vector(`${f}.eq`, b, b))
  return { when: and(isDefault(), allLanes(areNumbers, format, lanes)), value: vector(`${f}.${name}`, a, b) }
}

/** FPCompareEQ, FPCompareGE, FPCompareGT on lanes, as masks. */
export function fastVectorTest(
  name: 'eq' | 'ge' | 'gt',
  format: FpFormat,
  a: Node,
  b: Node,
  lanes: number,
): FastPath | undefined {
  if (format === 16) return undefined
  const f = laneShape(format)
  const areNumbers = vector('v128.and', vector(`${f}.eq`, a, a), vector(`${f}.eq`, b, b))
  return { when: and(isDefault(), allLanes(areNumbers, format, lanes)), value: vector(`${f}.${name}`, a, b) }
}

/** FPSqrt on lanes. */
export function fastVectorSqrt(format: FpFormat, a: Node, lanes: number): FastPath | undefined {
  if (format === 16) return undefined
  const value = vector(`${laneShape(format)}.sqrt`, a)
  const quick = areWithinLimit(value, format, lanes)
  const isZeroLane = vector(`${laneShape(format)}.eq`, a, lanesOf(0n, format))
  const { shift, mask } = EXPONENT[format]
  const exponentMask = lanesOf(BigInt(mask) << BigInt(shift), format)
  // A root is never tiny: what is no number or infinite has all bits of the exponent set.
  const isProper = vector(
    'v128.not',
    vector(`${laneInt(format)}.eq`, vector('v128.and', value, exponentMask), exponentMask),
  )
  const isGood = vector('v128.or', isZeroLane, isProper)
  return { when: and(isDefault(), isInexactKnown(), allLanes(isGood, format, lanes)), quick, value }
}

const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]
const shuffle = (a: Node, b: Node, positions: readonly number[]): Node =>
  new Node({ kind: 'wasm', name: 'i8x16.shuffle', shuffle: positions }, 'v128', [a, b])

/** FPMulAdd on single-precision lanes, two at a time in double precision; see {@link fastMulAdd}. */
export function fastVectorMulAdd(
  format: FpFormat,
  addend: Node,
  b: Node,
  c: Node,
  lanes: number,
): FastPath | undefined {
  if (format !== 32) return undefined
  const halves = Array.from({ length: lanes / 2 }, (_, half) => {
    const [x, y, z] = [addend, b, c].map((n) =>
      vector('f64x2.promote_low_f32x4', half ? shuffle(n, n, UPPER_HALF) : n),
    ) as [Node, Node, Node]
    const sum = vector('f64x2.add', vector('f64x2.mul', y, z), x)
    const low = vector('v128.and', sum, lanesOf(0x1fffffffn, 64))
    const single = vector('f32x4.demote_f64x2_zero', sum)
    return {
      isMiddle: vector('i64x2.eq', low, lanesOf(0x10000000n, 64)),
      isZeroSum: vector('f64x2.eq', sum, lanesOf(0n, 64)),
      single,
    }
  })
  const [first, second = first] = halves as [(typeof halves)[0], (typeof halves)[0]?]
  const value = shuffle(first.single, second.single, LOWER_HALVES)
  const exponentMask = lanesOf(0xffn << 23n, 32)
  const exponent = vector('v128.and', value, exponentMask)
  const isSpecial = vector(
    'v128.or',
    vector('i32x4.gt_s', lanesOf(2n << 23n, 32), exponent),
    vector('i32x4.eq', exponent, exponentMask),
  )
  // Masks of doubles are narrowed to lanes of singles by taking every second word.
  const isZeroSum = shuffle(
    first.isZeroSum,
    second.isZeroSum,
    [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27],
  )
  const isMiddle = vector('v128.or', first.isMiddle, second.isMiddle)
  const isGood = vector('v128.or', vector('v128.not', isSpecial), isZeroSum)
  const when = and(
    isDefault(),
    isInexactKnown(),
    allLanes(isGood, 32, lanes),
    op('i32.eqz', 'i32', op('v128.any_true', 'i32', isMiddle)),
  )
  return {
    when,
    quick: and(areWithinLimit(value, 32, lanes), op('i32.eqz', 'i32', op('v128.any_true', 'i32', isMiddle))),
    value,
  }
}
