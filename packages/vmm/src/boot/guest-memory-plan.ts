/** Which part of guest memory holds what at boot. [BOOT] "2. Setup the device tree", "4. Call the kernel image". */

import { LoadError, type LoadItem } from './load-error.ts'

/** One claimed stretch; `end` is the first address after it. */
export interface PlannedRange {
  readonly item: LoadItem
  readonly address: number
  readonly end: number
}

/** Guest memory of one stretch, handed out piece by piece. Nothing is written; it only keeps account. */
export class GuestMemoryPlan {
  readonly base: number
  readonly sizeBytes: number
  /** In order of address. */
  readonly #ranges: PlannedRange[] = []

  constructor(base: number, sizeBytes: number) {
    this.base = base
    this.sizeBytes = sizeBytes
  }

  /** What has been claimed, in order of address. */
  get ranges(): readonly PlannedRange[] {
    return this.#ranges
  }

  /**
   * Takes exactly this stretch.
   *
   * @throws {@link LoadError} too-large if no place would do, outside-memory, overlap
   */
  claim(item: LoadItem, address: bigint, sizeBytes: bigint): PlannedRange {
    const end = address + sizeBytes
    const memoryEnd = this.base + this.sizeBytes
    if (sizeBytes > BigInt(this.sizeBytes)) throw this.#tooLarge(item, Number(sizeBytes), this.sizeBytes)
    if (address < BigInt(this.base) || end > BigInt(memoryEnd)) {
      // What starts inside and only ends outside is a matter of size, and more memory is the way out.
      if (address >= BigInt(this.base) && address < BigInt(memoryEnd)) {
        throw this.#tooLarge(item, Number(sizeBytes), memoryEnd - Number(address))
      }
      throw new LoadError({ kind: 'outside-memory', item, address, end, memoryBase: this.base, memoryEnd })
    }
    const range = { item, address: Number(address), end: Number(end) }
    const other = this.#ranges.find((taken) => taken.address < range.end && range.address < taken.end)
    if (other !== undefined) {
      throw new LoadError({
        ...range,
        kind: 'overlap',
        other: other.item,
        otherAddress: other.address,
        otherEnd: other.end,
      })
    }
    return this.#add(range)
  }

  /**
   * Takes the first free stretch from `from` on whose address is a multiple of `alignBytes`, or where there is none the first
   * before it.
   *
   * @throws {@link LoadError} too-large
   */
  allocate(item: LoadItem, sizeBytes: number, alignBytes: number, from: number = this.base): PlannedRange {
    let largest = 0
    for (const start of [from, this.base]) {
      let free = start
      for (const taken of [...this.#ranges, { address: this.base + this.sizeBytes, end: 0 }]) {
        const address = Math.ceil(free / alignBytes) * alignBytes
        const room = taken.address - address
        if (room >= sizeBytes) return this.#add({ item, address, end: address + sizeBytes })
        largest = Math.max(largest, room)
        free = Math.max(free, taken.end)
      }
    }
    throw this.#tooLarge(item, sizeBytes, largest)
  }

  #add(range: PlannedRange): PlannedRange {
    this.#ranges.push(range)
    this.#ranges.sort((a, b) => a.address - b.address)
    return range
  }

  #tooLarge(item: LoadItem, neededBytes: number, availableBytes: number): LoadError {
    return new LoadError({ kind: 'too-large', item, neededBytes, availableBytes, memoryBytes: this.sizeBytes })
  }
}
