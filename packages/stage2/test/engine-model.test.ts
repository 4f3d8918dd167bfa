/** Random sequences of operations against the model, for every granule and descriptor format. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { computeGeometry, type GeometryOptions, MapFlags, Prot, Result, Stage2Table } from '../src/index.ts'
import { ArrayMemory } from '../src/testing.ts'
import { Model } from './model.ts'

const shapes: GeometryOptions[] = [
  { granule: '4K', ipaBits: 32 },
  { granule: '4K', ipaBits: 40 },
  { granule: '4K', ipaBits: 48 },
  { granule: '4K', ipaBits: 40, lpa2: true },
  { granule: '4K', ipaBits: 52, lpa2: true },
  { granule: '16K', ipaBits: 40 },
  { granule: '16K', ipaBits: 41 },
  { granule: '16K', ipaBits: 52, lpa2: true },
  { granule: '64K', ipaBits: 42 },
  { granule: '64K', ipaBits: 48 },
  { granule: '64K', ipaBits: 52, lpa: true },
]

type Operation =
  | { op: 'map'; ipa: number; size: number; pa: number; prot: number; flags: number; isCached: boolean }
  | { op: 'unmap' | 'writeProtect' | 'age'; ipa: number; size: number }
  | { op: 'relaxPerms'; ipa: number; prot: number }
  | { op: 'mkYoung'; ipa: number }

describe.each(shapes)('$granule $ipaBits bits, LPA2 $lpa2', (options) => {
  const geometry = computeGeometry(options)
  const page = geometry.pageBytes
  const block = geometry.levelBytes[2]
  const big = geometry.levelBytes[Math.max(geometry.minBlockLevel, geometry.startLevel)]
  const top = 2 ** geometry.ipaBits
  const outputTop = 2 ** geometry.oaBits

  // Few places, close together, so that operations meet: the bottom, one across two root tables or entries, and the top.
  const places = [0, Math.max(block * 4, top / 2 - block), top - block * 3]
  const offset = fc.oneof(
    fc.integer({ min: 0, max: 2 }).map((n) => n * block),
    fc
      .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: -3, max: 3 }))
      .map(([b, p]) => Math.max(0, b * block + p * page)),
  )
  const ipa = fc.tuple(fc.constantFrom(...places), offset).map(([place, off]) => place + off)
  const size = fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((n) => n * page),
    fc.constantFrom(block, block, 2 * block, 2 * block, block + page, block - page),
  )
  const pa = fc
    .tuple(fc.constantFrom(0, outputTop / 2 + big, outputTop - 8 * block), offset)
    .map(([base, off]) => base + off)
  const prot = fc
    .tuple(
      fc.integer({ min: 0, max: 7 }),
      fc.constantFrom(0, 0, 0, Prot.device, Prot.normalNc),
      fc.constantFrom(0, 0, Prot.sw1),
    )
    .map(([permissions, type, sw]) => (type ? permissions & ~Prot.x : permissions) | type | sw)
  const range = fc.tuple(ipa, size).map(([start, length]) => ({ ipa: start, size: Math.min(length, top - start) }))
  // Thousands of pages where a block would do are slow to compare, so most large ranges suit blocks.
  const map = fc
    .record({
      range,
      pa,
      prot,
      flags: fc.constantFrom(0, 0, MapFlags.forcePage, MapFlags.handleFault),
      isCached: fc.boolean(),
      isIdentity: fc.boolean(),
      isSlow: fc.integer({ min: 0, max: 15 }).map((n) => n === 15),
    })
    .map(({ range, pa: other, flags, isSlow, isIdentity, ...rest }): Operation => {
      // The same IPA often gets the same memory again, so that only permissions or nothing changes.
      const pa = isIdentity ? range.ipa % (outputTop / 2) : other
      if (isSlow || range.size < block - page) return { op: 'map', ...range, ...rest, pa, flags }
      const ipa = range.ipa - (range.ipa % block)
      const size = Math.max(block, range.size)
      return { op: 'map', ...rest, ipa, size, pa: pa - (pa % block), flags: flags & ~MapFlags.forcePage }
    })
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    { weight: 5, arbitrary: map },
    { weight: 3, arbitrary: range.map((r): Operation => ({ op: 'unmap', ...r })) },
    { weight: 1, arbitrary: range.map((r): Operation => ({ op: 'writeProtect', ...r })) },
    { weight: 1, arbitrary: range.map((r): Operation => ({ op: 'age', ...r })) },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('relaxPerms' as const), ipa, prot: fc.integer({ min: 0, max: 7 }) }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('mkYoung' as const), ipa }) },
  )

  function check(table: Stage2Table, model: Model): void {
    const expected = model.sorted()
    let next = 0
    for (const run of table.runs()) {
      const bytes = geometry.levelBytes[run.level]
      for (let i = 0; i < run.entries; i++) {
        const [ipa, pa] = [run.ipa + i * bytes, run.pa + i * bytes]
        const leaf = { ipa, level: run.level, pa, permissions: run.prot & 7, kind: run.prot & ~7, young: run.af }
        const model = expected[next++]
        const isEqual =
          model !== undefined &&
          model.ipa === leaf.ipa &&
          model.level === leaf.level &&
          model.pa === leaf.pa &&
          model.permissions === leaf.permissions &&
          model.kind === leaf.kind &&
          model.young === leaf.young
        if (!isEqual) expect(leaf).toEqual(model)
      }
    }
    expect(next).toBe(expected.length)
  }

  function apply(table: Stage2Table, model: Model, operation: Operation): void {
    switch (operation.op) {
      case 'map': {
        const { ipa, size, pa, prot, flags, isCached } = operation
        const cache = isCached ? table.createCache() : undefined
        // At most five pages or three blocks' worth: the levels above two neighbours, at both ends.
        cache?.topUp(2 * geometry.cacheMinimum + 2)
        const result = table.map(ipa, size, pa, prot, flags, cache)
        cache?.drain()
        const isFault = flags === MapFlags.handleFault
        const hasStayed = model.map(ipa, size, pa, prot, flags === MapFlags.forcePage, isFault)
        expect(result).toBe(hasStayed ? Result.EAGAIN : Result.ok)
        return
      }
      case 'unmap':
        expect(table.unmap(operation.ipa, operation.size)).toBe(Result.ok)
        model.unmap(operation.ipa, operation.size)
        return
      case 'writeProtect':
        expect(table.writeProtect(operation.ipa, operation.size)).toBe(Result.ok)
        for (const leaf of model.overlapping(operation.ipa, operation.ipa + operation.size)) leaf.permissions &= ~2
        return
      case 'age': {
        const leaves = model.overlapping(operation.ipa, operation.ipa + operation.size)
        const isYoung = leaves.some((leaf) => leaf.young)
        expect(table.testClearYoung(operation.ipa, operation.size, false)).toBe(isYoung)
        expect(table.testClearYoung(operation.ipa, operation.size, true)).toBe(isYoung)
        for (const leaf of leaves) leaf.young = false
        return
      }
      case 'relaxPerms': {
        const leaf = model.at(operation.ipa)
        expect(table.relaxPerms(operation.ipa, operation.prot)).toBe(leaf ? Result.ok : Result.EAGAIN)
        if (leaf) leaf.permissions |= operation.prot
        return
      }
      case 'mkYoung': {
        const leaf = model.at(operation.ipa)
        expect(table.mkYoung(operation.ipa)).toBe(leaf ? Result.ok : Result.EAGAIN)
        if (leaf) leaf.young = true
      }
    }
  }

  const timeBoxMs = Number(process.env['ARMVISOR_MODEL_MS'] ?? 1200)

  test('behavior: any sequence leaves what the model says', () => {
    let sequences = 0
    const property = fc.property(fc.array(operation, { minLength: 1, maxLength: 25 }), (operations) => {
      const mm = new ArrayMemory()
      const table = new Stage2Table({ geometry, mm })
      const log = mm.watch(table.root, geometry)
      const model = new Model(geometry)
      for (const operation of operations) {
        apply(table, model, operation)
        check(table, model)
        expect(log.staleEntries, 'every invalidation is complete').toBe(0)
        mm.assertRefCounts(page)
      }
      for (const leaf of model.sorted()) {
        const found = table.getLeaf(leaf.ipa + model.sizeOf(leaf) - 1)
        expect(found).toMatchObject({ isValid: true, ipa: leaf.ipa, pa: leaf.pa, level: leaf.level, af: leaf.young })
      }
      if (operations.length % 2 === 0) {
        table.unmap(0, top)
        expect(mm.allocations.size, 'unmapping all leaves only the root').toBe(1)
      }
      table.destroy()
      mm.assertNoLeaks()
      sequences++
    })
    fc.assert(property, { numRuns: 100_000, interruptAfterTimeLimit: timeBoxMs, verbose: 1 })
    expect(sequences).toBeGreaterThan(3)
    if (process.env['COUNT']) process.stderr.write(`${geometry.granule} ${geometry.ipaBits} ${sequences}\n`)
  })
})
