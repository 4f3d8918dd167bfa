/** Table memory in an array, with checks of every call. */

import type { Address } from '../address.ts'
import type { Stage2Geometry } from '../geometry.ts'
import type { MmOps } from '../mm-ops.ts'
import { BreakBeforeMakeLog } from './break-before-make.ts'

/** A call that breaks the contract of `MmOps`. */
export class TableMemoryError extends Error {
  override readonly name: string = 'TableMemoryError'
}

/** What {@link ArrayMemory} is made from. */
export interface ArrayMemoryOptions {
  /** Address of the first byte, a multiple of 1 MiB. Default 2^36, so that addresses need both halves of a descriptor. */
  readonly base?: number
  /** Bytes there are. Default 64 MiB; the array grows as they are used. */
  readonly limitBytes?: number
}

const unitBytes = 4096

/**
 * `MmOps` over an array.
 *
 * Throws {@link TableMemoryError} for access to memory that is not allocated, for a count that falls below 1, and for freeing
 * what is in use or has another size. After {@link ArrayMemory.watch} it also throws `BreakBeforeMakeError`.
 */
export class ArrayMemory implements MmOps {
  /** Addresses and sizes of what is allocated. */
  readonly allocations: Map<number, number> = new Map()
  /** Calls of `allocTable` that succeed before the next fails; for tests of ENOMEM. */
  allocationsLeft: number = Number.POSITIVE_INFINITY
  /** Invalidations so far. */
  readonly counts: { tlbiIpa: number; tlbiVmid: number; dsb: number } = { tlbiIpa: 0, tlbiVmid: 0, dsb: 0 }
  readonly #base: number
  readonly #limitBytes: number
  #words: Uint32Array = new Uint32Array(0x40000)
  // References to each 4 KiB unit, 0 where nothing is allocated.
  #refs: Int32Array = new Int32Array(0x40000 / (unitBytes / 4))
  #usedBytes = 0
  readonly #free: Map<number, number[]> = new Map()
  #log: BreakBeforeMakeLog | undefined

  constructor(options: ArrayMemoryOptions = {}) {
    this.#base = options.base ?? 2 ** 36
    this.#limitBytes = options.limitBytes ?? 64 << 20
    if (this.#base % 0x10_0000 !== 0)
      throw new TableMemoryError(`base 0x${this.#base.toString(16)} is not 1 MiB aligned`)
  }

  /** Checks break-before-make of the table at `root` from now on, and keeps a log of it. */
  watch(root: Address, geometry: Stage2Geometry): BreakBeforeMakeLog {
    this.#log = new BreakBeforeMakeLog(this, Number(root), geometry)
    return this.#log
  }

  /** @throws {@link TableMemoryError} when anything is still allocated */
  assertNoLeaks(): void {
    if (this.allocations.size === 0) return
    const list = [...this.allocations].map(([pa, size]) => `0x${pa.toString(16)} (${size} bytes)`)
    throw new TableMemoryError(`${this.allocations.size} tables were not freed: ${list.slice(0, 8).join(', ')}`)
  }

  /** Checks of every page that its count is 1 plus its entries in use. @throws {@link TableMemoryError} */
  assertRefCounts(pageBytes: number): void {
    for (const [start, size] of this.allocations) {
      for (let pa = start; pa < start + size; pa += pageBytes) {
        let used = 0
        const first = (pa - this.#base) / 4
        for (let i = first; i < first + pageBytes / 4; i += 2) if ((this.#words[i] | this.#words[i + 1]) !== 0) used++
        const count = this.refCount(pa)
        if (count !== used + 1) {
          throw new TableMemoryError(`table 0x${pa.toString(16)} has ${used} entries in use and a count of ${count}`)
        }
      }
    }
  }

  /** @see MmOps.allocTable */
  allocTable(sizeBytes: number, alignBytes: number): number {
    if (sizeBytes % unitBytes !== 0 || alignBytes > sizeBytes || (alignBytes & (alignBytes - 1)) !== 0) {
      throw new TableMemoryError(`allocTable of ${sizeBytes} bytes aligned to ${alignBytes}`)
    }
    if (this.allocationsLeft <= 0) return -1
    const offset = this.#free.get(sizeBytes)?.pop() ?? this.#extend(sizeBytes)
    if (offset < 0) return -1
    this.allocationsLeft--
    this.#words.fill(0, offset / 4, (offset + sizeBytes) / 4)
    this.#refs.fill(1, offset / unitBytes, (offset + sizeBytes) / unitBytes)
    this.allocations.set(this.#base + offset, sizeBytes)
    return this.#base + offset
  }

  /** @see MmOps.freeTable */
  freeTable(pa: number, sizeBytes: number): void {
    if (this.allocations.get(pa) !== sizeBytes) {
      throw new TableMemoryError(`freeTable of 0x${pa.toString(16)}, ${sizeBytes} bytes, which is not an allocation`)
    }
    const offset = pa - this.#base
    const refs = this.#refs.subarray(offset / unitBytes, (offset + sizeBytes) / unitBytes)
    if (refs.some((count) => count !== 1))
      throw new TableMemoryError(`table 0x${pa.toString(16)} is freed while in use`)
    this.#log?.freed(pa)
    refs.fill(0)
    this.allocations.delete(pa)
    const list = this.#free.get(sizeBytes)
    if (list === undefined) this.#free.set(sizeBytes, [offset])
    else list.push(offset)
  }

  /** @see MmOps.readLo */
  readLo(pa: number): number {
    return this.#words[this.#index(pa)]
  }

  /** @see MmOps.readHi */
  readHi(pa: number): number {
    return this.#words[this.#index(pa) + 1]
  }

  /** @see MmOps.write */
  write(pa: number, lo: number, hi: number): void {
    const index = this.#index(pa)
    this.#log?.written(pa, lo, hi)
    this.#words[index] = lo
    this.#words[index + 1] = hi
  }

  /** @see MmOps.getRef */
  getRef(pa: number): void {
    this.#index(pa)
    this.#refs[(pa - this.#base) / unitBytes]++
  }

  /** @see MmOps.putRef */
  putRef(pa: number): void {
    this.#index(pa)
    if (--this.#refs[(pa - this.#base) / unitBytes] < 1) {
      throw new TableMemoryError(`the count of table 0x${pa.toString(16)} fell below 1`)
    }
  }

  /** @see MmOps.refCount */
  refCount(pa: number): number {
    this.#index(pa)
    return this.#refs[(pa - this.#base) / unitBytes]
  }

  /** @see MmOps.tlbiIpa */
  tlbiIpa(ipa: number, level: number): void {
    this.counts.tlbiIpa++
    this.#log?.invalidated(ipa, level)
  }

  /** @see MmOps.tlbiVmid */
  tlbiVmid(): void {
    this.counts.tlbiVmid++
    this.#log?.invalidatedAll()
  }

  /** @see MmOps.dsb */
  dsb(): void {
    this.counts.dsb++
    this.#log?.completed()
  }

  #index(pa: number): number {
    const offset = pa - this.#base
    if (offset < 0 || offset >= this.#usedBytes || (offset & 7) !== 0 || this.#refs[offset >>> 12] === 0) {
      throw new TableMemoryError(`address 0x${pa.toString(16)} is no descriptor of an allocated table`)
    }
    return offset >>> 2
  }

  #extend(sizeBytes: number): number {
    const offset = Math.ceil(this.#usedBytes / sizeBytes) * sizeBytes
    const used = offset + sizeBytes
    if (used > this.#limitBytes) return -1
    if (used > this.#words.byteLength) {
      const bytes = Math.max(used, this.#words.byteLength * 2)
      const words = new Uint32Array(bytes / 4)
      words.set(this.#words)
      this.#words = words
      const refs = new Int32Array(bytes / unitBytes)
      refs.set(this.#refs)
      this.#refs = refs
    }
    this.#usedBytes = used
    return offset
  }
}
