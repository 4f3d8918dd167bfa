/** The rings beside `kvm_run`: coalesced MMIO writes and dirty pages. [KVM-API] §4.116, §8.29. */

import { sizeOfStruct } from './layout/define.ts'
import { kvm_coalesced_mmio, kvm_coalesced_mmio_ring, kvm_dirty_gfn } from './layout/kvm-run.ts'
import { LayoutError } from './layout/layout-error.ts'
import { type StructArrayView, viewStruct, viewStructAt } from './layout/view.ts'
import { KVM_DIRTY_GFN_F_DIRTY, KVM_DIRTY_GFN_F_RESET } from './memory.ts'

/** A write that KVM did not exit for. @see {@link drainCoalesced} */
export interface CoalescedWrite {
  readonly physAddr: bigint
  /** The bytes written, copied. */
  readonly data: Uint8Array
  /** Port I/O, not memory; never on arm64. */
  readonly isPort: boolean
}

/** Entries of a coalesced-MMIO ring that is `bytes` long: what fits behind its head. @see [KVM-API] §4.116 */
export function coalescedRingEntries(bytes: Uint8Array): number {
  return Math.floor((bytes.length - sizeOfStruct(kvm_coalesced_mmio_ring)) / sizeOfStruct(kvm_coalesced_mmio))
}

function checkRingIndex(index: number, entries: number): void {
  if (index >= entries) throw new LayoutError('truncated', 'kvm_coalesced_mmio_ring', index + 1, entries)
}

/**
 * Takes the writes out of a coalesced-MMIO ring, oldest first, and moves `first` up to `last`.
 *
 * `bytes` are the page at `KVM_COALESCED_MMIO_PAGE_OFFSET` of a vCPU's mapping; its size gives the length of the ring.
 *
 * @throws {@link LayoutError} if the bytes are too few or misaligned, or an index lies outside the ring.
 * @see [KVM-API] §4.116
 */
export function drainCoalesced(bytes: Uint8Array): CoalescedWrite[] {
  const ring = viewStructAt(kvm_coalesced_mmio_ring, bytes)
  const entries = coalescedRingEntries(bytes)
  const { last } = ring
  checkRingIndex(last, entries)
  checkRingIndex(ring.first, entries)
  const writes: CoalescedWrite[] = []
  for (let index = ring.first; index !== last; index = (index + 1) % entries) {
    const { phys_addr, len, pio, data } = ring.coalesced_mmio.get(index)
    writes.push({ physAddr: phys_addr, data: data.slice(0, len), isPort: pio !== 0 })
  }
  ring.first = last
  return writes
}

/**
 * Puts a write into a coalesced-MMIO ring, as KVM does; false when it is full: one entry always stays free.
 *
 * @throws {@link LayoutError} as {@link drainCoalesced}, RangeError for more than 8 bytes.
 * @see [KVM-API] §4.116
 */
export function pushCoalesced(bytes: Uint8Array, write: CoalescedWrite): boolean {
  const ring = viewStructAt(kvm_coalesced_mmio_ring, bytes)
  const entries = coalescedRingEntries(bytes)
  checkRingIndex(ring.last, entries)
  const next = (ring.last + 1) % entries
  if (next === ring.first) return false
  const entry = ring.coalesced_mmio.get(ring.last)
  entry.phys_addr = write.physAddr
  entry.len = write.data.length
  entry.pio = write.isPort ? 1 : 0
  entry.data.fill(0)
  entry.data.set(write.data)
  ring.last = next
  return true
}

const dirtyRing = {
  kind: 'struct',
  name: 'kvm_dirty_gfn[]',
  fields: { entries: { kind: 'array', of: kvm_dirty_gfn as typeof kvm_dirty_gfn } },
} as const

/** A page in a dirty ring. @see {@link harvestDirtyRing} */
export interface DirtyPage {
  /** Memory slot, with the address space in [31:16]. */
  readonly slot: number
  /** Page of the slot. */
  readonly offset: bigint
}

/**
 * Takes pages out of a dirty ring from entry `next` on, and marks each as harvested; `KVM_RESET_DIRTY_RINGS` then lets
 * KVM use them again. `next` of the result is where the following harvest begins: keep it, the ring does not hold it.
 *
 * `bytes` are the ring, from page `KVM_DIRTY_LOG_PAGE_OFFSET` of a vCPU's mapping, as long as was asked for.
 *
 * @throws {@link LayoutError} if the bytes are no whole number of entries, or misaligned.
 * @see [KVM-API] §8.29
 */
export function harvestDirtyRing(bytes: Uint8Array, next: number = 0): { pages: DirtyPage[]; next: number } {
  const entries: StructArrayView<typeof kvm_dirty_gfn> = viewStruct(dirtyRing, bytes).entries
  const pages: DirtyPage[] = []
  let index = next
  while (pages.length < entries.length) {
    const entry = entries.get(index % entries.length)
    if (entry.flags !== KVM_DIRTY_GFN_F_DIRTY) break
    pages.push({ slot: entry.slot, offset: entry.offset })
    entry.flags = KVM_DIRTY_GFN_F_RESET
    index += 1
  }
  return { pages, next: entries.length === 0 ? 0 : index % entries.length }
}
