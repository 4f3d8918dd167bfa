/** Break-before-make as two verbs: a live entry changes only through invalid, with the TLBs told in between. [ARM] D8.16.1 */

import { unfoldRun } from './contiguous.ts'
import { DescriptorHi, DescriptorLo, isTable } from './pte.ts'
import type { WalkContext } from './walk.ts'

/**
 * Takes the entry out of use: stores an invalid descriptor, invalidates what TLBs hold of it and waits, drops its reference.
 * An entry that is not valid has nothing in any TLB.
 */
export function breakEntry(context: WalkContext): void {
  const { lo, hi, level, state } = context
  if ((lo | hi) === 0) return
  const { mm } = state
  if ((hi & DescriptorHi.contiguous) !== 0 && (lo & DescriptorLo.valid) !== 0 && !isTable(lo, level)) {
    unfoldRun(state, context.ptePa, level, context.entryIpa)
  }
  mm.write(context.ptePa, 0, 0)
  if ((lo & DescriptorLo.valid) !== 0) {
    // A table's leaves are cached by their own IPAs, so nothing less than the VMID reaches all of them.
    if (isTable(lo, level)) mm.tlbiVmid()
    else mm.tlbiIpa(context.entryIpa, level)
    mm.dsb()
  }
  mm.putRef(context.pagePa)
}

/** Puts the table at `tablePa` into a broken or unused entry. */
export function makeTable(context: WalkContext, tablePa: number): void {
  const { format } = context.state
  makeEntry(context, format.addressLo(tablePa) | DescriptorLo.valid | DescriptorLo.type, format.addressHi(tablePa))
}

/** Puts a descriptor into a broken or unused entry and counts it. */
export function makeEntry(context: WalkContext, lo: number, hi: number): void {
  const { mm } = context.state
  mm.getRef(context.pagePa)
  mm.write(context.ptePa, lo, hi)
}
