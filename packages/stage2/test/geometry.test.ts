/** Table geometry against rows that were read from the kernel's headers and from live registers. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  computeGeometry,
  formatGeometry,
  GeometryError,
  type GeometryErrorReason,
  type GeometryOptions,
  type Granule,
} from '../src/index.ts'

interface Row {
  lv: number
  start: number
  sl0: number
  x: number
  lsb: number
  bits: number
  entries: number
  tables: number
  pgd: number
  granule: Granule
  ipa: number
  t0sz: number
  need: string | null
  align: number
  vtcr_base: number
}
const rows: Row[] = JSON.parse(readFileSync(new URL('fixtures/geometry.json', import.meta.url), 'utf8'))

test('behavior: all recorded rows', () => {
  expect(rows).toHaveLength(63)
  for (const row of rows) {
    const g = computeGeometry({
      ipaBits: row.ipa,
      granule: row.granule,
      lpa2: row.need?.includes('LPA2') ?? false,
      lpa: row.need !== null,
    })
    const label = `${row.granule} ${row.ipa}`
    expect(
      {
        lv: g.levels,
        start: g.startLevel,
        sl0: g.sl0,
        x: g.x,
        lsb: g.lsb,
        bits: Math.log2(g.rootEntries),
        entries: g.rootEntries,
        tables: g.rootTables,
        pgd: g.rootAllocBytes / g.pageBytes,
        t0sz: g.t0sz,
        align: g.rootAlignBytes,
        vtcr_base: Number(g.vtcrBase),
      },
      label,
    ).toEqual({
      lv: row.lv,
      start: row.start,
      sl0: row.sl0,
      x: row.x,
      lsb: row.lsb,
      bits: row.bits,
      entries: row.entries,
      tables: row.tables,
      pgd: row.pgd,
      t0sz: row.t0sz,
      align: row.align,
      vtcr_base: row.vtcr_base,
    })
  }
})

test('behavior: LPA2 changes nothing up to 48 bits but the descriptor format', () => {
  for (const row of rows.filter((r) => r.need === null)) {
    const plain = computeGeometry({ ipaBits: row.ipa, granule: row.granule })
    const wide = computeGeometry({ ipaBits: row.ipa, granule: row.granule, lpa2: true })
    expect(wide).toEqual({
      ...plain,
      lpa2: row.granule !== '64K',
      oaBits: 52,
      archMinBlockLevel: plain.minBlockLevel - 1,
    })
  }
})

test('behavior: worked examples', () => {
  expect(computeGeometry({ ipaBits: 40, granule: '4K' })).toMatchObject({
    levels: 3,
    startLevel: 1,
    sl0: 1,
    lsb: 30,
    rootEntries: 1024,
    rootTables: 2,
    x: 13,
    rootBytes: 8192,
    rootAlignBytes: 8192,
    vtcrBase: 0x80203558n,
    blockSizes: [2 ** 12, 2 ** 21, 2 ** 30],
    cacheMinimum: 2,
    oaBits: 48,
  })
  expect(computeGeometry({ ipaBits: 52, granule: '16K', lpa2: true })).toMatchObject({
    levels: 4,
    sl0: 3,
    lsb: 47,
    rootEntries: 32,
    rootTables: 1,
    rootBytes: 256,
    rootAllocBytes: 16384,
    x: 8,
  })
  expect(computeGeometry({ ipaBits: 51, granule: '16K', lpa2: true })).toMatchObject({
    rootEntries: 32768,
    rootTables: 16,
    x: 18,
  })
  expect(computeGeometry({ ipaBits: 34, granule: '4K' })).toMatchObject({ levels: 2, rootTables: 16, rootBytes: 65536 })
  expect(computeGeometry({ ipaBits: 35, granule: '4K' })).toMatchObject({ levels: 3, rootEntries: 32 })
  expect(computeGeometry({ ipaBits: 34, granule: '4K' }).blockSizes, 'no level 1 in a two-level table').toEqual([
    2 ** 12,
    2 ** 21,
  ])
  expect(computeGeometry({ ipaBits: 40, granule: '16K' }).blockSizes).toEqual([2 ** 14, 2 ** 25])
  expect(computeGeometry({ ipaBits: 40, granule: '64K' }).blockSizes).toEqual([2 ** 16, 2 ** 29])
  expect(computeGeometry({ ipaBits: 52, granule: '64K', paBits: 52 }).oaBits, 'a 52-bit PARange is FEAT_LPA').toBe(52)
})

const refusals: [GeometryOptions, GeometryErrorReason, RegExp][] = [
  ...[1, 2, 24, 25, 30, 31].map((ipaBits): [GeometryOptions, GeometryErrorReason, RegExp] => [
    { ipaBits, granule: '4K' },
    'too-small',
    new RegExp(`size ${ipaBits} is below .* 32 bits; use 32 to 48`),
  ]),
  [{ ipaBits: 0, granule: '4K' }, 'too-small', /0 mean the default, 40/],
  [{ ipaBits: -8, granule: '16K' }, 'too-small', /use 32 to 48/],
  [{ ipaBits: 53, granule: '4K' }, 'too-large', /size 53 is above the largest of 52 bits; use 32 to 48/],
  [{ ipaBits: 53, granule: '16K', lpa2: true }, 'too-large', /use 32 to 52/],
  [{ ipaBits: 64, granule: '64K', lpa: true }, 'too-large', /use 32 to 52/],
  ...[49, 50, 51, 52].flatMap((ipaBits): [GeometryOptions, GeometryErrorReason, RegExp][] => [
    [{ ipaBits, granule: '4K' }, 'needs-lpa2', /4K granule's limit of 48 bits without FEAT_LPA2.*turn on LPA2/],
    [{ ipaBits, granule: '16K', lpa: true }, 'needs-lpa2', /16K granule's limit of 48 bits/],
    [{ ipaBits, granule: '64K' }, 'needs-lpa', /without FEAT_LPA \(52-bit physical addresses\).*turn on LPA$/],
    [{ ipaBits, granule: '64K', lpa2: true, lpa: false }, 'needs-lpa', /FEAT_LPA/],
  ]),
  [{ ipaBits: 40.5, granule: '4K' }, 'not-an-integer', /40\.5 is not a whole number/],
  [{ ipaBits: Number.NaN, granule: '4K' }, 'not-an-integer', /NaN/],
  [{ ipaBits: Number.POSITIVE_INFINITY, granule: '4K' }, 'not-an-integer', /Infinity/],
  [{ ipaBits: '40' as unknown as number, granule: '4K' }, 'not-an-integer', /40/],
  [{ ipaBits: 40, granule: '8K' as Granule }, 'unknown-granule', /granule 8K .*use 4K, 16K, 64K/],
  [{ ipaBits: 40, granule: 'toString' as Granule }, 'unknown-granule', /toString/],
  [
    { ipaBits: 41, granule: '4K', paBits: 40 },
    'exceeds-pa',
    /41 is above the machine's physical address size of 40 bits; use 32 to 40/,
  ],
]

test.each(refusals)('error: %o is %s', (options, reason, message) => {
  let error: unknown
  try {
    computeGeometry(options)
  } catch (e) {
    error = e
  }
  expect(error).toBeInstanceOf(GeometryError)
  expect(error).toMatchObject({ name: 'GeometryError', reason, message: expect.stringMatching(message) })
})

test('behavior: text for a person', () => {
  expect(formatGeometry(computeGeometry({ ipaBits: 40, granule: '4K' }))).toMatchInlineSnapshot(`
    "IPA size     40 bits, 4K granule
    walk         3 levels, walk starts at level 1, index bits [39:30]
    root         1024 entries in 2 concatenated tables, 8 KiB, aligned to 8 KiB (x = 13)
    leaf sizes   4 KiB, 2 MiB, 1 GiB
    VTCR_EL2     SL0 1, T0SZ 24: 0x80203558 before PS, VS and DS"
  `)
})
