/** Guest code around a hot entry, read on any thread that shares the memory while the vCPU goes on. */

import {
  EPOCH_OFFSET,
  HANDLER_COMPILED,
  PAGE_OFFSET,
  RECORD_BYTES,
  SIDE_BYTES,
  SIDE_OFFSET,
} from '../interp/record-layout.ts'
import { notesOf } from '../interp/record-target.ts'
import { LAYOUT, TLB_PLACE_MASK } from '../state.ts'
import { PAGE_WORDS, pageOfIndex } from './region.ts'
import type { RegionSource } from './translate-region.ts'

/** An entry to translate, and how code was mapped when it was met. */
export interface HotEntry {
  readonly record: number
  /** Address of the records of its page. */
  readonly records: number
  readonly pageVa: bigint
  /** Address of the exec TLB in use. */
  readonly execTlb: number
}

/** A page that code was read from: valid as long as its epoch is what it was. */
export interface PageSeen {
  readonly records: number
  readonly epoch: number
}

interface PageRead extends PageSeen {
  readonly words: Uint32Array
}

/** Reads the pages near an entry, each once. What was read counts only if {@link PageSeen} still holds when it is used. */
export class CodeReader implements RegionSource {
  readonly entry: number
  readonly #i32: Int32Array
  readonly #view: DataView
  readonly #cpuBase: number
  readonly #hot: HotEntry
  readonly #pages = new Map<number, PageRead | undefined>()

  readonly #targets = new Map<number, readonly number[]>()

  constructor(buffer: ArrayBufferLike, cpuBase: number, hot: HotEntry) {
    this.#cpuBase = cpuBase
    this.#i32 = new Int32Array(buffer)
    this.#view = new DataView(buffer)
    this.#hot = hot
    this.entry = (hot.record - hot.records) / RECORD_BYTES
  }

  page(distance: number): Uint32Array | undefined {
    return this.#page(distance)?.words
  }

  recordsOf(distance: number): number {
    return this.#page(distance)?.records ?? 0
  }

  entriesOf(index: number): number {
    const page = pageOfIndex(index)
    const records = this.recordsOf(page)
    if (records === 0) return 0
    const at = index - page * PAGE_WORDS
    // Where a region begins nothing is counted any more.
    if (this.#view.getUint16(records + at * RECORD_BYTES, true) === HANDLER_COMPILED) return Number.POSITIVE_INFINITY
    return this.#view.getUint16(records + SIDE_OFFSET + at * SIDE_BYTES, true)
  }

  targetsOf(index: number): readonly number[] {
    const known = this.#targets.get(index)
    if (known) return known
    const targets = this.#readTargets(index)
    this.#targets.set(index, targets)
    return targets
  }

  #readTargets(index: number): number[] {
    const page = pageOfIndex(index)
    const records = this.recordsOf(page)
    if (records === 0) return []
    const record = records + (index - page * PAGE_WORDS) * RECORD_BYTES
    return notesOf(record)
      .map((note) => this.#cpuBase + LAYOUT.indirect + note)
      .filter((note) => this.#view.getUint32(note, true) === record)
      .map((note) => (this.#view.getInt32(note + 4, true) - Number(BigInt.asIntN(32, this.#hot.pageVa))) >> 2)
  }

  /** The entry's page and others by their distance, as they were read. */
  seen(distances: readonly number[]): PageSeen[] {
    return [0, ...distances].flatMap((distance) => {
      const page = this.#page(distance)
      return page ? [{ records: page.records, epoch: page.epoch }] : []
    })
  }

  #page(distance: number): PageRead | undefined {
    if (!this.#pages.has(distance)) this.#pages.set(distance, this.#read(distance))
    return this.#pages.get(distance)
  }

  #read(distance: number): PageRead | undefined {
    const records = distance === 0 ? this.#hot.records : this.#mappedAt(distance)
    if (records === 0) return undefined
    const epoch = Atomics.load(this.#i32, (records + EPOCH_OFFSET) >>> 2)
    // A page that is no code may change behind our back.
    if ((epoch & 1) === 0) return undefined
    const page = this.#view.getUint32(records + PAGE_OFFSET, true)
    // A copy, so that all of the translation sees the same.
    const words = new Uint32Array(this.#i32.buffer, page * 4096, PAGE_WORDS).slice()
    return { records, epoch, words }
  }

  /**
   * Records of the page that the exec TLB maps at a distance from the entry's; 0 for none. The vCPU may change the entry under our eyes, which
   * does no harm: a region looks at it again before it enters the page.
   */
  #mappedAt(distance: number): number {
    const va = BigInt.asUintN(64, this.#hot.pageVa + BigInt(distance * 4096))
    const entry = this.#hot.execTlb + (Number((va >> 8n) & BigInt(TLB_PLACE_MASK)) | 0)
    return this.#view.getBigUint64(entry, true) === va ? this.#view.getUint32(entry + 8, true) : 0
  }
}
