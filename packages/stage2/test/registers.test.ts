/** VTCR_EL2 and VTTBR_EL2 against values read out of running Linux kernels. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  computeGeometry,
  decodePaRange,
  decodeVtcr,
  decodeVttbr,
  encodePaRange,
  encodeVtcr,
  encodeVttbr,
  GeometryError,
} from '../src/index.ts'

const live = [
  { file: 'vtcr-6.1-4k.txt', lpa2: false, paBits: 48, rows: 17 },
  { file: 'vtcr-6.12-4k.txt', lpa2: true, paBits: 52, rows: 21 },
]

describe.each(live)('$file', ({ file, lpa2, paBits, rows }) => {
  const lines = readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  test('behavior: every live register value', () => {
    expect(lines).toHaveLength(rows)
    for (const line of lines) {
      const [n, vtcr, vttbr] = line.split(' ') as [string, string, string]
      const geometry = computeGeometry({ ipaBits: Number(n), granule: '4K', lpa2 })
      expect(encodeVtcr({ geometry, paBits }), line).toBe(BigInt(vtcr))
      expect(decodeVtcr(BigInt(vtcr))).toEqual({
        t0sz: geometry.t0sz,
        ipaBits: Number(n),
        sl0: geometry.sl0,
        sl2: 0,
        startLevel: geometry.startLevel,
        irgn0: 1,
        orgn0: 1,
        sh0: 3,
        granule: '4K',
        ps: lpa2 ? 6 : 5,
        paBits,
        vmid16: true,
        ha: true,
        hd: false,
        ds: lpa2,
      })
      const fields = decodeVttbr(BigInt(vttbr), geometry)
      expect(fields.vmid).toBe(Number(n) - 31)
      expect(fields.cnp).toBe(true)
      expect(fields.baddr % BigInt(geometry.rootAlignBytes), 'the kernel aligned the root').toBe(0n)
      expect(encodeVttbr({ geometry, ...fields }), line).toBe(BigInt(vttbr))
    }
  })
})

test('behavior: live values of 16K kernels', () => {
  const wide = computeGeometry({ ipaBits: 52, granule: '16K', lpa2: true })
  expect(encodeVtcr({ geometry: wide, paBits: 52 })).toBe(0x1802eb5ccn)
  const concatenated = computeGeometry({ ipaBits: 51, granule: '16K', lpa2: true })
  expect(encodeVtcr({ geometry: concatenated, paBits: 52 })).toBe(0x1802eb58dn)
  expect(decodeVttbr(encodeVttbr({ geometry: concatenated, baddr: 0x48680000n, vmid: 20 }), concatenated).baddr).toBe(
    0x48680000n,
  )
})

test('args: HA, HD and VS', () => {
  const geometry = computeGeometry({ ipaBits: 40, granule: '64K' })
  expect(encodeVtcr({ geometry, paBits: 40, vmid16: false, ha: false, hd: true })).toBe(0x80427558n)
  expect(decodeVtcr(encodeVtcr({ geometry, paBits: 40, vmid16: false, ha: false, hd: true }))).toMatchObject({
    vmid16: false,
    ha: false,
    hd: true,
    granule: '64K',
    paBits: 40,
    startLevel: 2,
    ds: false,
  })
})

test('behavior: start levels of every SL0 and granule', () => {
  const level = (tg0: bigint, sl0: bigint, sl2 = 0n, ds = 0n) =>
    decodeVtcr((sl2 << 33n) | (ds << 32n) | (tg0 << 14n) | (sl0 << 6n)).startLevel
  expect([0n, 1n, 2n, 3n].map((sl0) => level(0n, sl0))).toEqual([2, 1, 0, 3])
  expect([0n, 1n, 2n, 3n].map((sl0) => level(2n, sl0))).toEqual([3, 2, 1, 0])
  expect([0n, 1n, 2n, 3n].map((sl0) => level(1n, sl0))).toEqual([3, 2, 1, undefined])
  expect([0n, 1n, 2n, 3n].map((sl0) => level(0n, sl0, 1n, 1n))).toEqual([-1, undefined, undefined, undefined])
  expect(level(3n, 0n)).toBeUndefined()
})

test('behavior: PARange codes', () => {
  expect([32, 36, 40, 42, 44, 48, 52, 56].map(encodePaRange)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(decodePaRange(6)).toBe(52)
  expect(decodePaRange(8)).toBeUndefined()
  expect(() => encodePaRange(41)).toThrow(/physical address size 41 has no PARange code; use 32, 36/)
})

test('behavior: a 52-bit root address keeps its top bits in [5:2]', () => {
  for (const options of [
    { granule: '4K', lpa2: true },
    { granule: '16K', lpa2: true },
    { granule: '64K', lpa: true },
  ] as const) {
    const geometry = computeGeometry({ ipaBits: 48, ...options })
    const baddr = 0xa_1234_5670_0000n
    const word = encodeVttbr({ geometry, baddr, vmid: 0xbeef, cnp: false })
    expect(word).toBe((0xbeefn << 48n) | 0x1234_5670_0000n | (0xan << 2n))
    expect(decodeVttbr(word, geometry)).toEqual({ baddr, vmid: 0xbeef, cnp: false })
  }
})

test('error: registers that cannot be encoded', () => {
  const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
  expect(() => encodeVttbr({ geometry, baddr: 0x1000n, vmid: 1 })).toThrow(
    /0x1000 is not aligned to 8192 bytes, as 1024 root entries need; use a multiple of 0x2000/,
  )
  expect(() => encodeVttbr({ geometry, baddr: 1n << 48n, vmid: 1 })).toThrow(/outside the 48-bit/)
  expect(() => encodeVttbr({ geometry, baddr: -8192n, vmid: 1 })).toThrow(GeometryError)
  for (const vmid of [-1, 65536, 1.5])
    expect(() => encodeVttbr({ geometry, baddr: 0n, vmid })).toThrow(/VMID .* does not fit 16 bits/)
  expect(() => encodeVtcr({ geometry, paBits: 36 })).toThrow(
    /IPA size 40 is above the machine's physical address size of 36 bits/,
  )
  expect(() => encodeVtcr({ geometry, paBits: 50 })).toThrow(/no PARange code/)
})
