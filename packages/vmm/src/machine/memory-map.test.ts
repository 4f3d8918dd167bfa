import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkMemorySize, maxCpus, memoryMap, smallestIpaBits } from './memory-map.ts'

const GiB = 2 ** 30
const MiB = 2 ** 20

describe('memoryMap', () => {
  test('behavior: no two regions overlap', () => {
    const regions = Object.values(memoryMap).sort((a, b) => a.base - b.base)
    for (const [i, region] of regions.slice(1).entries()) {
      expect(regions[i].base + regions[i].sizeBytes).toBeLessThanOrEqual(region.base)
    }
    expect(memoryMap.ram.base + memoryMap.ram.sizeBytes).toBe(2 ** 52)
    expect(maxCpus).toBe(123)
  })
})

describe('smallestIpaBits', () => {
  test('default: RAM starts at 1 GiB', () => {
    expect(smallestIpaBits(512 * MiB)).toEqual({
      bits: 32,
      reason:
        'RAM of 512 MiB at 0x40000000 ends at 0x5fffffff, which takes 31 bits, and 32 is the smallest size there is',
    })
    expect(smallestIpaBits(3 * GiB).bits).toBe(32)
    expect(smallestIpaBits(3 * GiB + 4096)).toEqual({
      bits: 33,
      reason: 'RAM of 3145732 KiB at 0x40000000 ends at 0x100000fff, which takes 33 bits',
    })
    expect(smallestIpaBits(4 * GiB).bits).toBe(33)
    expect(smallestIpaBits(memoryMap.ram.sizeBytes).bits).toBe(52)
  })

  test('behavior: fits, and one bit less does not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 38 }), (pages) => {
        const { bits } = smallestIpaBits(pages * 4096)
        expect(() => checkMemorySize(pages * 4096, bits, 4096)).not.toThrow()
        if (bits > 32) expect(() => checkMemorySize(pages * 4096, bits - 1, 4096)).toThrow()
      }),
    )
  })
})

describe('checkMemorySize', () => {
  test('error: 4 GiB in 32 bits names value, limit and way out', () => {
    expect(() => checkMemorySize(4 * GiB, 32, 4096)).toThrow(
      '4 GiB of memory does not fit an IPA space of 32 bits (4 GiB): RAM starts at 1 GiB and so ends at 5 GiB; use at least 33 IPA bits, or at most 3 GiB of memory.',
    )
  })

  test('error: no multiple of a page, nothing, negative, not a number, more than 52 bits', () => {
    for (const size of [4097, 0, -4096, Number.NaN, 0.5, 2 ** 52]) {
      expect(() => checkMemorySize(size, 52, 4096), String(size)).toThrow(
        /^A memory size of .* bytes is impossible: give a multiple of 4 KiB/,
      )
    }
  })
})
