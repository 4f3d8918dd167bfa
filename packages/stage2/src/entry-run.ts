/** Operations on many entries at once, for memory that has no faster way of its own. */

import type { EntryRun, MmOps } from './mm-ops.ts'
import { DescriptorLo } from './pte.ts'

/** @see MmOps.writeRun */
export function writeRun(mm: MmOps, pa: number, count: number, lo: number, hi: number, step: number): void {
  if (mm.writeRun !== undefined) mm.writeRun(pa, count, lo, hi, step)
  else for (let i = 0; i < count; i++) mm.write(pa + i * 8, (lo + i * step) | 0, hi)
}

/** @see MmOps.changeRun */
export function changeRun(mm: MmOps, run: EntryRun): number {
  if (mm.changeRun !== undefined) return mm.changeRun(run)
  for (let i = 0; i < run.count; i++) {
    const pa = run.pa + i * 8
    const lo = mm.readLo(pa) | 0
    if ((lo & DescriptorLo.valid) === 0) continue
    if (!run.isLastLevel && (lo & DescriptorLo.type) !== 0) return i
    run.seenLo |= lo
    const hi = mm.readHi(pa) | 0
    const newLo = (lo & ~run.clearLo) | run.setLo
    const newHi = hi & ~run.clearHi
    if (newLo !== lo || newHi !== hi) mm.write(pa, newLo, newHi)
  }
  return run.count
}

/** @see MmOps.clearRun */
export function clearRun(mm: MmOps, run: EntryRun): number {
  if (mm.clearRun !== undefined) return mm.clearRun(run)
  for (let i = 0; i < run.count; i++) {
    const pa = run.pa + i * 8
    const lo = mm.readLo(pa) | 0
    if (!run.isLastLevel && (lo & 3) === 3) return i
    if ((lo | mm.readHi(pa)) === 0) continue
    run.used++
    if ((lo & DescriptorLo.valid) !== 0) run.seenLo |= lo
    mm.write(pa, 0, 0)
  }
  return run.count
}

/** @see MmOps.addRefs */
export function addRefs(mm: MmOps, pagePa: number, count: number): void {
  if (mm.addRefs !== undefined) mm.addRefs(pagePa, count)
  else if (count > 0) for (let i = 0; i < count; i++) mm.getRef(pagePa)
  else for (let i = count; i < 0; i++) mm.putRef(pagePa)
}
