/**
 * When the host's floating point gives Arm's result and flags. [ARM] A1.5, [WASM] §4.3.3.
 *
 * All of it wants FPCR = 0: round to nearest even, no flush to zero, no default NaN. NaNs and overflows always take the slow path, as
 * does a result so small that it may be tiny before rounding. What is left can signal nothing but Inexact, and that changes nothing
 * once FPSR.IXC is set; before that only results that are seen to be exact are taken.
 */

import type { FpFormat, Rounding, Width } from '../isa/ops.ts'
import { LAYOUT } from '../state.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'
import { Node } from './node.ts'

/** A value, and the truth of which it is what the slow path would give, flags included. */
export interface FastPath {
  readonly when: Node
  readonly value: Node
}

type HostFormat = 32 | 64

const op = (name: string, type: ValueType, ...args: readonly Node[]): Node =>
  new Node({ kind: 'wasm', name: name as OpName }, type, args)
const int = (format: HostFormat): 'i32' | 'i64' => (format === 64 ? 'i64' : 'i32')
const float = (format: HostFormat): 'f32' | 'f64' => (format === 64 ? 'f64' : 'f32')
const bits = (value: bigint | number, format: HostFormat): Node =>
  new Node({ kind: 'const', value: BigInt.asUintN(format, BigInt(value)) }, int(format))
const toFloat = (node: Node, format: HostFormat): Node =>
  op(`${float(format)}.reinterpret_${int(format)}`, float(format), node)
const toBits = (node: Node, format: HostFormat): Node =>
  op(`${int(format)}.reinterpret_${float(format)}`, int(format), node)

const EXPONENT = { 32: { shift: 23, mask: 0xff }, 64: { shift: 52, mask: 0x7ff } } as const

/** A floating-point constant: plus or minus a power of two. */
function constant(exponent: number, format: HostFormat, negative = false): Node {
  const { shift, mask } = EXPONENT[format]
  const sign = negative ? 1n << BigInt(format - 1) : 0n
  return toFloat(bits((BigInt(exponent + (mask >> 1)) << BigInt(shift)) | sign, format), format)
}
/** Two to a power between -64 and 64, or to its negative. */
function power(exponent: Node, format: HostFormat, negative: boolean): Node {
  const { shift, mask } = EXPONENT[format]
  const biased = op(negative ? 'i32.sub' : 'i32.add', 'i32', bits(mask >> 1, 32), exponent)
  const wide = format === 64 ? op('i64.extend_i32_u', 'i64', biased) : biased
  return toFloat(op(`${int(format)}.shl`, int(format), wide, bits(shift, format)), format)
}

const and = (...truths: readonly Node[]): Node => truths.reduce((a, b) => op('i32.and', 'i32', a, b))
const or = (...truths: readonly Node[]): Node => truths.reduce((a, b) => op('i32.or', 'i32', a, b))

function isDefault(): Node {
  return op('i32.eqz', 'i32', new Node({ kind: 'state', offset: LAYOUT.fpcr }, 'i32'))
}
/** FPSR.IXC, as 0 or 1. */
function isInexactKnown(): Node {
  const fpsr = new Node({ kind: 'state', offset: LAYOUT.fpsr }, 'i32')
  return op('i32.and', 'i32', op('i32.shr_u', 'i32', fpsr, bits(4, 32)), bits(1, 32))
}
function exponentOf(value: Node, format: HostFormat): Node {
  const { shift, mask } = EXPONENT[format]
  const i = int(format)
  return op(`${i}.and`, i, op(`${i}.shr_u`, i, value, bits(shift, format)), bits(mask, format))
}
/** A normal number above the least one: not even rounding can have hidden that it was tiny. */
function isNormal(value: Node, format: HostFormat): Node {
  const { mask } = EXPONENT[format]
  return op(
    `${int(format)}.lt_u`,
    'i32',
    op(`${int(format)}.sub`, int(format), exponentOf(value, format), bits(2, format)),
    bits(mask - 2, format),
  )
}
function isFiniteResult(value: Node, format: HostFormat): Node {
  return op(`${int(format)}.ne`, 'i32', exponentOf(value, format), bits(EXPONENT[format].mask, format))
}
/** Plus or minus zero. */
function isZero(value: Node, format: HostFormat): Node {
  const i = int(format)
  return op(`${i}.eqz`, 'i32', op(`${i}.shl`, i, value, bits(1, format)))
}
const isNumber = (x: Node, format: HostFormat): Node => op(`${float(format)}.eq`, 'i32', x, x)

/** Whether x + y rounds to `sum` without error: Knuth's TwoSum. False where an intermediate overflows. */
function isExactSum(x: Node, y: Node, sum: Node, format: HostFormat): Node {
  const f = float(format)
  const yPart = op(`${f}.sub`, f, sum, x)
  const xError = op(`${f}.sub`, f, x, op(`${f}.sub`, f, sum, yPart))
  const error = op(`${f}.add`, f, xError, op(`${f}.sub`, f, y, yPart))
  return op(`${f}.eq`, 'i32', error, toFloat(bits(0, format), format))
}
/** Whether the significands of two numbers have no more bits together than one has room for, so that their product is exact. */
function isExactProduct(a: Node, b: Node, format: HostFormat): Node {
  const i = int(format)
  const implicit = bits(1n << BigInt(EXPONENT[format].shift), format)
  const zeros = (n: Node): Node => op(`${i}.ctz`, i, op(`${i}.or`, i, n, implicit))
  return op(`${i}.ge_u`, 'i32', op(`${i}.add`, i, zeros(a), zeros(b)), bits(EXPONENT[format].shift + 1, format))
}

/** FPAdd, FPSub, FPMul, FPDiv. */
export function fastBinary(
  name: 'add' | 'sub' | 'mul' | 'div',
  format: FpFormat,
  a: Node,
  b: Node,
): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const [x, y] = [toFloat(a, format), toFloat(b, format)]
  const result = op(`${f}.${name}`, f, x, y)
  const value = toBits(result, format)
  if (name === 'add' || name === 'sub') {
    // A sum that is tiny is exact, so only overflow and NaNs are left out.
    const isExact = isExactSum(x, name === 'sub' ? op(`${f}.neg`, f, y) : y, result, format)
    return { when: and(isDefault(), isFiniteResult(value, format), or(isInexactKnown(), isExact)), value }
  }
  const isZeroOperand = name === 'mul' ? or(isZero(a, format), isZero(b, format)) : isZero(a, format)
  const isExactZero = and(isZero(value, format), isZeroOperand)
  const isExact = name === 'mul' ? or(isInexactKnown(), isExactProduct(a, b, format)) : isInexactKnown()
  return { when: and(isDefault(), or(isExactZero, and(isNormal(value, format), isExact))), value }
}

/** FPSqrt. */
export function fastSqrt(format: FpFormat, a: Node): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const value = toBits(op(`${f}.sqrt`, f, toFloat(a, format)), format)
  return { when: and(isDefault(), or(isZero(value, format), and(isNormal(value, format), isInexactKnown()))), value }
}

/** FPMax, FPMin, and FPMaxNum, FPMinNum, which differ in NaNs alone. The host orders the zeros as Arm does. */
export function fastMinMax(name: 'max' | 'min', format: FpFormat, a: Node, b: Node): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const [x, y] = [toFloat(a, format), toFloat(b, format)]
  return {
    when: and(isDefault(), isNumber(x, format), isNumber(y, format)),
    value: toBits(op(`${f}.${name}`, f, x, y), format),
  }
}

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
    value,
  }
}

/** NZCV of FPCompare for ordered operands: 8 less, 6 equal, 2 greater. */
export function fastCompare(format: FpFormat, a: Node, b: Node): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const [x, y] = [toFloat(a, format), toFloat(b, format)]
  const compare = (name: string): Node => op(`${f}.${name}`, 'i32', x, y)
  const greater = op('select', 'i32', bits(6, 32), bits(2, 32), compare('eq'))
  const value = op('select', 'i32', bits(8, 32), greater, compare('lt'))
  return { when: and(isDefault(), or(compare('lt'), compare('ge'))), value }
}

/** FPCompareEQ, FPCompareGE, FPCompareGT of ordered operands. */
export function fastTest(name: 'eq' | 'ge' | 'gt', format: FpFormat, a: Node, b: Node): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const [x, y] = [toFloat(a, format), toFloat(b, format)]
  return { when: and(isDefault(), isNumber(x, format), isNumber(y, format)), value: op(`${f}.${name}`, 'i32', x, y) }
}

const ROUND = { tieeven: 'nearest', cur: 'nearest', posinf: 'ceil', neginf: 'floor', zero: 'trunc' } as const

/** x rounded to an integral number; the sign of zero is kept. */
function roundFloat(x: Node, format: HostFormat, rounding: Rounding): Node {
  const f = float(format)
  if (rounding !== 'tieaway') return op(`${f}.${ROUND[rounding]}`, f, x)
  const whole = op(`${f}.trunc`, f, x)
  // The fraction is exact, and so is adding one: a number with a fraction has room for it.
  const fraction = op(`${f}.abs`, f, op(`${f}.sub`, f, x, whole))
  const away = op(`${f}.ge`, 'i32', fraction, constant(-1, format))
  const by = op('select', f, constant(0, format), toFloat(bits(0, format), format), away)
  return op(`${f}.add`, f, whole, op(`${f}.copysign`, f, by, x))
}

/** FPRoundInt. */
export function fastRoundInt(format: FpFormat, a: Node, rounding: Rounding, exact: boolean): FastPath | undefined {
  if (format === 16) return undefined
  const x = toFloat(a, format)
  const rounded = roundFloat(x, format, rounding)
  const signalled = exact ? [or(isInexactKnown(), op(`${float(format)}.eq`, 'i32', rounded, x))] : []
  return { when: and(isDefault(), isNumber(x, format), ...signalled), value: toBits(rounded, format) }
}

/** FPToFixed. `fbits` is the number of fraction bits; absent for none. */
export function fastToFixed(
  format: FpFormat,
  w: Width,
  signed: boolean,
  a: Node,
  rounding: Rounding,
  fbits?: Node,
): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const x = fbits ? op(`${f}.mul`, f, toFloat(a, format), power(fbits, format, false)) : toFloat(a, format)
  const rounded = roundFloat(x, format, rounding)
  const least = signed ? constant(w - 1, format, true) : toFloat(bits(0, format), format)
  const isInRange = and(
    op(`${f}.ge`, 'i32', rounded, least),
    op(`${f}.lt`, 'i32', rounded, constant(signed ? w - 1 : w, format)),
  )
  const isExact = or(isInexactKnown(), op(`${f}.eq`, 'i32', rounded, x))
  return {
    when: and(isDefault(), isInRange, isExact),
    value: op(`${int(w)}.trunc_sat_${f}_${signed ? 's' : 'u'}`, int(w), rounded),
  }
}

/** FixedToFP. `fbits` is the number of fraction bits; absent for none. No result is tiny. */
export function fastFromFixed(
  format: FpFormat,
  w: Width,
  signed: boolean,
  a: Node,
  fbits?: Node,
): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const i = int(w)
  const converted = op(`${f}.convert_${i}_${signed ? 's' : 'u'}`, f, a)
  const value = toBits(fbits ? op(`${f}.mul`, f, converted, power(fbits, format, true)) : converted, format)
  if (format === 64 && w === 32) return { when: bits(1, 32), value }
  // Integers of no more bits than the significand are exact.
  const room = 1n << BigInt(EXPONENT[format].shift + 1)
  const shifted = signed ? op(`${i}.add`, i, a, bits(room, w)) : a
  const isExact = op(`${i}.le_u`, 'i32', shifted, bits(signed ? 2n * room : room, w))
  return { when: or(isExact, and(isDefault(), isInexactKnown())), value }
}

/** FPConvert between single and double precision. */
export function fastConvert(from: FpFormat, to: FpFormat, a: Node): FastPath | undefined {
  if (from === 32 && to === 64) {
    const x = toFloat(a, 32)
    return { when: and(isDefault(), isNumber(x, 32)), value: toBits(op('f64.promote_f32', 'f64', x), 64) }
  }
  if (from !== 64 || to !== 32) return undefined
  const x = toFloat(a, 64)
  const single = op('f32.demote_f64', 'f32', x)
  const value = toBits(single, 32)
  // Also true of infinities and of exact denormals, which signal nothing; NaNs equal nothing.
  const isExact = op('f64.eq', 'i32', op('f64.promote_f32', 'f64', single), x)
  return { when: and(isDefault(), or(isExact, and(isInexactKnown(), isNormal(value, 32)))), value }
}

// ── whole vectors: as above, where it holds for every lane that counts ──────────────────────────────────────────────────────

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
  if (name === 'add' || name === 'sub') {
    const y = name === 'sub' ? vector(`${f}.neg`, b) : b
    const yPart = vector(`${f}.sub`, value, a)
    const xError = vector(`${f}.sub`, a, vector(`${f}.sub`, value, yPart))
    const error = vector(`${f}.add`, xError, vector(`${f}.sub`, y, yPart))
    const isExact = allLanes(vector(`${f}.eq`, error, zero), format, lanes)
    const isBounded = allLanes(vector('v128.not', vector(`${i}.eq`, exponent, exponentMask)), format, lanes)
    return { when: and(isDefault(), isBounded, or(isInexactKnown(), isExact)), value }
  }
  const isSmall = vector(`${i}.gt_s`, lanesOf(2n << BigInt(shift), format), exponent)
  const isNormalLane = vector('v128.not', vector('v128.or', isSmall, vector(`${i}.eq`, exponent, exponentMask)))
  const isZeroLane = (v: Node): Node => vector(`${f}.eq`, v, zero)
  const isZeroOperand = name === 'mul' ? vector('v128.or', isZeroLane(a), isZeroLane(b)) : isZeroLane(a)
  const isGood = vector('v128.or', isNormalLane, vector('v128.and', isZeroLane(value), isZeroOperand))
  return { when: and(isDefault(), isInexactKnown(), allLanes(isGood, format, lanes)), value }
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
  return { when, value }
}
