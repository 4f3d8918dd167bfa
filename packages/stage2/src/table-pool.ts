/** Table memory in a buffer, which threads may share. */

import { type Address, toNumber } from './address.ts'
import { Stage2ArgumentError } from './errors.ts'
import type { EntryRun, MmOps } from './mm-ops.ts'
import { DescriptorLo } from './pte.ts'

/** TLB maintenance of whoever uses a {@link TablePool}. [ARM] D8.14 */
export interface TlbOps {
  /** @see MmOps.tlbiIpa */
  tlbiIpa(ipa: number, level: number): void
  /** @see MmOps.tlbiVmid */
  tlbiVmid(): void
  /** @see MmOps.dsb */
  dsb(): void
}

/** What {@link TablePool} is made from. */
export interface TablePoolOptions {
  /** Where tables and the pool's own bookkeeping lie. Zeroed, unless `isShared` says that it holds a pool. */
  readonly buffer: ArrayBufferLike
  /** First byte of the pool in the buffer, a multiple of 8. Default 0. */
  readonly byteOffset?: number
  /** Default: all to the buffer's end. */
  readonly byteLength?: number
  /** Physical address of the byte at `byteOffset`, a multiple of 8. Default `byteOffset`. */
  readonly base?: Address
  /** The granule: `geometry.pageBytes`. */
  readonly pageBytes: number
  /** TLBs to invalidate. Default: there are none. */
  readonly tlb?: TlbOps
  /** Join a pool that another thread made in this buffer with the same options, instead of making one. Default false. */
  readonly isShared?: boolean
}

// Words at the pool's start, before a count for each page: next page never used, first free page, pages in use, a place to fence.
const nextWord = 0
const freeWord = 1
const usedWord = 2
const fenceWord = 3
const headerWords = 4
// Fields begin with what they will hold: one that was ever undefined makes each access to it slower.
const noWords: Int32Array = new Int32Array(0)

/**
 * `MmOps` over an `ArrayBuffer`, a `SharedArrayBuffer` or the buffer of a `WebAssembly.Memory`.
 *
 * Everything, reference counts and free pages included, lies in the buffer. So each thread makes a pool of its own over a
 * shared buffer, all but the first with `isShared`; the lock of the table covers the pool. Readers need no lock: a descriptor
 * becomes valid with one store.
 *
 * @throws {@link Stage2ArgumentError} from its constructor for sizes and addresses that cannot be
 */
export class TablePool implements MmOps {
  /** @see MmOps.words */
  readonly words: Int32Array | undefined = noWords
  /** @see MmOps.wordsBase */
  readonly wordsBase: number = 0
  readonly #words: Int32Array = noWords
  readonly #pageBytes: number = 0
  readonly #pageShift: number = 0
  /** Physical address of the first word. */
  readonly #base: number = 0
  /** Physical address of page 0. */
  readonly #firstPage: number = 0
  readonly #pages: number = 0
  readonly #isShared: boolean = false
  readonly #tlb: TlbOps | undefined

  constructor(options: TablePoolOptions) {
    const { buffer, byteOffset = 0, pageBytes } = options
    const byteLength = options.byteLength ?? buffer.byteLength - byteOffset
    const base = toNumber('base', options.base ?? byteOffset)
    if (byteOffset % 8 !== 0) throw new Stage2ArgumentError('byteOffset', byteOffset, 'a multiple of 8')
    if (!Number.isSafeInteger(base) || base < 0 || base % 8 !== 0) {
      throw new Stage2ArgumentError('base', base, 'an address that is a multiple of 8')
    }
    if (![0x1000, 0x4000, 0x10000].includes(pageBytes)) {
      throw new Stage2ArgumentError('pageBytes', pageBytes, '4096, 16384 or 65536')
    }
    // One count for each page, before the pages.
    const most = Math.floor((byteLength - headerWords * 4) / (pageBytes + 4))
    this.#firstPage = Math.ceil((base + (headerWords + most) * 4) / pageBytes) * pageBytes
    this.#pages = Math.floor((base + byteLength - this.#firstPage) / pageBytes)
    if (!(this.#pages > 0)) throw new Stage2ArgumentError('byteLength', byteLength, 'room for at least one page')
    this.#words = new Int32Array(buffer, byteOffset, byteLength >>> 2)
    this.wordsBase = base
    const isInOne = Math.floor(base / 2 ** 32) === Math.floor((base + byteLength - 1) / 2 ** 32)
    this.words = isInOne ? this.#words : undefined
    this.#pageBytes = pageBytes
    this.#pageShift = Math.log2(pageBytes)
    this.#base = base
    // Whether other threads may see this buffer: an ArrayBuffer belongs to one.
    this.#isShared = typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer
    this.#tlb = options.tlb
    if (options.isShared !== true) {
      this.#words.fill(0, 0, headerWords + this.#pages)
      this.#words[freeWord] = -1
    }
  }

  /** Pages that hold tables or are set aside in a cache. */
  get usedPages(): number {
    return this.#words[usedWord]
  }

  /** Pages there are. */
  get totalPages(): number {
    return this.#pages
  }

  /** @see MmOps.allocTable */
  allocTable(sizeBytes: number, alignBytes: number): number {
    const words = this.#words
    const count = sizeBytes / this.#pageBytes
    let page = words[freeWord]
    if (count === 1 && page >= 0) {
      // A free page's count is where the next free page is.
      words[freeWord] = words[headerWords + page]
    } else {
      const next = words[nextWord]
      page = Math.ceil((this.#firstPage + next * this.#pageBytes) / alignBytes) * alignBytes
      page = (page - this.#firstPage) / this.#pageBytes
      if (page + count > this.#pages) return -1
      words[nextWord] = page + count
      for (let skipped = next; skipped < page; skipped++) this.#putFree(skipped)
    }
    words[usedWord] += count
    const pa = this.#firstPage + page * this.#pageBytes
    words.fill(1, headerWords + page, headerWords + page + count)
    const first = (pa - this.#base) / 4
    words.fill(0, first, first + sizeBytes / 4)
    return pa
  }

  /** @see MmOps.freeTable */
  freeTable(pa: number, sizeBytes: number): void {
    const first = (pa - this.#firstPage) / this.#pageBytes
    const count = sizeBytes / this.#pageBytes
    for (let page = first; page < first + count; page++) this.#putFree(page)
    this.#words[usedWord] -= count
  }

  #putFree(page: number): void {
    this.#words[headerWords + page] = this.#words[freeWord]
    this.#words[freeWord] = page
  }

  /** @see MmOps.readLo */
  readLo(pa: number): number {
    return this.#words[(pa - this.#base) >>> 2]
  }

  /** @see MmOps.readHi */
  readHi(pa: number): number {
    return this.#words[((pa - this.#base) >>> 2) + 1]
  }

  /** @see MmOps.write */
  write(pa: number, lo: number, hi: number): void {
    const words = this.#words
    const at = (pa - this.#base) >>> 2
    if (!this.#isShared) {
      words[at] = lo
      words[at + 1] = hi
    } else if ((lo & DescriptorLo.valid) !== 0) {
      Atomics.store(words, at + 1, hi)
      Atomics.store(words, at, lo)
    } else {
      Atomics.store(words, at, lo)
      Atomics.store(words, at + 1, hi)
    }
  }

  /** Hardware's update of a descriptor's low half, for a walker: one store, if it still is `old`. */
  updateLo(pa: number, old: number, lo: number): void {
    Atomics.compareExchange(this.#words, (pa - this.#base) >>> 2, old, lo)
  }

  /** @see MmOps.writeRun */
  writeRun(pa: number, count: number, lo: number, hi: number, step: number): void {
    const words = this.#words
    const at = (pa - this.#base) >>> 2
    const end = at + count * 2
    const first = lo | 0
    const high = hi | 0
    const by = step | 0
    if (this.#isShared) {
      // All upper halves are there before the first lower half makes an entry valid.
      for (let i = at + 1; i < end; i += 2) words[i] = high
      Atomics.store(words, fenceWord, 0)
      for (let i = at, value = first; i < end; i += 2, value = (value + by) | 0) words[i] = value
      return
    }
    for (let i = at, value = first; i < end; i += 2, value = (value + by) | 0) {
      words[i] = value
      words[i + 1] = high
    }
  }

  /** @see MmOps.changeRun */
  changeRun(run: EntryRun): number {
    if (this.#isShared) return this.#changeShared(run)
    const words = this.#words
    const at = (run.pa - this.#base) >>> 2
    const end = at + run.count * 2
    const keepLo = ~run.clearLo
    const setLo = run.setLo | 0
    let seen = run.seenLo | 0
    let i = at
    // Loops of their own for each kind of entry: one for all takes twice the time.
    if (run.isLastLevel) {
      for (; i < end; i += 2) {
        const lo = words[i]
        if ((lo & 1) === 0) continue
        seen |= lo
        words[i] = (lo & keepLo) | setLo
      }
    } else {
      for (; i < end; i += 2) {
        const lo = words[i]
        if ((lo & 1) === 0) continue
        if ((lo & 2) !== 0) break
        seen |= lo
        words[i] = (lo & keepLo) | setLo
      }
    }
    if (run.clearHi !== 0) {
      for (let j = at; j < i; j += 2) if ((words[j] & 1) !== 0) words[j + 1] &= ~run.clearHi
    }
    run.seenLo = seen
    return (i - at) >>> 1
  }

  // A CPU on another thread may set the access flag or the dirty state at the same time.
  #changeShared(run: EntryRun): number {
    const words = this.#words
    const at = (run.pa - this.#base) >>> 2
    const end = at + run.count * 2
    const tableType = run.isLastLevel ? 4 : 3
    const { clearLo, setLo, clearHi } = run
    let i = at
    for (; i < end; i += 2) {
      const lo = words[i]
      if ((lo & 1) === 0) continue
      if ((lo & 3) === tableType) break
      run.seenLo |= lo
      if ((lo & clearLo) !== 0) run.seenLo |= Atomics.and(words, i, ~clearLo)
      if ((lo & setLo) !== setLo) Atomics.or(words, i, setLo)
      if ((words[i + 1] & clearHi) !== 0) Atomics.and(words, i + 1, ~clearHi)
    }
    return (i - at) >>> 1
  }

  /** @see MmOps.clearRun */
  clearRun(run: EntryRun): number {
    const words = this.#words
    const at = (run.pa - this.#base) >>> 2
    const end = at + run.count * 2
    const tableType = run.isLastLevel ? 4 : 3
    let { used, seenLo } = run
    let i = at
    for (; i < end; i += 2) {
      const lo = words[i]
      if ((lo & 3) === tableType) break
      if ((lo | words[i + 1]) === 0) continue
      used++
      if ((lo & 1) !== 0) seenLo |= lo
      words[i] = 0
      words[i + 1] = 0
    }
    run.used = used
    run.seenLo = seenLo
    return (i - at) >>> 1
  }

  /** @see MmOps.getRef */
  getRef(pa: number): void {
    this.#words[this.#countAt(pa)]++
  }

  /** @see MmOps.putRef */
  putRef(pa: number): void {
    this.#words[this.#countAt(pa)]--
  }

  /** @see MmOps.addRefs */
  addRefs(pa: number, count: number): void {
    this.#words[this.#countAt(pa)] += count
  }

  /** @see MmOps.refCount */
  refCount(pa: number): number {
    return this.#words[this.#countAt(pa)]
  }

  /** @see MmOps.tlbiIpa */
  tlbiIpa(ipa: number, level: number): void {
    this.#tlb?.tlbiIpa(ipa, level)
  }

  /** @see MmOps.tlbiVmid */
  tlbiVmid(): void {
    this.#tlb?.tlbiVmid()
  }

  /** @see MmOps.dsb */
  dsb(): void {
    if (this.#isShared) Atomics.store(this.#words, fenceWord, 0)
    this.#tlb?.dsb()
  }

  #countAt(pa: number): number {
    return headerWords + ((pa - this.#firstPage) >>> this.#pageShift)
  }
}
