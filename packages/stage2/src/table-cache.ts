/** Table pages set aside in advance, so that mapping under a lock need not allocate. */

import type { Stage2Geometry } from './geometry.ts'
import type { MmOps } from './mm-ops.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'

/** A page for a table from the cache, or without a cache from the memory; -1 when there is none. */
export function takeTable(state: TableState, cache: TableCache | undefined): number {
  const { pageBytes } = state.geometry
  return cache === undefined ? state.mm.allocTable(pageBytes, pageBytes) : cache.take()
}

/**
 * A stock of empty table pages. Filled with `geometry.cacheMinimum` pages it is enough to map any one page or block, the
 * last level of tables included.
 */
export class TableCache {
  readonly #mm: MmOps
  readonly #pageBytes: number
  readonly #minimum: number
  readonly #pages: number[] = []

  constructor(mm: MmOps, geometry: Stage2Geometry) {
    this.#mm = mm
    this.#pageBytes = geometry.pageBytes
    this.#minimum = geometry.cacheMinimum
  }

  /** Pages in stock. */
  get pages(): number {
    return this.#pages.length
  }

  /** Fills up to `count` pages, by default what one mapping may need. @returns ok, or ENOMEM with what could be had kept */
  topUp(count: number = this.#minimum): Result {
    while (this.#pages.length < count) {
      const pa = this.#mm.allocTable(this.#pageBytes, this.#pageBytes)
      if (pa < 0) return Result.ENOMEM
      this.#pages.push(pa)
    }
    return Result.ok
  }

  /** Takes one page out, or -1. */
  take(): number {
    return this.#pages.pop() ?? -1
  }

  /** Gives every page back to the memory it came from. */
  drain(): void {
    for (const pa of this.#pages) this.#mm.freeTable(pa, this.#pageBytes)
    this.#pages.length = 0
  }
}
