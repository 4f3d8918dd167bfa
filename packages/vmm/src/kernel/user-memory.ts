/** The address space that memory slots point into: allocations of one linear memory. */

import { type LinearMemory, OutOfLinearMemoryError } from '@armvisor/cpu'
import type { Hva, UserMemory } from '@armvisor/uapi'
import { hex, kvmError } from './fail.ts'

const call = 'mmap'

/** A range that {@link LinearUserMemory.map} gave out. */
export interface UserMapping {
  readonly start: number
  readonly end: number
}

/** {@link UserMemory} over a {@link LinearMemory}: a host virtual address is an offset in it, and also a host physical one. */
export class LinearUserMemory implements UserMemory {
  readonly pageBytes: number
  readonly #memory: LinearMemory
  readonly #blockBytes: number
  readonly #mappings = new Map<number, UserMapping>()
  readonly #onUnmap: (mapping: UserMapping) => void

  /**
   * @param blockBytes size of a stage-2 block: mappings at least that large are aligned to it if there is room.
   * @param onUnmap called before the memory is given back, while its content is still there.
   */
  constructor(memory: LinearMemory, pageBytes: number, blockBytes: number, onUnmap: (mapping: UserMapping) => void) {
    this.#memory = memory
    this.pageBytes = pageBytes
    this.#blockBytes = blockBytes
    this.#onUnmap = onUnmap
  }

  map(sizeBytes: number): Hva {
    if (!(Number.isInteger(sizeBytes) && sizeBytes > 0)) {
      throw kvmError('EINVAL', call, `a size of ${sizeBytes} bytes is no positive integer`)
    }
    const size = Math.ceil(sizeBytes / this.pageBytes) * this.pageBytes
    let failure: unknown
    for (const align of this.#alignments(size)) {
      try {
        const start = this.#memory.allocate(size, align)
        this.#mappings.set(start, { start, end: start + size })
        return BigInt(start)
      } catch (error) {
        if (!(error instanceof OutOfLinearMemoryError)) throw error
        failure = error
      }
    }
    throw kvmError('ENOMEM', call, (failure as Error).message)
  }

  unmap(address: Hva): void {
    const mapping = this.#mappings.get(Number(address))
    if (mapping === undefined) throw kvmError('EINVAL', 'munmap', `${hex(address)} is not the start of a mapping`)
    this.#onUnmap(mapping)
    this.#mappings.delete(mapping.start)
    this.#memory.release(mapping.start, mapping.end - mapping.start)
  }

  bytes(address: Hva, sizeBytes: number): Uint8Array {
    const start = Number(address)
    const mapping = this.find(start)
    if (mapping === undefined || start + sizeBytes > mapping.end || sizeBytes < 0) {
      throw kvmError('EFAULT', call, `${sizeBytes} bytes at ${hex(address)} are not mapped`)
    }
    return this.#memory.u8.subarray(start, start + sizeBytes)
  }

  /** The mapping that holds an address. */
  find(address: number): UserMapping | undefined {
    for (const mapping of this.#mappings.values()) {
      if (address >= mapping.start && address < mapping.end) return mapping
    }
    return undefined
  }

  /** From the wish to the least: a stage-2 block, 2 MiB, a page. */
  #alignments(sizeBytes: number): number[] {
    return [this.#blockBytes, 0x200000, this.pageBytes].filter((a) => a === this.pageBytes || a <= sizeBytes)
  }
}
