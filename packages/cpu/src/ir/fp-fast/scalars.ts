/**
 * When the host's floating point gives Arm's result and flags. [ARM] A1.5, [WASM] §4.3.3.
 *
 * All of it wants FPCR = 0: round to nearest even, no flush to zero, no default NaN. NaNs and overflows always take the slow path, as
 * does a result so small that it may be tiny before rounding. What is left can signal nothing but Inexact, and that changes nothing
 * once FPSR.IXC is set; before that only results that are seen to be exact are taken.
 */

import type { FpFormat } from '../../isa/ops.ts'
import type { Node } from '../node.ts'
import {
  and,
  bits,
  type FastPath,
  float,
  type HostFormat,
  int,
  isDefault,
  isExactProduct,
  isExactSum,
  isFiniteResult,
  isInexactKnown,
  isInfinite,
  isNormal,
  isNumber,
  isWithinLimit,
  isZero,
  op,
  or,
  toBits,
  toFloat,
} from './values.ts'

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
  const quick = isWithinLimit(value, format)
  const isFromInfinity = and(isInfinite(value, format), or(isInfinite(a, format), isInfinite(b, format)))
  if (name === 'add' || name === 'sub') {
    // A sum that is tiny is exact, so only overflow and NaNs are left out.
    const isExact = isExactSum(x, name === 'sub' ? op(`${f}.neg`, f, y) : y, result, format)
    return {
      value,
      quick,
      when: and(isDefault(), isFiniteResult(value, format), or(isInexactKnown(), isExact)),
      rare: and(isDefault(), isFromInfinity),
    }
  }
  if (name === 'mul') {
    const isExactZero = and(isZero(value, format), or(isZero(a, format), isZero(b, format)))
    const isExact = or(isInexactKnown(), isExactProduct(a, b, format))
    return {
      value,
      quick,
      when: and(isDefault(), or(isExactZero, and(isNormal(value, format), isExact))),
      rare: and(isDefault(), isFromInfinity),
    }
  }
  const isZeroFrom = and(isZero(value, format), or(isZero(a, format), isInfinite(b, format)))
  const isInfinityFrom = and(isInfinite(value, format), isInfinite(a, format))
  const isExact = and(
    isNormal(value, format),
    isExactProduct(value, b, format),
    op(`${f}.eq`, 'i32', x, op(`${f}.mul`, f, result, y)),
  )
  return {
    value,
    quick,
    when: and(
      isDefault(),
      or(and(isZero(value, format), isZero(a, format)), and(isNormal(value, format), isInexactKnown())),
    ),
    rare: and(isDefault(), or(or(isZeroFrom, isInfinityFrom), isExact)),
  }
}

/** FPSqrt. */
export function fastSqrt(format: FpFormat, a: Node): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const x = toFloat(a, format)
  const root = op(`${f}.sqrt`, f, x)
  const value = toBits(root, format)
  const isExact = and(
    isNormal(value, format),
    isExactProduct(value, value, format),
    op(`${f}.eq`, 'i32', x, op(`${f}.mul`, f, root, root)),
  )
  return {
    value,
    quick: isWithinLimit(value, format),
    when: and(isDefault(), or(isZero(value, format), and(isNormal(value, format), isInexactKnown()))),
    rare: and(isDefault(), or(isInfinite(value, format), isExact)),
  }
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

/** No signalling NaN. */
function isQuiet(a: Node, format: HostFormat): Node {
  const i = int(format)
  const quietBit = op(`${i}.and`, i, a, bits(1n << BigInt(format === 64 ? 51 : 22), format))
  return or(isNumber(toFloat(a, format), format), op(`${i}.ne`, 'i32', quietBit, bits(0, format)))
}

/** NZCV of FPCompare: 8 less, 6 equal, 2 greater; 3 unordered, which takes the rare way. */
export function fastCompare(format: FpFormat, a: Node, b: Node, signalAllNaNs: boolean): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const [x, y] = [toFloat(a, format), toFloat(b, format)]
  const compare = (name: string): Node => op(`${f}.${name}`, 'i32', x, y)
  const greater = op('select', 'i32', bits(6, 32), bits(2, 32), compare('eq'))
  const value = op('select', 'i32', bits(8, 32), greater, compare('lt'))
  return {
    value,
    when: and(isDefault(), or(compare('lt'), compare('ge'))),
    ...(!signalAllNaNs && { rare: and(isDefault(), isQuiet(a, format), isQuiet(b, format)) }),
  }
}

/** FPCompareEQ, FPCompareGE, FPCompareGT of ordered operands. */
export function fastTest(name: 'eq' | 'ge' | 'gt', format: FpFormat, a: Node, b: Node): FastPath | undefined {
  if (format === 16) return undefined
  const f = float(format)
  const [x, y] = [toFloat(a, format), toFloat(b, format)]
  return { when: and(isDefault(), isNumber(x, format), isNumber(y, format)), value: op(`${f}.${name}`, 'i32', x, y) }
}
