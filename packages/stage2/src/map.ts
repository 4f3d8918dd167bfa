/** Mapping a range of IPAs to memory. */

import { breakEntry, makeEntry, makeTable } from './break-make.ts'
import { contiguousEntries } from './contiguous.ts'
import { freeUnlinkedTable } from './destroy.ts'
import { addRefs, writeRun } from './entry-run.ts'
import { checkProt, Prot } from './prot.ts'
import { DescriptorHi, lastLevel, permissionBitsHi, permissionBitsLo } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type TableCache, takeTable } from './table-cache.ts'
import { checkBytes, type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** Flags of `map`, ORed together. */
export const MapFlags = {
  /** Pages only, no blocks: for dirty logging. */
  forcePage: 1,
  /** A fault is being handled: the first entry that needs no change ends the call with EAGAIN. */
  handleFault: 2,
  /**
   * Give entries the contiguous hint where a whole aligned run of unused ones is mapped. Linux never does at stage 2. Later
   * changes to a part of such a run take the hint from all of it first.
   */
  contiguous: 4,
} as const

// The hint says nothing of the mapping itself.
const comparedNotHi = permissionBitsHi | DescriptorHi.contiguous

/** Visitor of `map`; one per table is made and used again, so that mapping a page allocates nothing. */
export class MapVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf | WalkFlags.tablePre
  readonly #state: TableState
  // What to add to an IPA to get its physical address.
  #offset = 0
  #prot = 0
  #hi = 0
  #mapFlags = 0
  #cache: TableCache | undefined
  #isAgain = false

  constructor(state: TableState) {
    this.#state = state
  }

  /** @see Stage2Table.map */
  map(ipa: number, sizeBytes: number, pa: number, prot: Prot, mapFlags: number, cache: TableCache | undefined): Result {
    const state = this.#state
    const { geometry } = state
    checkBytes('ipa', ipa)
    checkBytes('pa', pa)
    checkBytes('sizeBytes', sizeBytes)
    const checked = checkProt(prot)
    if (checked !== Result.ok) return checked
    const inverse = state.inverse[lastLevel]
    const firstPage = Math.floor(pa * inverse)
    if (firstPage * geometry.pageBytes + sizeBytes > 2 ** geometry.oaBits) return Result.ERANGE
    if (state.isIdentity && firstPage !== Math.floor(ipa * inverse)) return Result.EINVAL
    this.#offset = (firstPage - Math.floor(ipa * inverse)) * geometry.pageBytes
    this.#prot = prot
    this.#hi = state.format.leafHi(prot)
    this.#mapFlags = mapFlags
    this.#cache = cache
    this.#isAgain = false
    const result = walkRange(state, ipa, sizeBytes, this)
    this.#cache = undefined
    return result === Result.ok && this.#isAgain ? Result.EAGAIN : result
  }

  // An empty table is filled in one go: nothing has to be read or broken. Mapping 1 GiB of pages takes a tenth of the time for it.
  visitRun(context: WalkContext, count: number): number {
    const { mm } = this.#state
    const { level, ipa } = context
    const bytes = this.#state.bytes[level]
    const pa = ipa + this.#offset
    if (bytes > 0x8000_0000 || !this.#isLeafAllowed(context, pa)) return 0
    const inRun = (this.#mapFlags & MapFlags.contiguous) === 0 ? 1 : contiguousEntries(this.#state.geometry, level)
    const isAligned = inRun > 1 && (ipa * this.#state.inverse[level]) % inRun === 0
    let length = mm.refCount(context.pagePa) === 1 ? count : isAligned ? Math.min(count, inRun) : 0
    // Blocks that the range holds only a part of are not mapped as blocks.
    length = Math.min(length, Math.floor((context.end - ipa) / bytes))
    if (length < 1 || (mm.refCount(context.pagePa) !== 1 && !this.#isUnused(context.ptePa, length))) return 0
    this.#fill(context, pa, length, inRun)
    return length
  }

  #isUnused(ptePa: number, count: number): boolean {
    const { mm } = this.#state
    for (let pa = ptePa; pa < ptePa + count * 8; pa += 8) if ((mm.readLo(pa) | mm.readHi(pa)) !== 0) return false
    return true
  }

  #fill(context: WalkContext, pa: number, count: number, inRun: number): void {
    const { mm, bytes, inverse } = this.#state
    const { level, ptePa } = context
    const step = bytes[level]
    this.#maintainCaches(pa, count * step)
    addRefs(mm, context.pagePa, count)
    const index = context.ipa * inverse[level]
    const head = (inRun - (index % inRun)) % inRun
    const isCongruent = inRun > 1 && (index - pa * inverse[level]) % inRun === 0
    const folded = isCongruent ? Math.max(0, Math.floor((count - head) / inRun) * inRun) : 0
    const before = folded > 0 ? head : 0
    const tail = before + folded
    this.#write(ptePa, before, pa, level, 0)
    this.#write(ptePa + before * 8, folded, pa + before * step, level, DescriptorHi.contiguous)
    this.#write(ptePa + tail * 8, count - tail, pa + tail * step, level, 0)
  }

  #write(ptePa: number, count: number, pa: number, level: number, hint: number): void {
    const { mm, format, bytes } = this.#state
    const step = bytes[level]
    for (let done = 0; done < count; ) {
      // From one 4 GiB to the next the high half changes.
      const target = pa + done * step
      const length = Math.min(count - done, (0x1_0000_0000 - (target >>> 0)) / step)
      const lo = format.leafLo(this.#prot, level) | format.addressLo(target)
      writeRun(mm, ptePa + done * 8, length, lo, this.#hi | hint | format.addressHi(target), step)
      done += length
    }
  }

  // What the memory held before must not be read through other attributes later.
  #maintainCaches(pa: number, sizeBytes: number): void {
    const { mm, format } = this.#state
    if (mm.cleanDcache !== undefined && !format.fwb && format.isCacheable(format.leafLo(this.#prot, lastLevel))) {
      mm.cleanDcache(pa, sizeBytes)
    }
    if (mm.invalidateIcache !== undefined && (this.#prot & Prot.x) !== 0) mm.invalidateIcache(pa, sizeBytes)
  }

  visit(context: WalkContext, kind: number): Result {
    const pa = context.ipa + this.#offset
    if (this.#isLeafAllowed(context, pa)) return this.#mapLeaf(context, kind, pa)
    return kind === WalkFlags.tablePre ? Result.ok : this.#installTable(context)
  }

  #isLeafAllowed(context: WalkContext, pa: number): boolean {
    const { level, ipa } = context
    if (level === lastLevel) return true
    const state = this.#state
    if (level < state.minBlockLevel || (this.#mapFlags & MapFlags.forcePage) !== 0) return false
    const bytes = state.bytes[level]
    if (context.end - ipa < bytes) return false
    const inverse = state.inverse[level]
    return Math.floor(ipa * inverse) * bytes === ipa && Math.floor(pa * inverse) * bytes === pa
  }

  #mapLeaf(context: WalkContext, kind: number, pa: number): Result {
    const { format } = this.#state
    const lo = format.leafLo(this.#prot, context.level) | format.addressLo(pa)
    const hi = this.#hi | format.addressHi(pa)
    const difference = ((context.lo ^ lo) & ~permissionBitsLo) | ((context.hi ^ hi) & ~comparedNotHi)
    // The same memory is mapped the same way, or with other permissions: another CPU was faster, or it is relaxPerms' business.
    if (difference === 0) return this.#again()
    breakEntry(context)
    this.#maintainCaches(pa, context.sizeBytes)
    makeEntry(context, lo, hi)
    if (kind === WalkFlags.tablePre) {
      freeUnlinkedTable(this.#state, format.address(context.lo, context.hi), context.level + 1)
    }
    return Result.ok
  }

  #again(): Result {
    if ((this.#mapFlags & MapFlags.handleFault) !== 0) return Result.EAGAIN
    this.#isAgain = true
    return Result.ok
  }

  // What a block mapped before is not carried over: the guest faults the rest of it in again.
  #installTable(context: WalkContext): Result {
    const table = takeTable(this.#state, this.#cache)
    if (table < 0) return Result.ENOMEM
    breakEntry(context)
    makeTable(context, table)
    return Result.ok
  }
}
