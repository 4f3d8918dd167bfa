/** The one walker: depth first over a range of IPAs, calling a visitor for leaves and tables. */

import { Stage2ArgumentError } from './errors.ts'
import { DescriptorLo, isTable, lastLevel } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'

/** Which entries a visitor wants to see, and which kind it sees. */
export const WalkFlags = {
  /** Entries that are not tables: pages, blocks and invalid entries. */
  leaf: 1,
  /** Tables, before what is below them. */
  tablePre: 2,
  /** Tables, after what is below them. */
  tablePost: 4,
} as const

/** Called by the walker; may change the entry it is called for. */
export interface WalkVisitor {
  /** {@link WalkFlags}, ORed together. */
  readonly flags: number
  /** The visitor changes no entry, so the walker need not look at an entry again after a visit. Default false. */
  readonly isReadOnly?: boolean
  /**
   * Visits one entry. After a `leaf` or `tablePre` visit the walker reads the entry again, so a table that was just put there
   * is descended and one that was taken away is not.
   * @param context - valid until the visitor returns
   * @param kind - one of {@link WalkFlags}
   * @returns 0 to go on; anything else ends the walk and is its result
   */
  visit(context: WalkContext, kind: number): Result
  /**
   * Handles entries side by side in one go. Called before the entry at which the walk stands, with how many entries of its
   * table page the range still has.
   * @param context - as for `visit`, without the descriptor
   * @returns entries handled, which `visit` is then not called for; 0 for none; a negative result ends the walk
   */
  visitRun?(context: WalkContext, count: number): number
}

/** The entry a visitor is called for. */
export class WalkContext {
  /** End of the walk's range. */
  end = 0
  level = 0
  /** Address of the table page that holds the entry: the unit of reference counts. */
  pagePa = 0
  /** Which entry of the page it is. */
  index = 0
  /** First IPA that the page's first entry translates. */
  pageIpa = 0
  /** Bits [31:0] of the descriptor as it was before the visit. */
  lo = 0
  /** Bits [63:32]. */
  hi = 0
  /** Start of the walk's range. */
  start = 0
  /** The table that is walked. @internal */
  readonly state: TableState
  /** What ended the walk. @internal */
  result: Result = 0

  constructor(state: TableState) {
    this.state = state
  }

  /** Address of the descriptor. */
  get ptePa(): number {
    return this.pagePa + this.index * 8
  }

  /** First IPA of the walk's range that this entry translates: the entry's own first IPA, or the start of the range. */
  get ipa(): number {
    return Math.max(this.entryIpa, this.start)
  }

  /** Bit 0 of the descriptor. */
  get isValid(): boolean {
    return (this.lo & DescriptorLo.valid) !== 0
  }

  /** Bytes that an entry of this level translates. */
  get sizeBytes(): number {
    return this.state.bytes[this.level]
  }

  /** First IPA that this entry translates, which may lie before the range. */
  get entryIpa(): number {
    return this.pageIpa + this.index * this.state.bytes[this.level]
  }

  /** Address that a valid leaf maps or a table descriptor points to. */
  get pa(): number {
    const { format } = this.state
    return isTable(this.lo, this.level)
      ? format.address(this.lo, this.hi)
      : format.outputAddress(this.lo, this.hi, this.level)
  }
}

/**
 * Walks the pages of `[ipa, ipa + sizeBytes)`. The offset of `ipa` in its page is ignored, the size rounded up to pages.
 *
 * @returns the visitor's first non-zero result, EINVAL for a destroyed table, ERANGE beyond the IPA space
 */
export function walkRange(state: TableState, ipa: number, sizeBytes: number, visitor: WalkVisitor): Result {
  checkBytes('ipa', ipa)
  checkBytes('sizeBytes', sizeBytes)
  if (state.root < 0) return Result.EINVAL
  const pageBytes = state.bytes[lastLevel]
  const inverse = state.inverse[lastLevel]
  const start = Math.floor(ipa * inverse) * pageBytes
  const end = Math.ceil((start + sizeBytes) * inverse) * pageBytes
  if (start > state.ipaLimit || end > state.ipaLimit) return Result.ERANGE
  const { rootTables, startLevel, pageBytes: tableBytes } = state.geometry
  return walkFrom(state, state.root, rootTables, tableBytes, startLevel, start, end, visitor)
}

/** Throws unless `value` can be an address or a size. @throws {@link Stage2ArgumentError} */
export function checkBytes(argument: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Stage2ArgumentError(argument, value, 'a whole number of bytes')
}

/** Walks all of a table that nothing points to any more. IPAs in the context count from the table's start. */
export function walkUnlinked(state: TableState, tablePa: number, level: number, visitor: WalkVisitor): Result {
  return walkFrom(state, tablePa, 1, 0, level, 0, state.geometry.tableEntries * state.bytes[level], visitor)
}

function walkFrom(
  state: TableState,
  tablePa: number,
  tables: number,
  tableBytes: number,
  level: number,
  start: number,
  end: number,
  visitor: WalkVisitor,
): Result {
  // A walk inside a visitor finds the spare context taken and makes its own.
  const context = state.spareContext ?? new WalkContext(state)
  state.spareContext = undefined
  context.start = start
  context.end = end
  try {
    // Concatenated root tables lie side by side, each with its own reference count.
    const covered = state.geometry.tableEntries * state.bytes[level]
    for (let i = Math.floor(start / covered); i < tables && i * covered < end; i++) {
      const result = walkTable(context, visitor, tablePa + i * tableBytes, level, i * covered)
      if (result !== 0) return result
    }
    return Result.ok
  } finally {
    state.spareContext = context
  }
}

function walkTable(context: WalkContext, visitor: WalkVisitor, pagePa: number, level: number, pageIpa: number): Result {
  const { state, start, end } = context
  const inverse = state.inverse[level]
  let index = start > pageIpa ? Math.floor((start - pageIpa) * inverse) : 0
  const last = Math.min(state.geometry.tableEntries, Math.ceil((end - pageIpa) * inverse))
  while (index < last) {
    enter(context, pagePa, level, pageIpa, index)
    let limit = last
    if (visitor.visitRun !== undefined) {
      const handled = visitor.visitRun(context, last - index)
      if (handled < 0) return handled
      index += handled
      if (handled > 0) continue
      // After a few entries one by one there may be a run again.
      limit = Math.min(last, (index | 15) + 1)
    }
    index = walkLeaves(context, visitor, index, limit)
    if (index < 0) return context.result
    if (index === limit) continue
    const result = walkTableEntry(context, visitor, index)
    if (result !== 0) return result
    index++
  }
  return Result.ok
}

function enter(context: WalkContext, pagePa: number, level: number, pageIpa: number, index: number): void {
  context.pagePa = pagePa
  context.level = level
  context.pageIpa = pageIpa
  context.index = index
}

// Entries side by side up to the first that is a table: the index after them, or -1 with a result. The visitor's entry may
// become a table, which is then descended without another visit. Addresses are left to the context's getters: storing them
// for each entry doubled the time of a walk over pages.
function walkLeaves(context: WalkContext, visitor: WalkVisitor, first: number, limit: number): number {
  const { state, level, pagePa } = context
  const { mm } = state
  const tableType = level === lastLevel ? 4 : 3
  const isVisited = (visitor.flags & WalkFlags.leaf) !== 0
  if (!isVisited && level === lastLevel) return limit
  const words = mm.words
  if (words !== undefined && isVisited) return walkWords(context, visitor, words, first, limit)
  for (let index = first; index < limit; index++) {
    const lo = mm.readLo(pagePa + index * 8) | 0
    if ((lo & 3) === tableType) return index
    if (!isVisited) continue
    context.index = index
    context.lo = lo
    context.hi = mm.readHi(pagePa + index * 8) | 0
    const result = visitor.visit(context, WalkFlags.leaf)
    if (result !== 0) return stop(context, result)
    if (level !== lastLevel && !goesOn(context, visitor, pagePa, level, index)) return -1
  }
  return limit
}

// The same over memory whose words can be read directly: a loop for pages and readers, which need no second look, and one for
// the rest.
function walkWords(
  context: WalkContext,
  visitor: WalkVisitor,
  words: Int32Array,
  first: number,
  limit: number,
): number {
  const { state, level, pagePa } = context
  const at = (pagePa - (state.mm.wordsBase ?? 0)) >>> 2
  const end = at + limit * 2
  if (level === lastLevel || visitor.isReadOnly === true) {
    const tableType = level === lastLevel ? 4 : 3
    let index = first
    for (let i = at + first * 2; i < end; i += 2, index++) {
      const lo = words[i]
      if ((lo & 3) === tableType) return index
      context.index = index
      context.lo = lo
      context.hi = words[i + 1]
      const result = visitor.visit(context, WalkFlags.leaf)
      if (result !== 0) return stop(context, result)
    }
    return limit
  }
  for (let index = first; index < limit; index++) {
    const lo = words[at + index * 2]
    if ((lo & 3) === 3) return index
    context.index = index
    context.lo = lo
    context.hi = words[at + index * 2 + 1]
    const result = visitor.visit(context, WalkFlags.leaf)
    if (result !== 0) return stop(context, result)
    if ((words[at + index * 2] & 3) === 3 && !goesOn(context, visitor, pagePa, level, index)) return -1
  }
  return limit
}

function stop(context: WalkContext, result: Result): number {
  context.result = result
  return -1
}

// Descends where the visitor has put a table.
function goesOn(context: WalkContext, visitor: WalkVisitor, pagePa: number, level: number, index: number): boolean {
  const { mm } = context.state
  if ((mm.readLo(pagePa + index * 8) & 3) !== 3) return true
  const { pageIpa } = context
  const result = descend(context, visitor, index)
  enter(context, pagePa, level, pageIpa, index)
  context.result = result
  return result === 0
}

function walkTableEntry(context: WalkContext, visitor: WalkVisitor, index: number): Result {
  const { state, level, pagePa } = context
  if ((visitor.flags & WalkFlags.tablePre) !== 0) {
    readEntry(context, index)
    const result = visitor.visit(context, WalkFlags.tablePre)
    if (result !== 0) return result
  }
  return isTable(state.mm.readLo(pagePa + index * 8) | 0, level) ? descend(context, visitor, index) : Result.ok
}

function readEntry(context: WalkContext, index: number): void {
  const { state, pagePa } = context
  context.index = index
  context.lo = state.mm.readLo(pagePa + index * 8) | 0
  context.hi = state.mm.readHi(pagePa + index * 8) | 0
}

function descend(context: WalkContext, visitor: WalkVisitor, index: number): Result {
  const { state, level, pagePa, pageIpa } = context
  readEntry(context, index)
  const { lo, hi } = context
  const below = walkTable(
    context,
    visitor,
    state.format.address(lo, hi),
    level + 1,
    pageIpa + index * state.bytes[level],
  )
  if (below !== 0 || (visitor.flags & WalkFlags.tablePost) === 0) return below
  enter(context, pagePa, level, pageIpa, index)
  context.lo = lo
  context.hi = hi
  return visitor.visit(context, WalkFlags.tablePost)
}
