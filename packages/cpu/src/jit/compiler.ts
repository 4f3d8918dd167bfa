/** From hot entries to a compiled module: the part of the translator that needs no vCPU's thread. */

import { sharedDecoder } from '../decode/shared-decoder.ts'
import { compile, type WasmMemory, type WasmModule } from '../host.ts'
import type { MemoryType } from '../wasm/encoder.ts'
import { CodeReader, type HotEntry, type PageSeen } from './code-reader.ts'
import type { RegionLimits } from './region.ts'
import { translateRegions } from './translate-region.ts'

/** What a compiler must know of its vCPU. It can be sent to another thread. */
export interface CompilerSetup {
  readonly memory: WasmMemory
  readonly memoryType: MemoryType
  readonly cpuBase: number
  readonly limits: RegionLimits
  /** Regions spend the budget exactly, by instructions. */
  readonly countsInstructions: boolean
}

/** One region of a {@link CompiledBatch}. */
export interface CompiledRegion {
  /** Record of its entry. */
  readonly record: number
  /** Its function in the module. */
  readonly name: string
  readonly insns: number
  /** What it was made from, the entry's page first. */
  readonly pages: readonly PageSeen[]
}

/** What came of a batch of entries. It can be sent to another thread. */
export interface CompiledBatch {
  /** Undefined where no entry could be translated. */
  readonly module: WasmModule | undefined
  /** Of the module. */
  readonly bytes: number
  readonly regions: readonly CompiledRegion[]
  /** Time spent on finding and translating regions, and in the engine's compiler. */
  readonly translateMs: number
  readonly compileMs: number
}

/** Translates for one vCPU, on the thread on which it is called. */
export class Compiler {
  readonly #setup: CompilerSetup
  readonly #nowMs: () => number

  constructor(setup: CompilerSetup, nowMs: () => number) {
    this.#setup = setup
    this.#nowMs = nowMs
  }

  compile(entries: readonly HotEntry[]): CompiledBatch {
    const { memory, memoryType, cpuBase, limits, countsInstructions } = this.#setup
    const start = this.#nowMs()
    const sources = entries.map((hot) => new CodeReader(memory.buffer, cpuBase, hot))
    // What is no code any more has nothing to read.
    const live = entries.flatMap((hot, i) => (sources[i]?.page(0) ? [{ hot, source: sources[i] }] : []))
    const { bytes, regions } = translateRegions(
      live.map(({ source }) => source),
      { decoder: sharedDecoder(), limits, cpuBase, memory: memoryType, countsInstructions },
    )
    const translated = this.#nowMs()
    const module = bytes && compile(bytes)
    return {
      module,
      bytes: bytes?.length ?? 0,
      regions: regions.flatMap((region, i): CompiledRegion[] => {
        if (!region) return []
        const { hot, source } = live[i] as (typeof live)[number]
        return [{ record: hot.record, name: region.name, insns: region.insns, pages: source.seen(region.pages) }]
      }),
      translateMs: translated - start,
      compileMs: this.#nowMs() - translated,
    }
  }
}
