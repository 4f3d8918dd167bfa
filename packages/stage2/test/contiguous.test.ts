/** The contiguous hint: where it is given, and that a change to a part of a run takes it from all of it first. */

import { describe, expect, test } from 'vitest'
import {
  computeGeometry,
  contiguousEntries,
  type GeometryOptions,
  MapFlags,
  Prot,
  Result,
  Stage2Table,
} from '../src/index.ts'
import { ArrayMemory, type BreakBeforeMakeLog } from '../src/testing.ts'

const page = 0x1000
const run = 16 * page
const giga = 0x4000_0000

function make(options: GeometryOptions = { ipaBits: 40, granule: '4K' }): {
  mm: ArrayMemory
  table: Stage2Table
  log: BreakBeforeMakeLog
} {
  const geometry = computeGeometry(options)
  const mm = new ArrayMemory()
  const table = new Stage2Table({ geometry, mm })
  return { mm, table, log: mm.watch(table.root, geometry) }
}

const hints = (table: Stage2Table): [pages: number, contiguous: boolean][] =>
  table.runs().map((one) => [one.sizeBytes / page, one.contiguous])

test('default: without the flag no entry has it', () => {
  const { table } = make()
  table.map(giga, 4 * run, 0, Prot.rw, MapFlags.forcePage)
  expect(hints(table)).toEqual([[64, false]])
})

test('behavior: whole aligned runs get it, what is before and after does not', () => {
  const { table } = make()
  expect(table.map(giga + 8 * page, 3 * run, 5 * run + 8 * page, Prot.rw, MapFlags.contiguous)).toBe(Result.ok)
  expect(hints(table)).toEqual([
    [8, false],
    [32, true],
    [8, false],
  ])
})

test('behavior: not where the physical address is at another place in its run', () => {
  const { table } = make()
  table.map(giga, 4 * run, 8 * page, Prot.rw, MapFlags.contiguous)
  expect(hints(table)).toEqual([[64, false]])
})

test('behavior: also in a table that is partly used, where all entries of the run are unused', () => {
  const { table } = make()
  table.map(giga + run + page, page, 77 * page, Prot.rw)
  table.map(giga, 4 * run, 4 * run, Prot.rw, MapFlags.contiguous)
  expect(hints(table)).toEqual([
    [16, true],
    [16, false],
    [32, true],
  ])
})

test.each([
  [{ ipaBits: 40, granule: '4K' }, 3, 16],
  [{ ipaBits: 40, granule: '4K' }, 2, 16],
  [{ ipaBits: 40, granule: '4K' }, 1, 16],
  [{ ipaBits: 48, granule: '16K' }, 3, 128],
  [{ ipaBits: 48, granule: '16K' }, 2, 32],
  [{ ipaBits: 48, granule: '64K' }, 3, 32],
  [{ ipaBits: 48, granule: '64K' }, 2, 32],
] as [GeometryOptions, number, number][])('behavior: length of a run, %o level %i', (options, level, entries) => {
  const { table } = make(options)
  const bytes = table.geometry.levelBytes[level]
  expect(contiguousEntries(table.geometry, level)).toBe(entries)
  table.map(2 * entries * bytes, (entries * 3 - 1) * bytes, 0, Prot.rw, MapFlags.contiguous)
  expect(table.runs()).toMatchObject([
    { level, entries: entries * 2, contiguous: true },
    { level, entries: entries - 1, contiguous: false },
  ])
})

describe('changes of a part', () => {
  const parts: [string, (table: Stage2Table) => unknown][] = [
    ['unmap', (table) => table.unmap(giga + 3 * page, page)],
    ['unmap at the end', (table) => table.unmap(giga + 15 * page, 100 * page)],
    ['writeProtect', (table) => table.writeProtect(giga - page, 4 * page)],
    ['relaxPerms', (table) => table.relaxPerms(giga + 4 * page, Prot.x)],
    ['map', (table) => table.map(giga + 4 * page, page, 99 * page, Prot.rw)],
    ['setOwner', (table) => table.setOwner(giga + 4 * page, page, 1)],
  ]
  test.each(parts)('behavior: %s takes the hint from the whole run, through invalid', (_, change) => {
    const { table, log, mm } = make()
    table.map(giga, 2 * run, 4 * run, Prot.rw, MapFlags.contiguous)
    log.events.length = 0
    change(table)
    const folded = table.runs().filter((one) => one.contiguous)
    const rest = folded.reduce((sum, one) => sum + one.entries, 0)
    expect(rest, 'the other run keeps it').toBe(table.getLeaf(giga + 16 * page)?.contiguous ? 16 : 0)
    expect(table.getLeaf(giga)?.contiguous ?? false).toBe(false)
    expect(log.events.filter((event) => event.kind === 'break').length).toBeGreaterThanOrEqual(16)
    expect(log.staleEntries).toBe(0)
    mm.assertRefCounts(page)
  })

  test('behavior: changes of a whole run leave it', () => {
    const { table, mm } = make()
    table.map(giga, 2 * run, 4 * run, Prot.rw, MapFlags.contiguous)
    table.writeProtect(giga, run)
    expect(table.runs().map((one) => [one.prot, one.contiguous])).toEqual([
      [Prot.r, true],
      [Prot.rw, true],
    ])
    table.testClearYoung(giga + page, page, true)
    expect(
      table.runs().every((one) => one.contiguous),
      'the access flag is each entry’s own',
    ).toBe(true)
    const before = mm.counts.tlbiIpa
    table.unmap(giga, run)
    expect(mm.counts.tlbiIpa - before).toBe(16)
    expect(hints(table)).toEqual([[16, true]])
  })

  test('behavior: the same mapping again stays, hint or not', () => {
    const { table } = make()
    table.map(giga, run, 4 * run, Prot.rw, MapFlags.contiguous)
    expect(table.map(giga, run, 4 * run, Prot.rw)).toBe(Result.EAGAIN)
    expect(hints(table)).toEqual([[16, true]])
  })
})
