/** Cleaning data caches of what is mapped, for guests that switch their caches off. */

import { DescriptorLo } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

const flushVisitor: WalkVisitor = {
  flags: WalkFlags.leaf,
  isReadOnly: true,
  visit(context: WalkContext): Result {
    const { mm, format } = context.state
    const isCached = (context.lo & DescriptorLo.valid) !== 0 && format.isCacheable(context.lo)
    if (isCached) mm.cleanDcache?.(context.pa, context.sizeBytes)
    return Result.ok
  },
}

/** @see Stage2Table.flush */
export function flushRange(state: TableState, ipa: number, sizeBytes: number): Result {
  // With FEAT_S2FWB every access is coherent whatever the guest asks for.
  if (state.format.fwb || state.mm.cleanDcache === undefined) return walkRange(state, ipa, sizeBytes, nothing)
  return walkRange(state, ipa, sizeBytes, flushVisitor)
}

// Arguments are checked all the same.
const nothing: WalkVisitor = { flags: 0, visit: () => Result.ok, visitRun: (_, count) => count }
