/** The address space that memory slots point into: allocations of one linear memory. */

import { type LinearMemory, OutOfLinearMemoryError } from '@armvisor/cpu'
import type { Hva, UserMemory } from '@armvisor/uapi'
import { hex, kvmError } from './fail.ts'

const call = 'mmap'

/** A range that is mapped in the user's address space, and where its memory lies. */
export interface UserMapping {
  readonly start: number
  readonly end: number
  /** Offset of the first byte in the linear memory, which is its host physical address. */
  readonly backing: number
}

/** Memory that is not, or not only, the user's. */
export interface KernelPages {
  readonly backing: number
  readonly sizeBytes: number
}

/** A mapping of a file: all its parts go together. */
interface FileMapping {
  readonly parts: readonly UserMapping[]
  readonly onUnmap: () => void
}

/** Where files are mapped: far above what any linear memory reaches, below the end of 48-bit addresses. */
const fileArea = 0x7000_0000_0000

/**
 * {@link UserMemory} over a {@link LinearMemory}. Of anonymous memory a host virtual address is the offset in it; files, whose
 * pages several mappings may show, have addresses of their own.
 */
export class LinearUserMemory implements UserMemory {
  readonly pageBytes: number
  readonly #memory: LinearMemory
  readonly #blockBytes: number
  readonly #mappings = new Map<number, UserMapping>()
  readonly #files = new Map<number, FileMapping>()
  readonly #onUnmap: (mapping: UserMapping) => void
  /** Most accesses are in the mapping of the access before. */
  #last: UserMapping | undefined
  #nextFileAddress = fileArea

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
    const { backing, sizeBytes: size } = this.allocate(sizeBytes)
    this.#mappings.set(backing, { start: backing, end: backing + size, backing })
    return BigInt(backing)
  }

  unmap(address: Hva): void {
    const start = Number(address)
    this.#last = undefined
    const file = this.#files.get(start)
    const parts = file?.parts ?? [this.#mappings.get(start)]
    for (const mapping of parts) {
      if (mapping === undefined) throw kvmError('EINVAL', 'munmap', `${hex(address)} is not the start of a mapping`)
      this.#onUnmap(mapping)
    }
    this.#last = undefined
    if (file !== undefined) {
      this.#files.delete(start)
      file.onUnmap()
      return
    }
    const [{ backing, end }] = parts as readonly UserMapping[]
    this.#mappings.delete(start)
    this.free({ backing, sizeBytes: end - start })
  }

  bytes(address: Hva, sizeBytes: number): Uint8Array {
    const start = Number(address)
    const mapping = this.find(start)
    if (mapping === undefined || start + sizeBytes > mapping.end || sizeBytes < 0) {
      throw kvmError('EFAULT', call, `${sizeBytes} bytes at ${hex(address)} are not mapped`)
    }
    const at = start - mapping.start + mapping.backing
    return this.#memory.u8.subarray(at, at + sizeBytes)
  }

  /** A copy of user bytes, across neighbouring mappings too. @throws `KvmError` EFAULT in the name of `who` */
  copyIn(address: Hva, sizeBytes: number, who: string): Uint8Array {
    const bytes = new Uint8Array(sizeBytes)
    let at = 0
    for (const part of this.#parts(address, sizeBytes, who)) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  /** Copies bytes to the user, all or nothing. @throws `KvmError` EFAULT in the name of `who` */
  copyOut(address: Hva, bytes: Uint8Array, who: string): void {
    let at = 0
    for (const part of this.#parts(address, bytes.length, who)) {
      part.set(bytes.subarray(at, at + part.length))
      at += part.length
    }
  }

  /** @throws `KvmError` EFAULT in the name of `who`, unless all of the range is mapped */
  checkMapped(address: Hva, sizeBytes: number, who: string): void {
    this.#parts(address, sizeBytes, who)
  }

  /** Memory that is not mapped in the user's address space. @throws `KvmError` ENOMEM, EINVAL */
  allocate(sizeBytes: number): KernelPages {
    if (!(Number.isInteger(sizeBytes) && sizeBytes > 0)) {
      throw kvmError('EINVAL', call, `a size of ${sizeBytes} bytes is no positive integer`)
    }
    const size = Math.ceil(sizeBytes / this.pageBytes) * this.pageBytes
    let failure: unknown
    for (const align of this.#alignments(size)) {
      try {
        return { backing: this.#memory.allocate(size, align), sizeBytes: size }
      } catch (error) {
        if (!(error instanceof OutOfLinearMemoryError)) throw error
        failure = error
      }
    }
    throw kvmError('ENOMEM', call, (failure as Error).message)
  }

  /** Gives back what {@link LinearUserMemory.allocate} returned. */
  free({ backing, sizeBytes }: KernelPages): void {
    this.#memory.release(backing, sizeBytes)
  }

  /**
   * Maps pages of a file one after another at an address of their own; where a part is undefined, accesses fault.
   *
   * @param onUnmap called when the mapping is gone.
   */
  mapFile(pages: readonly (KernelPages | undefined)[], onUnmap: () => void): Hva {
    const start = this.#nextFileAddress
    let at = start
    const parts: UserMapping[] = []
    for (const part of pages) {
      const sizeBytes = part?.sizeBytes ?? this.pageBytes
      if (part !== undefined) parts.push({ start: at, end: at + sizeBytes, backing: part.backing })
      at += sizeBytes
    }
    // A page stays free behind each mapping, so that running over its end faults.
    this.#nextFileAddress = at + this.pageBytes
    this.#files.set(start, { parts, onUnmap })
    return BigInt(start)
  }

  /** The mapping that holds an address. */
  find(address: number): UserMapping | undefined {
    const last = this.#last
    if (last !== undefined && address >= last.start && address < last.end) return last
    const found = address >= fileArea ? this.#findInFiles(address) : this.#findAnonymous(address)
    if (found !== undefined) this.#last = found
    return found
  }

  #findAnonymous(address: number): UserMapping | undefined {
    for (const mapping of this.#mappings.values()) {
      if (address >= mapping.start && address < mapping.end) return mapping
    }
    return undefined
  }

  #findInFiles(address: number): UserMapping | undefined {
    for (const { parts } of this.#files.values()) {
      for (const part of parts) if (address >= part.start && address < part.end) return part
    }
    return undefined
  }

  /** The bytes of a range that is all mapped, a piece for each mapping. */
  #parts(address: Hva, sizeBytes: number, who: string): Uint8Array[] {
    const start = Number(address)
    const parts: Uint8Array[] = []
    for (let at = start; at < start + sizeBytes || !Number.isSafeInteger(at); ) {
      // Beyond 2^53 a number is not exact, and nothing is mapped.
      const mapping = this.find(at)
      if (mapping === undefined) throw kvmError('EFAULT', who, `${sizeBytes} bytes at ${hex(address)} are not mapped`)
      const end = Math.min(mapping.end, start + sizeBytes)
      const toBacking = mapping.backing - mapping.start
      parts.push(this.#memory.u8.subarray(at + toBacking, end + toBacking))
      at = end
    }
    return parts
  }

  /** From the wish to the least: a stage-2 block, 2 MiB, a page. */
  #alignments(sizeBytes: number): number[] {
    return [this.#blockBytes, 0x200000, this.pageBytes].filter((a) => a === this.pageBytes || a <= sizeBytes)
  }
}
