/** Freeing whole tables. */

import { addRefs } from './entry-run.ts'
import { lastLevel } from './pte.ts'
import type { Result } from './result.ts'
import type { TableState } from './state.ts'
import { type WalkContext, WalkFlags, type WalkVisitor, walkRange, walkUnlinked } from './walk.ts'

const freeVisitor: WalkVisitor = {
  flags: WalkFlags.tablePost,
  visit(context: WalkContext): Result {
    freePage(context.state, context.pa)
    return 0
  },
  // Nothing hangs below pages.
  visitRun: (context, count) => (context.level === lastLevel ? count : 0),
}

function freePage(state: TableState, pa: number): void {
  const { mm, geometry } = state
  addRefs(mm, pa, 1 - mm.refCount(pa))
  mm.freeTable(pa, geometry.pageBytes)
}

/** Frees a table of `level` and all below it. Nothing may point to it, nor any TLB hold it. */
export function freeUnlinkedTable(state: TableState, tablePa: number, level: number): void {
  walkUnlinked(state, tablePa, level, freeVisitor)
  freePage(state, tablePa)
}

/** Frees all tables, children before parents, then the root. No CPU may be running on it. */
export function destroyTable(state: TableState): void {
  if (state.root < 0) return
  const { mm, geometry, root } = state
  mm.tlbiVmid()
  mm.dsb()
  walkRange(state, 0, state.ipaLimit, freeVisitor)
  for (let pa = root; pa < root + geometry.rootAllocBytes; pa += geometry.pageBytes) {
    addRefs(mm, pa, 1 - mm.refCount(pa))
  }
  mm.freeTable(root, geometry.rootAllocBytes)
  state.root = -1
}
