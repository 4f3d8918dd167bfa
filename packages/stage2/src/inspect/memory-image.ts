/** A raw dump of physical memory to read tables from. */

import { type Address, toNumber } from '../address.ts'
import { Stage2ArgumentError } from '../errors.ts'
import type { DescriptorMemory } from '../hardware/stage2-walker.ts'

/** Bytes of memory from an address on. */
export interface MemorySegment {
  /** Physical address of the first byte. */
  readonly base: Address
  readonly bytes: Uint8Array
}

/** Little-endian memory in one or more pieces; later pieces win where they overlap. Reads outside give zero. */
export class MemoryImage implements DescriptorMemory {
  readonly #segments: readonly { readonly base: number; readonly end: number; readonly view: DataView }[]

  /** @throws {@link Stage2ArgumentError} for a base that is no address */
  constructor(segments: readonly MemorySegment[]) {
    this.#segments = segments
      .map(({ base, bytes }) => {
        const start = toNumber('base', base)
        if (!Number.isSafeInteger(start) || start < 0) throw new Stage2ArgumentError('base', base, 'a physical address')
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        return { base: start, end: start + bytes.byteLength, view }
      })
      .reverse()
  }

  /** @see DescriptorMemory.contains */
  contains(pa: number): boolean {
    return this.#segments.some(({ base, end }) => pa >= base && pa + 8 <= end)
  }

  /** @see DescriptorMemory.readLo */
  readLo(pa: number): number {
    return this.#read(pa, 0)
  }

  /** @see DescriptorMemory.readHi */
  readHi(pa: number): number {
    return this.#read(pa, 4)
  }

  #read(pa: number, offset: number): number {
    const segment = this.#segments.find(({ base, end }) => pa >= base && pa + 8 <= end)
    return segment === undefined ? 0 : segment.view.getInt32(pa - segment.base + offset, true)
  }
}
