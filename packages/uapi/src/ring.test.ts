import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CoalescedWrite,
  coalescedRingEntries,
  drainCoalesced,
  encodeStruct,
  harvestDirtyRing,
  KVM_DIRTY_GFN_F_DIRTY,
  KVM_DIRTY_GFN_F_RESET,
  kvm_coalesced_mmio_ring,
  kvm_dirty_gfn,
  LayoutError,
  pushCoalesced,
  viewStructAt,
} from './index.ts'

describe('coalesced MMIO', () => {
  const write = (n: number): CoalescedWrite => ({
    physAddr: 0x0900_0000n + BigInt(n),
    data: Uint8Array.of(n & 0xff),
    isPort: false,
  })

  test('default: a page holds 170 entries, of which one stays free', () => {
    const page = new Uint8Array(4096)
    expect(coalescedRingEntries(page)).toBe(170)
    for (let n = 0; n < 169; n += 1) expect(pushCoalesced(page, write(n))).toBe(true)
    expect(pushCoalesced(page, write(169))).toBe(false)
    expect(drainCoalesced(page)).toEqual(Array.from({ length: 169 }, (_, n) => write(n)))
    expect(drainCoalesced(page)).toEqual([])
  })

  test('behavior: order is kept over the end of the ring', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 8 }), { maxLength: 60 }), (bursts) => {
        const ring = new Uint8Array(8 + 10 * 24)
        let next = 0
        for (const burst of bursts) {
          const sent = Array.from({ length: burst }, () => write(next++))
          for (const one of sent) expect(pushCoalesced(ring, one)).toBe(true)
          expect(drainCoalesced(ring)).toEqual(sent)
        }
      }),
      { verbose: true },
    )
  })

  test('behavior: a drained write is a copy of as many bytes as were written', () => {
    const ring = new Uint8Array(8 + 3 * 24)
    pushCoalesced(ring, { physAddr: 1n, data: Uint8Array.of(1, 2, 3, 4), isPort: true })
    const [taken] = drainCoalesced(ring)
    ring.fill(0)
    expect(taken).toEqual({ physAddr: 1n, data: Uint8Array.of(1, 2, 3, 4), isPort: true })
  })

  test('error: an index outside the ring, bytes too few or misaligned', () => {
    const ring = new Uint8Array(8 + 3 * 24)
    viewStructAt(kvm_coalesced_mmio_ring, ring).last = 3
    expect(() => drainCoalesced(ring)).toThrow(LayoutError)
    expect(() => drainCoalesced(new Uint8Array(7))).toThrow(LayoutError)
    expect(() => drainCoalesced(new Uint8Array(100).subarray(1))).toThrow(LayoutError)
  })
})

describe('dirty ring', () => {
  const ringOf = (flags: readonly number[]): Uint8Array => {
    const ring = new Uint8Array(flags.length * 16)
    for (const [n, flag] of flags.entries()) {
      ring.set(encodeStruct(kvm_dirty_gfn, { flags: flag, slot: 2, offset: BigInt(n) }), n * 16)
    }
    return ring
  }

  test('default: takes the dirty entries, marks them, and goes on from there', () => {
    const ring = ringOf([1, 1, 0, 0])
    expect(harvestDirtyRing(ring)).toEqual({
      pages: [
        { slot: 2, offset: 0n },
        { slot: 2, offset: 1n },
      ],
      next: 2,
    })
    expect([ring[0], ring[16], ring[32]]).toEqual([KVM_DIRTY_GFN_F_RESET, KVM_DIRTY_GFN_F_RESET, 0])
    ring[32] = KVM_DIRTY_GFN_F_DIRTY
    ring[48] = KVM_DIRTY_GFN_F_DIRTY
    expect(harvestDirtyRing(ring, 2)).toMatchObject({ pages: [{ offset: 2n }, { offset: 3n }], next: 0 })
    // What was harvested and not reset is not harvested again.
    expect(harvestDirtyRing(ring, 0)).toEqual({ pages: [], next: 0 })
  })

  test('behavior: a ring that is full is harvested once round', () => {
    const { pages, next } = harvestDirtyRing(ringOf([1, 1, 1, 1]), 3)
    expect(pages.map(({ offset }) => offset)).toEqual([3n, 0n, 1n, 2n])
    expect(next).toBe(3)
  })

  test('error: a cut entry', () => {
    expect(() => harvestDirtyRing(new Uint8Array(24))).toThrow(LayoutError)
  })
})
