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
  /**
   * Visits one entry. After a `leaf` or `tablePre` visit the walker reads the entry again, so a table that was just put there
   * is descended and one that was taken away is not.
   * @param context - valid until the visitor returns
   * @param kind - one of {@link WalkFlags}
   * @returns 0 to go on; anything else ends the walk and is its result
   */
  visit(context: WalkContext, kind: number): Result
}

/** The entry a visitor is called for. */
export class WalkContext {
  /** First IPA of the walk's range that this entry translates: the entry's own first IPA, or the start of the range. */
  ipa = 0
  /** End of the walk's range. */
  end = 0
  level = 0
  /** Address of the descriptor. */
  ptePa = 0
  /** Address of the table page that holds it: the unit of reference counts. */
  pagePa = 0
  /** Bits [31:0] of the descriptor as it was before the visit. */
  lo = 0
  /** Bits [63:32]. */
  hi = 0
  /** The table that is walked. @internal */
  readonly state: TableState
  /** How far the walk has come. @internal */
  position = 0

  constructor(state: TableState) {
    this.state = state
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
    return Math.floor(this.ipa * this.state.inverse[this.level]) * this.state.bytes[this.level]
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
  const { startLevel, rootEntries } = state.geometry
  return walkFrom(state, state.root, startLevel, rootEntries, start, end, visitor)
}

/** Throws unless `value` can be an address or a size. @throws {@link Stage2ArgumentError} */
export function checkBytes(argument: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Stage2ArgumentError(argument, value, 'a whole number of bytes')
}

/** Walks all of a table that nothing points to any more. IPAs in the context count from the table's start. */
export function walkUnlinked(state: TableState, tablePa: number, level: number, visitor: WalkVisitor): Result {
  const { tableEntries } = state.geometry
  return walkFrom(state, tablePa, level, tableEntries, 0, tableEntries * state.bytes[level], visitor)
}

function walkFrom(
  state: TableState,
  tablePa: number,
  level: number,
  entries: number,
  start: number,
  end: number,
  visitor: WalkVisitor,
): Result {
  // A walk inside a visitor finds the spare context taken and makes its own.
  const context = state.spareContext ?? new WalkContext(state)
  state.spareContext = undefined
  context.position = start
  context.end = end
  try {
    return walkTable(context, visitor, tablePa, level, entries)
  } finally {
    state.spareContext = context
  }
}

function walkTable(
  context: WalkContext,
  visitor: WalkVisitor,
  tablePa: number,
  level: number,
  entries: number,
): Result {
  const { state, end } = context
  const { pageBytes, stride } = state.geometry
  // ToInt32 keeps the low 32 bits of the quotient, and no index has more.
  let index = (context.position * state.inverse[level]) & (entries - 1)
  for (; index < entries && context.position < end; index++) {
    // Concatenated root tables lie side by side, each with its own reference count.
    const result = walkEntry(context, visitor, tablePa + (index >>> stride) * pageBytes, tablePa + index * 8, level)
    if (result !== 0) return result
  }
  return Result.ok
}

function walkEntry(context: WalkContext, visitor: WalkVisitor, pagePa: number, ptePa: number, level: number): Result {
  const { state } = context
  const { mm } = state
  const ipa = context.position
  let lo = mm.readLo(ptePa) | 0
  let hi = mm.readHi(ptePa) | 0
  let descends = isTable(lo, level)
  const kind = descends ? WalkFlags.tablePre : WalkFlags.leaf
  if ((visitor.flags & kind) !== 0) {
    const result = visit(context, visitor, kind, ipa, pagePa, ptePa, level, lo, hi)
    if (result !== 0) return result
    lo = mm.readLo(ptePa) | 0
    hi = mm.readHi(ptePa) | 0
    descends = isTable(lo, level)
  }
  if (!descends) {
    context.position = (Math.floor(ipa * state.inverse[level]) + 1) * state.bytes[level]
    return Result.ok
  }
  const below = walkTable(context, visitor, state.format.address(lo, hi), level + 1, state.geometry.tableEntries)
  if (below !== 0 || (visitor.flags & WalkFlags.tablePost) === 0) return below
  return visit(context, visitor, WalkFlags.tablePost, ipa, pagePa, ptePa, level, lo, hi)
}

function visit(
  context: WalkContext,
  visitor: WalkVisitor,
  kind: number,
  ipa: number,
  pagePa: number,
  ptePa: number,
  level: number,
  lo: number,
  hi: number,
): Result {
  context.ipa = ipa
  context.level = level
  context.pagePa = pagePa
  context.ptePa = ptePa
  context.lo = lo
  context.hi = hi
  return visitor.visit(context, kind)
}
