/** Puts a program together: words, labels, and branches to labels that are resolved when it is known where everything lies. */

import { assembleLine } from '../../src/asm/assemble-line.ts'
import { CODE_VA, END_WORD } from './layout.ts'

/** Where a branch word keeps its distance. */
const PLACES = {
  b: { lsb: 0, width: 26 },
  conditional: { lsb: 5, width: 19 },
  test: { lsb: 5, width: 14 },
} as const

const words = new Map<string, number>()

/** Assembles a line; lines come again and again. */
function line(text: string): number {
  let word = words.get(text)
  if (word === undefined) words.set(text, (word = assembleLine(text)))
  return word
}

export type Label = number

/** A program that is being written. */
export class Composer {
  readonly #words: number[] = []
  readonly #labels: (number | undefined)[] = []
  readonly #fixups: (() => void)[] = []

  get length(): number {
    return this.#words.length
  }

  word(word: number): void {
    this.#words.push(word)
  }

  /** Lines of assembler language without addresses. */
  lines(text: string): void {
    for (const each of text.split(';')) this.word(line(each.trim()))
  }

  label(): Label {
    return this.#labels.push(undefined) - 1
  }

  place(label: Label): void {
    this.#labels[label] = this.#words.length
  }

  here(): Label {
    const label = this.label()
    this.place(label)
    return label
  }

  #distance(label: Label, from: number): number {
    const to = this.#labels[label]
    if (to === undefined) throw new RangeError(`label ${label} is nowhere`)
    return to - from
  }

  #branch(word: number, label: Label, { lsb, width }: { readonly lsb: number; readonly width: number }): void {
    const at = this.#words.push(word) - 1
    this.#fixups.push(() => {
      this.#words[at] = (word | ((this.#distance(label, at) & (2 ** width - 1)) << lsb)) >>> 0
    })
  }

  b(label: Label): void {
    this.#branch(0x1400_0000, label, PLACES.b)
  }
  bl(label: Label): void {
    this.#branch(0x9400_0000, label, PLACES.b)
  }
  bCond(condition: number, label: Label): void {
    this.#branch(0x5400_0000 | condition, label, PLACES.conditional)
  }
  /** CBZ or CBNZ of a W or X register. */
  cb(isNonzero: boolean, sf: number, Rt: number, label: Label): void {
    this.#branch(0x3400_0000 | (sf << 31) | (isNonzero ? 1 << 24 : 0) | Rt, label, PLACES.conditional)
  }
  /** TBZ or TBNZ. */
  tb(isNonzero: boolean, bit: number, Rt: number, label: Label): void {
    const place = ((bit >> 5) << 31) | ((bit & 31) << 19)
    this.#branch(0x3600_0000 | place | (isNonzero ? 1 << 24 : 0) | Rt, label, PLACES.test)
  }
  adr(Rd: number, label: Label): void {
    const at = this.#words.push(0) - 1
    this.#fixups.push(() => {
      const bytes = this.#distance(label, at) * 4
      this.#words[at] = (0x1000_0000 | ((bytes & 3) << 29) | (((bytes >> 2) & 0x7ffff) << 5) | Rd) >>> 0
    })
  }
  /** A PC-relative load from an address, whatever its immediate was. */
  literal(word: number, address: number): void {
    const at = this.#words.push(word) - 1
    this.#fixups.push(() => {
      const distance = (address - CODE_VA) / 4 - this.#slot - at
      this.#words[at] = ((word & ~(0x7ffff << 5)) | ((distance & 0x7ffff) << 5)) >>> 0
    })
  }
  end(): void {
    this.word(END_WORD)
  }

  /** Address of a label as EL0 sees it. */
  address(label: Label): number {
    return CODE_VA + 4 * (this.#slot + this.#distance(label, 0))
  }

  #slot = 0

  /** The words, to lie from a word of the pages of code on. */
  finish(slot: number): number[] {
    this.#slot = slot
    for (const fix of this.#fixups) fix()
    return this.#words
  }
}
