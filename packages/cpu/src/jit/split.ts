/** Makes control flow reducible: what is reached by a side entrance of a loop is copied, so that each loop is entered by its header alone. */

import type { Block, Edge } from './region.ts'
import { successors } from './structure.ts'

/** A loop with several entries. */
interface IrreducibleLoop {
  readonly nodes: ReadonlySet<number>
  readonly entries: readonly number[]
}

/** Strongly connected components of a part of a graph, those that are no loop left out. [TARJAN] */
function loopsOf(next: readonly (readonly number[])[], nodes: ReadonlySet<number>): Set<number>[] {
  const index = new Map<number, number>()
  const low = new Map<number, number>()
  const open: number[] = []
  const isOpen = new Set<number>()
  const loops: Set<number>[] = []
  const visit = (node: number): void => {
    const order = index.size
    index.set(node, order)
    low.set(node, order)
    open.push(node)
    isOpen.add(node)
    for (const to of next[node] as readonly number[]) {
      if (!nodes.has(to)) continue
      if (!index.has(to)) visit(to)
      if (isOpen.has(to)) low.set(node, Math.min(low.get(node) as number, low.get(to) as number))
    }
    if (low.get(node) !== order) return
    const component = new Set(open.splice(open.indexOf(node)))
    for (const member of component) isOpen.delete(member)
    if (component.size > 1 || (next[node] as readonly number[]).includes(node)) loops.push(component)
  }
  for (const node of nodes) if (!index.has(node)) visit(node)
  return loops
}

/** A loop among some nodes, or inside one of their loops, that has more than one entry. */
function findIrreducible(
  next: readonly (readonly number[])[],
  preds: readonly (readonly number[])[],
  nodes: ReadonlySet<number>,
): IrreducibleLoop | undefined {
  for (const loop of loopsOf(next, nodes)) {
    const entries = [...loop].filter((n) => n === 0 || (preds[n] as readonly number[]).some((p) => !loop.has(p)))
    if (entries.length > 1) return { nodes: loop, entries }
    const inner = new Set(loop)
    inner.delete(entries[0] as number)
    const found = findIrreducible(next, preds, inner)
    if (found) return found
  }
  return undefined
}

/** What is reached inside a loop from all its entries but one, before that one is. */
function besideHeader(next: readonly (readonly number[])[], loop: IrreducibleLoop, header: number): Set<number> {
  const reached = new Set(loop.entries.filter((n) => n !== header))
  // A set's iteration meets what is added on the way.
  for (const node of reached)
    for (const to of next[node] as readonly number[]) if (to !== header && loop.nodes.has(to)) reached.add(to)
  return reached
}

const lengthOf = (blocks: readonly Block[], numbers: Iterable<number>): number =>
  [...numbers].reduce((sum, n) => sum + (blocks[n] as Block).insns.length, 0)

function reachable(next: readonly (readonly number[])[]): Set<number> {
  const reached = new Set([0])
  for (const node of reached) for (const to of next[node] as readonly number[]) reached.add(to)
  return reached
}

/**
 * Copies blocks until every loop has one entry, as long as there are no more instructions than `maxInsns` then. What is left of loops with
 * several entries is for {@link structureOf} to cut.
 */
export function makeReducible(original: readonly Block[], maxInsns: number): readonly Block[] {
  let blocks = original
  for (;;) {
    const next = blocks.map(successors)
    const nodes = reachable(next)
    const preds: number[][] = blocks.map(() => [])
    for (const from of nodes) for (const to of next[from] as number[]) (preds[to] as number[]).push(from)
    const loop = findIrreducible(next, preds, nodes)
    if (!loop) return blocks
    // Block 0 is where the function begins: a loop that it is in has it as its header.
    const headers = loop.entries.includes(0) ? [0] : loop.entries
    const choices = headers.map((header) => besideHeader(next, loop, header))
    const copied = choices.reduce((a, b) => (lengthOf(blocks, b) < lengthOf(blocks, a) ? b : a))
    if (lengthOf(blocks, nodes) + lengthOf(blocks, copied) > maxInsns) return blocks
    blocks = withCopies(blocks, loop, copied)
  }
}

/** The blocks with copies of some of a loop; ways into it from outside lead to the copies, ways between copied ones to each other. */
function withCopies(blocks: readonly Block[], loop: IrreducibleLoop, copied: ReadonlySet<number>): Block[] {
  const copyOf = new Map([...copied].map((n, i) => [n, blocks.length + i]))
  const lead = (edge: Edge | undefined): Edge | undefined =>
    edge && 'block' in edge ? { block: copyOf.get(edge.block) ?? edge.block } : edge
  const redirected = (block: Block): Block => ({
    ...block,
    fallThrough: lead(block.fallThrough),
    taken: lead(block.taken),
    targets: block.targets.map((n) => copyOf.get(n) ?? n),
  })
  return [
    ...blocks.map((block, n) => (loop.nodes.has(n) ? block : redirected(block))),
    ...[...copied].map((n) => redirected(blocks[n] as Block)),
  ]
}
