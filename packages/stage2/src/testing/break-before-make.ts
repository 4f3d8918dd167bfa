/** A model TLB that finds violations of break-before-make. [ARM] D8.16.1 */

import type { Stage2Geometry } from '../geometry.ts'
import type { MmOps } from '../mm-ops.ts'
import { DescriptorFormat, DescriptorHi, DescriptorLo, isTable } from '../pte.ts'

/** A live entry was changed, reused or freed while a TLB may still hold it. */
export class BreakBeforeMakeError extends Error {
  override readonly name: string = 'BreakBeforeMakeError'
}

/** One line of the log. `ipa` is the first that the entry translates. */
export type TableEvent =
  | { readonly kind: 'break' | 'make' | 'update'; readonly ipa: number; readonly level: number }
  | { readonly kind: 'tlbiIpa'; readonly ipa: number; readonly level: number }
  | { readonly kind: 'tlbiVmid' | 'dsb' }

interface StaleEntry {
  readonly ipa: number
  readonly end: number
  readonly level: number
  /** Address of the table it pointed to, or -1. */
  readonly table: number
  isInvalidated: boolean
}

// What may change in a live leaf without a break: permissions, access flag, dirty bit, software bits. [ARM] D8.16.1
const freeLo = DescriptorLo.s2apRead | DescriptorLo.s2apWrite | DescriptorLo.af
const freeHi = DescriptorHi.xn | DescriptorHi.xnx | DescriptorHi.dbm | DescriptorHi.sw

/**
 * Follows every store to one table. An entry that was valid stays stale from the store that breaks it until an invalidation
 * that reaches it has completed; a valid descriptor that covers stale IPAs, or freeing a table that is stale, throws.
 */
export class BreakBeforeMakeLog {
  /** What happened, oldest first. */
  readonly events: TableEvent[] = []
  readonly #mm: MmOps
  readonly #geometry: Stage2Geometry
  readonly #format: DescriptorFormat
  // Where each table page that is reached from the root lies: its first IPA and level.
  readonly #tables: Map<number, { readonly ipa: number; readonly level: number }> = new Map()
  #stale: StaleEntry[] = []

  constructor(mm: MmOps, root: number, geometry: Stage2Geometry) {
    this.#mm = mm
    this.#geometry = geometry
    this.#format = new DescriptorFormat(geometry, false)
    for (let i = 0; i < geometry.rootTables; i++) {
      const ipa = i * geometry.tableEntries * geometry.levelBytes[geometry.startLevel]
      this.#adopt(root + i * geometry.pageBytes, ipa, geometry.startLevel)
    }
  }

  /** Entries that a TLB may still hold although they are gone; empty after every operation. */
  get staleEntries(): number {
    return this.#stale.length
  }

  /** @internal */
  written(pa: number, lo: number, hi: number): void {
    const { pageBytes, levelBytes } = this.#geometry
    const page = Math.floor(pa / pageBytes) * pageBytes
    const table = this.#tables.get(page)
    if (table === undefined) return
    const { level } = table
    const ipa = table.ipa + ((pa - page) / 8) * levelBytes[level]
    const oldLo = this.#mm.readLo(pa) | 0
    const oldHi = this.#mm.readHi(pa) | 0
    const wasValid = (oldLo & DescriptorLo.valid) !== 0
    const isValid = (lo & DescriptorLo.valid) !== 0
    if (wasValid && isValid) this.#update(ipa, level, lo ^ oldLo, hi ^ oldHi, isTable(oldLo, level))
    else if (wasValid) this.#break(ipa, level, oldLo, oldHi)
    else if (isValid) this.#make(ipa, level, lo | 0, hi | 0)
  }

  /** @internal */
  invalidated(ipa: number, level: number): void {
    this.events.push({ kind: 'tlbiIpa', ipa, level })
    for (const entry of this.#stale) {
      const isTold = level === 0 || (level === entry.level && entry.table < 0)
      if (isTold && entry.ipa <= ipa && ipa < entry.end) entry.isInvalidated = true
    }
  }

  /** @internal */
  invalidatedAll(): void {
    this.events.push({ kind: 'tlbiVmid' })
    for (const entry of this.#stale) entry.isInvalidated = true
  }

  /** @internal */
  completed(): void {
    this.events.push({ kind: 'dsb' })
    this.#stale = this.#stale.filter((entry) => !entry.isInvalidated)
  }

  /** @internal */
  freed(pa: number): void {
    if (this.#stale.some((entry) => entry.table === pa)) {
      throw new BreakBeforeMakeError(`table 0x${pa.toString(16)} is freed while a TLB may still walk through it`)
    }
    this.#tables.delete(pa)
  }

  #update(ipa: number, level: number, changedLo: number, changedHi: number, wasTable: boolean): void {
    this.events.push({ kind: 'update', ipa, level })
    const isFree = !wasTable && (changedLo & ~freeLo) === 0 && (changedHi & ~freeHi) === 0
    if (isFree || (changedLo | changedHi) === 0) return
    throw new BreakBeforeMakeError(`the live level-${level} entry of IPA 0x${ipa.toString(16)} changed without a break`)
  }

  #break(ipa: number, level: number, lo: number, hi: number): void {
    this.events.push({ kind: 'break', ipa, level })
    this.#addStale(ipa, level, lo, hi)
  }

  #addStale(ipa: number, level: number, lo: number, hi: number): void {
    const bytes = this.#geometry.levelBytes[level]
    const table = isTable(lo, level) ? this.#format.address(lo, hi) : -1
    this.#stale.push({ ipa, end: ipa + bytes, level, table, isInvalidated: false })
    if (table < 0) return
    this.#tables.delete(table)
    const below = this.#geometry.levelBytes[level + 1]
    for (let i = 0; i < this.#geometry.tableEntries; i++) {
      const childLo = this.#mm.readLo(table + i * 8) | 0
      if ((childLo & DescriptorLo.valid) === 0) continue
      this.#addStale(ipa + i * below, level + 1, childLo, this.#mm.readHi(table + i * 8) | 0)
    }
  }

  #make(ipa: number, level: number, lo: number, hi: number): void {
    this.events.push({ kind: 'make', ipa, level })
    const end = ipa + this.#geometry.levelBytes[level]
    const stale = this.#stale.find((entry) => entry.ipa < end && ipa < entry.end)
    if (stale !== undefined) {
      throw new BreakBeforeMakeError(
        `a level-${level} entry for IPA 0x${ipa.toString(16)} is made while a TLB may hold the old level-${stale.level} entry of 0x${stale.ipa.toString(16)}`,
      )
    }
    if (isTable(lo, level)) this.#adopt(this.#format.address(lo, hi), ipa, level + 1)
  }

  #adopt(page: number, ipa: number, level: number): void {
    this.#tables.set(page, { ipa, level })
    for (let i = 0; i < this.#geometry.tableEntries; i++) {
      const lo = this.#mm.readLo(page + i * 8) | 0
      if (!isTable(lo, level)) continue
      const child = this.#format.address(lo, this.#mm.readHi(page + i * 8) | 0)
      this.#adopt(child, ipa + i * this.#geometry.levelBytes[level], level + 1)
    }
  }
}
