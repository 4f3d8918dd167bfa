/** Unmapping a range of IPAs. */

import { DescriptorLo } from './pte.ts'
import type { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

// More leaves than this in one call and one invalidation of the whole VMID is cheaper than each by its IPA.
const leavesByIpa = 64

/** Visitor of `unmap`; one per table. */
export class UnmapVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf | WalkFlags.tablePost
  readonly #state: TableState
  #leaves = 0

  constructor(state: TableState) {
    this.#state = state
  }

  /** @see Stage2Table.unmap */
  unmap(ipa: number, sizeBytes: number): Result {
    const { mm } = this.#state
    this.#leaves = 0
    const result = walkRange(this.#state, ipa, sizeBytes, this)
    if (this.#leaves > leavesByIpa) mm.tlbiVmid()
    if (this.#leaves > 0) mm.dsb()
    return result
  }

  visit(context: WalkContext, kind: number): Result {
    const { lo, hi } = context
    if ((lo | hi) === 0) return 0
    const { mm, format, geometry } = this.#state
    const isTable = kind === WalkFlags.tablePost
    if (isTable && mm.refCount(context.pa) !== 1) return 0
    mm.write(context.ptePa, 0, 0)
    mm.putRef(context.pagePa)
    if (isTable) {
      // No CPU may still walk through the page when it is given back, so this one is not put off.
      mm.tlbiIpa(context.entryIpa, 0)
      mm.dsb()
      mm.freeTable(context.pa, geometry.pageBytes)
      return 0
    }
    if ((lo & DescriptorLo.valid) === 0) return 0
    this.#leaves++
    if (this.#leaves <= leavesByIpa) mm.tlbiIpa(context.entryIpa, context.level)
    if (mm.cleanDcache !== undefined && !format.fwb && format.isCacheable(lo)) {
      mm.cleanDcache(context.pa, context.sizeBytes)
    }
    return 0
  }
}
