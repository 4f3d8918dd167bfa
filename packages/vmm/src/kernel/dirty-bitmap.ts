/** The dirty bitmap of a memory slot: one bit a page, kept in pieces so that a slot of terabytes costs what is touched of it. */

/** Pages of one piece. */
const piecePages = 1 << 15
const pieceWords = piecePages / 32

/** Called with runs of pages, ascending. */
type PageRuns = (firstPage: number, count: number) => void

/** A bitmap over the pages of a slot. */
export class DirtyBitmap {
  readonly pages: number
  /** What a piece that does not exist holds: all zeros, or all ones. */
  #rest: 0 | 0xffff_ffff
  readonly #pieces = new Map<number, Uint32Array>()

  /** @param isSet all pages count as dirty at first. */
  constructor(pages: number, isSet: boolean) {
    this.pages = pages
    this.#rest = isSet ? 0xffff_ffff : 0
  }

  /** Bytes of the bitmap as the user gets it: whole 64-bit words. */
  get sizeBytes(): number {
    return Math.ceil(this.pages / 64) * 8
  }

  set(page: number): void {
    const piece = this.#piece(Math.floor(page / piecePages))
    const bit = page % piecePages
    piece[bit >>> 5] |= 1 << (bit & 31)
  }

  has(page: number): boolean {
    const piece = this.#pieces.get(Math.floor(page / piecePages))
    const bit = page % piecePages
    return (((piece?.[bit >>> 5] ?? this.#rest) >>> (bit & 31)) & 1) !== 0
  }

  /** The bits, little-endian; none beyond the last page. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.sizeBytes)
    const words = new Uint32Array(bytes.buffer)
    if (this.#rest !== 0) words.fill(this.#rest)
    for (const [index, piece] of this.#pieces) {
      words.set(piece.subarray(0, Math.min(pieceWords, words.length - index * pieceWords)), index * pieceWords)
    }
    this.#trim(words)
    return bytes
  }

  /** Clears everything; `runs` hears which pages were dirty. */
  clear(runs: PageRuns): void {
    const words = new Uint32Array(this.toBytes().buffer)
    this.#pieces.clear()
    this.#rest = 0
    forEachRun(words, 0, runs)
  }

  /** Clears the pages whose bits in `mask` are set, from page `firstPage` on, a multiple of 64. */
  clearMasked(firstPage: number, mask: Uint8Array, runs: PageRuns): void {
    const words = new Uint32Array(mask.buffer, mask.byteOffset, mask.length / 4)
    for (let i = 0; i < words.length; i++) {
      const page = firstPage + i * 32
      const bits = this.#clearWord(page, words[i])
      words[i] = bits
    }
    forEachRun(words, firstPage, runs)
  }

  /** Clears bits of the word that begins at `page`; what is returned were set. */
  #clearWord(page: number, mask: number): number {
    if (mask === 0 || page >= this.pages) return 0
    const inSlot = this.pages - page >= 32 ? mask : mask & ((1 << (this.pages - page)) - 1)
    const piece = this.#piece(Math.floor(page / piecePages))
    const at = (page % piecePages) >>> 5
    const cleared = piece[at] & inSlot
    piece[at] &= ~cleared
    return cleared >>> 0
  }

  #piece(index: number): Uint32Array {
    let piece = this.#pieces.get(index)
    if (piece === undefined) {
      piece = new Uint32Array(pieceWords)
      if (this.#rest !== 0) piece.fill(this.#rest)
      this.#pieces.set(index, piece)
    }
    return piece
  }

  #trim(words: Uint32Array): void {
    for (let i = Math.floor(this.pages / 32); i < words.length; i++) {
      const left = this.pages - i * 32
      words[i] &= left <= 0 ? 0 : (1 << left) - 1
    }
  }
}

function forEachRun(words: Uint32Array, firstPage: number, runs: PageRuns): void {
  let start = -1
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (start >= 0 ? word === 0xffff_ffff : word === 0) continue
    for (let bit = 0; bit < 32; bit++) {
      const isSet = ((word >>> bit) & 1) !== 0
      const page = firstPage + i * 32 + bit
      if (isSet && start < 0) start = page
      else if (!isSet && start >= 0) {
        runs(start, page - start)
        start = -1
      }
    }
  }
  if (start >= 0) runs(start, firstPage + words.length * 32 - start)
}
