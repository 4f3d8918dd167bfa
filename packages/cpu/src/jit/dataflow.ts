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
import { FIRST_V, FLAGS, RegisterSet } from './register-set.ts'
import { type Structure, successors } from './structure.ts'

/** What one instruction does to registers and flags. */
export interface InsnUse {
  readonly reads: RegisterSet
  readonly writes: RegisterSet
  /** It may leave the region, and so often that registers are better written back before it than on the way out. */
  readonly asksForState: boolean
}

/** What a block does to registers and flags. */
export interface BlockUse {
  readonly reads: RegisterSet
  readonly writes: RegisterSet
  /** What is read before it is written. */
  readonly readsFirst: RegisterSet
  /** What was written before the first instruction that may leave the region; where none does, all that is. */
  readonly writtenBeforeLeaving: RegisterSet
  /** What may differ from the vCPU block behind the block because of its own instructions. */
  readonly leftDirty: RegisterSet
  /** Whether everything but the flags is written back somewhere in the block. */
  readonly writesBack: boolean
}

const isFlag = (offset: number): boolean => offset >= LAYOUT.n && offset <= LAYOUT.v

const vectorOf = (operand: Operand, plus: number): number => FIRST_V + vectorIndex(operand, plus)

function collectReads(node: Node, into: RegisterSet, seen: Set<Node>): void {
  if (seen.has(node)) return
  seen.add(node)
  const { op } = node
  if (op.kind === 'readX') into.add(registerIndex(operandOf(op.operand).value as number, op.role, false))
  else if (op.kind === 'state' && isFlag(op.offset)) into.add(FLAGS)
  else if (op.kind === 'readV') into.add(vectorOf(op.operand, op.plus))
  else if (op.kind === 'readS') into.add(vectorOf(op.operand, 0))
  for (const arg of node.args) collectReads(arg, into, seen)
}

function readsOf(builder: Builder): RegisterSet {
  const reads = new RegisterSet()
  const seen = new Set<Node>()
  for (const node of rootsOf(builder)) collectReads(node, reads, seen)
  for (const e of builder.effects)
    if (e.kind === 'access' && e.facts.base && operandOf(e.facts.base).value === 31) reads.add(X_SP)
  reads.delete(X_ZERO)
  return reads
}

function writesOf(builder: Builder): RegisterSet {
  const writes = new RegisterSet()
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

/** What an instruction does, found out once. */
export function useOfInsn(found: RegionInsn): InsnUse {
  if (found.use) return found.use
  const { builder } = found
  const use = {
    reads: readsOf(builder),
    writes: writesOf(builder),
    asksForState: callsRuntime(builder) || builder.effects.some(({ kind }) => kind === 'access' || kind === 'require'),
  }
  found.use = use
  return use
}

/** The run-time looks at the vCPU block before the instruction's own writes, except where it takes an interrupt behind it. */
const callsRuntime = ({ terminator }: Builder): boolean => terminator.kind === 'system' || terminator.kind === 'attend'

const NOTHING = new RegisterSet()
const ALL_BUT_FLAGS = RegisterSet.of(Array.from({ length: FIRST_V + 32 }, (_, r) => r).filter((r) => r !== FLAGS))

/**
 * What a block's instructions do together.
 * @param mayLeaveAtStart the region may be left before the block's first instruction
 * @param isEager registers are written back before each instruction that {@link InsnUse.asksForState}
 */
export function useOf(block: Block, mayLeaveAtStart: boolean, isEager: boolean): BlockUse {
  const reads = new RegisterSet()
  const writes = new RegisterSet()
  const readsFirst = new RegisterSet()
  let leftDirty = new RegisterSet()
  let writesBack = false
  let writtenBeforeLeaving = mayLeaveAtStart ? NOTHING : undefined
  for (const insn of block.insns) {
    const use = useOfInsn(insn)
    reads.addAll(use.reads)
    readsFirst.addAll(use.reads, writes)
    if (use.asksForState || insn.insn.isFp) writtenBeforeLeaving ??= writes.clone()
    if (isEager && use.asksForState) {
      writesBack = true
      leftDirty = new RegisterSet().addAll(leftDirty, ALL_BUT_FLAGS)
    }
    writes.addAll(use.writes)
    leftDirty.addAll(use.writes)
  }
  return { reads, writes, readsFirst, writtenBeforeLeaving: writtenBeforeLeaving ?? writes, leftDirty, writesBack }
}

/** What may differ from the vCPU block at each block's start: everything that some way to it writes and does not write back. */
export function dirtyAtStart(blocks: readonly Block[], uses: readonly BlockUse[], structure: Structure): RegisterSet[] {
  const dirty = blocks.map(() => new RegisterSet())
  const next = blocks.map((block, from) =>
    successors(block).filter((to) => !structure.cut.has(from * blocks.length + to)),
  )
  for (let changed = true; changed; ) {
    changed = false
    next.forEach((list, from) => {
      const { leftDirty, writesBack } = uses[from] as BlockUse
      const out = new RegisterSet()
        .addAll(dirty[from] as RegisterSet, writesBack ? ALL_BUT_FLAGS : undefined)
        .addAll(leftDirty)
      for (const to of list) {
        const into = dirty[to] as RegisterSet
        const before = into.clone()
        if (!into.addAll(out).equals(before)) changed = true
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
  dirty: readonly RegisterSet[],
): RegisterSet {
  const live = uses.map(({ readsFirst, writtenBeforeLeaving }, n) =>
    readsFirst.clone().addAll(dirty[n] as RegisterSet, writtenBeforeLeaving),
  )
  const next = blocks.map(successors)
  for (let changed = true; changed; ) {
    changed = false
    // Backwards, as what is live spreads: blocks lie roughly in the order in which they are reached.
    for (let from = blocks.length - 1; from >= 0; from--) {
      const into = live[from] as RegisterSet
      const before = into.clone()
      const { writes } = uses[from] as BlockUse
      for (const to of next[from] as number[]) into.addAll(live[to] as RegisterSet, writes)
      if (!into.equals(before)) changed = true
    }
  }
  return live[0] as RegisterSet
}
