import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fit, pan, wholeSpace, zoom } from './window.ts'

const pageBytes = 4096
const space = fc.integer({ min: 32, max: 52 })

describe('zoom', () => {
  test('default: halves the window about an address, which keeps its place', () => {
    const window = zoom(wholeSpace(40), 2, 2 ** 38, 40, pageBytes)
    expect(window).toEqual({ base: 2 ** 37, sizeBytes: 2 ** 39 })
  })

  test('behavior: from the whole space down to one page, which holds the address', () => {
    fc.assert(
      fc.property(space, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (ipaBits, place) => {
        const address = Math.floor(place * 2 ** ipaBits)
        let window = wholeSpace(ipaBits)
        while (window.sizeBytes > pageBytes) window = zoom(window, 2, address, ipaBits, pageBytes)
        expect(window.base % pageBytes).toBe(0)
        // Rounding to pages may leave the address at the edge of the next one.
        expect(Math.abs(window.base + pageBytes / 2 - address)).toBeLessThanOrEqual(1.5 * pageBytes)
      }),
    )
  })

  test('behavior: never leaves the space', () => {
    fc.assert(
      fc.property(
        space,
        fc.array(fc.tuple(fc.constantFrom(0.25, 0.5, 2, 4), fc.double({ min: -1, max: 2, noNaN: true }))),
        (ipaBits, steps) => {
          let window = wholeSpace(ipaBits)
          for (const [factor, share] of steps) {
            window = zoom(window, factor, window.base + share * window.sizeBytes, ipaBits, pageBytes)
            window = pan(window, share, ipaBits, pageBytes)
            expect(window.base).toBeGreaterThanOrEqual(0)
            expect(window.base + window.sizeBytes).toBeLessThanOrEqual(2 ** ipaBits)
            expect(window.sizeBytes).toBeGreaterThanOrEqual(pageBytes)
          }
        },
      ),
    )
  })
})

describe('fit', () => {
  test('default: a power of two around a range', () => {
    expect(fit(0x4000_0000, 0x1000_0000, 40, pageBytes)).toEqual({ base: 0x3800_0000, sizeBytes: 0x2000_0000 })
  })

  test('behavior: a range as large as the space is the space', () => {
    expect(fit(0, 2 ** 36, 36, pageBytes)).toEqual(wholeSpace(36))
  })
})
