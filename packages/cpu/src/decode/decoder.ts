/** Finds the table row of an instruction word. */

import { type FieldPlace, type FieldValues, fieldValue, type Insn } from '../isa/dsl.ts'

const BUCKET_BITS = 11
const BUCKET_SHIFT = 32 - BUCKET_BITS

function popcount(x: number): number {
  let n = 0
  for (let v = x >>> 0; v; v &= v - 1) n++
  return n
}

/** Rows in the order in which they are looked at: higher order first, then more fixed bits. */
function inOrder(table: readonly Insn[]): readonly Insn[] {
  return table
    .map((insn) => ({ insn, rank: (insn.order ?? 0) * 64 + popcount(insn.mask) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ insn }) => insn)
}

/** All fields of a word as numbers. */
export function fieldsOf(insn: Insn, word: number): FieldValues {
  const values: Record<string, number> = {}
  // No iterator: this runs for every instruction that is ever decoded.
  const { fields } = insn
  for (let i = 0; i < fields.length; i++) {
    const place = fields[i] as FieldPlace
    values[place.name] = fieldValue(word, place)
  }
  return values
}

/** A decoder over a table: rows bucketed by their top eleven bits. */
export class Decoder {
  readonly #buckets: readonly (readonly Insn[])[]

  constructor(table: readonly Insn[]) {
    const buckets: Insn[][] = Array.from({ length: 1 << BUCKET_BITS }, () => [])
    for (const insn of inOrder(table)) {
      const fixed = insn.match >>> BUCKET_SHIFT
      const free = ~(insn.mask >>> BUCKET_SHIFT) & ((1 << BUCKET_BITS) - 1)
      // All subsets of the free bits, downwards.
      for (let subset = free; ; subset = (subset - 1) & free) {
        ;(buckets[fixed | subset] as Insn[]).push(insn)
        if (subset === 0) break
      }
    }
    this.#buckets = buckets
  }

  /** The row of a word, or undefined where nothing is allocated. */
  decode(word: number): Insn | undefined {
    for (const insn of this.#buckets[word >>> BUCKET_SHIFT] as readonly Insn[]) {
      if ((word & insn.mask) >>> 0 !== insn.match) continue
      if (insn.where && !insn.where(fieldsOf(insn, word))) continue
      return insn
    }
    return undefined
  }
}
