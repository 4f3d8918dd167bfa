/** The engine's rules one by one. */

import { describe, expect, test } from 'vitest'
import {
  computeGeometry,
  formatResult,
  type GeometryOptions,
  MapFlags,
  Prot,
  Result,
  Stage2ArgumentError,
  Stage2Table,
  TableAllocationError,
  type WalkContext,
  WalkFlags,
} from '../src/index.ts'
import { ArrayMemory, type ArrayMemoryOptions, type BreakBeforeMakeLog } from '../src/testing.ts'

const page = 0x1000
const block = 0x20_0000
const giga = 0x4000_0000

function make(
  options: GeometryOptions = { ipaBits: 40, granule: '4K' },
  memory: ArrayMemoryOptions = {},
): { mm: ArrayMemory; table: Stage2Table; log: BreakBeforeMakeLog } {
  const geometry = computeGeometry(options)
  const mm = new ArrayMemory(memory)
  const table = new Stage2Table({ geometry, mm })
  return { mm, table, log: mm.watch(table.root, geometry) }
}

const kinds = (log: BreakBeforeMakeLog) =>
  log.events.map((event) => ('level' in event ? `${event.kind} ${event.level}` : event.kind))

describe('map', () => {
  test('default: one page', () => {
    const { table, mm } = make()
    expect(table.map(giga, page, 0x8_0000_0000, Prot.rw)).toBe(Result.ok)
    expect(table.dump()).toEqual(['0x0040000000-0x0040001000 -> 0x0800000000 rw- Normal-WB AF L3 x1 (4 KiB)'])
    expect(mm.allocations.size, 'root, level 2, level 3').toBe(3)
    expect(table.getLeaf(giga + 0xfff)).toMatchObject({
      isValid: true,
      ipa: BigInt(giga),
      pa: BigInt(0x8_0000_0000),
      level: 3,
      prot: Prot.rw,
    })
    expect(table.getLeaf(giga + page)).toMatchObject({ isValid: false, level: 3 })
    expect(table.getLeaf(2 * giga)).toMatchObject({ isValid: false, level: 1, ipa: BigInt(2 * giga), sizeBytes: giga })
  })

  test('args: offsets in a page are ignored, the size is rounded up', () => {
    const { table } = make()
    expect(table.map(giga + 0x800, 0x801, 0x1234_5678, Prot.r)).toBe(Result.ok)
    expect(table.runs()).toMatchObject([{ ipa: BigInt(giga), sizeBytes: page, pa: BigInt(0x1234_5000) }])
    expect(table.map(giga, 0, 0, Prot.r)).toBe(Result.ok)
  })

  test('behavior: the largest blocks that size and alignment of both addresses allow', () => {
    const { table } = make()
    expect(table.map(giga - block - page, 2 * giga + block + 2 * page, 3 * giga - block - page, Prot.rwx)).toBe(
      Result.ok,
    )
    expect(table.runs().map((run) => [run.level, run.entries])).toEqual([
      [3, 1],
      [2, 1],
      [1, 2],
      [3, 1],
    ])
    expect(table.dump(2 * giga, giga)).toEqual([
      '0x0080000000-0x00c0000000 -> 0x0100000000 rwx Normal-WB AF L1 x1 (1 GiB)',
    ])
    const other = make().table
    other.map(0, 2 * block, page, Prot.rwx)
    expect(other.runs()).toMatchObject([{ level: 3, entries: 1024 }])
    other.unmap(0, 2 * block)
    other.map(0, 2 * block, giga + block, Prot.rwx, MapFlags.forcePage)
    expect(other.runs()).toMatchObject([{ level: 3, entries: 1024 }])
  })

  test.each([
    [{ ipaBits: 40, granule: '4K' }, [1, 2, 3]],
    [{ ipaBits: 33, granule: '4K' }, [2, 3]],
    [{ ipaBits: 48, granule: '16K' }, [2, 3]],
    [{ ipaBits: 48, granule: '64K' }, [2, 3]],
  ] as [GeometryOptions, number[]][])('behavior: block levels of Linux, %o', (options, levels) => {
    const { table } = make(options)
    const { levelBytes, ipaBits } = table.geometry
    table.map(0, 2 * levelBytes[levels[0]], 0, Prot.rw)
    expect(table.runs()).toMatchObject([{ level: levels[0], entries: 2 }])
    for (const level of levels) {
      table.unmap(0, 2 ** ipaBits)
      table.map(levelBytes[level], levelBytes[level], 0, Prot.rw)
      expect(table.runs()).toMatchObject([{ level, entries: 1, ipa: BigInt(levelBytes[level]) }])
    }
  })

  test('args: blocks of the architecture that Linux does not use', () => {
    const geometry = computeGeometry({ ipaBits: 52, granule: '4K', lpa2: true })
    const mm = new ArrayMemory()
    const table = new Stage2Table({ geometry, mm, minBlockLevel: 0 })
    expect(table.map(2 ** 51, 2 ** 39, 2 ** 50, Prot.rw)).toBe(Result.ok)
    expect(table.runs()).toMatchObject([{ level: 0, entries: 1, pa: BigInt(2 ** 50) }])
    const narrow = computeGeometry({ ipaBits: 48, granule: '4K' })
    expect(() => new Stage2Table({ geometry: narrow, mm, minBlockLevel: 0 })).toThrow(
      /minBlockLevel is 0; it must be from 1 to 3/,
    )
  })

  test('behavior: a mapping that needs no change stays, with EAGAIN', () => {
    const { table, log } = make()
    table.map(giga, 4 * page, 0, Prot.rw)
    const before = log.events.length
    expect(table.map(giga, page, 0, Prot.rw)).toBe(Result.EAGAIN)
    expect(table.map(giga, page, 0, Prot.r), 'permissions alone').toBe(Result.EAGAIN)
    expect(table.map(giga, page, 0, Prot.rwx), 'execute permission too').toBe(Result.EAGAIN)
    expect(table.getLeaf(giga)?.prot, 'are not changed by map').toBe(Prot.rw)
    expect(log.events.length).toBe(before)
    expect(table.map(giga, 8 * page, 0, Prot.rw, MapFlags.handleFault), 'at the first').toBe(Result.EAGAIN)
    expect(table.getLeaf(giga + 4 * page)?.isValid).toBe(false)
    expect(table.map(giga, 8 * page, 0, Prot.rw), 'in the end').toBe(Result.EAGAIN)
    expect(table.runs()).toMatchObject([{ entries: 8 }])
  })

  test('behavior: other memory or another type goes through break-before-make', () => {
    for (const [pa, prot] of [
      [page, Prot.rw],
      [0, Prot.rw | Prot.device],
      [0, Prot.rw | Prot.sw0],
    ]) {
      const { table, log } = make()
      table.map(giga, page, 0, Prot.rw)
      log.events.length = 0
      expect(table.map(giga, page, pa, prot)).toBe(Result.ok)
      expect(log.events).toEqual([
        { kind: 'break', ipa: giga, level: 3 },
        { kind: 'tlbiIpa', ipa: giga, level: 3 },
        { kind: 'dsb' },
        { kind: 'make', ipa: giga, level: 3 },
      ])
      expect(table.getLeaf(giga)).toMatchObject({ pa: BigInt(pa), prot })
    }
  })

  test('behavior: a table over a block drops the rest of the block', () => {
    const { table, log, mm } = make()
    table.map(giga, block, 0, Prot.rwx)
    log.events.length = 0
    expect(table.map(giga + 5 * page, page, 0x10_0000, Prot.rwx)).toBe(Result.ok)
    expect(kinds(log)).toEqual(['break 2', 'tlbiIpa 2', 'dsb', 'make 2', 'make 3'])
    expect(log.events[1], 'by the IPA of the block').toEqual({ kind: 'tlbiIpa', ipa: giga, level: 2 })
    expect(table.runs()).toMatchObject([{ ipa: BigInt(giga + 5 * page), entries: 1 }])
    mm.assertRefCounts(page)
  })

  test('behavior: a block over a table invalidates the VMID and frees what was below', () => {
    const { table, log, mm } = make()
    table.map(giga, 3 * page, 0x100_1000, Prot.rwx)
    table.map(giga + block, page, 0, Prot.rwx)
    expect(mm.allocations.size).toBe(4)
    log.events.length = 0
    expect(table.map(giga, giga, 0, Prot.rwx)).toBe(Result.ok)
    expect(kinds(log)).toEqual(['break 1', 'tlbiVmid', 'dsb', 'make 1'])
    expect(mm.allocations.size, 'only the root').toBe(1)
    mm.assertRefCounts(page)
  })

  test('behavior: concatenated root tables are one table with a count each', () => {
    const { table, mm } = make()
    const half = 512 * giga
    expect(table.map(half - page, 2 * page, 7 * page, Prot.rw)).toBe(Result.ok)
    expect(table.runs()).toMatchObject([{ ipa: BigInt(half - page), entries: 2 }])
    expect([mm.refCount(Number(table.root)), mm.refCount(Number(table.root) + page)]).toEqual([2, 2])
    table.unmap(half, page)
    expect([mm.refCount(Number(table.root)), mm.refCount(Number(table.root) + page)]).toEqual([2, 1])
  })

  test('behavior: without memory, ENOMEM; what is mapped stays, and the call may be repeated', () => {
    const ranges: [number, number][] = [
      [giga, page],
      [giga - page, 2 * page],
      [512 * giga - block, 2 * block + page],
    ]
    for (const [ipa, size] of ranges) {
      for (let allowed = 0; ; allowed++) {
        const { table, mm } = make()
        mm.allocationsLeft = allowed
        const result = table.map(ipa, size, 0x5000, Prot.rw)
        mm.assertRefCounts(page)
        mm.allocationsLeft = 100
        if (result === Result.ok) {
          expect(allowed).toBeGreaterThan(0)
          break
        }
        expect(result).toBe(Result.ENOMEM)
        expect([Result.ok, Result.EAGAIN]).toContain(table.map(ipa, size, 0x5000, Prot.rw))
        expect(table.runs()).toMatchObject([{ ipa: BigInt(ipa), sizeBytes: size, pa: BigInt(0x5000) }])
        table.destroy()
        mm.assertNoLeaks()
      }
    }
  })

  test('behavior: without memory a block stays where a table was to be', () => {
    const { table, mm, log } = make()
    table.map(giga, block, 0, Prot.rw)
    log.events.length = 0
    mm.allocationsLeft = 0
    expect(table.map(giga, page, page, Prot.rw)).toBe(Result.ENOMEM)
    expect(table.runs()).toMatchObject([{ level: 2 }])
    expect(log.events).toEqual([])
  })

  test.each([
    { ipaBits: 32, granule: '4K' },
    { ipaBits: 40, granule: '4K' },
    { ipaBits: 48, granule: '4K' },
    { ipaBits: 40, granule: '16K' },
    { ipaBits: 48, granule: '64K' },
  ] as GeometryOptions[])('behavior: a cache of the minimum maps any page, %o', (options) => {
    const { table, mm } = make(options)
    const cache = table.createCache()
    expect(cache.topUp()).toBe(Result.ok)
    expect(cache.pages).toBe(table.geometry.levels - 1)
    mm.allocationsLeft = 0
    expect(table.map(2 ** options.ipaBits - table.geometry.pageBytes, 1, 0, Prot.r, 0, cache)).toBe(Result.ok)
    expect(cache.pages).toBe(0)
    expect(table.map(0, 1, 0, Prot.r, 0, cache), 'an empty cache is not helped out').toBe(Result.ENOMEM)
    expect(cache.topUp()).toBe(Result.ENOMEM)
    mm.allocationsLeft = 10
    expect(cache.topUp(5)).toBe(Result.ok)
    cache.drain()
    table.destroy()
    mm.assertNoLeaks()
  })

  test('error: outcomes', () => {
    const { table } = make()
    const top = 2 ** 40
    expect(table.map(top - page, 2 * page, 0, Prot.r)).toBe(Result.ERANGE)
    expect(table.map(top, page, 0, Prot.r)).toBe(Result.ERANGE)
    expect(table.map(0, page, 2 ** 48, Prot.r)).toBe(Result.ERANGE)
    expect(table.map(0, 2 * page, 2 ** 48 - page, Prot.r)).toBe(Result.ERANGE)
    expect(table.map(top - page, page, 2 ** 48 - page, Prot.r)).toBe(Result.ok)
    expect(table.map(0, page, 0, Prot.r | Prot.x | Prot.device)).toBe(Result.EINVAL)
    expect(table.map(0, page, 0, Prot.r | Prot.x | Prot.normalNc)).toBe(Result.EINVAL)
    expect(table.map(0, page, 0, Prot.r | Prot.device | Prot.normalNc)).toBe(Result.EINVAL)
    expect(table.map(0, page, 0, 1024)).toBe(Result.EINVAL)
    expect(table.runs()).toHaveLength(1)
    expect([0, -11, -12, -22, -34, 5].map(formatResult)).toEqual([
      'ok',
      'EAGAIN',
      'ENOMEM',
      'EINVAL',
      'ERANGE',
      'result 5',
    ])
  })

  test('error: arguments that are no addresses throw', () => {
    const { table } = make()
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, '0' as unknown as number, -1n]) {
      expect(() => table.map(bad, page, 0, Prot.r)).toThrow(Stage2ArgumentError)
      expect(() => table.map(0, bad, 0, Prot.r)).toThrow(/must be a whole number of bytes/)
      expect(() => table.map(0, page, bad, Prot.r)).toThrow(Stage2ArgumentError)
      expect(() => table.unmap(bad, page)).toThrow(Stage2ArgumentError)
    }
  })
})

describe('unmap', () => {
  test('behavior: a block goes as a whole', () => {
    const { table } = make()
    table.map(giga, 2 * block, 0, Prot.rw)
    expect(table.unmap(giga + page, page)).toBe(Result.ok)
    expect(table.runs()).toMatchObject([{ ipa: BigInt(giga + block), level: 2, entries: 1 }])
  })

  test('behavior: empty tables are freed, after the TLBs let go of them', () => {
    const { table, mm, log } = make()
    table.map(giga, 2 * page, 0, Prot.rw)
    log.events.length = 0
    table.unmap(giga, page)
    expect(kinds(log)).toEqual(['break 3', 'tlbiIpa 3', 'dsb'])
    expect(mm.allocations.size).toBe(3)
    log.events.length = 0
    table.unmap(giga + page, page)
    expect(kinds(log)).toEqual(['break 3', 'tlbiIpa 3', 'break 2', 'tlbiIpa 0', 'break 1', 'tlbiIpa 0', 'dsb'])
    expect(mm.allocations.size).toBe(1)
  })

  test('behavior: many leaves cost one invalidation of the VMID', () => {
    const { table, mm, log } = make()
    table.map(giga, 512 * page, page, Prot.rw)
    const before = { ...mm.counts }
    table.unmap(giga, 511 * page)
    expect(mm.counts).toEqual({ ...before, tlbiVmid: before.tlbiVmid + 1, dsb: before.dsb + 1 })
    expect(log.staleEntries).toBe(0)
    mm.assertRefCounts(page)
    table.map(giga, 64 * page, page, Prot.rw, MapFlags.forcePage)
    const few = mm.counts.tlbiIpa
    table.unmap(giga, 64 * page)
    expect([mm.counts.tlbiIpa - few, mm.counts.tlbiVmid], 'few go one by one').toEqual([64, before.tlbiVmid + 1])
  })

  test('behavior: a full table that goes as a whole is cut off, not cleared', () => {
    const { table, mm, log } = make()
    table.map(giga, 2 * block, page, Prot.rw)
    table.map(4 * giga, page, page, Prot.rw)
    log.events.length = 0
    table.unmap(giga, giga)
    expect(kinds(log)).toEqual(['break 2', 'break 2', 'break 1', 'tlbiVmid', 'dsb'])
    expect(mm.allocations.size, 'root and the tables of the other page').toBe(3)
    mm.assertRefCounts(page)
  })

  test('behavior: nothing mapped costs nothing', () => {
    const { table, mm, log } = make()
    expect(table.unmap(0, 2 ** 40)).toBe(Result.ok)
    expect(log.events).toEqual([])
    expect(mm.counts).toEqual({ tlbiIpa: 0, tlbiVmid: 0, dsb: 0 })
    expect(table.unmap(0, 2 ** 40 + 1)).toBe(Result.ERANGE)
  })
})

describe('attributes', () => {
  test('behavior: relaxPerms only adds, with one invalidation at the level of the leaf', () => {
    const { table, log } = make()
    table.map(giga, block, 0, Prot.r)
    table.map(0, page, page, Prot.rw | Prot.sw2)
    log.events.length = 0
    expect(table.relaxPerms(giga + 7 * page, Prot.w | Prot.x)).toBe(Result.ok)
    expect(table.getLeaf(giga)?.prot).toBe(Prot.rwx)
    expect(log.events).toEqual([
      { kind: 'update', ipa: giga, level: 2 },
      { kind: 'tlbiIpa', ipa: giga, level: 2 },
      { kind: 'dsb' },
    ])
    expect(table.relaxPerms(0, Prot.r)).toBe(Result.ok)
    expect(table.getLeaf(0)?.prot).toBe(Prot.rw | Prot.sw2)
    expect(table.relaxPerms(0, Prot.r | Prot.sw0)).toBe(Result.EINVAL)
    expect(table.relaxPerms(page, Prot.r), 'not mapped').toBe(Result.EAGAIN)
    expect(table.relaxPerms(2 ** 40, Prot.r)).toBe(Result.ERANGE)
  })

  test('behavior: the access flag', () => {
    const { table, mm } = make()
    table.map(giga, 2 * page, 0, Prot.rw)
    const { dsb } = mm.counts
    expect(table.testClearYoung(giga, 2 * page, true)).toBe(true)
    expect(table.testClearYoung(giga, 2 * page, true)).toBe(false)
    expect(table.getLeaf(giga)?.af).toBe(false)
    expect(table.mkYoung(giga + page)).toBe(Result.ok)
    expect(table.testClearYoung(giga, page, false)).toBe(false)
    expect(table.testClearYoung(giga, 2 * page, false)).toBe(true)
    expect(table.mkYoung(0)).toBe(Result.EAGAIN)
    expect(table.testClearYoung(2 ** 40, page, false)).toBe(false)
    expect(table.dump()).toEqual([
      '0x0040000000-0x0040001000 -> 0x0000000000 rw- Normal-WB old L3 x1 (4 KiB)',
      '0x0040001000-0x0040002000 -> 0x0000001000 rw- Normal-WB AF L3 x1 (4 KiB)',
    ])
    expect(mm.counts.dsb, "TLBs are the caller's").toBe(dsb)
    expect(table.map(giga, page, 0, Prot.rw), 'an old page is mapped anew').toBe(Result.ok)
    expect(table.getLeaf(giga)?.af).toBe(true)
  })

  test('behavior: writeProtect takes W from leaves and skips holes', () => {
    const { table, mm } = make()
    table.map(giga, page, 0, Prot.rwx)
    table.map(giga + block, block, 0, Prot.rw)
    const counts = { ...mm.counts }
    expect(table.writeProtect(0, 2 * giga)).toBe(Result.ok)
    expect(table.runs().map((run) => run.prot)).toEqual([Prot.r | Prot.x, Prot.r])
    expect(mm.counts).toEqual(counts)
  })
})

describe('walk', () => {
  test('behavior: visits tables before and after what is below, and invalid entries', () => {
    const { table } = make({ ipaBits: 40, granule: '4K' })
    table.map(giga + page, page, 0, Prot.r)
    const seen: string[] = []
    const visitor = {
      flags: WalkFlags.leaf | WalkFlags.tablePre | WalkFlags.tablePost,
      visit(context: WalkContext, kind: number): number {
        seen.push(
          `${kind} L${context.level} ${context.ipa.toString(16)} ${context.isValid} ${context.sizeBytes.toString(16)}`,
        )
        return 0
      },
    }
    expect(table.walk(visitor, giga, 2 * page)).toBe(Result.ok)
    expect(seen).toEqual([
      '2 L1 40000000 true 40000000',
      '2 L2 40000000 true 200000',
      '1 L3 40000000 false 1000',
      '1 L3 40001000 true 1000',
      '4 L2 40000000 true 200000',
      '4 L1 40000000 true 40000000',
    ])
    seen.length = 0
    table.walk({ ...visitor, flags: WalkFlags.leaf }, 5 * giga + page, 2 * giga)
    expect(seen, 'holes as wide as their entry').toEqual([
      '1 L1 140001000 false 40000000',
      '1 L1 180000000 false 40000000',
      '1 L1 1c0000000 false 40000000',
    ])
  })

  test('behavior: a visitor ends the walk, and may walk itself', () => {
    const { table } = make()
    table.map(giga, 16 * page, 0, Prot.r)
    let visits = 0
    const result = table.walk({
      flags: WalkFlags.leaf,
      visit(context) {
        expect(table.getLeaf(giga + 3 * page)?.pa).toBe(BigInt(3 * page))
        if (!context.isValid) return 0
        expect(context.pa, 'untouched by the walk inside').toBe(visits * page)
        return ++visits === 3 ? -5 : 0
      },
    })
    expect([result, visits]).toEqual([-5, 3])
    expect(table.map(giga, page, page, Prot.r), 'and leaves the table usable').toBe(Result.ok)
  })

  test('behavior: an exception of a visitor leaves the table usable', () => {
    const { table } = make()
    const visit = () => {
      throw new RangeError('mine')
    }
    expect(() => table.walk({ flags: WalkFlags.leaf, visit })).toThrow('mine')
    expect(table.map(giga, page, 0, Prot.r)).toBe(Result.ok)
  })
})

test('behavior: destroy frees everything, and later operations are EINVAL', () => {
  const { table, mm } = make({ ipaBits: 36, granule: '16K' })
  table.map(2 ** 32, 2 ** 28 + 16384, 16384, Prot.rw)
  expect(mm.allocations.size).toBe(10)
  table.destroy()
  mm.assertNoLeaks()
  table.destroy()
  expect(table.root).toBe(-1n)
  expect(table.map(0, page, 0, Prot.r)).toBe(Result.EINVAL)
  expect(table.unmap(0, page)).toBe(Result.EINVAL)
  expect(table.relaxPerms(0, Prot.r)).toBe(Result.EINVAL)
  expect(table.getLeaf(0)).toBeUndefined()
  expect(table.dump()).toEqual([])
  expect(() => table.vttbr(1)).toThrow(/root address/)
})

test('behavior: the root is where and as large as the geometry says', () => {
  const { table, mm } = make({ ipaBits: 46, granule: '64K' })
  expect(table.root % 0x10_0000n).toBe(0n)
  expect(mm.allocations.get(Number(table.root))).toBe(2 ** 20)
  expect(table.vttbr(7)).toBe((7n << 48n) | table.root | 1n)
  const geometry = computeGeometry({ ipaBits: 46, granule: '64K' })
  expect(() => new Stage2Table({ geometry, mm: new ArrayMemory({ limitBytes: 2 ** 19 }) })).toThrow(
    TableAllocationError,
  )
})

test('behavior: tables and pages above 2^48 in 52-bit formats', () => {
  for (const options of [
    { ipaBits: 52, granule: '4K', lpa2: true },
    { ipaBits: 52, granule: '16K', lpa2: true },
    { ipaBits: 52, granule: '64K', lpa: true },
  ] as GeometryOptions[]) {
    const base = 0xb_0000_0000_0000
    const { table, mm } = make(options, { base })
    const { pageBytes } = table.geometry
    const ipa = 2 ** 52 - 3 * pageBytes
    const pa = 0xd_5555_0000_0000
    expect(table.map(ipa, 3 * pageBytes, pa, Prot.rw)).toBe(Result.ok)
    expect(table.runs()).toMatchObject([{ ipa: BigInt(ipa), pa: BigInt(pa), entries: 3 }])
    expect(table.vttbr(0) & 0x3cn).toBe(0xbn << 2n)
    table.unmap(ipa, 3 * pageBytes)
    expect(mm.allocations.size).toBe(1)
  }
})

test('behavior: caches are maintained where the machine needs it', () => {
  class CachedMemory extends ArrayMemory {
    readonly calls: string[] = []
    cleanDcache(pa: number, size: number): void {
      this.calls.push(`clean ${pa} ${size}`)
    }
    invalidateIcache(pa: number, size: number): void {
      this.calls.push(`icache ${pa} ${size}`)
    }
  }
  const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
  const run = (fwb: boolean): string[] => {
    const mm = new CachedMemory()
    const table = new Stage2Table({ geometry, mm, fwb })
    table.map(0, page, page, Prot.rw)
    table.map(page, page, 0, Prot.rw | Prot.device)
    table.relaxPerms(0, Prot.x)
    table.map(0, page, 4 * page, Prot.rwx)
    table.unmap(0, 2 * page)
    return mm.calls
  }
  expect(run(false)).toEqual([
    'clean 4096 4096',
    'icache 4096 4096',
    'clean 16384 4096',
    'icache 16384 4096',
    'clean 16384 4096',
  ])
  expect(run(true)).toEqual(['icache 4096 4096', 'icache 16384 4096'])
})
