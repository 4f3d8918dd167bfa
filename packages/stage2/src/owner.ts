/** Annotating IPAs with an owner: invalid entries that say to whom the memory belongs. */

import { breakEntry, makeEntry, makeTable } from './break-make.ts'
import { lastLevel } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type TableCache, takeTable } from './table-cache.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** Largest owner that Linux knows; 0 means the host and is what an unused entry says. */
export const maxOwner = 1

/** Owner that an invalid descriptor is annotated with, bits [9:2]. */
export function ownerOf(lo: number): number {
  return (lo & 1) === 0 ? (lo >>> 2) & 0xff : 0
}

/** Visitor of `setOwner`; one per table. Only pages are annotated, as Linux has it. */
export class OwnerVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  readonly #state: TableState
  #lo = 0
  #cache: TableCache | undefined

  constructor(state: TableState) {
    this.#state = state
  }

  /** @see Stage2Table.setOwner */
  setOwner(ipa: number, sizeBytes: number, owner: number, cache: TableCache | undefined): Result {
    if (!Number.isInteger(owner) || owner < 0 || owner > maxOwner) return Result.EINVAL
    this.#lo = owner << 2
    this.#cache = cache
    return walkRange(this.#state, ipa, sizeBytes, this)
  }

  visit(context: WalkContext): Result {
    if (context.lo === this.#lo && context.hi === 0) {
      // Nobody's at any level is nobody's below.
      if (context.level === lastLevel || this.#lo === 0) return Result.ok
    }
    if (context.level < lastLevel) {
      const table = takeTable(this.#state, this.#cache)
      if (table < 0) return Result.ENOMEM
      breakEntry(context)
      makeTable(context, table)
      return Result.ok
    }
    breakEntry(context)
    if (this.#lo !== 0) makeEntry(context, this.#lo, 0)
    return Result.ok
  }
}
