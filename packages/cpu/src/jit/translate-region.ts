/** Translates a region of A64 code to one WebAssembly function with structured control flow. */

import type { Decoder } from '../decode/decoder.ts'
import { declareImports } from '../interp/imports.ts'
import { LEFT_FOR_INTERPRETER, LEFT_NORMALLY } from '../interp/record-layout.ts'
import type { Builder } from '../ir/builder.ts'
import type { Node } from '../ir/node.ts'
import { recordInsn } from '../ir/record.ts'
import { Code, type MemoryType, ModuleBuilder } from '../wasm/encoder.ts'
import { type InsnAccesses, studyAccesses } from './accesses.ts'
import { dirtyAtStart, liveAtEntry, useOf, useOfInsn } from './dataflow.ts'
import {
  type Block,
  type Edge,
  findRegion,
  pageOfIndex,
  type Region,
  type RegionCode,
  type RegionInsn,
  type RegionLimits,
} from './region.ts'
import { type EntryState, type RegionPage, RegionTarget } from './region-target.ts'
import { FLAGS, RegisterSet } from './register-set.ts'
import { makeReducible } from './split.ts'
import { blocksOfSmallLoops, type Structure, structureOf, successors } from './structure.ts'

/** Emits the blocks of one region. */
class RegionCompiler {
  readonly #blocks: readonly Block[]
  readonly #structure: Structure
  readonly #target: RegionTarget
  readonly #code: Code
  readonly #dirty: readonly RegisterSet[]
  /** Blocks that write registers back where they leave, and not before. */
  readonly #lazy: ReadonlySet<number>
  readonly #loopLabels = new Map<number, number>()
  readonly #blockLabels = new Map<number, number>()
  /** Blocks at whose end FP and SIMD are known to be enabled. */
  readonly #fpChecked = new Set<number>()
  readonly #parents: ReadonlyMap<number, number>

  constructor(
    region: Region,
    structure: Structure,
    target: RegionTarget,
    dirty: readonly RegisterSet[],
    lazy: ReadonlySet<number>,
  ) {
    this.#lazy = lazy
    this.#blocks = region.blocks
    this.#structure = structure
    this.#target = target
    this.#code = target.code
    this.#dirty = dirty
    this.#parents = new Map(
      structure.children.flatMap((children, parent) => children.map((child): [number, number] => [child, parent])),
    )
  }

  /** The whole region. */
  compile(): void {
    this.#target.begin()
    // No edge leads to the entry's first round.
    if (this.#structure.isLoopHeader[0]) this.#target.payFor(this.#blocks[0] as Block)
    this.#tree(0)
    this.#target.end()
  }

  /** A block and everything that it dominates. */
  #tree(n: number): void {
    const merges = (this.#structure.children[n] as readonly number[]).filter((child) => this.#structure.isMerge[child])
    const byOrder = [...merges].sort(
      (a, b) => (this.#structure.order[b] as number) - (this.#structure.order[a] as number),
    )
    if (!this.#structure.isLoopHeader[n]) {
      this.#within(n, byOrder)
      return
    }
    this.#loopLabels.set(n, this.#code.block('loop'))
    this.#within(n, byOrder)
    this.#code.end()
  }

  #within(n: number, merges: readonly number[]): void {
    const [first, ...rest] = merges
    if (first === undefined) {
      this.#block(n)
      return
    }
    this.#blockLabels.set(first, this.#code.block('block'))
    this.#within(n, rest)
    this.#code.end()
    this.#tree(first)
  }

  #block(n: number): void {
    const block = this.#blocks[n] as Block
    const t = this.#target
    t.dirty = (this.#dirty[n] as RegisterSet).clone()
    t.areFlagsDirty = t.dirty.has(FLAGS)
    t.dirty.delete(FLAGS)
    t.flags = t.blockFlags()
    if (!this.#structure.isLoopHeader[n]) t.payFor(block)
    t.vectors.forgetScalars()
    let isFpChecked = this.#fpChecked.has(this.#parents.get(n) ?? -1)
    let last: Builder | undefined
    const accesses = studyAccesses(block.insns.map(({ builder }) => builder))
    const isEager = !this.#lazy.has(n)
    block.insns.forEach((found, i) => {
      const { insn, index } = found
      const { groups, isMonitorHeld } = accesses[i] as InsnAccesses
      t.beginInsn(index, block.insns.length - i, groups)
      if (isEager && useOfInsn(found).asksForState) t.writeBack()
      if (insn.isFp && !isFpChecked) {
        t.checkFpEnabled()
        isFpChecked = true
      }
      last = this.#meaningOf(found, isMonitorHeld)
      t.emitter.body(last)
      this.#system(last)
    })
    t.endBlock()
    if (isFpChecked) this.#fpChecked.add(n)
    this.#end(n, block, last)
  }

  /** An instruction as it is here: recorded anew only where that makes a difference. */
  #meaningOf(found: RegionInsn, isMonitorHeld: boolean): Builder {
    const { insn, fields, builder } = found
    if (found.isEmitted || isMonitorHeld || useOfInsn(found).reads.has(FLAGS))
      return recordInsn(insn, fields, { flags: this.#target.flags, isMonitorHeld })
    found.isEmitted = true
    return builder
  }

  /** Calls the run-time where an instruction ends in that. */
  #system({ terminator }: Builder): void {
    const t = this.#target
    if (terminator.kind === 'attend') t.emitter.attend(terminator.when)
    if (terminator.kind !== 'system') return
    t.emitter.system(terminator)
    if (terminator.leaves) this.#code.op('unreachable')
    else t.forgetPages()
  }

  #end(n: number, block: Block, last: Builder | undefined): void {
    const t = this.#target
    const end = last?.terminator
    if (end?.kind === 'indirect') {
      this.#indirect(n, block, end.target)
      return
    }
    if (end?.kind === 'system' && end.leaves) return
    const when = end?.kind === 'relative' ? end.when : undefined
    if (block.endsForInterpreter) {
      const { fallThrough } = block
      if (!fallThrough || !('exit' in fallThrough))
        throw new RangeError('a block that ends for the interpreter has no successor')
      t.leaveAt(LEFT_FOR_INTERPRETER, fallThrough.exit)
      return
    }
    if (when) t.emitter.push(when)
    // The condition stays on the stack while the flags move to their locals.
    if (this.#flagsGoOn(n, block)) t.settleFlags()
    if (!when) {
      this.#follow(n, (block.taken ?? block.fallThrough) as Edge)
      return
    }
    const state = { dirty: t.dirty.clone(), flags: t.flags, areFlagsDirty: t.areFlagsDirty }
    this.#code.block('if')
    this.#follow(n, block.taken as Edge)
    this.#code.else()
    // What the other arm's blocks left in the target is not what holds here.
    t.dirty = state.dirty.clone()
    t.flags = state.flags
    t.areFlagsDirty = state.areFlagsDirty
    this.#follow(n, block.fallThrough as Edge)
    this.#code.end()
    this.#code.op('unreachable')
  }

  /** A known target is reached straight, as behind the call that a return belongs to; others leave. */
  #indirect(n: number, block: Block, target: Node): void {
    const t = this.#target
    const c = this.#code
    const known = block.targets.filter((to) => !this.#isCut(n, to))
    if (known.length === 0) {
      t.leave(LEFT_NORMALLY, () => t.emitter.push(target))
      return
    }
    const address = c.newLocal('i64')
    t.emitter.push(target)
    c.set(address)
    t.settleFlags()
    const state = { dirty: t.dirty.clone(), flags: t.flags, areFlagsDirty: t.areFlagsDirty }
    for (const to of known) {
      c.get(address)
      t.pushAddress((this.#blocks[to] as Block).first)
      c.op('i64.eq')
      c.block('if')
      this.#follow(n, { block: to })
      c.end()
      t.dirty = state.dirty.clone()
      t.flags = state.flags
      t.areFlagsDirty = state.areFlagsDirty
    }
    t.leave(LEFT_NORMALLY, () => c.get(address))
  }

  /** Whether a successor inside the region finds the flags in their locals. */
  #flagsGoOn(n: number, block: Block): boolean {
    return successors(block).some((to) => !this.#isCut(n, to))
  }

  #lastIndex(n: number): number {
    const { insns, first } = this.#blocks[n] as Block
    return insns[insns.length - 1]?.index ?? first
  }

  #isCut(from: number, to: number): boolean {
    return this.#structure.cut.has(from * this.#blocks.length + to)
  }

  #follow(from: number, edge: Edge): void {
    const t = this.#target
    if ('exit' in edge) {
      t.leaveAt(LEFT_NORMALLY, edge.exit)
      return
    }
    const to = edge.block
    const block = this.#blocks[to] as Block
    const { first } = block
    if (this.#isCut(from, to)) {
      t.leaveAt(LEFT_NORMALLY, first)
      return
    }
    const page = pageOfIndex(first)
    // What lies in another page than this block's end needs its page to be where it was.
    if (page !== 0 && page !== pageOfIndex(this.#lastIndex(from))) t.guardPage(page, first)
    const { order, isMerge, isLoopHeader } = this.#structure
    // On each way to it: at its start V8 makes less of a loop.
    if (isLoopHeader[to]) t.payFor(block)
    if ((order[to] as number) <= (order[from] as number)) {
      t.spendBudget(first)
      this.#code.br(this.#loopLabels.get(to) as number)
    } else if (isMerge[to]) {
      this.#code.br(this.#blockLabels.get(to) as number)
    } else this.#tree(to)
  }
}

/** A region's function in a module of several. */
export interface TranslatedRegion {
  /** Index of the page's instruction where it begins. */
  readonly entry: number
  /** Its export: `(budget) → status`, see `LEFT_NORMALLY`. */
  readonly name: string
  readonly insns: number
  /** Distances of the pages that it has code of, besides the entry's. */
  readonly pages: readonly number[]
}

/** An entry to translate: where its page and those around it lie, and its index in the page. */
export interface RegionSource extends RegionCode {
  readonly entry: number
  /** Address of the records of a page that {@link RegionCode.page} gave. */
  recordsOf(distance: number): number
}

/** What a translation needs to know of the vCPU. */
export interface TranslateOptions {
  readonly decoder: Decoder
  readonly limits: RegionLimits
  readonly cpuBase: number
  readonly memory: MemoryType
  /** Regions spend the budget exactly, by instructions; else by branches backwards. */
  readonly countsInstructions?: boolean
}

/** A region may grow to so many times its limit where blocks are copied. */
const SPLIT_GROWTH = 2
/**
 * Instructions of a loop that is small: its registers are written back where it is left. Elsewhere that is done before each access, which
 * would otherwise repeat it on its way out: code is half as large, which V8's compilers feel.
 */
const SMALL_LOOP = 32

function addRegion(
  module: ModuleBuilder,
  index: (name: string) => number,
  found: Region,
  pages: readonly RegionPage[],
  { cpuBase, limits, countsInstructions = false }: TranslateOptions,
  name: string,
): void {
  const region = { blocks: makeReducible(found.blocks, SPLIT_GROWTH * limits.maxInsns) }
  const structure = structureOf(region.blocks)
  const lazy = blocksOfSmallLoops(region.blocks, structure, SMALL_LOOP)
  const uses = region.blocks.map((block, n) => useOf(block, countsInstructions, !lazy.has(n)))
  const dirty = dirtyAtStart(region.blocks, uses, structure)
  const live = liveAtEntry(region.blocks, uses, dirty)
  const registers = new RegisterSet()
  for (const { reads, writes } of uses) registers.addAll(reads).addAll(writes)
  registers.delete(FLAGS)
  const code = new Code(1)
  const entry: EntryState = {
    registers,
    live,
    hasFp: region.blocks.some((block) => block.insns.some(({ insn }) => insn.isFp)),
  }
  const target = new RegionTarget(code, { index }, cpuBase, pages, entry, countsInstructions)
  new RegionCompiler(region, structure, target, dirty, lazy).compile()
  code.op('unreachable')
  module.addFunction({ params: ['i32'], results: ['i32'] }, code, name)
}

/**
 * Translates what each entry reaches into one module, since a module costs V8 most of a millisecond whatever is in it. Entries whose first
 * instruction is the interpreter's are undefined in the result; without any other there is no module.
 */
export function translateRegions(
  sources: readonly RegionSource[],
  options: TranslateOptions,
): { readonly bytes: Uint8Array | undefined; readonly regions: readonly (TranslatedRegion | undefined)[] } {
  const module = new ModuleBuilder(options.memory)
  const index = declareImports(module, options.cpuBase)
  const regions = sources.map((source, i): TranslatedRegion | undefined => {
    const { entry } = source
    const region = findRegion(source, entry, options.decoder, options.limits)
    if (!region) return undefined
    const name = `r${i}`
    const insns = region.blocks.flatMap((block) => block.insns)
    const pages = [...new Set(insns.map((insn) => pageOfIndex(insn.index)))].filter((distance) => distance !== 0)
    const mapped = pages.map((distance) => ({ distance, records: source.recordsOf(distance) }))
    addRegion(module, index, region, mapped, options, name)
    return { entry, name, insns: insns.length, pages }
  })
  return { bytes: regions.some((r) => r) ? module.encode() : undefined, regions }
}
