/** Memory slots: which guest physical range is which host range. [KVM-API] §4.35; checks in the order of Linux 6.12. */

import { KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY, type UserspaceMemoryRegion } from '@armvisor/uapi'
import { DirtyBitmap } from './dirty-bitmap.ts'
import { hex, kvmError } from './fail.ts'

/** Number of slots a VM may have. [KVM-API] §4.4 */
export const KVM_USER_MEM_SLOTS = 32767

/** Most pages a slot may have: its dirty bitmap is indexed by a signed int. */
const maxPages = 0x7fffffff
/** User addresses end here: 48 bits of virtual address in TTBR0. */
const userAddressLimit = 1n << 48n

const call = 'KVM_SET_USER_MEMORY_REGION'

/** A slot as the fault path uses it; addresses and sizes are exact integers below 2^53. */
export interface MemorySlot {
  readonly id: number
  readonly flags: number
  readonly gpa: number
  readonly sizeBytes: number
  readonly hva: number
  /** Stores exit as MMIO. */
  readonly isReadOnly: boolean
  /** Writes are logged, in the bitmap or in rings. */
  readonly isLogging: boolean
  /** The bitmap of a slot that logs, where bitmaps are in use. */
  readonly dirty: DirtyBitmap | undefined
}

/** What the table of slots changes elsewhere. */
export interface MemorySlotEvents {
  /** The range is no longer what it was: unmap it at stage 2 and forget translations. Called before the change is visible. */
  unmapRange(gpa: number, sizeBytes: number): void
  /** The slot begins to log: what is mapped writable must fault once more. */
  loggingStarted(slot: MemorySlot): void
  /** How slots that begin to log do so. */
  readonly logging: { readonly usesBitmaps: boolean; readonly isInitiallySet: boolean }
}

/** The memory slots of one VM. */
export class MemorySlots {
  readonly #pageBytes: number
  readonly #limit: number
  readonly #events: MemorySlotEvents
  readonly #byId = new Map<number, MemorySlot>()
  /** Ascending by gpa; slots never overlap. */
  readonly #sorted: MemorySlot[] = []
  /** Most faults are in the slot of the fault before. */
  #last: MemorySlot | undefined

  constructor(pageBytes: number, ipaBits: number, events: MemorySlotEvents) {
    this.#pageBytes = pageBytes
    this.#limit = 2 ** ipaBits
    this.#events = events
  }

  /** The slots in use, ascending by guest address. */
  get all(): readonly MemorySlot[] {
    return this.#sorted
  }

  /** The slot with a number. */
  byId(id: number): MemorySlot | undefined {
    return this.#byId.get(id)
  }

  /** The slot that holds a guest physical address. */
  find(gpa: number): MemorySlot | undefined {
    const last = this.#last
    if (last !== undefined && gpa >= last.gpa && gpa < last.gpa + last.sizeBytes) return last
    const slot = this.#sorted[this.#indexAfter(gpa) - 1]
    if (slot === undefined || gpa >= slot.gpa + slot.sizeBytes) return undefined
    this.#last = slot
    return slot
  }

  /** All slots whose memory lies in a host range, whole or in part. */
  *inHostRange(start: number, end: number): Iterable<MemorySlot> {
    for (const slot of this.#sorted) if (slot.hva < end && start < slot.hva + slot.sizeBytes) yield slot
  }

  /** `KVM_SET_USER_MEMORY_REGION`. @throws `KvmError` EFAULT, EINVAL, EEXIST */
  set(region: UserspaceMemoryRegion | null | undefined): void {
    if (region === null || region === undefined) throw kvmError('EFAULT', call, 'the region cannot be read')
    const wanted = this.#checked(region)
    const old = this.#byId.get(wanted.id)
    if (wanted.sizeBytes === 0) {
      if (old === undefined) throw kvmError('EINVAL', call, `slot ${wanted.id} does not exist and cannot be deleted`)
      this.#events.unmapRange(old.gpa, old.sizeBytes)
      this.#replace(old, undefined)
      return
    }
    if (old !== undefined) {
      this.#checkChange(old, wanted)
      if (old.gpa === wanted.gpa && old.flags === wanted.flags) return
    }
    const isMoved = old === undefined || old.gpa !== wanted.gpa
    if (isMoved) this.#checkOverlap(wanted)
    // Linux looks at the IPA size only after the overlap, so that a slot with both faults gives EEXIST.
    if (wanted.gpa + wanted.sizeBytes > this.#limit) {
      throw kvmError(
        'EFAULT',
        call,
        `slot ${wanted.id} ends at ${hex(wanted.gpa + wanted.sizeBytes)}, beyond the VM's IPA space of ${hex(this.#limit)}`,
        'create the VM with a larger IPA size or move the slot',
      )
    }
    if (old !== undefined && isMoved) this.#events.unmapRange(old.gpa, old.sizeBytes)
    const slot = { ...wanted, dirty: this.#bitmapOf(wanted, old) }
    this.#replace(old, slot)
    // With all pages dirty from the start there is nothing to find out; pages are protected when they are cleared.
    const begins = old !== undefined && !isMoved && slot.isLogging && !old.isLogging
    if (begins && !this.#events.logging.isInitiallySet) this.#events.loggingStarted(slot)
  }

  #bitmapOf(wanted: MemorySlot, old: MemorySlot | undefined): DirtyBitmap | undefined {
    const { usesBitmaps, isInitiallySet } = this.#events.logging
    if (!wanted.isLogging || !usesBitmaps) return undefined
    return old?.dirty ?? new DirtyBitmap(wanted.sizeBytes / this.#pageBytes, isInitiallySet)
  }

  #checked(region: UserspaceMemoryRegion): MemorySlot {
    const fail = (problem: string, remedy?: string): never => {
      throw kvmError('EINVAL', call, problem, remedy)
    }
    const page = BigInt(this.#pageBytes)
    const { slot, flags } = region
    const gpa = BigInt.asUintN(64, region.guest_phys_addr)
    const size = BigInt.asUintN(64, region.memory_size)
    const hva = BigInt.asUintN(64, region.userspace_addr)
    if ((slot & 0xffff) >= KVM_USER_MEM_SLOTS) {
      fail(`slot ${slot & 0xffff} is not below ${KVM_USER_MEM_SLOTS}`)
    }
    if ((flags & ~(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY)) !== 0) {
      fail(`flags ${hex(flags >>> 0)} hold unknown bits`, 'use KVM_MEM_LOG_DIRTY_PAGES (1) and KVM_MEM_READONLY (2)')
    }
    if (size % page !== 0n) fail(`a size of ${hex(size)} is no multiple of the host page, ${hex(page)}`)
    if (gpa % page !== 0n) fail(`guest address ${hex(gpa)} is not aligned to the host page, ${hex(page)}`)
    if (hva % page !== 0n) fail(`host address ${hex(hva)} is not aligned to the host page, ${hex(page)}`)
    if (hva + size > userAddressLimit) fail(`host range ${hex(hva)} + ${hex(size)} is not user memory`)
    if (slot >>> 16 !== 0) fail(`address space ${slot >>> 16} does not exist`, 'use address space 0')
    if (gpa + size >= 1n << 64n) fail(`guest range ${hex(gpa)} + ${hex(size)} wraps`)
    if (size / page > BigInt(maxPages)) fail(`${size / page} pages are more than ${maxPages}`)
    // A guest address above 2^53 is no exact number, but then it is beyond every IPA space, rounded or not.
    return {
      id: slot & 0xffff,
      flags,
      gpa: Number(gpa),
      sizeBytes: Number(size),
      hva: Number(hva),
      isReadOnly: (flags & KVM_MEM_READONLY) !== 0,
      isLogging: (flags & KVM_MEM_LOG_DIRTY_PAGES) !== 0,
      dirty: undefined,
    }
  }

  #checkChange(old: MemorySlot, wanted: MemorySlot): void {
    let what: string | undefined
    if (wanted.hva !== old.hva) what = 'host address'
    else if (wanted.sizeBytes !== old.sizeBytes) what = 'size'
    else if (((wanted.flags ^ old.flags) & KVM_MEM_READONLY) !== 0) what = 'read-only flag'
    if (what === undefined) return
    throw kvmError('EINVAL', call, `the ${what} of slot ${old.id} cannot change`, 'delete the slot and create it anew')
  }

  #checkOverlap(wanted: MemorySlot): void {
    const end = wanted.gpa + wanted.sizeBytes
    for (let i = Math.max(0, this.#indexAfter(wanted.gpa) - 1); i < this.#sorted.length; i++) {
      const slot = this.#sorted[i]
      if (slot.gpa >= end) return
      if (slot.id !== wanted.id && wanted.gpa < slot.gpa + slot.sizeBytes) {
        throw kvmError(
          'EEXIST',
          call,
          `${hex(wanted.gpa)} + ${hex(wanted.sizeBytes)} overlaps slot ${slot.id} at ${hex(slot.gpa)} + ${hex(slot.sizeBytes)}`,
        )
      }
    }
  }

  /** Place of the first slot that begins beyond `gpa`. */
  #indexAfter(gpa: number): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#sorted[middle].gpa <= gpa) low = middle + 1
      else high = middle
    }
    return low
  }

  #replace(old: MemorySlot | undefined, wanted: MemorySlot | undefined): void {
    this.#last = undefined
    if (old !== undefined) {
      this.#byId.delete(old.id)
      this.#sorted.splice(this.#indexAfter(old.gpa) - 1, 1)
    }
    if (wanted !== undefined) {
      this.#byId.set(wanted.id, wanted)
      this.#sorted.splice(this.#indexAfter(wanted.gpa), 0, wanted)
    }
  }
}
