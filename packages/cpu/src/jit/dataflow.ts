/** Which registers and flags a region must load when it is entered, and which it must write back where it is left. */

import { registerIndex } from '../interp/record-layout.ts'
import type { Builder } from '../ir/builder.ts'
import { vectorIndex } from '../ir/emit/values.ts'
import { rootsOf } from '../ir/emit.ts'
import type { Node } from '../ir/node.ts'
import { operandOf } from '../ir/record.ts'
import type { Operand } from '../isa/dsl.ts'
import { LAYOUT, X_SINK, X_SP, X_ZERO } from '../state.ts'
import type { Block, RegionInsn } from './region.ts'
import { FIRST_V } from './region-target.ts'
import { type Structure, successors } from './structure.ts'

/** The flags, among the numbers of registers. */
export const FLAGS: number = -1

/** What a block does to registers and flags. */
export interface BlockUse {
  readonly reads: ReadonlySet<number>
  readonly writes: ReadonlySet<number>
  /** What is read before it is written. */
  readonly readsFirst: ReadonlySet<number>
  /** What was written before the first instruction that may leave the region; where none does, all that is. */
  readonly writtenBeforeLeaving: ReadonlySet<number>
  /** What may differ from the vCPU block behind the block because of its own instructions. */
  readonly leftDirty: ReadonlySet<number>
  /** Whether everything but the flags is written back somewhere in the block. */
  readonly writesBack: boolean
}

const isFlag = (offset: number): boolean => offset >= LAYOUT.n && offset <= LAYOUT.v

const vectorOf = (operand: Operand, plus: number): number => FIRST_V + vectorIndex(operand, plus)

function collectReads(node: Node, into: Set<number>, seen: Set<Node>): void {
  if (seen.has(node)) return
  seen.add(node)
  const { op } = node
  if (op.kind === 'readX') into.add(registerIndex(operandOf(op.operand).value as number, op.role, false))
  else if (op.kind === 'state' && isFlag(op.offset)) into.add(FLAGS)
  else if (op.kind === 'readV') into.add(vectorOf(op.operand, op.plus))
  else if (op.kind === 'readS') into.add(vectorOf(op.operand, 0))
  for (const arg of node.args) collectReads(arg, into, seen)
}

function readsOf(builder: Builder): Set<number> {
  const reads = new Set<number>()
  const seen = new Set<Node>()
  for (const node of rootsOf(builder)) collectReads(node, reads, seen)
  for (const e of builder.effects)
    if (e.kind === 'access' && e.facts.base && operandOf(e.facts.base).value === 31) reads.add(X_SP)
  reads.delete(X_ZERO)
  return reads
}

function writesOf(builder: Builder): Set<number> {
  const writes = new Set<number>()
  for (const c of builder.commits) {
    if (c.kind === 'x') writes.add(registerIndex(operandOf(c.operand).value as number, c.role, true))
    else if (c.kind === 'lr') writes.add(30)
    else if (c.kind === 'v') writes.add(vectorOf(c.operand, c.plus))
    else if (c.kind === 's') writes.add(vectorOf(c.operand, 0))
    else if (c.kind === 'state' && isFlag(c.offset)) writes.add(FLAGS)
  }
  const { terminator } = builder
  if (terminator.kind === 'system' && terminator.destination)
    writes.add(registerIndex(operandOf(terminator.destination).value as number, 'x', true))
  writes.delete(X_SINK)
  return writes
}

const mayLeave = (found: RegionInsn): boolean => found.insn.isFp || asksForState(found)

/** Whether an instruction needs the registers in the vCPU block so often that they are better written before it than where it leaves. */
export const asksForState = ({ builder }: RegionInsn): boolean =>
  callsRuntime(builder) || builder.effects.some(({ kind }) => kind === 'access' || kind === 'require')

/** The run-time looks at the vCPU block before the instruction's own writes, except where it takes an interrupt behind it. */
const callsRuntime = ({ terminator }: Builder): boolean => terminator.kind === 'system' || terminator.kind === 'attend'

/**
 * What a block's instructions do together.
 * @param mayLeaveAtStart the region may be left before the block's first instruction
 * @param isEager registers are written back before each instruction that {@link asksForState}
 */
export function useOf(block: Block, mayLeaveAtStart: boolean, isEager: boolean): BlockUse {
  const reads = new Set<number>()
  const writes = new Set<number>()
  const readsFirst = new Set<number>()
  const leftDirty = new Set<number>()
  let writesBack = false
  let writtenBeforeLeaving: Set<number> | undefined = mayLeaveAtStart ? new Set() : undefined
  for (const insn of block.insns) {
    for (const r of readsOf(insn.builder)) {
      reads.add(r)
      if (!writes.has(r)) readsFirst.add(r)
    }
    if (mayLeave(insn)) writtenBeforeLeaving ??= new Set(writes)
    if (isEager && asksForState(insn)) {
      writesBack = true
      for (const r of leftDirty) if (r !== FLAGS) leftDirty.delete(r)
    }
    for (const r of writesOf(insn.builder)) {
      writes.add(r)
      leftDirty.add(r)
    }
  }
  return { reads, writes, readsFirst, writtenBeforeLeaving: writtenBeforeLeaving ?? writes, leftDirty, writesBack }
}

/** What may differ from the vCPU block at each block's start: everything that some way to it writes and does not write back. */
export function dirtyAtStart(blocks: readonly Block[], uses: readonly BlockUse[], structure: Structure): Set<number>[] {
  const dirty = blocks.map(() => new Set<number>())
  const next = blocks.map((block, from) =>
    successors(block).filter((to) => !structure.cut.has(from * blocks.length + to)),
  )
  for (let changed = true; changed; ) {
    changed = false
    next.forEach((list, from) => {
      for (const to of list) {
        const into = dirty[to] as Set<number>
        const before = into.size
        const { leftDirty, writesBack } = uses[from] as BlockUse
        for (const r of dirty[from] as Set<number>) if (!writesBack || r === FLAGS) into.add(r)
        for (const r of leftDirty) into.add(r)
        if (into.size !== before) changed = true
      }
    })
  }
  return dirty
}

/**
 * What must be in its local before the first block: what some way reads, or writes back because another way has changed it, before it
 * writes it.
 */
export function liveAtEntry(
  blocks: readonly Block[],
  uses: readonly BlockUse[],
  dirty: readonly Set<number>[],
): Set<number> {
  const live = uses.map(({ readsFirst, writtenBeforeLeaving }, n) => {
    const writtenBack = [...(dirty[n] as Set<number>)].filter((r) => !writtenBeforeLeaving.has(r))
    return new Set([...readsFirst, ...writtenBack])
  })
  const next = blocks.map(successors)
  for (let changed = true; changed; ) {
    changed = false
    // Backwards, as what is live spreads: blocks lie roughly in the order in which they are reached.
    for (let from = blocks.length - 1; from >= 0; from--) {
      const into = live[from] as Set<number>
      const before = into.size
      const { writes } = uses[from] as BlockUse
      for (const to of next[from] as number[]) for (const r of live[to] as Set<number>) if (!writes.has(r)) into.add(r)
      if (into.size !== before) changed = true
    }
  }
  return live[0] as Set<number>
}
