/** Has translated what the interpreter finds hot, and puts it in the interpreter's way. */

import { instantiate, type WasmTable } from '../host.ts'
import type { CodePages } from '../interp/code-pages.ts'
import {
  EPOCH_OFFSET,
  HANDLER_COMPILED,
  HANDLER_UNDECODED,
  RECORD_BYTES,
  SIDE_BYTES,
  SIDE_OFFSET,
} from '../interp/record-layout.ts'
import type { LinearMemory } from '../memory.ts'
import { LAYOUT } from '../state.ts'
import type { HotEntry, PageSeen } from './code-reader.ts'
import { type CompileHost, type CompilePort, LocalCompilePort } from './compile-host.ts'
import type { CompiledBatch } from './compiler.ts'
import type { RegionLimits } from './region.ts'
import { type LiveModule, RegionStore } from './region-store.ts'

/** When to translate, how much at once, and where. */
export interface JitOptions {
  /** Executions of a branch target after which it is translated: 1 to 65535. */
  readonly threshold: number
  /** Entries translated at once; the default is 16. With 1 nothing waits, as tests want it. */
  readonly batch?: number
  readonly limits?: RegionLimits
  /** Bytes of modules kept at most; the default is 16 MiB. The engine's machine code comes to several times as much. */
  readonly codeBytes?: number
  /** Translates on another thread, while this one goes on interpreting. It needs a memory that is shared. */
  readonly compileHost?: CompileHost
  /** A clock for statistics, in milliseconds, where no `compileHost` brings one. */
  readonly nowMs?: () => number
}

/**
 * Where the guest's thread goes before those that compile, a boot of Debian's kernel and programs in the guest took the same time, within
 * noise, with a third of it and with thrice as much.
 */
export const defaultJitOptions: JitOptions = { threshold: 8000 }

/** What was translated so far. */
export interface JitStatistics {
  readonly regions: number
  readonly liveRegions: number
  readonly insns: number
  /** Of all modules. */
  readonly bytes: number
  readonly modules: number
  readonly liveModules: number
  /** Of modules that still have a region in use. */
  readonly liveBytes: number
  /** Regions given up to stay below {@link JitOptions.codeBytes}. */
  readonly evicted: number
  /** Regions whose code was written before they could be installed. */
  readonly stale: number
  /** Time in the translator and in the engine's compiler, wherever they ran; zeros without a clock. */
  readonly translateMs: number
  readonly compileMs: number
  /** Mean time from the posting of a batch to its installation. */
  readonly latencyMs: number
}

/** Time slices that a batch not full waits at most where the vCPU's thread translates. */
const MAX_WAIT_SLICES = 8
/** Batches given to another thread at a time: one to work on, and the next. */
const MAX_PENDING = 2
/** Entries given to another thread at once, at most: the first of them wait for the last. */
const MAX_POSTED = 16
const DEFAULT_BATCH = 16
const DEFAULT_CODE_BYTES = 16 << 20
/** A branch target that was reached so many times less often than what is hot stays out of its region. */
const COLD = 64
const DEFAULT_LIMITS: RegionLimits = { maxBlocks: 48, maxInsns: 300, maxPages: 2 }
/** Where nearly everything is translated before much is known of it, large regions mostly repeat each other. */
const UNPROFILED_LIMITS: RegionLimits = { maxBlocks: 24, maxInsns: 150, maxPages: 2 }

/** What lies beside a record of the page whose records are at `records`. */
function sideOf(record: number, records: number): number {
  return records + SIDE_OFFSET + ((record - records) / RECORD_BYTES) * SIDE_BYTES
}

/** The translator of one vCPU. */
export class Translator {
  readonly #memory: LinearMemory
  readonly #code: CodePages
  readonly #cpuBase: number
  readonly #imports: Record<string, unknown>
  readonly #batch: number
  readonly #decode: (record: number) => void
  readonly #store: RegionStore
  readonly #port: CompilePort
  readonly #nowMs: () => number
  #queue: HotEntry[] = []
  #waited = 0
  /** When the batches that are not back yet were posted. */
  readonly #posted: number[] = []
  #batches = 0
  #regions = 0
  #insns = 0
  #bytes = 0
  #stale = 0
  #translateMs = 0
  #compileMs = 0
  #latencyMs = 0

  constructor(parts: {
    readonly memory: LinearMemory
    readonly code: CodePages
    readonly table: WasmTable
    readonly cpuBase: number
    readonly imports: Record<string, unknown>
    readonly options: JitOptions
    /** Regions spend the budget exactly, by instructions. */
    readonly countsInstructions: boolean
    /** Decodes the instruction of a record. */
    readonly decode: (record: number) => void
  }) {
    const { memory, code, table, cpuBase, options } = parts
    const { compileHost } = options
    this.#memory = memory
    this.#code = code
    this.#cpuBase = cpuBase
    this.#imports = parts.imports
    this.#batch = options.batch ?? DEFAULT_BATCH
    this.#decode = parts.decode
    this.#store = new RegionStore({ memory, table, maxBytes: options.codeBytes ?? DEFAULT_CODE_BYTES })
    this.#nowMs = compileHost ? () => compileHost.nowMs() : (options.nowMs ?? (() => 0))
    const setup = {
      memory: memory.wasm,
      memoryType: memory.type,
      cpuBase,
      limits: {
        ...(options.threshold < COLD ? UNPROFILED_LIMITS : DEFAULT_LIMITS),
        minEntries: options.threshold / COLD,
        ...options.limits,
      },
      countsInstructions: parts.countsInstructions,
    }
    const remote = memory.type.isShared ? compileHost?.open(setup) : undefined
    this.#port = remote ?? new LocalCompilePort(setup, this.#nowMs)
    code.onDrop = (page) => this.#store.dropPage(page)
    // When a translation is finished is the host's affair, and what the TLBs hold must not depend on it where runs are to be repeatable.
    if (!parts.countsInstructions) code.isTranslated = (page) => this.#store.has(page)
  }

  get statistics(): JitStatistics {
    return {
      regions: this.#regions,
      insns: this.#insns,
      bytes: this.#bytes,
      stale: this.#stale,
      translateMs: this.#translateMs,
      compileMs: this.#compileMs,
      latencyMs: this.#latencyMs / Math.max(1, this.#batches),
      ...this.#store.statistics,
    }
  }

  /** The `hot` import: a record was reached often enough. It is translated with others, later. */
  readonly hot = (record: number): void => {
    const { view } = this.#memory
    if (view.getUint16(record >>> 0, true) === HANDLER_UNDECODED) this.#decode(record)
    this.#queue.push({
      record: record >>> 0,
      records: this.#code.recordsAround(record >>> 0),
      pageVa: view.getBigUint64(this.#cpuBase + LAYOUT.pageVa, true),
      execTlb: this.#cpuBase + view.getUint32(this.#cpuBase + LAYOUT.execTlbBase, true),
    })
    if (this.#port.isImmediate && this.#queue.length >= this.#batch) this.#post()
  }

  /** Called between time slices: what is finished is put to use, and what waited long enough is translated. */
  endSlice(): void {
    if (this.#posted.length > 0) this.#receive()
    if (this.#queue.length === 0) return
    const isTime = this.#port.isImmediate ? ++this.#waited >= MAX_WAIT_SLICES : this.#posted.length < MAX_PENDING
    if (isTime) this.#post()
  }

  #post(): void {
    const { view } = this.#memory
    this.#waited = 0
    const taken = this.#takeHottest(this.#port.isImmediate ? this.#queue.length : MAX_POSTED)
    // Not decoded any more, or translated already: nothing to do.
    const entries = taken.filter(({ record }) => view.getUint16(record, true) > HANDLER_COMPILED)
    if (entries.length === 0) return
    this.#posted.push(this.#nowMs())
    this.#port.post(entries)
    if (this.#port.isImmediate) this.#receive()
  }

  /** Those reached most often go first: while the translator has more to do than it can, the rest is counted on. */
  #takeHottest(count: number): HotEntry[] {
    if (this.#queue.length > count) {
      const { view } = this.#memory
      const entries = ({ record, records }: HotEntry): number => view.getUint16(sideOf(record, records), true)
      this.#queue.sort((a, b) => entries(b) - entries(a))
    }
    return this.#queue.splice(0, count)
  }

  #receive(): void {
    for (let batch = this.#port.poll(); batch; batch = this.#port.poll()) {
      this.#install(batch)
      this.#batches++
      this.#latencyMs += this.#nowMs() - (this.#posted.shift() as number)
    }
  }

  /** Puts the regions of a batch in the way of their entries' handlers, unless their code was written meanwhile. */
  #install({ module, bytes, regions, translateMs, compileMs }: CompiledBatch): void {
    this.#translateMs += translateMs
    this.#compileMs += compileMs
    this.#bytes += bytes
    const { view } = this.#memory
    const valid = regions.filter(({ pages }) => pages.every((page) => this.#isCurrent(page)))
    for (const region of regions) {
      if (valid.includes(region)) continue
      this.#stale++
      // It may become hot again.
      view.setUint16(sideOf(region.record, (region.pages[0] as PageSeen).records), 0, true)
    }
    if (!module || valid.length === 0) return
    const { exports } = instantiate(module, { env: this.#imports })
    let owner: LiveModule | undefined
    for (const { record, name, insns, pages } of valid) {
      // An entry may have been queued twice, even in one batch, when its code was written and became hot again.
      if (view.getUint16(record, true) <= HANDLER_COMPILED) continue
      const records = (pages[0] as PageSeen).records
      const side = sideOf(record, records)
      const physical = pages.map((page) => this.#code.pageOf(page.records))
      owner ??= this.#store.addModule(bytes)
      this.#store.add(owner, { record, side, pages: physical }, exports[name])
      this.#regions++
      this.#insns += insns
    }
    this.#store.evict()
  }

  #isCurrent({ records, epoch }: PageSeen): boolean {
    return this.#memory.i32[(records + EPOCH_OFFSET) >>> 2] === epoch
  }
}
