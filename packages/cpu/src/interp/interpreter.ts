/** The interpreter of one vCPU: generated loop, handlers made as they are met, and the decoding of instructions into records. */

import { sharedDecoder } from '../decode/shared-decoder.ts'
import { createTable, instantiate, type WasmTable } from '../host.ts'
import { encoding, type Insn } from '../isa/dsl.ts'
import { instructionTable } from '../isa/index.ts'
import { type JitOptions, Translator } from '../jit/translator.ts'
import type { LinearMemory } from '../memory.ts'
import type { CodePages } from './code-pages.ts'
import { generateHandlers, generateInterpreter } from './generate.ts'
import { type Handler, HandlerSet } from './handlers.ts'
import { isHot } from './hot.ts'
import type { RuntimeFunctions } from './imports.ts'
import { RecordCache } from './record-cache.ts'
import { HANDLER_FIRST, RECORD_BYTES } from './record-layout.ts'
import type { InterpreterOptions } from './record-target.ts'
import { SinglePage } from './single-page.ts'

/** What stands in for a word that no row matches: the UNDEFINED exception. Its diagram is never matched against. */
const undefinedInsn: Insn = encoding(
  'Unallocated',
  '????????????????????????????????',
  { UNALLOCATED: { see: 'C4.1', asm: 'udf' } },
  (m) => m.exception('UNDEFINED', 0),
)[0] as Insn

/** Instructions decoded ahead of the one asked for, at most. */
const DECODE_AHEAD = 32

/** Runs A64 code from linear memory; everything else is the run-time's. */
export class Interpreter {
  readonly #memory: LinearMemory
  readonly #code: CodePages
  readonly #handlers: HandlerSet
  readonly #cache = new RecordCache()
  readonly #hotCount: number
  readonly #table: WasmTable
  readonly #cpuBase: number
  readonly #imports: Record<string, unknown>
  readonly #translator: Translator | undefined
  readonly #options: InterpreterOptions
  #decoded = 0
  #copied = 0
  #singlePage: SinglePage | undefined
  /** Runs from LAYOUT.pc until the budget is spent or attention is asked for. */
  readonly run: () => number

  constructor(
    memory: LinearMemory,
    cpuBase: number,
    code: CodePages,
    functions: Omit<RuntimeFunctions, 'decode' | 'hot'>,
    {
      jit,
      countsInstructions = false,
    }: { readonly jit?: JitOptions | undefined; readonly countsInstructions?: boolean | undefined } = {},
  ) {
    this.#memory = memory
    this.#cpuBase = cpuBase
    this.#code = code
    this.#handlers = new HandlerSet(sharedDecoder())
    for (const insn of instructionTable) if (isHot(insn)) this.#handlers.enumerate(insn)
    const hot = [...this.#handlers.all]
    this.#hotCount = hot.length
    this.#table = createTable(256)
    this.#imports = {
      memory: memory.wasm,
      table: this.#table,
      ...functions,
      decode: (record: number) => this.#decode(record),
      hot: (record: number) => this.#translator?.hot(record),
    }
    if (jit) {
      const imports = this.#imports
      this.#translator = new Translator({
        memory,
        code,
        table: this.#table,
        cpuBase,
        imports,
        options: jit,
        countsInstructions,
        decode: (record) => this.#decode(record),
      })
    }
    this.#options = { hotThreshold: jit?.threshold, countsInstructions }
    const bytes = generateInterpreter(hot, cpuBase, memory.type, this.#options)
    const instance = instantiate(bytes, { env: this.#imports })
    this.run = instance.exports.run as () => number
  }

  /** To be called between time slices: the place for translation. */
  endSlice(): void {
    this.#translator?.endSlice()
  }

  /** What was translated; undefined without a translator. */
  get jitStatistics(): Translator['statistics'] | undefined {
    return this.#translator?.statistics
  }

  /** Handlers generated so far: inside the loop, and as functions. */
  get handlerCounts(): { readonly hot: number; readonly functions: number } {
    return { hot: this.#hotCount, functions: this.#handlers.all.length - this.#hotCount }
  }

  /** Records made so far, and how many of them are copies of an earlier one of the same word. */
  get decodeCounts(): { readonly decoded: number; readonly copied: number } {
    return { decoded: this.#decoded, copied: this.#copied }
  }

  /** Makes functions of handlers that are no part of the loop, all in one module. */
  #generate(handlers: readonly Handler[]): void {
    const bytes = generateHandlers(handlers, this.#cpuBase, this.#memory.type, this.#options)
    const { exports } = instantiate(bytes, { env: this.#imports })
    handlers.forEach((handler, i) => {
      const index = handler.number - HANDLER_FIRST - this.#hotCount
      if (index >= this.#table.length) this.#table.grow(Math.max(this.#table.length, index + 1 - this.#table.length))
      this.#table.set(index, exports[`h${i}`])
    })
  }

  /** Fills the record at an address and those behind it up to the end of the run of code. */
  #decode(record: number): void {
    const page = this.#code.pageOf(record >>> 0)
    const first = this.#code.indexOf(record >>> 0)
    this.#code.protect(page)
    const words = (page << 12) >>> 2
    const { u32 } = this.#memory
    const cache = this.#cache
    const decoded: { handler: Handler; fields: Readonly<Record<string, number>>; at: number; word: number }[] = []
    const fresh: Handler[] = []
    let end = first
    for (let i = first; i < 1024 && i < first + DECODE_AHEAD; i++) {
      const at = (record >>> 0) + (i - first) * RECORD_BYTES
      if (i > first && (u32[at >>> 2] as number) & 0xffff) break
      const word = u32[words + i] as number
      const known = cache.copy(word, u32, at >>> 2)
      const found = known ? undefined : this.#handlers.ofWord(word)
      if (!known && !found && i > first) break
      end = i + 1
      if (known === 'ends run') break
      if (known) continue
      const { handler, fields } = found ?? { handler: this.#handlers.get(undefinedInsn, {}), fields: {} }
      if (!handler.plan && !fresh.includes(handler)) fresh.push(handler)
      decoded.push({ handler, fields, at, word })
      if (handler.insn.endsRun) break
    }
    if (fresh.length > 0) this.#generate(fresh)
    this.#decoded += end - first
    this.#copied += end - first - decoded.length
    this.#code.noteDecoded(record >>> 0, end - first)
    for (const { handler, fields, at, word } of decoded) this.#write(handler, fields, at, word)
  }

  #write(handler: Handler, fields: Readonly<Record<string, number>>, at: number, word: number): void {
    const { u32, view } = this.#memory
    for (const slot of handler.plan?.slots ?? []) {
      const value = slot.value(fields)
      const place = at + slot.offset
      if (slot.bytes === 2) view.setUint16(place, Number(value), true)
      else if (slot.bytes === 4) view.setUint32(place, Number(value), true)
      else view.setBigUint64(place, BigInt.asUintN(64, BigInt(value)), true)
    }
    view.setUint16(at, handler.number, true)
    this.#cache.keep(word, u32, at >>> 2, handler.insn.endsRun === true)
  }

  /** See `CodePages.single`. */
  single(word: number, index: number): number {
    this.#singlePage ??= new SinglePage(this.#memory, this.#code.singlePage)
    const at = this.#singlePage.recordAt(index)
    if (this.#cache.copy(word, this.#memory.u32, at >>> 2)) return this.#singlePage.records
    const { handler, fields } = this.#ofWord(word)
    if (!handler.plan) this.#generate([handler])
    this.#write(handler, fields, at, word)
    return this.#singlePage.records
  }

  #ofWord(word: number): ReturnType<HandlerSet['ofWord']> & {} {
    return this.#handlers.ofWord(word) ?? { handler: this.#handlers.get(undefinedInsn, {}), fields: {} }
  }
}
