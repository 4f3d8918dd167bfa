/** The numeric order of unpacked operands. */

import { exactOf } from './exact.ts'
import { FPType, type Unpacked } from './unpack.ts'

function isInfinite(value: Unpacked): boolean {
  return value.type === FPType.Infinity
}

/** -1, 0 or 1 as value1 is below, equal to or above value2; NaNs are excluded, zeros are equal. */
export function orderOf(value1: Unpacked, value2: Unpacked): number {
  if (isInfinite(value1) || isInfinite(value2)) {
    const rank1 = isInfinite(value1) ? 1 - 2 * value1.sign : 0
    const rank2 = isInfinite(value2) ? 1 - 2 * value2.sign : 0
    return Math.sign(rank1 - rank2)
  }
  const x = exactOf(value1)
  const y = exactOf(value2)
  const gap = x.exp - y.exp
  const left = gap > 0 ? x.mantissa << BigInt(gap) : x.mantissa
  const right = gap < 0 ? y.mantissa << BigInt(-gap) : y.mantissa
  return left < right ? -1 : left > right ? 1 : 0
}
