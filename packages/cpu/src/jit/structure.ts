/** Control flow of a region as nested loops and blocks, from its dominator tree. [RAMSEY] Beyond Relooper, ICFP 2022. */

import type { Block, Edge } from './region.ts'

/** What the shape needs to know of each block, by block number. */
export interface Structure {
  /** Position in reverse postorder; -1 for blocks that are not reached. */
  readonly order: readonly number[]
  /** Children in the dominator tree, by reverse postorder. */
  readonly children: readonly (readonly number[])[]
  readonly isLoopHeader: readonly boolean[]
  /** More than one way leads here, back edges aside. */
  readonly isMerge: readonly boolean[]
  /** Blocks that lead here, of those that are reached. */
  readonly preds: readonly (readonly number[])[]
  /** Edges of irreducible loops, `from * count + to`: they leave the region instead. */
  readonly cut: ReadonlySet<number>
}

const blockOf = (edge: Edge | undefined): number | undefined => (edge && 'block' in edge ? edge.block : undefined)

/** Successors inside the region. */
export function successors(block: Block): number[] {
  const direct = [blockOf(block.fallThrough), blockOf(block.taken)].filter((n) => n !== undefined)
  return [...new Set([...direct, ...block.targets])]
}

function reversePostorder(next: readonly (readonly number[])[]): number[] {
  const order: number[] = []
  const seen = new Set<number>()
  const visit = (start: number): void => {
    const stack: [number, number][] = [[start, 0]]
    seen.add(start)
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as [number, number]
      const child = (next[top[0]] as readonly number[])[top[1]++]
      if (child === undefined) {
        order.push(top[0])
        stack.pop()
      } else if (!seen.has(child)) {
        seen.add(child)
        stack.push([child, 0])
      }
    }
  }
  visit(0)
  return order.reverse()
}

/** Immediate dominators. [COOPER] A Simple, Fast Dominance Algorithm. */
function dominators(
  rpo: readonly number[],
  position: readonly number[],
  preds: readonly (readonly number[])[],
): number[] {
  const idom: number[] = preds.map(() => -1)
  idom[0] = 0
  const intersect = (a: number, b: number): number => {
    let [x, y] = [a, b]
    while (x !== y) {
      while ((position[x] as number) > (position[y] as number)) x = idom[x] as number
      while ((position[y] as number) > (position[x] as number)) y = idom[y] as number
    }
    return x
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const node of rpo) {
      if (node === 0) continue
      const known = (preds[node] as readonly number[]).filter((p) => idom[p] !== -1)
      const found = known.reduce(intersect)
      if (idom[node] !== found) {
        idom[node] = found
        changed = true
      }
    }
  }
  return idom
}

/** Computes the structure. Where a loop has more than one entry, the edges into its middle are cut. */
export function structureOf(blocks: readonly Block[]): Structure {
  const count = blocks.length
  const cut = new Set<number>()
  for (;;) {
    const next = blocks.map((b, from) => successors(b).filter((to) => !cut.has(from * count + to)))
    const rpo = reversePostorder(next)
    const position = blocks.map(() => -1)
    rpo.forEach((node, i) => {
      position[node] = i
    })
    const preds: number[][] = blocks.map(() => [])
    for (const from of rpo) for (const to of next[from] as number[]) (preds[to] as number[]).push(from)
    const idom = dominators(rpo, position, preds)
    const dominates = (a: number, b: number): boolean => {
      let x = b
      while (x !== a && x !== 0) x = idom[x] as number
      return x === a
    }
    const isBack = (from: number, to: number): boolean => (position[to] as number) <= (position[from] as number)
    const bad = rpo.flatMap((from) =>
      (next[from] as number[]).filter((to) => isBack(from, to) && !dominates(to, from)).map((to) => from * count + to),
    )
    if (bad.length > 0) {
      for (const edge of bad) cut.add(edge)
      continue
    }
    const children: number[][] = blocks.map(() => [])
    for (const node of rpo) if (node !== 0) (children[idom[node] as number] as number[]).push(node)
    return {
      order: position,
      children,
      preds,
      cut,
      isLoopHeader: blocks.map((_, n) => (preds[n] as number[]).some((p) => isBack(p, n))),
      isMerge: blocks.map((_, n) => (preds[n] as number[]).filter((p) => !isBack(p, n)).length > 1),
    }
  }
}

/** Blocks of loops that have at most so many instructions in all. */
export function blocksOfSmallLoops(
  blocks: readonly Block[],
  { order, preds }: Structure,
  maxInsns: number,
): Set<number> {
  const small = new Set<number>()
  blocks.forEach((_, header) => {
    const body = new Set([header])
    const queue = (preds[header] as number[]).filter((p) => (order[p] as number) >= (order[header] as number))
    if (queue.length === 0) return
    for (let n = queue.pop(); n !== undefined; n = queue.pop()) {
      if (body.has(n)) continue
      body.add(n)
      queue.push(...(preds[n] as number[]))
    }
    let insns = 0
    for (const n of body) insns += (blocks[n] as Block).insns.length
    if (insns <= maxInsns) for (const n of body) small.add(n)
  })
  return small
}
