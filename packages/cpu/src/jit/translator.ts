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
import type { LinearMemory } from '../memory.ts'
import { PAGE_WORDS, type RegionLimits } from './region.ts'
import { translateRegions } from './translate-region.ts'

/** When to translate, and how much at once. */
export interface JitOptions {
  /** Executions of a branch target after which it is translated: 1 to 65535. */
  readonly threshold: number
  /** Entries translated at once; the default is 16. With 1 nothing waits, as tests want it. */
  readonly batch?: number
  readonly limits?: RegionLimits
}

/** What pays off for a boot and a user's programs: V8 needs some milliseconds for each batch. */
export const defaultJitOptions: JitOptions = { threshold: 4000 }

/** What was translated so far. */
export interface JitStatistics {
  readonly regions: number
  readonly liveRegions: number
  readonly insns: number
  readonly bytes: number
}

/** Time slices that a batch not full waits at most. */
const MAX_WAIT_SLICES = 8
const DEFAULT_LIMITS: RegionLimits = { maxBlocks: 64, maxInsns: 400 }
/** Regions that exist at a time; V8 keeps some 10 KB for each. */
const MAX_REGIONS = 12288

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
  readonly #decode: (record: number) => void
  readonly #free: number[] = []
  #next = FIRST_REGION
  readonly #byPage = new Map<number, number[]>()
  #queue: number[] = []
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
    this.#decode = parts.decode
    this.#code.onDrop = (page) => this.#drop(page)
  }

  get statistics(): JitStatistics {
    const liveRegions = [...this.#byPage.values()].reduce((sum, list) => sum + list.length, 0)
    return { regions: this.#regions, liveRegions, insns: this.#insns, bytes: this.#bytes }
  }

  /** The `hot` import: a record was reached often enough. It is translated with others, later. */
  readonly hot = (record: number): void => {
    if (this.#memory.view.getUint16(record >>> 0, true) === HANDLER_UNDECODED) this.#decode(record)
    this.#queue.push(record >>> 0)
    if (this.#queue.length >= this.#batch) this.#translate()
  }

  /** Called between time slices: what waited long enough is translated. */
  endSlice(): void {
    if (this.#queue.length === 0) return
    if (++this.#waited >= MAX_WAIT_SLICES) this.#translate()
  }

  #translate(): void {
    const queue = this.#queue
    this.#queue = []
    this.#waited = 0
    const { view } = this.#memory
    const pending = queue
      .map((record) => ({
        record,
        handler: view.getUint16(record, true),
        page: this.#code.pageOf(record),
        entry: this.#code.indexOf(record),
      }))
      // Not decoded any more, or translated already.
      .filter((p) => p.handler > HANDLER_COMPILED)
    const sources = pending.map(({ page, entry }) => ({
      words: new Uint32Array(this.#memory.wasm.buffer, page * 4096, PAGE_WORDS),
      entry,
    }))
    const { bytes, regions } = translateRegions(sources, {
      decoder: this.#decoder,
      limits: this.#limits,
      cpuBase: this.#cpuBase,
      memoryPages: this.#memory.totalBytes / 65536,
    })
    if (!bytes) return
    this.#bytes += bytes.length
    const { exports } = instantiate(bytes, { env: this.#imports })
    regions.forEach((region, i) => {
      const { record, handler, page } = pending[i] as (typeof pending)[number]
      const index = region && this.#takeIndex()
      if (!region || index === undefined) return
      this.#table.set(index, exports[region.name])
      this.#regions++
      this.#insns += region.insns
      const list = this.#byPage.get(page) ?? []
      this.#byPage.set(page, list)
      list.push(index)
      const side = record - region.entry * RECORD_BYTES + SIDE_OFFSET + region.entry * SIDE_BYTES
      view.setUint16(side + 2, handler, true)
      view.setUint32(side + 4, index, true)
      view.setUint16(record, HANDLER_COMPILED, true)
    })
  }

  #takeIndex(): number | undefined {
    const index = this.#free.pop() ?? (this.#next < FIRST_REGION + MAX_REGIONS ? this.#next++ : undefined)
    if (index !== undefined && index >= this.#table.length)
      this.#table.grow(Math.max(1024, index + 1 - this.#table.length))
    return index
  }

  #drop(page: number): void {
    const list = this.#byPage.get(page)
    if (!list) return
    this.#byPage.delete(page)
    for (const index of list) {
      this.#table.set(index, null)
      this.#free.push(index)
    }
  }
}
