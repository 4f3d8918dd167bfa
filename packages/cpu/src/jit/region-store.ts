/** The regions in use: where they sit in the function table and in the records, and which go when memory is short. */

import type { WasmTable } from '../host.ts'
import { FIRST_REGION, HANDLER_COMPILED } from '../interp/record-layout.ts'
import type { LinearMemory } from '../memory.ts'

/** A region in use. */
export interface LiveRegion {
  readonly record: number
  /** What lies beside the record. */
  readonly side: number
  /** Physical pages that it was made from. */
  readonly pages: readonly number[]
  /** In the function table. */
  readonly index: number
  readonly module: LiveModule
}

/** A module with regions in use. The engine keeps its code until the last of them is gone. */
export interface LiveModule {
  readonly bytes: number
  readonly regions: Set<LiveRegion>
}

/** Regions by page and by module. */
export class RegionStore {
  readonly #memory: LinearMemory
  readonly #table: WasmTable
  readonly #maxBytes: number
  readonly #free: number[] = []
  #next = FIRST_REGION
  readonly #byPage = new Map<number, Set<LiveRegion>>()
  /** Oldest first. */
  readonly #modules = new Set<LiveModule>()
  #liveRegions = 0
  #liveBytes = 0
  #made = 0
  #evicted = 0

  /** @param parts.maxBytes of modules in use; the oldest goes first, and may come back when it is hot again. */
  constructor(parts: { readonly memory: LinearMemory; readonly table: WasmTable; readonly maxBytes: number }) {
    this.#memory = parts.memory
    this.#table = parts.table
    this.#maxBytes = parts.maxBytes
  }

  get statistics(): {
    readonly liveRegions: number
    readonly modules: number
    readonly liveModules: number
    readonly liveBytes: number
    readonly evicted: number
  } {
    return {
      liveRegions: this.#liveRegions,
      modules: this.#made,
      liveModules: this.#modules.size,
      liveBytes: this.#liveBytes,
      evicted: this.#evicted,
    }
  }

  /** A module, to which regions are added before {@link RegionStore.evict}. */
  addModule(bytes: number): LiveModule {
    const module: LiveModule = { bytes, regions: new Set() }
    this.#modules.add(module)
    this.#made++
    this.#liveBytes += bytes
    return module
  }

  /** Puts a region in the way of its entry's handler; none may be there yet. */
  add(module: LiveModule, { record, side, pages }: Pick<LiveRegion, 'record' | 'side' | 'pages'>, code: unknown): void {
    const { view } = this.#memory
    const region: LiveRegion = { record, side, pages, index: this.#takeIndex(), module }
    this.#table.set(region.index, code)
    view.setUint16(side + 2, view.getUint16(record, true), true)
    view.setUint32(side + 4, region.index, true)
    view.setUint16(record, HANDLER_COMPILED, true)
    module.regions.add(region)
    this.#liveRegions++
    for (const page of pages) {
      const set = this.#byPage.get(page) ?? new Set()
      this.#byPage.set(page, set)
      set.add(region)
    }
  }

  /** Whether a region was made from a page, or from its neighbours and it. */
  has(page: number): boolean {
    return this.#byPage.has(page)
  }

  /** Takes back every region that was made from a page. */
  dropPage(page: number): void {
    for (const region of [...(this.#byPage.get(page) ?? [])]) this.#drop(region)
  }

  /** Takes back the oldest modules' regions until what is left is within the limit. */
  evict(): void {
    for (const module of this.#modules) {
      if (this.#liveBytes <= this.#maxBytes) return
      this.#evicted += module.regions.size
      for (const region of [...module.regions]) this.#drop(region)
    }
  }

  #drop(region: LiveRegion): void {
    const { view } = this.#memory
    const { record, side, index, module } = region
    for (const page of region.pages) {
      const set = this.#byPage.get(page)
      set?.delete(region)
      if (set?.size === 0) this.#byPage.delete(page)
    }
    this.#table.set(index, null)
    this.#free.push(index)
    this.#liveRegions--
    module.regions.delete(region)
    if (module.regions.size === 0) {
      this.#modules.delete(module)
      this.#liveBytes -= module.bytes
    }
    // The page of the entry itself may be another one, whose records are still good.
    if (view.getUint16(record, true) !== HANDLER_COMPILED || view.getUint32(side + 4, true) !== index) return
    view.setUint16(record, view.getUint16(side + 2, true), true)
    // It may become hot again.
    view.setUint16(side, 0, true)
  }

  #takeIndex(): number {
    const index = this.#free.pop() ?? this.#next++
    if (index >= this.#table.length) this.#table.grow(Math.max(1024, index + 1 - this.#table.length))
    return index
  }
}
