/** Descriptors against those found in live tables of Linux kernels. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  computeGeometry,
  DescriptorFormat,
  decodeDescriptor,
  encodeLeaf,
  encodeTable,
  formatMemAttr,
  type Granule,
  Prot,
  type Stage2Geometry,
} from '../src/index.ts'

const linux61 = computeGeometry({ ipaBits: 40, granule: '4K' })
const linux612 = computeGeometry({ ipaBits: 40, granule: '4K', lpa2: true })
const xn = 1n << 54n

test('behavior: descriptors of Linux 6.1 (FWB, 48-bit)', () => {
  const leaf = (prot: Prot, pa: bigint) => encodeLeaf({ geometry: linux61, level: 3, pa, prot, fwb: true })
  expect(leaf(Prot.rwx, 0x41ea4000n)).toBe(0x41ea47dbn)
  expect(leaf(Prot.rw, 0x41e8f000n)).toBe(0x0040000041e8f7dbn)
  expect(leaf(Prot.r, 0x42173000n)).toBe(0x004000004217375bn)
  expect(encodeTable(linux61, 0x43147000n)).toBe(0x43147003n)
})

test('behavior: descriptors of Linux 6.12 (FWB, LPA2)', () => {
  const leaf = (prot: Prot, pa: bigint, level = 3) => encodeLeaf({ geometry: linux612, level, pa, prot, fwb: true })
  expect(leaf(Prot.rwx, 0x40000000n, 2)).toBe(0x400004d9n)
  expect(leaf(Prot.rw, 0x4285f000n)).toBe(xn | 0x4285f4dbn)
  expect(leaf(Prot.r, 0x42864000n)).toBe(xn | 0x4286445bn)
})

test('behavior: memory types with and without FWB', () => {
  const memAttr = (prot: Prot, fwb: boolean) =>
    Number((encodeLeaf({ geometry: linux61, level: 3, pa: 0n, prot, fwb }) >> 2n) & 0xfn)
  expect([Prot.r, Prot.r | Prot.normalNc, Prot.r | Prot.device].map((prot) => memAttr(prot, false))).toEqual([15, 5, 1])
  expect([Prot.r, Prot.r | Prot.normalNc, Prot.r | Prot.device].map((prot) => memAttr(prot, true))).toEqual([6, 5, 1])
  expect([0, 1, 2, 3, 5, 6, 7, 8].map((attr) => formatMemAttr(attr, true))).toEqual([
    'Device-nGnRnE',
    'Device-nGnRE',
    'Device-nGRE',
    'Device-GRE',
    'Normal-NC',
    'Normal-WB',
    'as stage 1',
    'reserved',
  ])
  expect([1, 4, 5, 10, 15, 13].map((attr) => formatMemAttr(attr, false))).toEqual([
    'Device-nGnRE',
    'reserved',
    'Normal-NC',
    'Normal-WT',
    'Normal-WB',
    'Normal-outer-WB-inner-NC',
  ])
})

test('behavior: high address bits lie where the format has them', () => {
  const pa = 0xf_0000_0000_0000n
  const g16 = computeGeometry({ ipaBits: 40, granule: '16K', lpa2: true })
  const g64 = computeGeometry({ ipaBits: 40, granule: '64K', lpa: true })
  // [49:48] stay, [51:50] go to [9:8].
  expect(encodeTable(linux612, pa)).toBe((3n << 48n) | (3n << 8n) | 3n)
  expect(encodeTable(g16, pa)).toBe((3n << 48n) | (3n << 8n) | 3n)
  // [51:48] go to [15:12].
  expect(encodeTable(g64, pa)).toBe((15n << 12n) | 3n)
  expect(encodeLeaf({ geometry: g64, level: 2, pa: pa + (1n << 29n), prot: Prot.rwx })).toBe((1n << 29n) | 0xf7fdn)
})

test('behavior: software bits are bits 58 to 55', () => {
  const bits = [Prot.sw0, Prot.sw1, Prot.sw2, Prot.sw3].map(
    (sw) => encodeLeaf({ geometry: linux61, level: 3, pa: 0n, prot: Prot.rwx | sw, fwb: true }) ^ 0x7dbn,
  )
  expect(bits).toEqual([1n << 55n, 1n << 56n, 1n << 57n, 1n << 58n])
})

const formats: [string, Stage2Geometry][] = (['4K', '16K', '64K'] as Granule[]).flatMap((granule) =>
  [false, true].map((wide): [string, Stage2Geometry] => [
    `${granule}${wide ? ' 52-bit' : ''}`,
    computeGeometry({ ipaBits: 48, granule, lpa2: wide }),
  ]),
)

describe.each(formats)('%s', (_, geometry) => {
  const addressOf = (level: number) =>
    fc
      .bigInt(0n, (1n << BigInt(geometry.oaBits)) / BigInt(geometry.levelBytes[level]) - 1n)
      .map((frame) => frame * BigInt(geometry.levelBytes[level]))
  const levels = [0, 1, 2, 3].filter((level) => level >= geometry.archMinBlockLevel)
  const prots = fc
    .tuple(
      fc.constantFrom(0, Prot.device, Prot.normalNc),
      fc.integer({ min: 0, max: 7 }),
      fc.integer({ min: 0, max: 15 }),
    )
    .map(([type, permissions, sw]) => type | (type ? permissions & ~Prot.x : permissions) | (sw << 5))

  test('behavior: leaves decode to what was encoded', () => {
    const leaf = fc.constantFrom(...levels).chain((level) => fc.tuple(fc.constant(level), addressOf(level)))
    fc.assert(
      fc.property(leaf, prots, fc.boolean(), ([level, pa], prot, fwb) => {
        const descriptor = encodeLeaf({ geometry, level, pa, prot, fwb })
        expect(decodeDescriptor(geometry, level, descriptor, fwb)).toMatchObject({
          kind: level === 3 ? 'page' : 'block',
          pa,
          prot,
          af: true,
          dbm: false,
          contiguous: false,
          xnx: false,
          sh: geometry.lpa2 ? undefined : 3,
          sizeBytes: geometry.levelBytes[level],
        })
      }),
    )
  })

  test('behavior: tables decode to what was encoded', () => {
    fc.assert(
      fc.property(addressOf(3), (pa) => {
        for (const level of [0, 1, 2]) {
          expect(decodeDescriptor(geometry, level, encodeTable(geometry, pa))).toEqual({ kind: 'table', pa })
        }
      }),
    )
  })

  test('behavior: halves and words agree', () => {
    const format = new DescriptorFormat(geometry, false)
    fc.assert(
      fc.property(addressOf(3), (pa) => {
        const [lo, hi] = [format.addressLo(Number(pa)), format.addressHi(Number(pa))]
        expect(BigInt(format.address(lo, hi))).toBe(pa)
        expect((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0) | 3n).toBe(encodeTable(geometry, pa))
      }),
    )
  })

  test('behavior: reserved types are invalid', () => {
    expect(decodeDescriptor(geometry, 3, 1n)).toEqual({ kind: 'invalid', isReserved: true })
    expect(decodeDescriptor(geometry, geometry.archMinBlockLevel - 1, 1n)).toEqual({
      kind: 'invalid',
      isReserved: true,
    })
    expect(decodeDescriptor(geometry, 2, 0xffff_fffen)).toEqual({ kind: 'invalid', isReserved: false })
  })
})

test('error: leaves that do not exist', () => {
  const geometry = linux61
  expect(() => encodeLeaf({ geometry, level: 0, pa: 0n, prot: 4 })).toThrow(/level is 0; it must be from 1 to 3/)
  expect(() => encodeLeaf({ geometry, level: 2, pa: 0x1000n, prot: 4 })).toThrow(/a multiple of 0x200000/)
  expect(() => encodeLeaf({ geometry, level: 3, pa: 1n << 48n, prot: 4 })).toThrow(/48-bit addresses.*below 2\^48/)
  for (const prot of [Prot.device | Prot.x, Prot.normalNc | Prot.x, Prot.device | Prot.normalNc, 512]) {
    expect(() => encodeLeaf({ geometry, level: 3, pa: 0n, prot })).toThrow(/prot is/)
  }
})
