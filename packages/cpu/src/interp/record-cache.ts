/** Records by instruction word: a boot decodes hundreds of thousands of instructions, most of them the same few words. */

import { RECORD_BYTES } from './record-layout.ts'

const SIZE_BITS = 13
const RECORD_WORDS = RECORD_BYTES / 4

/** What a record holds depends on nothing but its word, so it is copied from the last one of that word. */
export class RecordCache {
  readonly #words = new Uint32Array(1 << SIZE_BITS)
  readonly #records = new Uint32Array(RECORD_WORDS << SIZE_BITS)
  readonly #endsRun = new Uint8Array(1 << SIZE_BITS)

  /** Writes the record of a word at an index of `u32`. Undefined where it is not known, else whether decoding ahead stops behind it. */
  copy(word: number, u32: Uint32Array, at: number): 'ends run' | 'goes on' | undefined {
    const slot = slotOf(word)
    const from = slot * RECORD_WORDS
    // No handler has number 0: an empty slot.
    if (this.#words[slot] !== word || this.#records[from] === 0) return undefined
    for (let i = 0; i < RECORD_WORDS; i++) u32[at + i] = this.#records[from + i] as number
    return this.#endsRun[slot] === 1 ? 'ends run' : 'goes on'
  }

  /** Keeps the record at an index of `u32`. */
  keep(word: number, u32: Uint32Array, at: number, endsRun: boolean): void {
    const slot = slotOf(word)
    const to = slot * RECORD_WORDS
    this.#words[slot] = word
    for (let i = 0; i < RECORD_WORDS; i++) this.#records[to + i] = u32[at + i] as number
    this.#endsRun[slot] = endsRun ? 1 : 0
  }
}

/** Fibonacci hashing: registers and immediates lie all over the word. */
function slotOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - SIZE_BITS)
}
