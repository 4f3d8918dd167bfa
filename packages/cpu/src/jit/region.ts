/** Finds a region of code: basic blocks reached from an entry without leaving the page, calls and system instructions excluded. */

import { type Decoder, fieldsOf } from '../decode/decoder.ts'
import { argumentsOf } from '../interp/record-layout.ts'
import type { Builder } from '../ir/builder.ts'
import type { Terminator } from '../ir/node.ts'
import { operandOf, recordInsn } from '../ir/record.ts'
import type { FieldValues, Insn } from '../isa/dsl.ts'

/** Instructions of one page. */
export const PAGE_WORDS = 1024

/** One instruction of a region. */
export interface RegionInsn {
  readonly insn: Insn
  readonly fields: FieldValues
  /** Index in the page, 0 to 1023. */
  readonly index: number
  /** Its meaning, recorded without knowing the flags before it: for looking at, not for emitting. */
  readonly builder: Builder
}

/** How a block goes on. Targets are block numbers, or page indices outside the region (`exit`, which may lie beyond the page). */
export type Edge = { readonly block: number } | { readonly exit: number }

/** A basic block. */
export interface Block {
  readonly first: number
  readonly insns: readonly RegionInsn[]
  /** Where control goes without a branch, or when a conditional branch is not taken; undefined after an unconditional one. */
  readonly fallThrough: Edge | undefined
  /** Where a direct branch goes. */
  readonly taken: Edge | undefined
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
}

interface RawBlock {
  insns: RegionInsn[]
  fallThrough: number | undefined
  taken: number | undefined
  endsForInterpreter: boolean
}

/** Instructions that translated code carries out: all but those that call the run-time's system side. */
function isTranslatable(terminator: Terminator): boolean {
  return terminator.kind !== 'system'
}

/** Offset of a direct branch, in instructions. */
function branchOffset(terminator: Extract<Terminator, { kind: 'relative' }>, fields: FieldValues): number {
  return terminator.offset(...argumentsOf(terminator.fields.map(operandOf), fields)) / 4
}

/**
 * Grows a region from an entry. `words` are the page's instruction words.
 * @returns undefined where the entry itself cannot be translated
 */
export function findRegion(
  words: Uint32Array,
  entry: number,
  decoder: Decoder,
  limits: RegionLimits,
): Region | undefined {
  const recorded = new Map<number, RegionInsn | undefined>()
  const at = (index: number): RegionInsn | undefined => {
    if (recorded.has(index)) return recorded.get(index)
    const word = words[index] as number
    const insn = decoder.decode(word)
    let found: RegionInsn | undefined
    if (insn) {
      const fields = fieldsOf(insn, word)
      const builder = recordInsn(insn, fields)
      if (isTranslatable(builder.terminator)) found = { insn, fields, index, builder }
    }
    recorded.set(index, found)
    return found
  }
  const leaders = findLeaders(at, entry, limits)
  const raw = new Map<number, RawBlock>()
  for (const leader of leaders) {
    const block = readBlock(at, leader, leaders)
    if (block.insns.length > 0) raw.set(leader, block)
  }
  if (!raw.has(entry)) return undefined
  const order = [entry, ...[...raw.keys()].filter((l) => l !== entry)]
  const numberOf = new Map(order.map((leader, i) => [leader, i]))
  const edge = (index: number | undefined): Edge | undefined => {
    if (index === undefined) return undefined
    const block = numberOf.get(index)
    return block === undefined ? { exit: index } : { block }
  }
  return {
    blocks: order.map((leader) => {
      const block = raw.get(leader) as RawBlock
      return {
        first: leader,
        insns: block.insns,
        fallThrough: edge(block.fallThrough),
        taken: edge(block.taken),
        endsForInterpreter: block.endsForInterpreter,
      }
    }),
  }
}

type Lookup = (index: number) => RegionInsn | undefined

/** Entry and branch targets, breadth first so that what is near the entry comes in before the limits cut. */
function findLeaders(at: Lookup, entry: number, limits: RegionLimits): Set<number> {
  const leaders = new Set([entry])
  const queue = [entry]
  const seen = new Set<number>()
  let insns = 0
  const add = (index: number): void => {
    if (
      index < 0 ||
      index >= PAGE_WORDS ||
      leaders.has(index) ||
      leaders.size >= limits.maxBlocks ||
      insns >= limits.maxInsns
    )
      return
    leaders.add(index)
    queue.push(index)
  }
  for (let leader = queue.shift(); leader !== undefined; leader = queue.shift()) {
    for (let i = leader; i < PAGE_WORDS && !seen.has(i); i++) {
      const found = at(i)
      if (!found) break
      seen.add(i)
      insns++
      const { terminator } = found.builder
      if (terminator.kind === 'next') continue
      if (terminator.kind === 'relative') {
        // A call is left by its exit; what comes after it is another region's entry.
        const isCall = found.builder.commits.some((c) => c.kind === 'lr')
        if (!isCall) add(i + branchOffset(terminator, found.fields))
        if (terminator.when) add(i + 1)
      }
      break
    }
  }
  return leaders
}

function readBlock(at: Lookup, leader: number, leaders: ReadonlySet<number>): RawBlock {
  const block: RawBlock = { insns: [], fallThrough: undefined, taken: undefined, endsForInterpreter: false }
  for (let i = leader; ; i++) {
    if (i >= PAGE_WORDS || (i > leader && leaders.has(i))) {
      block.fallThrough = i
      return block
    }
    const found = at(i)
    if (!found) {
      block.fallThrough = i
      block.endsForInterpreter = true
      return block
    }
    block.insns.push(found)
    const { terminator } = found.builder
    if (terminator.kind === 'next') continue
    if (terminator.kind === 'relative') {
      block.taken = i + branchOffset(terminator, found.fields)
      if (terminator.when) block.fallThrough = i + 1
    }
    return block
  }
}
