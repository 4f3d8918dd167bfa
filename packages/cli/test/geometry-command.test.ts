import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runCommand } from './fake-host.ts'

interface OracleRow {
  readonly granule: string
  readonly ipa: number
  readonly need: string | null
  readonly lv: number
  readonly start: number
  readonly sl0: number
  readonly t0sz: number
  readonly entries: number
  readonly tables: number
  readonly align: number
  readonly vtcr_base_hex: string
}

const oracle = new URL('../../stage2/test/fixtures/geometry.json', import.meta.url)
const rows = JSON.parse(readFileSync(oracle, 'utf8')) as readonly OracleRow[]

describe('stage2 geometry', () => {
  test('default: --json prints exactly the documented keys, equal to the recorded shape of every table', async () => {
    expect(rows.length).toBe(63)
    for (const row of rows) {
      const lpa2 = row.need === null ? [] : ['--lpa2']
      const { status, out, err } = await runCommand([
        ...['stage2', 'geometry', '--ipa-bits', String(row.ipa), '--granule', row.granule, '--json'],
        ...lpa2,
      ])
      expect({ status, err }).toEqual({ status: 0, err: '' })
      expect(JSON.parse(out)).toEqual({
        ipaBits: row.ipa,
        granule: row.granule,
        levels: row.lv,
        startLevel: row.start,
        sl0: row.sl0,
        t0sz: row.t0sz,
        rootEntries: row.entries,
        rootTables: row.tables,
        rootAlignBytes: row.align,
        vtcrBase: row.vtcr_base_hex,
      })
    }
  })

  test('behavior: without --json it is text for people', async () => {
    const { status, out } = await runCommand(['stage2', 'geometry', '--ipa-bits', '40'])
    expect(status).toBe(0)
    expect(out).toMatchInlineSnapshot(`
      "IPA size     40 bits, 4K granule
      walk         3 levels, walk starts at level 1, index bits [39:30]
      root         1024 entries in 2 concatenated tables, 8 KiB, aligned to 8 KiB (x = 13)
      leaf sizes   4 KiB, 2 MiB, 1 GiB
      VTCR_EL2     SL0 1, T0SZ 24: 0x80203558 before PS, VS and DS
      "
    `)
  })

  test.each([
    [['31'], /^armvisor: IPA size 31 is below the smallest of 32 bits; use 32 to 48\.\n/],
    [['0'], /^armvisor: IPA size 0 is below .*\n/],
    [['53', '--lpa2'], /^armvisor: IPA size 53 is above the largest of 52 bits; use 32 to 52\.\n/],
    [['49'], /without FEAT_LPA2 .*; use 32 to 48, or turn on LPA2 with --lpa2\.\n/],
    [['50', '--granule', '64K'], /without FEAT_LPA .*; use 32 to 48, or turn on LPA with --lpa2\.\n/],
    [['forty'], /^armvisor: --ipa-bits forty is no number: give 32 to 52\.\n/],
  ])('error: %s', async (args, sentence) => {
    const { status, out, err } = await runCommand(['stage2', 'geometry', '--ipa-bits', ...args])
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toMatch(sentence)
  })
})
