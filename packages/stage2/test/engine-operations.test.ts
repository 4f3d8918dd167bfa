/** Owners, splits, flushes, pieces, identity tables and adopted roots: the rules one by one. */

import { describe, expect, test } from 'vitest'
import {
  computeGeometry,
  MapFlags,
  Prot,
  Result,
  Stage2ArgumentError,
  Stage2Table,
  type Stage2TableOptions,
} from '../src/index.ts'
import { ArrayMemory, type BreakBeforeMakeLog } from '../src/testing.ts'

const page = 0x1000
const block = 0x20_0000
const giga = 0x4000_0000

function make(options: Partial<Stage2TableOptions> = {}): {
  mm: ArrayMemory
  table: Stage2Table
  log: BreakBeforeMakeLog
} {
  const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
  const mm = new ArrayMemory()
  const table = new Stage2Table({ geometry, mm, ...options })
  return { mm, table, log: mm.watch(table.root, geometry) }
}
const kinds = (log: BreakBeforeMakeLog) =>
  log.events.map((event) => ('level' in event ? `${event.kind} ${event.level}` : event.kind))

describe('setOwner', () => {
  test('default: pages fault and tell their owner', () => {
    const { table, mm } = make()
    table.map(giga, 4 * page, 0, Prot.rw)
    expect(table.setOwner(giga + page, 2 * page, 1)).toBe(Result.ok)
    expect(table.getLeaf(giga + page)).toMatchObject({ isValid: false, owner: 1, level: 3, descriptor: 4n })
    expect(table.getLeaf(giga)).toMatchObject({ isValid: true, owner: 0 })
    expect(table.runs()).toHaveLength(2)
    mm.assertRefCounts(page)
    expect(table.map(giga + page, page, 0x5000, Prot.r), 'a mapping takes the place').toBe(Result.ok)
    expect(table.getLeaf(giga + page)).toMatchObject({ isValid: true, owner: 0 })
    table.unmap(0, 2 ** 40)
    expect(mm.allocations.size, 'unmap takes annotations too').toBe(1)
  })

  test('behavior: only pages are annotated; a block goes, through break-before-make', () => {
    const { table, log } = make()
    table.map(giga, block, 0, Prot.rw)
    log.events.length = 0
    expect(table.setOwner(giga, page, 1)).toBe(Result.ok)
    expect(kinds(log)).toEqual(['break 2', 'tlbiIpa 2', 'dsb', 'make 2'])
    expect(table.runs()).toEqual([])
    expect(table.getLeaf(giga)).toMatchObject({ level: 3, owner: 1 })
  })

  test('behavior: owner 0 unmaps, and leaves alone what is unused', () => {
    const { table, mm } = make()
    expect(table.setOwner(giga, 512 * page, 0)).toBe(Result.ok)
    expect(mm.allocations.size).toBe(1)
    table.setOwner(giga, page, 1)
    table.setOwner(giga, page, 0)
    expect(table.getLeaf(giga)).toMatchObject({ descriptor: 0n, owner: 0 })
    mm.assertRefCounts(page)
  })

  test('error: owners that Linux does not know, no memory', () => {
    const { table, mm } = make()
    for (const owner of [2, -1, 0.5]) expect(table.setOwner(0, page, owner)).toBe(Result.EINVAL)
    expect(table.setOwner(2 ** 40, page, 1)).toBe(Result.ERANGE)
    mm.allocationsLeft = 1
    expect(table.setOwner(0, page, 1)).toBe(Result.ENOMEM)
  })
})

describe('split', () => {
  test('default: a block becomes pages that map the same, with one break', () => {
    const { table, log, mm } = make()
    table.map(giga, block, 0x8000_0000, Prot.rwx | Prot.sw2)
    table.writeProtect(giga, block)
    table.mkOld(giga)
    const cache = table.createCache()
    cache.topUp(1)
    log.events.length = 0
    expect(table.split(giga + 7 * page, page, cache)).toBe(Result.ok)
    expect(kinds(log)).toEqual(['break 2', 'tlbiIpa 2', 'dsb', 'make 2'])
    expect(table.runs()).toEqual([
      {
        ...{ ipa: BigInt(giga), pa: 0x8000_0000n, sizeBytes: block, level: 3, entries: 512 },
        ...{ prot: Prot.r | Prot.x | Prot.sw2, memAttr: 15, af: false, dbm: false, contiguous: false },
      },
    ])
    mm.assertRefCounts(page)
    expect(cache.pages).toBe(0)
  })

  test('behavior: a block of level 1 at once, with a cache for the whole tree', () => {
    const { table, log, mm } = make()
    table.map(giga, giga, 7 * giga, Prot.rw)
    const cache = table.createCache()
    cache.topUp(513)
    log.events.length = 0
    expect(table.split(giga, page, cache)).toBe(Result.ok)
    expect(kinds(log)).toEqual(['break 1', 'tlbiIpa 1', 'dsb', 'make 1'])
    expect(table.runs()).toMatchObject([{ level: 3, entries: 512 * 512, pa: 7n * BigInt(giga) }])
    mm.assertRefCounts(page)
  })

  test('behavior: level by level with fewer, as far as they go', () => {
    const { table, mm } = make()
    table.map(giga, giga, 7 * giga, Prot.rw)
    const cache = table.createCache()
    cache.topUp(3)
    expect(table.split(giga, giga, cache)).toBe(Result.ENOMEM)
    expect(table.runs()).toMatchObject([
      { level: 3, entries: 1024 },
      { level: 2, entries: 510 },
    ])
    expect(table.split(giga, giga, cache), 'without any page').toBe(Result.ENOMEM)
    cache.topUp(1)
    expect(table.split(giga + 2 * block, block, cache), 'only the blocks of the range').toBe(Result.ok)
    expect(table.runs()).toMatchObject([{ entries: 1536 }, { entries: 509 }])
    mm.assertRefCounts(page)
  })

  test('behavior: pages and holes stay', () => {
    const { table, log } = make()
    table.map(giga, 2 * page, 0, Prot.rw)
    log.events.length = 0
    expect(table.split(0, 2 ** 40, table.createCache())).toBe(Result.ok)
    expect(log.events).toEqual([])
    expect(table.split(2 ** 40, page, table.createCache())).toBe(Result.ERANGE)
  })

  test('behavior: physical addresses across 4 GiB and in the formats of 52 bits', () => {
    for (const options of [
      { ipaBits: 52, granule: '4K', lpa2: true },
      { ipaBits: 52, granule: '64K', lpa: true },
    ] as const) {
      const geometry = computeGeometry(options)
      const mm = new ArrayMemory()
      const table = new Stage2Table({ geometry, mm })
      const bytes = geometry.levelBytes[geometry.minBlockLevel]
      const pa = BigInt(2 ** 51 + 2 ** 48 + 3 * bytes)
      table.map(0, bytes, pa, Prot.rw)
      const cache = table.createCache()
      cache.topUp(geometry.minBlockLevel === 1 ? 513 : 1)
      expect(table.split(0, bytes, cache)).toBe(Result.ok)
      expect(table.runs()).toMatchObject([{ level: 3, entries: bytes / geometry.pageBytes, pa }])
    }
  })
})

describe('flush', () => {
  class CachedMemory extends ArrayMemory {
    readonly cleaned: [number, number][] = []
    cleanDcache(pa: number, sizeBytes: number): void {
      this.cleaned.push([pa, sizeBytes])
    }
  }
  const run = (fwb: boolean): [number, number][] => {
    const mm = new CachedMemory()
    const table = new Stage2Table({ geometry: computeGeometry({ ipaBits: 40, granule: '4K' }), mm, fwb })
    table.map(0, page, page, Prot.rw)
    table.map(page, page, 9 * page, Prot.rw | Prot.device)
    table.map(2 * page, page, 8 * page, Prot.rw | Prot.normalNc)
    table.map(giga, block, giga, Prot.r)
    mm.cleaned.length = 0
    expect(table.flush(0, giga + page)).toBe(Result.ok)
    expect(table.flush(0, 2 ** 41)).toBe(Result.ERANGE)
    return mm.cleaned
  }
  test('default: cacheable leaves, whole blocks', () => {
    expect(run(false)).toEqual([
      [page, page],
      [giga, block],
    ])
  })
  test('behavior: nothing with FEAT_S2FWB', () => {
    expect(run(true)).toEqual([])
  })
})

describe('inChunks', () => {
  test('default: pieces of the largest block, at its multiples', () => {
    const { table } = make()
    const pieces: [number, number][] = []
    const progress = [
      ...table.inChunks(BigInt(giga - block), 2 * giga + block + page, (ipa, size) => {
        pieces.push([ipa, size])
        return table.map(ipa, size, ipa, Prot.rw)
      }),
    ]
    expect(pieces).toEqual([
      [giga - block, block],
      [giga, giga],
      [2 * giga, giga],
      [3 * giga, page],
    ])
    expect(progress.map(({ doneBytes }) => doneBytes)).toEqual([block, giga + block, 2 * giga + block])
    expect(table.runs().map((run) => run.level)).toEqual([2, 1, 3])
  })

  test('behavior: may stop between two pieces, with all done so far complete', () => {
    const { table, log, mm } = make()
    table.map(0, 4 * giga, 0, Prot.rw, MapFlags.forcePage)
    log.events.length = 0
    for (const { nextIpa } of table.inChunks(0, 4 * giga, (ipa, size) => table.unmap(ipa, size))) {
      expect(log.staleEntries).toBe(0)
      mm.assertRefCounts(page)
      if (nextIpa === 2 * giga) break
    }
    expect(table.runs()).toMatchObject([{ ipa: 2n * BigInt(giga), sizeBytes: 2 * giga }])
  })

  test('behavior: a failure ends it, EAGAIN does not', () => {
    const { table } = make()
    const outcome = (results: Result[]): Result => {
      const pieces = table.inChunks(0, 3 * giga, () => results.shift() ?? Result.ok)
      for (let step = pieces.next(); ; step = pieces.next()) if (step.done) return step.value
    }
    expect(outcome([])).toBe(Result.ok)
    expect(outcome([Result.EAGAIN])).toBe(Result.EAGAIN)
    expect(outcome([Result.ok, Result.ENOMEM, Result.EINVAL])).toBe(Result.ENOMEM)
    expect(() => table.inChunks(0, page, () => 0, 100).next()).toThrow(
      /chunkBytes is 100; it must be a multiple of the page/,
    )
  })
})

test('behavior: an identity table maps nothing else', () => {
  const { table } = make({ isIdentity: true })
  expect(table.map(giga, page, 2 * giga, Prot.rw)).toBe(Result.EINVAL)
  expect(table.map(giga, page, giga, Prot.rw)).toBe(Result.ok)
})

test('behavior: another instance works on the same root', () => {
  const { table, mm } = make()
  table.map(giga, page, 0, Prot.rw)
  const other = new Stage2Table({ geometry: table.geometry, mm, root: table.root })
  expect(other.runs()).toEqual(table.runs())
  other.unmap(giga, page)
  expect(table.runs()).toEqual([])
  expect(() => new Stage2Table({ geometry: table.geometry, mm, root: 0x1000n })).toThrow(
    /root is 4096; it must be a multiple of 8192/,
  )
})

test('args: addresses as bigint or number, beyond all sizes too', () => {
  const { table } = make()
  expect(table.map(0x4000_0000n, 0x1000n, 0x8_0000_0000n, Prot.rw)).toBe(Result.ok)
  expect(table.getLeaf(0x4000_0800n)).toMatchObject({ ipa: 0x4000_0000n, pa: 0x8_0000_0000n })
  expect(table.map(2n ** 63n, 1n, 0n, Prot.rw)).toBe(Result.ERANGE)
  expect(table.unmap(0n, 2n ** 60n)).toBe(Result.ERANGE)
  expect(() => table.unmap(-1n, 1)).toThrow(Stage2ArgumentError)
})

test('behavior: mkOld, isYoung and invalidateTlb', () => {
  const { table, mm } = make()
  table.map(giga, page, 0, Prot.rw)
  expect(table.isYoung(giga)).toBe(true)
  expect(table.mkOld(giga)).toBe(Result.ok)
  expect(table.isYoung(giga)).toBe(false)
  expect(table.isYoung(0)).toBe(false)
  expect(table.mkOld(0)).toBe(Result.EAGAIN)
  const before = { ...mm.counts }
  table.invalidateTlb()
  expect(mm.counts).toEqual({ ...before, tlbiVmid: before.tlbiVmid + 1, dsb: before.dsb + 1 })
})
