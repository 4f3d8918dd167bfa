/** The contiguous hint: aligned runs of entries that a TLB may hold as one. [ARM] D8.7.1 */

import type { Stage2Geometry } from './geometry.ts'
import { DescriptorHi, DescriptorLo } from './pte.ts'
import type { TableState } from './state.ts'

/** Entries of a contiguous run at `level`, or 1 where the bit is ignored or means nothing. */
export function contiguousEntries(geometry: Pick<Stage2Geometry, 'granule'>, level: number): number {
  if (geometry.granule === '4K') return level >= 1 && level <= 3 ? 16 : 1
  if (geometry.granule === '16K') return level === 2 ? 32 : level === 3 ? 128 : 1
  return level === 2 || level === 3 ? 32 : 1
}

/**
 * Takes the hint from the whole run that holds an entry, so that the entry may change alone. The bit itself may not change
 * in a live entry: all of the run is invalid for a moment.
 */
export function unfoldRun(state: TableState, ptePa: number, level: number, entryIpa: number): void {
  const { mm, geometry } = state
  const count = contiguousEntries(geometry, level)
  const bytes = state.bytes[level]
  const index = (ptePa / 8) % count
  const firstPa = ptePa - index * 8
  const firstIpa = entryIpa - index * bytes
  const halves: number[] = []
  for (let i = 0; i < count; i++) {
    const pa = firstPa + i * 8
    const lo = mm.readLo(pa) | 0
    halves.push(lo, mm.readHi(pa) & ~DescriptorHi.contiguous)
    if ((lo & DescriptorLo.valid) === 0) continue
    mm.write(pa, 0, 0)
    mm.tlbiIpa(firstIpa + i * bytes, level)
  }
  mm.dsb()
  for (let i = 0; i < count; i++) {
    if ((halves[i * 2] & DescriptorLo.valid) !== 0) mm.write(firstPa + i * 8, halves[i * 2], halves[i * 2 + 1])
  }
}

/** Unfolds runs that `count` entries from `ptePa` on hold only a part of: at most one at each end. */
export function unfoldEdges(state: TableState, ptePa: number, level: number, entryIpa: number, count: number): void {
  const { mm, geometry } = state
  const inRun = contiguousEntries(geometry, level)
  if (inRun === 1 || count === 0) return
  const index = ptePa / 8
  if (index % inRun !== 0 && isFolded(mm.readLo(ptePa), mm.readHi(ptePa))) unfoldRun(state, ptePa, level, entryIpa)
  if ((index + count) % inRun === 0) return
  const lastPa = ptePa + (count - 1) * 8
  if (isFolded(mm.readLo(lastPa), mm.readHi(lastPa))) {
    unfoldRun(state, lastPa, level, entryIpa + (count - 1) * state.bytes[level])
  }
}

function isFolded(lo: number, hi: number): boolean {
  return (lo & DescriptorLo.valid) !== 0 && (hi & DescriptorHi.contiguous) !== 0
}
