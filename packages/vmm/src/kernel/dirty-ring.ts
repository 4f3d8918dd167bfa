/** The dirty ring of a vCPU: pages it wrote to, in memory that the user maps and harvests. [KVM-API] §8.29 */

import type { LinearMemory } from '@armvisor/cpu'
import {
  KVM_DIRTY_GFN_F_DIRTY,
  KVM_DIRTY_GFN_F_RESET,
  kvm_dirty_gfn,
  offsetOfField,
  sizeOfStruct,
} from '@armvisor/uapi'
import type { KernelPages } from './user-memory.ts'

/** Bytes of an entry. */
const dirtyEntryBytes: number = sizeOfStruct(kvm_dirty_gfn)
/** Entries that stay free for what the kernel writes before the vCPU can leave. */
const reservedEntries = 64
/** The largest ring, in bytes. */
export const maxDirtyRingBytes: number = 65536 * dirtyEntryBytes

const flagsOffset = offsetOfField(kvm_dirty_gfn, 'flags')
const slotOffset = offsetOfField(kvm_dirty_gfn, 'slot')
const pageOffset = offsetOfField(kvm_dirty_gfn, 'offset')

/** A page that was harvested. */
export interface HarvestedPage {
  /** Slot, with the address space in [31:16]. */
  readonly slot: number
  readonly page: number
}

/** One ring. Indices run freely; the entry of one is its remainder. */
export class DirtyRing {
  readonly pages: KernelPages
  readonly #memory: LinearMemory
  readonly #entries: number
  #dirtyIndex = 0
  #resetIndex = 0

  constructor(memory: LinearMemory, pages: KernelPages, sizeBytes: number) {
    this.#memory = memory
    this.pages = pages
    this.#entries = sizeBytes / dirtyEntryBytes
  }

  /** The user must harvest before the vCPU goes on. */
  get isFull(): boolean {
    return this.#dirtyIndex - this.#resetIndex >= this.#entries - reservedEntries
  }

  push(slot: number, page: number): void {
    // What does not even fit into the reserve is lost, as in Linux; the run loop leaves long before.
    if (this.#dirtyIndex - this.#resetIndex >= this.#entries) return
    const at = this.#at(this.#dirtyIndex)
    const { view } = this.#memory
    view.setUint32(at + slotOffset, slot, true)
    view.setBigUint64(at + pageOffset, BigInt(page), true)
    view.setUint32(at + flagsOffset, KVM_DIRTY_GFN_F_DIRTY, true)
    this.#dirtyIndex++
  }

  /** Takes back, in order, the entries that the user marked as harvested. */
  reset(): HarvestedPage[] {
    const harvested: HarvestedPage[] = []
    const { view } = this.#memory
    while (this.#resetIndex < this.#dirtyIndex) {
      const at = this.#at(this.#resetIndex)
      if ((view.getUint32(at + flagsOffset, true) & KVM_DIRTY_GFN_F_RESET) === 0) break
      view.setUint32(at + flagsOffset, 0, true)
      harvested.push({
        slot: view.getUint32(at + slotOffset, true),
        page: Number(view.getBigUint64(at + pageOffset, true)),
      })
      this.#resetIndex++
    }
    return harvested
  }

  #at(index: number): number {
    return this.pages.backing + (index % this.#entries) * dirtyEntryBytes
  }
}
