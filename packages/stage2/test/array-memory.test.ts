/** The test memory finds what it promises to find. */

import { expect, test } from 'vitest'
import { computeGeometry, MapFlags, Prot, Stage2Table } from '../src/index.ts'
import { ArrayMemory, BreakBeforeMakeError, TableMemoryError } from '../src/testing.ts'

const giga = 0x4000_0000
const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })

function mapped(): { mm: ArrayMemory; table: Stage2Table; pte: number; log: ReturnType<ArrayMemory['watch']> } {
  const mm = new ArrayMemory()
  const table = new Stage2Table({ geometry, mm })
  const log = mm.watch(table.root, geometry)
  table.map(giga, 0x1000, 0x5000, Prot.rw)
  let pte = -1
  table.walk({
    flags: 1,
    visit(context) {
      if (context.isValid) pte = context.ptePa
      return 0
    },
  })
  return { mm, table, pte, log }
}

test('behavior: a live entry changed in place', () => {
  const { mm, pte } = mapped()
  const [lo, hi] = [mm.readLo(pte), mm.readHi(pte)]
  expect(() => mm.write(pte, lo ^ 0x1000, hi)).toThrow(BreakBeforeMakeError)
  expect(() => mm.write(pte, lo ^ 4, hi)).toThrow(/live level-3 entry of IPA 0x40000000 changed without a break/)
  mm.write(pte, lo ^ 0x80, hi ^ 0x40_0000)
})

test('behavior: made again without invalidation, or before it is complete', () => {
  for (const between of [
    (_: ArrayMemory) => {},
    (mm: ArrayMemory) => mm.dsb(),
    (mm: ArrayMemory) => mm.tlbiIpa(giga, 3),
    (mm: ArrayMemory) => {
      mm.tlbiIpa(giga, 2)
      mm.dsb()
    },
    (mm: ArrayMemory) => {
      mm.tlbiIpa(giga + 0x1000, 3)
      mm.dsb()
    },
  ]) {
    const { mm, pte, log } = mapped()
    const [lo, hi] = [mm.readLo(pte), mm.readHi(pte)]
    mm.write(pte, 0, 0)
    between(mm)
    expect(log.staleEntries).toBe(1)
    expect(() => mm.write(pte, lo, hi)).toThrow(/while a TLB may hold the old level-3 entry of 0x40000000/)
  }
})

test('behavior: a block made while pages below are stale', () => {
  const { mm, table } = mapped()
  const level1 = Number(table.root) + 8
  mm.write(level1, 0, 0)
  mm.tlbiIpa(giga, 0)
  mm.dsb()
  mm.tlbiIpa(giga + 0x20_0000, 0)
  mm.dsb()
  mm.write(level1, 0, 0)
  const second = mapped()
  second.table.map(giga + 0x20_0000, 0x1000, 0, Prot.r)
  second.mm.write(Number(second.table.root) + 8, 0, 0)
  second.mm.tlbiIpa(giga, 0)
  second.mm.dsb()
  expect(() => second.mm.write(Number(second.table.root) + 8, 0x7fd, 0), 'the other page was not invalidated').toThrow(
    /level-2|level-3/,
  )
})

test('behavior: a table freed while a TLB may walk it', () => {
  const { mm, table } = mapped()
  const level2 = Number(BigInt(mm.readHi(Number(table.root) + 8)) << 32n) + (mm.readLo(Number(table.root) + 8) & ~0xfff)
  mm.putRef(level2)
  mm.write(Number(table.root) + 8, 0, 0)
  expect(() => mm.freeTable(level2, 4096)).toThrow(/freed while a TLB may still walk/)
})

test('behavior: a table that was built before it is linked is followed', () => {
  const { mm, table, log } = mapped()
  table.map(giga, 0x4000, 0x5000, Prot.rw, MapFlags.forcePage)
  const other = new Stage2Table({ geometry, mm })
  other.map(0, 0x1000, 0x9000, Prot.rw)
  // Root entry 0 of the other table becomes root entry 3 of this one.
  mm.write(Number(table.root) + 24, mm.readLo(Number(other.root)), mm.readHi(Number(other.root)))
  log.events.length = 0
  table.unmap(3 * giga, 0x1000)
  expect(log.events[0]).toEqual({ kind: 'break', ipa: 3 * giga, level: 3 })
})

test('error: misuse of memory', () => {
  const mm = new ArrayMemory({ base: 0 })
  const pa = mm.allocTable(8192, 8192)
  expect(pa % 8192).toBe(0)
  expect(() => mm.freeTable(pa, 4096)).toThrow(TableMemoryError)
  expect(() => mm.readLo(pa + 4)).toThrow(/no descriptor of an allocated table/)
  expect(() => mm.write(pa + 8192, 1, 0)).toThrow(TableMemoryError)
  mm.getRef(pa + 4096)
  expect(() => mm.freeTable(pa, 8192)).toThrow(/freed while in use/)
  mm.putRef(pa + 4096)
  mm.write(pa, 1, 0)
  expect(() => mm.assertRefCounts(4096)).toThrow(/1 entries in use and a count of 1/)
  expect(() => mm.assertNoLeaks()).toThrow(/1 tables were not freed/)
  const fresh = mm.allocTable(4096, 4096)
  expect(() => mm.putRef(fresh)).toThrow(/fell below 1/)
  expect(() => mm.allocTable(4096, 8192)).toThrow(TableMemoryError)
  const other = new ArrayMemory()
  const freed = other.allocTable(4096, 4096)
  other.write(freed, 5, 5)
  other.freeTable(freed, 4096)
  expect(() => other.freeTable(freed, 4096)).toThrow(/not an allocation/)
  expect(() => other.readLo(freed)).toThrow(TableMemoryError)
  expect(other.allocTable(4096, 4096)).toBe(freed)
  expect(other.readLo(freed), 'zeroed').toBe(0)
})
