/** Unmapping a range of IPAs. */

import { contiguousEntries, unfoldEdges, unfoldRun } from './contiguous.ts'
import { addRefs, clearRun } from './entry-run.ts'
import { EntryRun } from './mm-ops.ts'
import { DescriptorHi, DescriptorLo, lastLevel } from './pte.ts'
import type { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

// More leaves than this in one call and one invalidation of the whole VMID is cheaper than each by its IPA.
const leavesByIpa = 64

/** Visitor of `unmap`; one per table. */
export class UnmapVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf | WalkFlags.tablePre | WalkFlags.tablePost
  readonly #state: TableState
  readonly #run: EntryRun = new EntryRun()
  // Leaves and tables taken out so far: what TLBs have to be told of.
  #broken = 0
  // Tables that nothing points to any more, but a CPU may still be walking through.
  #unlinked: number[] = []
  #isCleaned = false
  #start = 0

  constructor(state: TableState) {
    this.#state = state
  }

  /** @see Stage2Table.unmap */
  unmap(ipa: number, sizeBytes: number): Result {
    const { mm, format } = this.#state
    this.#broken = 0
    this.#start = ipa
    this.#isCleaned = mm.cleanDcache !== undefined && !format.fwb
    try {
      return walkRange(this.#state, ipa, sizeBytes, this)
    } finally {
      this.#finish()
    }
  }

  #finish(): void {
    const { mm, geometry } = this.#state
    if (this.#broken === 0) return
    if (this.#broken > leavesByIpa) mm.tlbiVmid()
    mm.dsb()
    const tables = this.#unlinked
    this.#unlinked = []
    for (const table of tables) {
      addRefs(mm, table, 1 - mm.refCount(table))
      mm.freeTable(table, geometry.pageBytes)
    }
  }

  visit(context: WalkContext, kind: number): Result {
    const { lo, hi } = context
    if ((lo | hi) === 0) return 0
    const { mm, format } = this.#state
    if (kind === WalkFlags.tablePre) {
      if (this.#isWholeTable(context)) this.#unlink(context)
      return 0
    }
    if (kind === WalkFlags.tablePost) {
      if (mm.refCount(context.pa) === 1) this.#unlink(context)
      return 0
    }
    if ((hi & DescriptorHi.contiguous) !== 0 && (lo & DescriptorLo.valid) !== 0 && !this.#holdsRun(context)) {
      unfoldRun(this.#state, context.ptePa, context.level, context.entryIpa)
    }
    mm.write(context.ptePa, 0, 0)
    mm.putRef(context.pagePa)
    if ((lo & DescriptorLo.valid) === 0) return 0
    this.#told(context.entryIpa, context.level)
    if (this.#isCleaned && format.isCacheable(lo)) mm.cleanDcache?.(context.pa, context.sizeBytes)
    return 0
  }

  // Where each leaf is told to TLBs or caches one by one, or there are few, `visit` sees them.
  visitRun(context: WalkContext, count: number): number {
    if (count <= leavesByIpa || this.#isCleaned) return 0
    const { mm } = this.#state
    const run = this.#run
    run.pa = context.ptePa
    run.count = count
    run.isLastLevel = context.level === lastLevel
    run.used = 0
    run.seenLo = 0
    unfoldEdges(this.#state, context.ptePa, context.level, context.entryIpa, count)
    const handled = clearRun(mm, run)
    if (run.used > 0) addRefs(mm, context.pagePa, -run.used)
    if (run.seenLo !== 0) this.#broken += leavesByIpa + 1
    return handled
  }

  // A table of many pages that goes as a whole is cut off; its entries need not be cleared one by one.
  #isWholeTable(context: WalkContext): boolean {
    if (context.level !== lastLevel - 1 || this.#isCleaned) return false
    const { mm } = this.#state
    return (
      context.entryIpa === context.ipa &&
      context.end - context.ipa >= context.sizeBytes &&
      mm.refCount(context.pa) > leavesByIpa
    )
  }

  #unlink(context: WalkContext): void {
    const { mm } = this.#state
    const table = context.pa
    mm.write(context.ptePa, 0, 0)
    mm.putRef(context.pagePa)
    // Pages below are cached by their own IPAs, which only the whole VMID reaches.
    if (mm.refCount(table) > 1) this.#broken += leavesByIpa + 1
    else this.#told(context.entryIpa, 0)
    this.#unlinked.push(table)
  }

  #told(ipa: number, level: number): void {
    if (++this.#broken <= leavesByIpa) this.#state.mm.tlbiIpa(ipa, level)
  }

  /** Whether all of the contiguous run that holds the entry is unmapped. */
  #holdsRun(context: WalkContext): boolean {
    const runBytes = contiguousEntries(this.#state.geometry, context.level) * context.sizeBytes
    const first = Math.floor(context.ipa / runBytes) * runBytes
    return first >= this.#start && first + runBytes <= context.end
  }
}
