/** Decoded code: records kept for each physical page that was executed, dropped when the page is written. */

import type { LinearMemory } from '../memory.ts'
import { EPOCH_OFFSET, HANDLER_PAGE_END, PAGE_OFFSET, RECORD_BYTES, SIDE_BYTES, SIDE_OFFSET } from './record-layout.ts'

const PAGE_SHIFT = 12
/** Bytes of one page's records, a multiple of 64 so that records do not straddle cache lines. */
const PAGE_RECORD_BYTES = Math.ceil((EPOCH_OFFSET + 4) / 64) * 64

/** Records that are cleared together. */
const CHUNK = 32

/** What must leave the TLBs on behalf of code. */
export interface CodeTlbs {
  /** A physical page became code: no vCPU's write TLB may map it. */
  dropWrites(page: number): void
  /** The records are gone that this vCPU's exec TLBs point to. */
  dropExec(): void
}

/**
 * The pool of record pages. A page is "code" from the first instruction decoded in it until it is written; code pages are never in a
 * write TLB, so every store to one comes through the slow path, which calls {@link CodePages.invalidatePage}.
 */
export class CodePages {
  readonly #memory: LinearMemory
  readonly #tlbs: CodeTlbs
  readonly #pool: number
  readonly #capacity: number
  /** Record address by physical page, 0 = none. */
  readonly #records: Int32Array
  readonly #isCode: Uint8Array
  /** By pool index, a bit for each {@link CHUNK} records of which any was decoded: most pages of code are used in small part. */
  readonly #decoded: Int32Array
  #used = 0
  /** Records that were given up for other pages. */
  #free: number[] = []
  /** Room for the records of one page more, which is none of the pool's; see `SinglePage`. */
  readonly singlePage: number
  /** Told that a page's records were dropped, translated regions included. */
  onDrop: ((page: number) => void) | undefined
  /** Says whether something was translated from a page. */
  isTranslated: ((page: number) => boolean) | undefined
  /** How often pages were dropped because the pool was full. */
  evictions = 0

  constructor(memory: LinearMemory, tlbs: CodeTlbs, poolBytes: number) {
    this.#memory = memory
    this.#tlbs = tlbs
    this.#capacity = Math.max(16, Math.floor(poolBytes / PAGE_RECORD_BYTES) - 1)
    this.#pool = memory.allocate((this.#capacity + 1) * PAGE_RECORD_BYTES, 64)
    this.singlePage = this.#pool + this.#capacity * PAGE_RECORD_BYTES
    this.#records = new Int32Array(memory.totalBytes >>> PAGE_SHIFT || 1 << 20)
    this.#isCode = new Uint8Array(this.#records.length)
    this.#decoded = new Int32Array(this.#capacity)
  }

  /** Bytes of records in use, and of the pool. */
  get sizes(): { readonly usedBytes: number; readonly poolBytes: number } {
    return { usedBytes: this.#used * PAGE_RECORD_BYTES, poolBytes: this.#capacity * PAGE_RECORD_BYTES }
  }

  /** Address of the records of a physical page; made on demand. */
  recordsOf(page: number): number {
    const known = this.#records[page] as number
    if (known !== 0) return known >>> 0
    if (this.#used === this.#capacity && this.#free.length === 0) this.#reclaim()
    const records = this.#free.pop() ?? this.#pool + this.#used++ * PAGE_RECORD_BYTES
    this.#memory.u32[(records + PAGE_OFFSET) >>> 2] = page
    this.#clear(records)
    this.#memory.u8[records + RECORD_BYTES * 1024] = HANDLER_PAGE_END
    this.#records[page] = records
    return records
  }

  /** The physical page whose records hold a record address. */
  pageOf(record: number): number {
    return this.#memory.u32[(this.recordsAround(record) + PAGE_OFFSET) >>> 2] as number
  }

  /** Address of the records among which a record is. */
  recordsAround(record: number): number {
    return record - ((record - this.#pool) % PAGE_RECORD_BYTES)
  }

  /** Index of a record in its page. */
  indexOf(record: number): number {
    return ((record - this.#pool) % PAGE_RECORD_BYTES) / RECORD_BYTES
  }

  isCode(page: number): boolean {
    return this.#isCode[page] === 1
  }

  /** Marks a page as code: no write TLB may map it from now on. */
  protect(page: number): void {
    if (this.#isCode[page] === 1) return
    this.#isCode[page] = 1
    this.#nextEpoch(this.#records[page] as number)
    this.#tlbs.dropWrites(page)
  }

  /**
   * Forgets what was decoded in a page. The records stay where they are and only lose their handler numbers, so that an instruction that
   * stores into its own page can finish.
   */
  invalidatePage(page: number): void {
    const records = this.#records[page] as number
    if (this.#isCode[page] === 1) this.#nextEpoch(records)
    this.#isCode[page] = 0
    if (records === 0) return
    this.#clear(records >>> 0)
    this.onDrop?.(page)
  }

  /**
   * Makes room for other pages. Most code runs once, when a program starts: what nothing was translated from goes first, and everything
   * where that is too little to be worth it.
   */
  #reclaim(): void {
    this.evictions++
    for (let i = 0; i < this.#used; i++) {
      const records = this.#pool + i * PAGE_RECORD_BYTES
      const page = this.#memory.u32[(records + PAGE_OFFSET) >>> 2] as number
      if (this.isTranslated?.(page)) continue
      this.invalidatePage(page)
      this.#records[page] = 0
      this.#free.push(records)
    }
    if (this.#free.length < this.#capacity / 8) this.invalidateAll()
    else this.#tlbs.dropExec()
  }

  /** Forgets everything and empties the exec TLBs. Not while an instruction runs from the pool. */
  invalidateAll(): void {
    for (let i = 0; i < this.#used; i++) {
      const page = this.#memory.u32[(this.#pool + i * PAGE_RECORD_BYTES + PAGE_OFFSET) >>> 2] as number
      if (this.#isCode[page] === 1) this.#nextEpoch(this.#records[page] as number)
      this.#records[page] = 0
      this.#isCode[page] = 0
      this.onDrop?.(page)
    }
    this.#used = 0
    this.#free = []
    this.#tlbs.dropExec()
  }

  #nextEpoch(records: number): void {
    Atomics.add(this.#memory.i32, (records + EPOCH_OFFSET) >>> 2, 1)
  }

  /** Must be told of records that get their handler numbers. */
  noteDecoded(record: number, count: number): void {
    const first = this.indexOf(record)
    const index = (this.recordsAround(record) - this.#pool) / PAGE_RECORD_BYTES
    for (let chunk = first >>> 5; chunk <= (first + count - 1) >>> 5; chunk++)
      this.#decoded[index] = (this.#decoded[index] as number) | (1 << chunk)
  }

  /** Takes the handler numbers out of what was decoded, and forgets what lies beside it. */
  #clear(records: number): void {
    const { u32, u8 } = this.#memory
    const index = (records - this.#pool) / PAGE_RECORD_BYTES
    const decoded = this.#decoded[index] as number
    const step = RECORD_BYTES / 4
    for (let chunk = 0; chunk < 32; chunk++) {
      if (((decoded >>> chunk) & 1) === 0) continue
      const first = records + chunk * CHUNK * RECORD_BYTES
      const end = (first >>> 2) + CHUNK * step
      for (let i = first >>> 2; i < end; i += step) u32[i] = (u32[i] as number) & 0xffff0000
      const side = records + SIDE_OFFSET + chunk * CHUNK * SIDE_BYTES
      u8.fill(0, side, side + CHUNK * SIDE_BYTES)
    }
    this.#decoded[index] = 0
  }
}
