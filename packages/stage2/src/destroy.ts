/** Freeing whole tables. */

import type { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange, walkUnlinked } from './walk.ts'

const freeVisitor: WalkVisitor = {
  flags: WalkFlags.leaf | WalkFlags.tablePost,
  visit(context: WalkContext, kind: number): Result {
    if ((context.lo | context.hi) === 0) return 0
    const { mm, geometry } = context.state
    mm.putRef(context.pagePa)
    if (kind === WalkFlags.tablePost) mm.freeTable(context.pa, geometry.pageBytes)
    return 0
  },
}

/** Frees a table of `level` and all below it. Nothing may point to it, nor any TLB hold it. */
export function freeUnlinkedTable(state: TableState, tablePa: number, level: number): void {
  walkUnlinked(state, tablePa, level, freeVisitor)
  state.mm.freeTable(tablePa, state.geometry.pageBytes)
}

/** Frees all tables, children before parents, then the root. No CPU may be running on it. */
export function destroyTable(state: TableState): void {
  if (state.root < 0) return
  const { mm, geometry } = state
  mm.tlbiVmid()
  mm.dsb()
  walkRange(state, 0, state.ipaLimit, freeVisitor)
  mm.freeTable(state.root, geometry.rootAllocBytes)
  state.root = -1
}
