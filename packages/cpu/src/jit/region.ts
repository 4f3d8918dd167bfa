/**
 * Finds a region of code: basic blocks reached from an entry by direct branches, calls and the returns from those calls, in the entry's
 * page and in a few others that are mapped near it.
 */

import { type Decoder, fieldsOf } from '../decode/decoder.ts'
import { argumentsOf } from '../interp/record-layout.ts'
import type { Builder } from '../ir/builder.ts'
import type { Terminator } from '../ir/node.ts'
import { operandOf, recordInsn } from '../ir/record.ts'
import type { FieldValues, Insn } from '../isa/dsl.ts'
import type { InsnUse } from './dataflow.ts'

/** Instructions of one page. */
export const PAGE_WORDS = 1024

/** One instruction of a region. */
export interface RegionInsn {
  readonly insn: Insn
  readonly fields: FieldValues
  /** Its distance from the start of the entry's page, in instructions; negative before it. */
  readonly index: number
  /** Its meaning, recorded without knowing the flags before it; to be emitted once at most, and only where it does not read them. */
  readonly builder: Builder
  isEmitted: boolean
  /** See `useOfInsn`. */
  use?: InsnUse
}

/** How a block goes on. Targets are block numbers, or indices of instructions outside the region. */
export type Edge = { readonly block: number } | { readonly exit: number }

/** A basic block. */
export interface Block {
  readonly first: number
  readonly insns: readonly RegionInsn[]
  /** Where control goes without a branch, or when a conditional branch is not taken; undefined after an unconditional one. */
  readonly fallThrough: Edge | undefined
  /** Where a direct branch or call goes. */
  readonly taken: Edge | undefined
  /** Of an indirect branch: blocks that it is known to have gone to, or, for a return, those behind the calls that may have led here. */
  readonly targets: readonly number[]
  /** The block ends before an instruction that only the interpreter carries out. */
  readonly endsForInterpreter: boolean
}

/** Blocks, the entry first. */
export interface Region {
  readonly blocks: readonly Block[]
}

/** Limits of one region. TurboFan's time grows faster than its input; 128 blocks stayed under 20 ms. */
export interface RegionLimits {
  readonly maxBlocks: number
  readonly maxInsns: number
  /** Pages beside the entry's own. */
  readonly maxPages: number
  /** Where direct branches led less often than this stays outside. */
  readonly minEntries?: number
}

/** Where a region may take its code from. */
export interface RegionCode {
  /** Instruction words of the page that is mapped `distance` pages behind the entry's, as far as that is known now. */
  page(distance: number): Uint32Array | undefined
  /** How often the instruction at an index was reached by a branch while it was interpreted. */
  entriesOf(index: number): number
  /** Where the indirect branch or call at an index was seen to go. */
  targetsOf(index: number): readonly number[]
}

/** Addresses that an indirect branch is compared with, at most; others are left to the dispatcher. */
const MAX_TARGETS = 8

/** Page of an index, counted from the entry's. */
export function pageOfIndex(index: number): number {
  return Math.floor(index / PAGE_WORDS)
}

/** Offset of a direct branch, in instructions. */
function branchOffset(terminator: Extract<Terminator, { kind: 'relative' }>, fields: FieldValues): number {
  return terminator.offset(...argumentsOf(terminator.fields.map(operandOf), fields)) / 4
}

/** True when the next instruction follows, unless the run-time says otherwise. */
function goesOn(terminator: Terminator): boolean {
  if (terminator.kind === 'system') return !terminator.leaves
  return terminator.kind === 'next' || terminator.kind === 'attend'
}

interface RawBlock {
  readonly insns: RegionInsn[]
  fallThrough: number | undefined
  taken: number | undefined
  /** Where the callee is expected to return to. */
  continuation: number | undefined
  /** Where an indirect branch or call was seen to go. */
  indirect: readonly number[]
  isReturn: boolean
  endsForInterpreter: boolean
}

/** Grows one region. */
class RegionFinder {
  readonly #code: RegionCode
  readonly #decoder: Decoder
  readonly #limits: RegionLimits
  readonly #found = new Map<number, RegionInsn | undefined>()
  readonly #pages = new Set<number>([0])
  readonly #leaders = new Set<number>()

  constructor(code: RegionCode, decoder: Decoder, limits: RegionLimits) {
    this.#code = code
    this.#decoder = decoder
    this.#limits = limits
  }

  /** The instruction at an index, unless it is unallocated. */
  #at(index: number): RegionInsn | undefined {
    if (this.#found.has(index)) return this.#found.get(index)
    const page = pageOfIndex(index)
    const word = this.#pages.has(page) ? this.#code.page(page)?.[index - page * PAGE_WORDS] : undefined
    const insn = word === undefined ? undefined : this.#decoder.decode(word)
    let found: RegionInsn | undefined
    if (insn && word !== undefined) {
      const fields = fieldsOf(insn, word)
      found = { insn, fields, index, builder: recordInsn(insn, fields, { canLeave: true }), isEmitted: false }
    }
    this.#found.set(index, found)
    return found
  }

  /** Takes a page into the region, if it is mapped and there may be another. */
  #mayEnter(index: number): boolean {
    const page = pageOfIndex(index)
    if (this.#pages.has(page)) return true
    if (this.#pages.size > this.#limits.maxPages || !this.#code.page(page)) return false
    this.#pages.add(page)
    return true
  }

  /** Entry and branch targets, breadth first so that what is near the entry comes in before the limits cut. */
  #findLeaders(entry: number): void {
    const { maxBlocks, maxInsns, minEntries = 0 } = this.#limits
    const queue = [entry]
    const seen = new Set<number>()
    this.#leaders.add(entry)
    const add = (index: number): boolean => {
      if (this.#leaders.has(index)) return true
      if (this.#leaders.size >= maxBlocks || seen.size >= maxInsns || !this.#mayEnter(index)) return false
      this.#leaders.add(index)
      queue.push(index)
      return true
    }
    for (let leader = queue.shift(); leader !== undefined; leader = queue.shift()) {
      for (let i = leader; !seen.has(i); i++) {
        if (i > leader && i % PAGE_WORDS === 0 && !add(i)) break
        const found = this.#at(i)
        if (!found) break
        seen.add(i)
        const { terminator } = found.builder
        if (goesOn(terminator)) continue
        if (terminator.kind === 'relative') {
          const target = i + branchOffset(terminator, found.fields)
          const isInside = this.#code.entriesOf(target) >= minEntries && add(target)
          if (terminator.when || (isCall(found) && isInside)) add(i + 1)
        } else if (terminator.kind === 'indirect') {
          // All are tried: one that no longer fits leaves room for none behind it either.
          const inside = this.#targetsAt(found).filter(add)
          if (isCall(found) && inside.length > 0) add(i + 1)
        }
        break
      }
    }
  }

  /** Where an indirect branch was seen to go; of a return nothing is known but the calls in the region. */
  #targetsAt({ builder, index }: RegionInsn): readonly number[] {
    const { terminator } = builder
    if (terminator.kind !== 'indirect' || terminator.how === 'return') return []
    return this.#code.targetsOf(index).slice(0, MAX_TARGETS)
  }

  #readBlock(leader: number): RawBlock {
    const block: RawBlock = {
      insns: [],
      fallThrough: undefined,
      taken: undefined,
      continuation: undefined,
      indirect: [],
      isReturn: false,
      endsForInterpreter: false,
    }
    for (let i = leader; ; i++) {
      if (i > leader && (this.#leaders.has(i) || i % PAGE_WORDS === 0)) {
        block.fallThrough = i
        return block
      }
      const found = this.#at(i)
      if (!found) {
        block.fallThrough = i
        block.endsForInterpreter = true
        return block
      }
      block.insns.push(found)
      const { terminator } = found.builder
      if (goesOn(terminator)) continue
      if (terminator.kind === 'relative') {
        block.taken = i + branchOffset(terminator, found.fields)
        if (terminator.when) block.fallThrough = i + 1
        else if (isCall(found)) block.continuation = i + 1
      } else if (terminator.kind === 'indirect') {
        block.isReturn = terminator.how === 'return'
        block.indirect = this.#targetsAt(found)
        if (isCall(found)) block.continuation = i + 1
      }
      return block
    }
  }

  find(entry: number): Region | undefined {
    this.#findLeaders(entry)
    const raw = new Map<number, RawBlock>()
    for (const leader of this.#leaders) {
      const block = this.#readBlock(leader)
      if (block.insns.length > 0) raw.set(leader, block)
    }
    if (!raw.has(entry)) return undefined
    const order = [entry, ...[...raw.keys()].filter((leader) => leader !== entry)]
    const numberOf = new Map(order.map((leader, i) => [leader, i]))
    const edge = (index: number | undefined): Edge | undefined => {
      if (index === undefined) return undefined
      const block = numberOf.get(index)
      return block === undefined ? { exit: index } : { block }
    }
    const targets = targetsOf(
      order.map((leader) => raw.get(leader) as RawBlock),
      numberOf,
    )
    return {
      blocks: order.map((leader, n) => {
        const block = raw.get(leader) as RawBlock
        return {
          first: leader,
          insns: block.insns,
          fallThrough: edge(block.fallThrough),
          taken: edge(block.taken),
          targets: targets[n] as readonly number[],
          endsForInterpreter: block.endsForInterpreter,
        }
      }),
    }
  }
}

function isCall(insn: RegionInsn): boolean {
  return insn.builder.commits.some((c) => c.kind === 'lr')
}

/** For each block that ends in an indirect branch: where it was seen to go; in a return: what is behind the calls whose callee reaches it. */
function targetsOf(blocks: readonly RawBlock[], numberOf: ReadonlyMap<number, number>): number[][] {
  const inside = (indices: readonly (number | undefined)[]): number[] => {
    const numbers = indices.map((index) => (index === undefined ? undefined : numberOf.get(index)))
    return numbers.filter((n) => n !== undefined)
  }
  const targets = blocks.map((block) => inside(block.indirect))
  for (const call of blocks) {
    const [behind] = inside([call.continuation])
    if (behind === undefined) continue
    const queue = inside([call.taken, ...call.indirect])
    const seen = new Set(queue)
    for (let n = queue.pop(); n !== undefined; n = queue.pop()) {
      const block = blocks[n] as RawBlock
      const list = targets[n] as number[]
      if (block.isReturn && list.length < MAX_TARGETS && !list.includes(behind)) list.push(behind)
      // Through a call inside the callee to what comes after it.
      const next =
        block.continuation === undefined ? [block.fallThrough, block.taken, ...block.indirect] : [block.continuation]
      for (const to of inside(next)) {
        if (seen.has(to)) continue
        seen.add(to)
        queue.push(to)
      }
    }
  }
  return targets
}

/** Grows a region from an entry in page 0; undefined where the entry itself cannot be translated. */
export function findRegion(
  code: RegionCode,
  entry: number,
  decoder: Decoder,
  limits: RegionLimits,
): Region | undefined {
  return new RegionFinder(code, decoder, limits).find(entry)
}
