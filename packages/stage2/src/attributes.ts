/** Changing attributes of leaves in place: permissions, access flag. The architecture needs no break for these. [ARM] D8.16.1 */

import { unfoldEdges } from './contiguous.ts'
import { changeRun } from './entry-run.ts'
import { EntryRun } from './mm-ops.ts'
import { Prot, softwareMask } from './prot.ts'
import { DescriptorHi, DescriptorLo, lastLevel, protToLo } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** Visitor of all attribute changes; one per table. */
export class AttributeVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  readonly #state: TableState
  readonly #run: EntryRun = new EntryRun()
  #isFault = false
  // Whether entries of a contiguous run may differ in what is changed: only in the access flag.
  #isFreeInRuns = false
  /** Level of the last valid leaf. */
  #level = 0

  constructor(state: TableState) {
    this.#state = state
  }

  /** @see Stage2Table.relaxPerms */
  relaxPerms(ipa: number, prot: Prot): Result {
    if ((prot & softwareMask) !== 0) return Result.EINVAL
    const result = this.#update(ipa, 1, protToLo(prot), 0, prot & Prot.x ? DescriptorHi.xn : 0, true)
    if (result === Result.ok) {
      const { mm, bytes, inverse } = this.#state
      mm.tlbiIpa(Math.floor(ipa * inverse[this.#level]) * bytes[this.#level], this.#level)
      mm.dsb()
    }
    return result
  }

  /** @see Stage2Table.mkYoung */
  mkYoung(ipa: number): Result {
    return this.#update(ipa, 1, DescriptorLo.af, 0, 0, true)
  }

  /** @see Stage2Table.mkOld */
  mkOld(ipa: number): Result {
    return this.#update(ipa, 1, 0, DescriptorLo.af, 0, true)
  }

  /** @see Stage2Table.testClearYoung */
  testClearYoung(ipa: number, sizeBytes: number, makeOld: boolean): boolean {
    const result = this.#update(ipa, sizeBytes, 0, makeOld ? DescriptorLo.af : 0, 0, false)
    return result === Result.ok && (this.#run.seenLo & DescriptorLo.af) !== 0
  }

  /** @see Stage2Table.writeProtect */
  writeProtect(ipa: number, sizeBytes: number): Result {
    return this.#update(ipa, sizeBytes, 0, DescriptorLo.s2apWrite, 0, false)
  }

  visit(context: WalkContext): Result {
    const { lo, hi } = context
    if ((lo & DescriptorLo.valid) === 0) return this.#isFault ? Result.EAGAIN : Result.ok
    this.#level = context.level
    const { mm } = this.#state
    if ((hi & this.#run.clearHi) !== 0) mm.invalidateIcache?.(context.pa, context.sizeBytes)
    this.#change(context, 1)
    return Result.ok
  }

  visitRun(context: WalkContext, count: number): number {
    return this.#isFault ? 0 : this.#change(context, count)
  }

  #change(context: WalkContext, count: number): number {
    const run = this.#run
    if (!this.#isFreeInRuns) unfoldEdges(this.#state, context.ptePa, context.level, context.entryIpa, count)
    run.pa = context.ptePa
    run.count = count
    run.isLastLevel = context.level === lastLevel
    return changeRun(this.#state.mm, run)
  }

  #update(ipa: number, sizeBytes: number, setLo: number, clearLo: number, clearHi: number, isFault: boolean): Result {
    const run = this.#run
    run.setLo = setLo
    run.clearLo = clearLo
    run.clearHi = clearHi
    run.seenLo = 0
    this.#isFault = isFault
    this.#isFreeInRuns = (setLo | clearLo | clearHi) === (DescriptorLo.af & (setLo | clearLo))
    this.#level = 0
    return walkRange(this.#state, ipa, sizeBytes, this)
  }
}
