/** Fast paths of rounding and of conversions between formats, integers and fixed point; see `scalars.ts`. [ARM] A1.5. */

import type { FpFormat, Rounding, Width } from '../../isa/ops.ts'
import type { Node } from '../node.ts'
import {
  and,
  bits,
  constant,
  EXPONENT,
  type FastPath,
  float,
  type HostFormat,
  int,
  isDefault,
  isInexactKnown,
  isNormal,
  isNumber,
  isWithinLimit,
  limit,
  op,
  or,
  power,
  toBits,
  toFloat,
} from './values.ts'

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
    quick: op('select', 'i32', isInRange, bits(0, 32), limit('single')),
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
  return { when: or(isExact, and(isDefault(), isInexactKnown())), quick: limit('single'), value }
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
  return {
    when: and(isDefault(), or(isExact, and(isInexactKnown(), isNormal(value, 32)))),
    quick: isWithinLimit(value, 32),
    value,
  }
}
