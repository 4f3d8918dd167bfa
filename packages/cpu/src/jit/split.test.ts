import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block, RegionInsn } from './region.ts'
import { makeReducible } from './split.ts'
import { structureOf, successors } from './structure.ts'

/** A block of one instruction that goes to others, by number. */
function block(
  n: number,
  fallThrough: number | undefined,
  taken: number | undefined,
  targets: readonly number[],
): Block {
  const edge = (to: number | undefined) => (to === undefined ? undefined : { block: to })
  return {
    first: n,
    insns: [{ index: n } as RegionInsn],
    fallThrough: edge(fallThrough),
    taken: edge(taken),
    targets,
    endsForInterpreter: false,
  }
}

const graph = fc.integer({ min: 2, max: 12 }).chain((count) => {
  const to = fc.nat({ max: count - 1 })
  const maybe = fc.option(to, { nil: undefined })
  const edges = fc.tuple(maybe, maybe, fc.array(to, { maxLength: 2 }))
  return fc
    .array(edges, { minLength: count, maxLength: count })
    .map((all) => all.map(([next, taken, targets], n) => block(n, next, taken, targets)))
})

/** Edges of reached blocks, by what the blocks were copied from, and which copies of a block go where it went. */
function edgesOf(blocks: readonly Block[]): {
  readonly edges: Set<string>
  readonly successorsOf: Map<number, Set<string>>
} {
  const reached = new Set([0])
  const edges = new Set<string>()
  const successorsOf = new Map<number, Set<string>>()
  for (const n of reached) {
    const from = blocks[n] as Block
    const firsts = successors(from).map((to) => (blocks[to] as Block).first)
    for (const to of successors(from)) reached.add(to)
    for (const to of firsts) edges.add(`${from.first} ${to}`)
    const shapes = successorsOf.get(from.first) ?? new Set()
    successorsOf.set(from.first, shapes.add([...new Set(firsts)].sort((a, b) => a - b).join()))
  }
  return { edges, successorsOf }
}

describe('makeReducible', () => {
  it('default: a loop with two entries gets one', () => {
    const blocks = [
      block(0, 1, 2, []),
      block(1, 2, undefined, []),
      block(2, 1, 3, []),
      block(3, undefined, undefined, []),
    ]
    expect(structureOf(blocks).cut.size).toBeGreaterThan(0)
    const split = makeReducible(blocks, 100)
    expect(split).toHaveLength(5)
    expect(structureOf(split).cut.size).toBe(0)
  })

  it('behavior: nothing is left to cut, and every copy goes where its original went', () => {
    let irreducible = 0
    fc.assert(
      fc.property(graph, (blocks) => {
        const split = makeReducible(blocks, 100_000)
        if (structureOf(blocks).cut.size > 0) irreducible++
        else expect(split).toBe(blocks)
        expect(structureOf(split).cut.size).toBe(0)
        expect(edgesOf(split)).toEqual(edgesOf(blocks))
      }),
      { numRuns: 2000 },
    )
    expect(irreducible).toBeGreaterThan(100)
  })

  it('args: beyond the limit of instructions nothing is copied', () => {
    const blocks = [
      block(0, 1, 2, []),
      block(1, 2, undefined, []),
      block(2, 1, 3, []),
      block(3, undefined, undefined, []),
    ]
    expect(makeReducible(blocks, 4)).toBe(blocks)
  })
})
