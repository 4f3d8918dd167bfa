/** PC-relative targets in units of one instruction. [ARM] C6.2 B, CBZ, LDR (literal). */

import type { FieldValues } from '../dsl.ts'
import { type Syntax, target } from '../syntax.ts'

/** A word-scaled signed offset field as an absolute target. */
export function wordTarget(field: string, bits: number): Syntax {
  const half = 2 ** (bits - 1)
  return target(
    (f: FieldValues) => (((f[field] as number) ^ half) - half) * 4,
    (offset) => {
      const words = offset / 4
      return Number.isInteger(words) && words >= -half && words < half
        ? { [field]: words < 0 ? words + 2 * half : words }
        : undefined
    },
  )
}

/** Byte offset of a word-scaled signed field. */
export function wordOffset(bits: number): (field?: number) => number {
  return (field = 0) => ((field << (32 - bits)) >> (32 - bits)) * 4
}
