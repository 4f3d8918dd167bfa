/** Dirty logging of one VM: how it was asked for, the bitmaps' ioctls, and the rings. [KVM-API] §4.8, §4.117, §8.29 */

import { KVM_DIRTY_LOG_INITIALLY_SET, KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE } from '@armvisor/uapi'
import type { DirtyRing } from './dirty-ring.ts'
import { maxDirtyRingBytes } from './dirty-ring.ts'
import { hex, kvmError } from './fail.ts'
import { KVM_USER_MEM_SLOTS, type MemorySlot } from './memslots.ts'

/** Entries that every ring keeps free, in bytes: a ring must be larger. */
const reservedRingBytes = 64 * 16

/** What logging asks of its VM. */
export interface DirtyLogVm {
  readonly pageBytes: number
  readonly slots: { byId(id: number): MemorySlot | undefined; isEmpty(): boolean }
  readonly vcpus: readonly { readonly dirtyRing: DirtyRing | undefined }[]
  /** Takes write permission from pages at stage 2; translations are forgotten by {@link DirtyLogVm.flushTlbs}. */
  writeProtect(gpa: number, sizeBytes: number): void
  /** Replaces blocks by pages, if the user asked for that to be done early. */
  splitEagerly(gpa: number, sizeBytes: number): void
  flushTlbs(): void
}

/** The state of dirty logging in a VM. */
export class DirtyLog {
  readonly #vm: DirtyLogVm
  /** `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`. */
  #manual = 0
  /** Bytes of each vCPU's ring, 0 without rings. */
  #ringBytes = 0
  /** `KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP`. */
  #isWithBitmap = false

  constructor(vm: DirtyLogVm) {
    this.#vm = vm
  }

  get ringBytes(): number {
    return this.#ringBytes
  }
  /** Slots have bitmaps: there are no rings, or both. */
  get usesBitmaps(): boolean {
    return this.#ringBytes === 0 || this.#isWithBitmap
  }
  /** Pages of a slot that begins to log count as dirty, and are not write-protected. */
  get isInitiallySet(): boolean {
    return (this.#manual & KVM_DIRTY_LOG_INITIALLY_SET) !== 0
  }

  /** `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`. */
  enableManual(arg: bigint, flags: number): void {
    const isOn = (arg & BigInt(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE)) !== 0n
    // Initially-set is an addition to manual protection; alone it means nothing.
    const allowed = BigInt(KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | (isOn ? KVM_DIRTY_LOG_INITIALLY_SET : 0))
    if (flags !== 0 || (arg & ~allowed) !== 0n) {
      throw kvmError(
        'EINVAL',
        'KVM_ENABLE_CAP',
        `manual protection with flags ${hex(flags)} and argument ${hex(arg)}`,
        'use 0, 1 or 3',
      )
    }
    this.#manual = Number(arg)
  }

  /** `KVM_CAP_DIRTY_LOG_RING_ACQ_REL`. */
  enableRing(sizeBytes: bigint): void {
    const call = 'KVM_ENABLE_CAP'
    const fail = (problem: string): never => {
      throw kvmError('EINVAL', call, problem, `use a power of two from ${this.#vm.pageBytes} to ${maxDirtyRingBytes}`)
    }
    if (sizeBytes === 0n || (sizeBytes & (sizeBytes - 1n)) !== 0n) fail(`a ring of ${sizeBytes} bytes`)
    if (sizeBytes < BigInt(Math.max(reservedRingBytes, this.#vm.pageBytes))) fail(`a ring of ${sizeBytes} bytes`)
    if (sizeBytes > BigInt(maxDirtyRingBytes)) {
      throw kvmError('E2BIG', call, `a ring of ${sizeBytes} bytes is larger than ${maxDirtyRingBytes}`)
    }
    if (this.#ringBytes !== 0) throw kvmError('EINVAL', call, `the rings have ${this.#ringBytes} bytes already`)
    if (this.#vm.vcpus.length > 0) throw kvmError('EINVAL', call, 'the VM has vCPUs already', 'ask for rings first')
    this.#ringBytes = Number(sizeBytes)
  }

  /** `KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP`. */
  enableRingWithBitmap(): void {
    const call = 'KVM_ENABLE_CAP'
    if (this.#ringBytes === 0) throw kvmError('EINVAL', call, 'there are no rings', 'enable the rings first')
    if (!this.#vm.slots.isEmpty()) throw kvmError('EINVAL', call, 'the VM has memory slots already')
    this.#isWithBitmap = true
  }

  /** `KVM_GET_DIRTY_LOG`, in two steps: `check` gives the bitmap's size, `take` its bytes. */
  prepareGet(slotWord: number): { readonly sizeBytes: number; take(): Uint8Array } {
    const slot = this.#loggingSlot('KVM_GET_DIRTY_LOG', slotWord)
    const { dirty } = slot
    return {
      sizeBytes: dirty.sizeBytes,
      take: () => {
        const bytes = dirty.toBytes()
        if (this.#manual === 0) {
          dirty.clear((page, count) => this.#protect(slot, page, count))
          this.#vm.flushTlbs()
        }
        return bytes
      },
    }
  }

  /** `KVM_CLEAR_DIRTY_LOG`. @param readMask reads the bitmap of what to clear, of so many bytes. */
  clear(slotWord: number, firstPage: bigint, pages: number, readMask: (sizeBytes: number) => Uint8Array): void {
    const call = 'KVM_CLEAR_DIRTY_LOG'
    const id = this.#slotId(call, slotWord)
    if ((firstPage & 63n) !== 0n) {
      throw kvmError('EINVAL', call, `page ${firstPage} is no multiple of 64`)
    }
    const slot = this.#slotOf(call, id)
    const { dirty } = slot
    const left = BigInt(dirty.pages) - firstPage
    if (left < 0n || BigInt(pages) > left || (BigInt(pages) < left && (pages & 63) !== 0)) {
      throw kvmError(
        'EINVAL',
        call,
        `${pages} pages from ${firstPage} on, in a slot of ${dirty.pages}`,
        'use a multiple of 64, or all pages to the end of the slot',
      )
    }
    const mask = readMask(Math.ceil(pages / 64) * 8)
    dirty.clearMasked(Number(firstPage), mask, (page, count) => this.#protect(slot, page, count))
    this.#vm.flushTlbs()
  }

  /** A page was written, by a vCPU or without one. */
  mark(slot: MemorySlot, gpa: number, ring: DirtyRing | undefined): void {
    if (!slot.isLogging) return
    const page = Math.floor((gpa - slot.gpa) / this.#vm.pageBytes)
    if (this.#ringBytes !== 0 && ring !== undefined) ring.push(slot.id, page)
    else slot.dirty?.set(page)
  }

  /** `KVM_RESET_DIRTY_RINGS`: write-protects what was harvested; the result is how many entries that were. */
  resetRings(): number {
    if (this.#ringBytes === 0) throw kvmError('EINVAL', 'KVM_RESET_DIRTY_RINGS', 'the VM has no dirty rings')
    let count = 0
    for (const { dirtyRing } of this.#vm.vcpus) {
      for (const { slot: id, page } of dirtyRing?.reset() ?? []) {
        count++
        const slot = this.#vm.slots.byId(id)
        // The user wrote the entry last: it may name anything.
        if (slot !== undefined && page * this.#vm.pageBytes < slot.sizeBytes) this.#protect(slot, page, 1)
      }
    }
    if (count > 0) this.#vm.flushTlbs()
    return count
  }

  #protect(slot: MemorySlot, page: number, count: number): void {
    const { pageBytes } = this.#vm
    const gpa = slot.gpa + page * pageBytes
    // Elsewhere blocks were split when the slot began to log.
    if (this.isInitiallySet) this.#vm.splitEagerly(gpa, count * pageBytes)
    this.#vm.writeProtect(gpa, count * pageBytes)
  }

  #loggingSlot(call: string, slotWord: number): MemorySlot & { readonly dirty: NonNullable<MemorySlot['dirty']> } {
    return this.#slotOf(call, this.#slotId(call, slotWord))
  }

  #slotId(call: string, slotWord: number): number {
    if (!this.usesBitmaps) {
      throw kvmError('ENXIO', call, 'the VM logs into rings', 'enable KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP to have both')
    }
    const id = slotWord & 0xffff
    if (slotWord >>> 16 !== 0 || id >= KVM_USER_MEM_SLOTS) {
      throw kvmError('EINVAL', call, `slot ${hex(slotWord >>> 0)} is not below ${KVM_USER_MEM_SLOTS}`)
    }
    return id
  }

  #slotOf(call: string, id: number): MemorySlot & { readonly dirty: NonNullable<MemorySlot['dirty']> } {
    const slot = this.#vm.slots.byId(id)
    if (slot?.dirty === undefined) throw kvmError('ENOENT', call, `slot ${id} does not log`)
    return slot as MemorySlot & { readonly dirty: NonNullable<MemorySlot['dirty']> }
  }
}
