/** Splitting blocks into pages eagerly: tables that map the same are built first and then take the place of the block. */

import { breakEntry, makeTable } from './break-make.ts'
import { addRefs, writeRun } from './entry-run.ts'
import { DescriptorHi, DescriptorLo, lastLevel } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import type { TableCache } from './table-cache.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** Visitor of `split`; one per table. */
export class SplitVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  readonly #state: TableState
  #cache: TableCache | undefined

  constructor(state: TableState) {
    this.#state = state
  }

  /** @see Stage2Table.split */
  split(ipa: number, sizeBytes: number, cache: TableCache): Result {
    this.#cache = cache
    return walkRange(this.#state, ipa, sizeBytes, this)
  }

  visit(context: WalkContext): Result {
    const { lo, hi, level } = context
    const cache = this.#cache as TableCache
    if ((lo & DescriptorLo.valid) === 0 || level === lastLevel) return Result.ok
    if (cache.pages === 0) return Result.ENOMEM
    // With too few pages for a tree down to pages only one level is made; the walk then comes to its blocks.
    const isWhole = cache.pages >= this.#tablesFor(level)
    const table = this.#build(cache, lo, hi & ~DescriptorHi.contiguous, context.pa, level + 1, isWhole)
    breakEntry(context)
    makeTable(context, table)
    return Result.ok
  }

  /** Tables of a tree that maps a block of `level` with pages. */
  #tablesFor(level: number): number {
    let tables = 1
    for (let l = level + 1; l < lastLevel; l++) tables = 1 + tables * this.#state.geometry.tableEntries
    return tables
  }

  /** A table of `level` that maps what a block at `pa` maps, with all of its attributes. */
  #build(cache: TableCache, lo: number, hi: number, pa: number, level: number, isWhole: boolean): number {
    const { mm, format, geometry, bytes } = this.#state
    const table = cache.take()
    const step = bytes[level]
    addRefs(mm, table, geometry.tableEntries)
    const [leafLo, leafHi] = attributesOf(this.#state, lo, hi, level)
    for (let i = 0; i < geometry.tableEntries; ) {
      const target = pa + i * step
      const room = Math.max(1, (0x1_0000_0000 - (target >>> 0)) / step)
      if (level < lastLevel && isWhole) {
        const child = this.#build(cache, lo, hi, target, level + 1, true)
        const tableLo = format.addressLo(child) | DescriptorLo.valid | DescriptorLo.type
        mm.write(table + i * 8, tableLo, format.addressHi(child))
        i++
      } else {
        const count = Math.min(geometry.tableEntries - i, room)
        const first = leafLo | format.addressLo(target)
        writeRun(mm, table + i * 8, count, first, leafHi | format.addressHi(target), count === 1 ? 0 : step)
        i += count
      }
    }
    return table
  }
}

function attributesOf(state: TableState, lo: number, hi: number, level: number): [lo: number, hi: number] {
  const sh = state.format.lpa2 ? 0 : DescriptorLo.sh
  const kept = DescriptorLo.memAttr | DescriptorLo.s2apRead | DescriptorLo.s2apWrite | sh | DescriptorLo.af
  const type = level === lastLevel ? DescriptorLo.type : 0
  return [(lo & kept) | DescriptorLo.valid | type, hi & highAttributes]
}

// Bits [63:51]; below are addresses. [ARM] D8.3.2
const highAttributes = 0xfff8_0000 | 0
