/** Changing attributes of leaves in place: permissions, access flag. The architecture needs no break for these. [ARM] D8.16.1 */

import { Prot, softwareMask } from './prot.ts'
import { DescriptorHi, DescriptorLo, protToLo } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** Visitor of all attribute changes; one per table. */
export class AttributeVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  readonly #state: TableState
  #setLo = 0
  #clearLo = 0
  #clearHi = 0
  #isFault = false
  /** Level of the last valid leaf. */
  #level = 0
  /** OR of the low halves before the change. */
  #seenLo = 0

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

  /** @see Stage2Table.testClearYoung */
  testClearYoung(ipa: number, sizeBytes: number, makeOld: boolean): boolean {
    const result = this.#update(ipa, sizeBytes, 0, makeOld ? DescriptorLo.af : 0, 0, false)
    return result === Result.ok && (this.#seenLo & DescriptorLo.af) !== 0
  }

  /** @see Stage2Table.writeProtect */
  writeProtect(ipa: number, sizeBytes: number): Result {
    return this.#update(ipa, sizeBytes, 0, DescriptorLo.s2apWrite, 0, false)
  }

  visit(context: WalkContext): Result {
    const { lo, hi } = context
    if ((lo & DescriptorLo.valid) === 0) return this.#isFault ? Result.EAGAIN : Result.ok
    const { mm } = this.#state
    this.#level = context.level
    this.#seenLo |= lo
    const newLo = (lo & ~this.#clearLo) | this.#setLo
    const newHi = hi & ~this.#clearHi
    if (newLo === lo && newHi === hi) return Result.ok
    if (newHi !== hi) mm.invalidateIcache?.(context.pa, context.sizeBytes)
    mm.write(context.ptePa, newLo, newHi)
    return Result.ok
  }

  #update(ipa: number, sizeBytes: number, setLo: number, clearLo: number, clearHi: number, isFault: boolean): Result {
    this.#setLo = setLo
    this.#clearLo = clearLo
    this.#clearHi = clearHi
    this.#isFault = isFault
    this.#level = 0
    this.#seenLo = 0
    return walkRange(this.#state, ipa, sizeBytes, this)
  }
}
