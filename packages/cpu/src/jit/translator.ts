/** Translates what the interpreter finds hot, and puts it in the interpreter's way. */

import type { Decoder } from '../decode/decoder.ts'
import { instantiate, type WasmTable } from '../host.ts'
import type { CodePages } from '../interp/code-pages.ts'
import {
  FIRST_REGION,
  HANDLER_COMPILED,
  HANDLER_UNDECODED,
  RECORD_BYTES,
  SIDE_BYTES,
  SIDE_OFFSET,
} from '../interp/record-layout.ts'
import { notesOf } from '../interp/record-target.ts'
import type { LinearMemory } from '../memory.ts'
import { LAYOUT } from '../state.ts'
import { PAGE_WORDS, pageOfIndex, type RegionLimits } from './region.ts'
import { type RegionSource, type TranslatedRegion, translateRegions } from './translate-region.ts'

/** When to translate, and how much at once. */
export interface JitOptions {
  /** Executions of a branch target after which it is translated: 1 to 65535. */
  readonly threshold: number
  /** Entries translated at once; the default is 16. With 1 nothing waits, as tests want it. */
  readonly batch?: number
  readonly limits?: RegionLimits
}

/**
 * A boot of Debian's kernel took 10 % longer with 8000 and no less with 32000 where V8's compiler had no core of its own; programs in
 * the guest took the same time.
 */
export const defaultJitOptions: JitOptions = { threshold: 24000 }

/** What was translated so far. */
export interface JitStatistics {
  readonly regions: number
  readonly liveRegions: number
  readonly insns: number
  readonly bytes: number
}

/** Time slices that a batch not full waits at most. */
const MAX_WAIT_SLICES = 8
const DEFAULT_LIMITS: RegionLimits = { maxBlocks: 24, maxInsns: 150, maxPages: 2 }
/** Regions that exist at a time; V8 keeps some 10 KB for each. */
const MAX_REGIONS = 12288

/** An entry that waits for translation, and how code was mapped when it was met. */
interface Hot {
  readonly record: number
  readonly pageVa: bigint
  readonly execTlb: number
}

/** A region in use. */
interface LiveRegion {
  /** In the function table. */
  readonly index: number
  readonly record: number
  readonly side: number
  /** Physical pages that it was made from. */
  readonly pages: readonly number[]
}

/** The translator of one vCPU. */
export class Translator {
  readonly #memory: LinearMemory
  readonly #code: CodePages
  readonly #table: WasmTable
  readonly #decoder: Decoder
  readonly #cpuBase: number
  readonly #imports: Record<string, unknown>
  readonly #limits: RegionLimits
  readonly #batch: number
  readonly #countsInstructions: boolean
  readonly #decode: (record: number) => void
  readonly #free: number[] = []
  #next = FIRST_REGION
  readonly #byPage = new Map<number, Set<LiveRegion>>()
  readonly #live = new Map<number, LiveRegion>()
  #queue: Hot[] = []
  #waited = 0
  #regions = 0
  #insns = 0
  #bytes = 0

  constructor(parts: {
    readonly memory: LinearMemory
    readonly code: CodePages
    readonly table: WasmTable
    readonly decoder: Decoder
    readonly cpuBase: number
    readonly imports: Record<string, unknown>
    readonly options: JitOptions
    /** Regions spend the budget exactly, by instructions. */
    readonly countsInstructions: boolean
    /** Decodes the instruction of a record. */
    readonly decode: (record: number) => void
  }) {
    this.#memory = parts.memory
    this.#code = parts.code
    this.#table = parts.table
    this.#decoder = parts.decoder
    this.#cpuBase = parts.cpuBase
    this.#imports = parts.imports
    this.#limits = parts.options.limits ?? DEFAULT_LIMITS
    this.#batch = parts.options.batch ?? 16
    this.#countsInstructions = parts.countsInstructions
    this.#decode = parts.decode
    this.#code.onDrop = (page) => this.#drop(page)
  }

  get statistics(): JitStatistics {
    return { regions: this.#regions, liveRegions: this.#live.size, insns: this.#insns, bytes: this.#bytes }
  }

  /** The `hot` import: a record was reached often enough. It is translated with others, later. */
  readonly hot = (record: number): void => {
    if (this.#memory.view.getUint16(record >>> 0, true) === HANDLER_UNDECODED) this.#decode(record)
    const { view } = this.#memory
    this.#queue.push({
      record: record >>> 0,
      pageVa: view.getBigUint64(this.#cpuBase + LAYOUT.pageVa, true),
      execTlb: this.#cpuBase + view.getUint32(this.#cpuBase + LAYOUT.execTlbBase, true),
    })
    if (this.#queue.length >= this.#batch) this.#translate()
  }

  /** Called between time slices: what waited long enough is translated. */
  endSlice(): void {
    if (this.#queue.length === 0) return
    if (++this.#waited >= MAX_WAIT_SLICES) this.#translate()
  }

  /** Records of the page that the exec TLB maps at an address; 0 for none. */
  #recordsAt(execTlb: number, va: bigint): number {
    const { view } = this.#memory
    const entry = execTlb + (Number((va >> 8n) & 0x3ff0n) | 0)
    return view.getBigUint64(entry, true) === va ? view.getUint32(entry + 8, true) : 0
  }

  #sourceOf({ record, pageVa, execTlb }: Hot): RegionSource {
    const words = (page: number): Uint32Array => new Uint32Array(this.#memory.wasm.buffer, page * 4096, PAGE_WORDS)
    const recordsOf = (distance: number): number =>
      this.#recordsAt(execTlb, BigInt.asUintN(64, pageVa + BigInt(distance * 4096)))
    return {
      entry: this.#code.indexOf(record),
      page: (distance) => {
        if (distance === 0) return words(this.#code.pageOf(record))
        const records = recordsOf(distance)
        return records === 0 ? undefined : words(this.#code.pageOf(records))
      },
      recordsOf,
      targetsOf: (index) => this.#targetsOf(index, record, pageVa, recordsOf),
    }
  }

  /** Distances, in instructions from the start of an entry's page, that an indirect branch was seen to lead to. */
  #targetsOf(index: number, entry: number, pageVa: bigint, recordsOf: (distance: number) => number): number[] {
    const { view } = this.#memory
    const page = pageOfIndex(index)
    const records = page === 0 ? entry - this.#code.indexOf(entry) * RECORD_BYTES : recordsOf(page)
    if (records === 0) return []
    const record = records + (index - page * PAGE_WORDS) * RECORD_BYTES
    return notesOf(record)
      .map((note) => this.#cpuBase + LAYOUT.indirect + note)
      .filter((note) => view.getUint32(note, true) === record)
      .map((note) => (view.getInt32(note + 4, true) - Number(BigInt.asIntN(32, pageVa))) >> 2)
  }

  #translate(): void {
    const { view } = this.#memory
    // Not decoded any more, or translated already: nothing to do.
    const queue = this.#queue.filter(({ record }) => view.getUint16(record, true) > HANDLER_COMPILED)
    this.#queue = []
    this.#waited = 0
    const sources = queue.map((hot) => this.#sourceOf(hot))
    const { bytes, regions } = translateRegions(sources, {
      decoder: this.#decoder,
      limits: this.#limits,
      cpuBase: this.#cpuBase,
      memoryPages: this.#memory.totalBytes / 65536,
      countsInstructions: this.#countsInstructions,
    })
    if (!bytes) return
    this.#bytes += bytes.length
    const { exports } = instantiate(bytes, { env: this.#imports })
    regions.forEach((region, i) => {
      if (region) this.#install(region, (queue[i] as Hot).record, sources[i] as RegionSource, exports[region.name])
    })
  }

  /** Puts a region in the way of its entry's handler, and remembers which pages it was made from. */
  #install(region: TranslatedRegion, record: number, source: RegionSource, code: unknown): void {
    const { view } = this.#memory
    const handler = view.getUint16(record, true)
    const index = this.#takeIndex()
    // The same entry may have been queued twice.
    if (index === undefined || handler <= HANDLER_COMPILED) return
    this.#table.set(index, code)
    this.#regions++
    this.#insns += region.insns
    const records = record - region.entry * RECORD_BYTES
    const side = records + SIDE_OFFSET + region.entry * SIDE_BYTES
    view.setUint16(side + 2, handler, true)
    view.setUint32(side + 4, index, true)
    view.setUint16(record, HANDLER_COMPILED, true)
    const pages = [records, ...region.pages.map((distance) => source.recordsOf(distance))].map((r) =>
      this.#code.pageOf(r),
    )
    const live: LiveRegion = { index, record, side, pages }
    this.#live.set(index, live)
    for (const page of pages) {
      // No store to any of them may go unnoticed.
      this.#code.protect(page)
      const set = this.#byPage.get(page) ?? new Set()
      this.#byPage.set(page, set)
      set.add(live)
    }
  }

  #takeIndex(): number | undefined {
    const index = this.#free.pop() ?? (this.#next < FIRST_REGION + MAX_REGIONS ? this.#next++ : undefined)
    if (index !== undefined && index >= this.#table.length)
      this.#table.grow(Math.max(1024, index + 1 - this.#table.length))
    return index
  }

  /** Takes back every region that was made from a page. */
  #drop(page: number): void {
    const { view } = this.#memory
    for (const live of [...(this.#byPage.get(page) ?? [])]) {
      for (const other of live.pages) this.#byPage.get(other)?.delete(live)
      this.#live.delete(live.index)
      this.#table.set(live.index, null)
      this.#free.push(live.index)
      // The entry's own page may be another one, whose records are still good.
      const isOurs =
        view.getUint16(live.record, true) === HANDLER_COMPILED && view.getUint32(live.side + 4, true) === live.index
      if (isOurs) view.setUint16(live.record, view.getUint16(live.side + 2, true), true)
    }
  }
}
