/** Mapping a range of IPAs to memory. */

import { breakEntry, makeEntry } from './break-make.ts'
import { freeUnlinkedTable } from './destroy.ts'
import { checkProt, Prot } from './prot.ts'
import { DescriptorLo, lastLevel, permissionBitsHi, permissionBitsLo } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import type { TableCache } from './table-cache.ts'
import { checkBytes, type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** Flags of `map`, ORed together. */
export const MapFlags = {
  /** Pages only, no blocks: for dirty logging. */
  forcePage: 1,
  /** A fault is being handled: the first entry that needs no change ends the call with EAGAIN. */
  handleFault: 2,
} as const

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
    const { format, mm } = this.#state
    const lo = format.leafLo(this.#prot, context.level) | format.addressLo(pa)
    const hi = this.#hi | format.addressHi(pa)
    const difference = ((context.lo ^ lo) & ~permissionBitsLo) | ((context.hi ^ hi) & ~permissionBitsHi)
    // The same memory is mapped the same way, or with other permissions: another CPU was faster, or it is relaxPerms' business.
    if (difference === 0) return this.#again()
    breakEntry(context)
    if (mm.cleanDcache !== undefined && !format.fwb && format.isCacheable(lo)) mm.cleanDcache(pa, context.sizeBytes)
    if (mm.invalidateIcache !== undefined && (this.#prot & Prot.x) !== 0) mm.invalidateIcache(pa, context.sizeBytes)
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
    const { mm, geometry, format } = this.#state
    const cache = this.#cache
    const table = cache === undefined ? mm.allocTable(geometry.pageBytes, geometry.pageBytes) : cache.take()
    if (table < 0) return Result.ENOMEM
    breakEntry(context)
    makeEntry(context, format.addressLo(table) | DescriptorLo.valid | DescriptorLo.type, format.addressHi(table))
    return Result.ok
  }
}
