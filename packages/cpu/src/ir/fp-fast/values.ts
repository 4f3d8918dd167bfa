/** What fast paths are made of: numbers, their exponents, and what FPCR and FPSR say. [WASM] §4.3.3. */

import { LAYOUT } from '../../state.ts'
import type { OpName, ValueType } from '../../wasm/opcodes.ts'
import { type FpLimit, Node } from '../node.ts'

/**
 * A value, and the truths of which it is what the slow path would give, flags included: `when`, and where code has the limits at hand
 * also `quick`, which is shorter, and `rare`, which is seldom needed. Any of them is enough.
 */
export interface FastPath {
  readonly value: Node
  readonly when: Node
  readonly quick?: Node | undefined
  readonly rare?: Node | undefined
}

/** A format that the host computes in. */
export type HostFormat = 32 | 64

/** One operation of the host. */
export const op = (name: string, type: ValueType, ...args: readonly Node[]): Node =>
  new Node({ kind: 'wasm', name: name as OpName }, type, args)
/** The type of a format's bits. */
export const int = (format: HostFormat): 'i32' | 'i64' => (format === 64 ? 'i64' : 'i32')
/** The type of a format's numbers. */
export const float = (format: HostFormat): 'f32' | 'f64' => (format === 64 ? 'f64' : 'f32')
/** A constant of a format's bits. */
export const bits = (value: bigint | number, format: HostFormat): Node =>
  new Node({ kind: 'const', value: BigInt.asUintN(format, BigInt(value)) }, int(format))
/** The number whose bits these are. */
export function toFloat(node: Node, format: HostFormat): Node {
  if (node.op.kind === 'wasm' && node.op.name === `${int(format)}.reinterpret_${float(format)}`)
    return node.args[0] as Node
  return op(`${float(format)}.reinterpret_${int(format)}`, float(format), node)
}
/** The bits of a number. */
export const toBits = (node: Node, format: HostFormat): Node =>
  op(`${int(format)}.reinterpret_${float(format)}`, int(format), node)

/** Where the exponent lies, and how wide it is. */
export const EXPONENT = { 32: { shift: 23, mask: 0xff }, 64: { shift: 52, mask: 0x7ff } } as const

/** A floating-point constant: plus or minus a power of two. */
export function constant(exponent: number, format: HostFormat, negative = false): Node {
  const { shift, mask } = EXPONENT[format]
  const sign = negative ? 1n << BigInt(format - 1) : 0n
  return toFloat(bits((BigInt(exponent + (mask >> 1)) << BigInt(shift)) | sign, format), format)
}
/** Two to a power between -64 and 64, or to its negative. */
export function power(exponent: Node, format: HostFormat, negative: boolean): Node {
  const { shift, mask } = EXPONENT[format]
  const biased = op(negative ? 'i32.sub' : 'i32.add', 'i32', bits(mask >> 1, 32), exponent)
  const wide = format === 64 ? op('i64.extend_i32_u', 'i64', biased) : biased
  return toFloat(op(`${int(format)}.shl`, int(format), wide, bits(shift, format)), format)
}

/** All of them hold. */
export const and = (...truths: readonly Node[]): Node => truths.reduce((a, b) => op('i32.and', 'i32', a, b))
/** One of them holds. */
export const or = (...truths: readonly Node[]): Node => truths.reduce((a, b) => op('i32.or', 'i32', a, b))

/** FPCR is 0. */
export function isDefault(): Node {
  return op('i32.eqz', 'i32', new Node({ kind: 'state', offset: LAYOUT.fpcr }, 'i32'))
}
/** FPSR.IXC, as 0 or 1. */
export function isInexactKnown(): Node {
  const fpsr = new Node({ kind: 'state', offset: LAYOUT.fpsr }, 'i32')
  return op('i32.and', 'i32', op('i32.shr_u', 'i32', fpsr, bits(4, 32)), bits(1, 32))
}
/** A limit; see {@link FpLimit}. */
export const limit = (form: FpLimit): Node =>
  new Node({ kind: 'fpLimit', form }, form === 'singles' || form === 'doubles' ? 'v128' : 'i32')
/** An i32 of the exponent less a bias: below the limit for the exponents from there on. */
export function exponentFrom(first: number, value: Node, format: HostFormat): Node {
  const { shift, mask } = EXPONENT[format]
  const i = int(format)
  const shifted = op(`${i}.shr_u`, i, value, bits(shift, format))
  const low = format === 64 ? op('i32.wrap_i64', 'i32', shifted) : shifted
  return op('i32.sub', 'i32', op('i32.and', 'i32', low, bits(mask, 32)), bits(first, 32))
}
/** The value is normal and not the least normal one, FPCR is 0, and Inexact is known. */
export function isWithinLimit(value: Node, format: HostFormat): Node {
  return op('i32.lt_u', 'i32', exponentFrom(2, value, format), limit(format === 64 ? 'double' : 'single'))
}
function exponentOf(value: Node, format: HostFormat): Node {
  const { shift, mask } = EXPONENT[format]
  const i = int(format)
  return op(`${i}.and`, i, op(`${i}.shr_u`, i, value, bits(shift, format)), bits(mask, format))
}
/** A normal number above the least one: not even rounding can have hidden that it was tiny. */
export function isNormal(value: Node, format: HostFormat): Node {
  const { mask } = EXPONENT[format]
  return op(
    `${int(format)}.lt_u`,
    'i32',
    op(`${int(format)}.sub`, int(format), exponentOf(value, format), bits(2, format)),
    bits(mask - 2, format),
  )
}
/** Neither infinity nor NaN. */
export function isFiniteResult(value: Node, format: HostFormat): Node {
  return op(`${int(format)}.ne`, 'i32', exponentOf(value, format), bits(EXPONENT[format].mask, format))
}
/** Plus or minus zero. */
export function isZero(value: Node, format: HostFormat): Node {
  const i = int(format)
  return op(`${i}.eqz`, 'i32', op(`${i}.shl`, i, value, bits(1, format)))
}
/** Plus or minus infinity. */
export function isInfinite(value: Node, format: HostFormat): Node {
  const i = int(format)
  const { shift, mask } = EXPONENT[format]
  return op(
    `${i}.eq`,
    'i32',
    op(`${i}.shl`, i, value, bits(1, format)),
    bits(BigInt(mask) << BigInt(shift + 1), format),
  )
}
/** No NaN. */
export const isNumber = (x: Node, format: HostFormat): Node => op(`${float(format)}.eq`, 'i32', x, x)

/** The exact error of a rounded sum: Knuth's TwoSum. NaN where an intermediate overflows. `shape` is that of the operations. */
export function sumError(x: Node, y: Node, sum: Node, shape: 'f32' | 'f64' | 'f32x4' | 'f64x2'): Node {
  const { type } = x
  const sub = (a: Node, b: Node): Node => op(`${shape}.sub`, type, a, b)
  const yPart = sub(sum, x)
  return op(`${shape}.add`, type, sub(x, sub(sum, yPart)), sub(y, yPart))
}
/** Whether x + y rounds to `sum` without error. False where an intermediate overflows. */
export function isExactSum(x: Node, y: Node, sum: Node, format: HostFormat): Node {
  const f = float(format)
  return op(`${f}.eq`, 'i32', sumError(x, y, sum, f), toFloat(bits(0, format), format))
}
/** Whether the significands of two numbers have no more bits together than one has room for, so that their product is exact. */
export function isExactProduct(a: Node, b: Node, format: HostFormat): Node {
  const i = int(format)
  const implicit = bits(1n << BigInt(EXPONENT[format].shift), format)
  const zeros = (n: Node): Node => op(`${i}.ctz`, i, op(`${i}.or`, i, n, implicit))
  return op(`${i}.ge_u`, 'i32', op(`${i}.add`, i, zeros(a), zeros(b)), bits(EXPONENT[format].shift + 1, format))
}
