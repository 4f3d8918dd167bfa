/**
 * Random sequences of all operations against the model, for every granule, IPA size and descriptor format. After each operation
 * the engine's view, the hardware's view and the model are compared.
 *
 * ARMVISOR_MODEL_SEQUENCES=100000 runs that many sequences instead of as many as a few seconds allow; ARMVISOR_MODEL_SEED
 * repeats a run.
 */

import process from 'node:process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Need, Stage2HardwareWalker } from '../src/hardware.ts'
import {
  computeGeometry,
  contiguousEntries,
  encodeVtcr,
  type GeometryOptions,
  MapFlags,
  type MmOps,
  Prot,
  Result,
  type Stage2Geometry,
  type Stage2Run,
  Stage2Table,
  TablePool,
} from '../src/index.ts'
import { ArrayMemory, type BreakBeforeMakeLog } from '../src/testing.ts'
import { Model, type ModelLeaf } from './model.ts'

// 97 shapes: 32 to 52 bits; 4K and 16K with and without LPA2, 64K with LPA above 48.
const shapes: GeometryOptions[] = (['4K', '16K', '64K'] as const).flatMap((granule) =>
  Array.from({ length: 21 }, (_, i) => 32 + i).flatMap((ipaBits): GeometryOptions[] => {
    if (granule === '64K') return [{ granule, ipaBits, lpa: ipaBits > 48 }]
    const formats = ipaBits > 48 ? [true] : [false, true]
    return formats.map((lpa2) => ({ granule, ipaBits, lpa2 }))
  }),
)

/** Where in the address space: around the bottom, the border of two root entries or tables, the top. In blocks and pages. */
interface Place {
  readonly at: number
  readonly blocks: number
  readonly pages: number
}
interface Size {
  readonly blocks: number
  readonly pages: number
}
type Operation =
  | {
      readonly op: 'map'
      readonly place: Place
      readonly size: Size
      readonly target: Place
      readonly prot: number
      readonly flags: number
      readonly isCached: boolean
      readonly isIdentity: boolean
      readonly isInChunks: boolean
      readonly isHuge: boolean
    }
  | {
      readonly op: 'unmap' | 'writeProtect' | 'age' | 'flush'
      readonly place: Place
      readonly size: Size
      readonly isInChunks: boolean
    }
  | { readonly op: 'split'; readonly place: Place; readonly size: Size; readonly tables: number }
  | { readonly op: 'setOwner'; readonly place: Place; readonly pages: number; readonly owner: number }
  | { readonly op: 'relaxPerms'; readonly place: Place; readonly prot: number }
  | { readonly op: 'mkYoung' | 'mkOld'; readonly place: Place }

const place: fc.Arbitrary<Place> = fc.record({
  at: fc.integer({ min: 0, max: 2 }),
  blocks: fc.integer({ min: 0, max: 2 }),
  pages: fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 3 }), fc.constantFrom(16, 32, 128, 24)),
})
const size: fc.Arbitrary<Size> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ blocks: fc.constant(0), pages: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ blocks: fc.constant(0), pages: fc.constantFrom(16, 33, 70, 130, 260) }) },
  { weight: 4, arbitrary: fc.record({ blocks: fc.integer({ min: 1, max: 2 }), pages: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ blocks: fc.constant(1), pages: fc.constantFrom(-1, 1) }) },
)
const prot = fc
  .tuple(
    fc.integer({ min: 0, max: 7 }),
    fc.constantFrom(0, 0, 0, Prot.device, Prot.normalNc),
    fc.constantFrom(0, 0, Prot.sw1),
  )
  .map(([permissions, type, sw]) => (type ? permissions & ~Prot.x : permissions) | type | sw)
const isRare = (one: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: one }).map((n) => n === one)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('map' as const),
      place,
      size,
      target: place,
      prot,
      flags: fc.constantFrom(
        0,
        0,
        MapFlags.forcePage,
        MapFlags.handleFault,
        MapFlags.contiguous,
        MapFlags.contiguous | MapFlags.forcePage,
      ),
      isCached: fc.boolean(),
      isIdentity: fc.boolean(),
      isInChunks: isRare(6),
      isHuge: isRare(8),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constantFrom(
        'unmap' as const,
        'unmap' as const,
        'writeProtect' as const,
        'age' as const,
        'flush' as const,
      ),
      place,
      size,
      isInChunks: isRare(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('split' as const), place, size, tables: fc.integer({ min: 0, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('setOwner' as const),
      place,
      pages: fc.integer({ min: 1, max: 4 }),
      owner: fc.integer({ min: 0, max: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('relaxPerms' as const), place, prot: fc.integer({ min: 0, max: 7 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('mkYoung' as const, 'mkOld' as const), place }) },
)

/** Array memory that has caches to clean. */
class CachedMemory extends ArrayMemory {
  cleaned: [pa: number, sizeBytes: number][] = []
  cleanDcache(pa: number, sizeBytes: number): void {
    this.cleaned.push([pa, sizeBytes])
  }
}

/** Everything about one sequence. */
class World {
  readonly geometry: Stage2Geometry
  readonly table: Stage2Table
  readonly model: Model
  readonly walker: Stage2HardwareWalker
  readonly mm: MmOps
  readonly array: ArrayMemory | undefined
  readonly cached: CachedMemory | undefined
  readonly pool: TablePool | undefined
  readonly log: BreakBeforeMakeLog | undefined
  readonly page: number
  readonly block: number
  readonly top: number
  operations = 0
  walks = 0

  constructor(options: GeometryOptions, memory: 'watched' | 'cached' | 'pool' | 'shared pool') {
    this.geometry = computeGeometry(options)
    const { geometry } = this
    if (memory === 'watched') this.array = new ArrayMemory()
    if (memory === 'cached') this.array = this.cached = new CachedMemory()
    if (this.array === undefined) {
      const sizeBytes = geometry.rootAllocBytes * 2 + geometry.pageBytes * 80
      const buffer = memory === 'pool' ? new ArrayBuffer(sizeBytes) : new SharedArrayBuffer(sizeBytes)
      this.pool = new TablePool({ buffer, base: 2 ** 36, pageBytes: geometry.pageBytes })
    }
    this.mm = (this.array ?? this.pool) as MmOps
    this.table = new Stage2Table({ geometry, mm: this.mm })
    this.log = this.array?.watch(this.table.root, geometry)
    this.model = new Model(geometry)
    this.page = geometry.pageBytes
    this.block = geometry.levelBytes[2]
    this.top = 2 ** geometry.ipaBits
    const paBits = geometry.oaBits
    this.walker = new Stage2HardwareWalker({
      vtcr: encodeVtcr({ geometry, paBits, ha: false }),
      vttbr: this.table.vttbr(1),
      memory: this.mm,
      cpu: { paBits, lpa2: geometry.lpa2 },
    })
  }

  ipaOf({ at, blocks, pages }: Place): number {
    const { block, page, top } = this
    const base = [0, Math.max(block * 4, top / 2 - block), top - block * 3][at]
    return Math.max(0, base + blocks * block + pages * page)
  }

  rangeOf(place: Place, { blocks, pages }: Size): [ipa: number, sizeBytes: number] {
    const ipa = this.ipaOf(place)
    return [ipa, Math.min(blocks * this.block + pages * this.page, this.top - ipa)]
  }

  inChunks(isInChunks: boolean, ipa: number, size: number, run: (ipa: number, size: number) => Result): Result {
    if (!isInChunks) return run(ipa, size)
    const pieces = this.table.inChunks(ipa, size, run, this.block)
    for (let step = pieces.next(); ; step = pieces.next()) if (step.done) return step.value
  }

  apply(operation: Operation): void {
    const { table, model } = this
    this.operations++
    if (this.log !== undefined) this.log.events.length = 0
    switch (operation.op) {
      case 'map':
        this.map(operation)
        return
      case 'unmap':
      case 'writeProtect':
      case 'age':
      case 'flush':
        this.range(operation)
        return
      case 'split': {
        const [ipa, size] = this.rangeOf(operation.place, operation.size)
        const cache = table.createCache()
        cache.topUp(operation.tables)
        const result = table.split(ipa, size, cache)
        cache.drain()
        expect(result).toBe(model.split(ipa, size, operation.tables) ? Result.ok : Result.ENOMEM)
        return
      }
      case 'setOwner': {
        const [ipa, size] = this.rangeOf(operation.place, { blocks: 0, pages: operation.pages })
        expect(table.setOwner(ipa, size, operation.owner)).toBe(Result.ok)
        model.setOwner(ipa, size, operation.owner)
        return
      }
      case 'relaxPerms': {
        const ipa = this.ipaOf(operation.place)
        const leaf = model.at(ipa)
        expect(table.relaxPerms(ipa, operation.prot)).toBe(leaf ? Result.ok : Result.EAGAIN)
        if (leaf) leaf.permissions |= operation.prot
        return
      }
      default: {
        const ipa = this.ipaOf(operation.place)
        const leaf = model.at(ipa)
        expect(table.isYoung(ipa)).toBe(leaf?.young ?? false)
        expect(table[operation.op](ipa)).toBe(leaf ? Result.ok : Result.EAGAIN)
        if (leaf) leaf.young = operation.op === 'mkYoung'
      }
    }
  }

  map(operation: Operation & { op: 'map' }): void {
    const { table, model, geometry, block } = this
    let [ipa, size] = this.rangeOf(operation.place, operation.size)
    const outputTop = 2 ** geometry.oaBits
    // The same IPA often gets the same memory again, so that only permissions or nothing changes.
    const { at, blocks, pages } = operation.target
    const base = [0, outputTop / 2 + 4 * block, outputTop - 8 * block][at]
    let pa = operation.isIdentity ? ipa % (outputTop / 2) : Math.max(0, base + blocks * block + pages * this.page)
    let { flags } = operation
    const huge = geometry.levelBytes[1]
    if (operation.isHuge && geometry.minBlockLevel <= 1 && geometry.startLevel <= 1 && this.top >= huge * 2) {
      // One block of level 1.
      ipa = Math.min(Math.floor(ipa / huge) * huge, this.top - huge)
      size = huge
      pa = Math.floor(pa / huge) * huge
      flags &= ~MapFlags.forcePage
    } else if (operation.size.blocks > 0 && !(geometry.granule === '4K' && operation.isCached)) {
      // Thousands of pages where a block would do are slow to compare, so most large ranges suit blocks.
      ipa -= ipa % block
      size = Math.max(block, size)
      pa -= pa % block
      flags &= ~MapFlags.forcePage
    }
    if ((flags & MapFlags.contiguous) !== 0 && operation.size.blocks === 0 && size < huge) {
      // Runs need the same place in a run on both sides, and length.
      const run = contiguousEntries(geometry, 3) * this.page
      size = Math.min(size + (1 + (operation.size.pages % 2)) * run, this.top - ipa)
      pa = pa - (pa % run) + (ipa % run)
      flags |= MapFlags.forcePage
    }
    const cache = operation.isCached ? table.createCache() : undefined
    // At most three blocks' worth: the levels above two neighbours, at both ends.
    cache?.topUp(2 * geometry.cacheMinimum + 4)
    const shift = pa - ipa
    const isFault = (flags & MapFlags.handleFault) !== 0
    const isInChunks = operation.isInChunks && !isFault
    const result = this.inChunks(isInChunks, ipa, size, (from, length) =>
      table.map(from, length, from + shift, operation.prot, flags, cache),
    )
    cache?.drain()
    let hasStayed = false
    this.inChunks(isInChunks, ipa, size, (from, length) => {
      hasStayed =
        model.map(from, length, from + shift, operation.prot, (flags & MapFlags.forcePage) !== 0, isFault) || hasStayed
      return Result.ok
    })
    expect(result).toBe(hasStayed ? Result.EAGAIN : Result.ok)
  }

  range(operation: Operation & { op: 'unmap' | 'writeProtect' | 'age' | 'flush' }): void {
    const { table, model } = this
    const [ipa, size] = this.rangeOf(operation.place, operation.size)
    const leaves = model.overlapping(ipa, ipa + size)
    switch (operation.op) {
      case 'unmap':
        expect(this.inChunks(operation.isInChunks, ipa, size, (at, length) => table.unmap(at, length))).toBe(Result.ok)
        model.unmap(ipa, size)
        return
      case 'writeProtect':
        expect(this.inChunks(operation.isInChunks, ipa, size, (at, length) => table.writeProtect(at, length))).toBe(
          Result.ok,
        )
        for (const leaf of leaves) leaf.permissions &= ~2
        return
      case 'age': {
        const isYoung = leaves.some((leaf) => leaf.young)
        expect(table.testClearYoung(ipa, size, false)).toBe(isYoung)
        expect(table.testClearYoung(ipa, size, true)).toBe(isYoung)
        for (const leaf of leaves) leaf.young = false
        return
      }
      default: {
        if (this.cached) this.cached.cleaned = []
        expect(table.flush(ipa, size)).toBe(Result.ok)
        if (!this.cached) return
        const cacheable = leaves.filter((leaf) => (leaf.kind & (Prot.device | Prot.normalNc)) === 0)
        expect(this.cached.cleaned).toEqual(
          cacheable.sort((a, b) => a.ipa - b.ipa).map((leaf) => [leaf.pa, model.sizeOf(leaf)]),
        )
      }
    }
  }

  check(): void {
    const expected = this.model.sorted()
    this.checkRuns(expected)
    this.checkHardware(expected)
    for (const ipa of this.model.owned) expect(this.table.getLeaf(ipa)).toMatchObject({ isValid: false, owner: 1 })
    if (this.log !== undefined && this.log.staleEntries !== 0) expect.fail('an invalidation is not complete')
    this.array?.assertRefCounts(this.page)
  }

  /** The engine's own view, and that contiguous hints are on whole aligned runs. */
  checkRuns(expected: readonly ModelLeaf[]): void {
    let next = 0
    let folded: Stage2Run | undefined
    const checkFolded = () => {
      if (folded === undefined) return
      const runBytes = BigInt(contiguousEntries(this.geometry, folded.level) * this.geometry.levelBytes[folded.level])
      expect([folded.ipa % runBytes, folded.pa % runBytes, BigInt(folded.sizeBytes) % runBytes]).toEqual([0n, 0n, 0n])
    }
    for (const run of this.runs()) {
      const bytes = this.geometry.levelBytes[run.level]
      for (let i = 0; i < run.entries; i++) {
        const [ipa, pa] = [Number(run.ipa) + i * bytes, Number(run.pa) + i * bytes]
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
      // Entries of a run may differ in their access flags.
      const goesOn =
        folded !== undefined &&
        run.contiguous &&
        folded.ipa + BigInt(folded.sizeBytes) === run.ipa &&
        folded.pa + BigInt(folded.sizeBytes) === run.pa &&
        folded.level === run.level &&
        folded.prot === run.prot
      if (goesOn) folded = { ...(folded as Stage2Run), sizeBytes: (folded as Stage2Run).sizeBytes + run.sizeBytes }
      else {
        checkFolded()
        folded = run.contiguous ? run : undefined
      }
    }
    checkFolded()
    expect(next).toBe(expected.length)
  }

  /** Runs of all of the table; of roots of thousands of entries only of those that operations reach. */
  runs(): Stage2Run[] {
    const { table, top, block, geometry } = this
    if (geometry.rootEntries <= 2048) return table.runs()
    const reach =
      8 * Math.max(block, geometry.minBlockLevel === 1 && geometry.startLevel <= 1 ? geometry.levelBytes[1] : 0)
    const middle = top / 2 - reach
    if (middle <= reach) return table.runs()
    return [...table.runs(0, reach), ...table.runs(middle, 2 * reach), ...table.runs(top - reach, reach)]
  }

  /**
   * The hardware's view of the whole address space, entry by entry: of each the first and the last byte. Of more than 64
   * unused entries side by side in one table only the first, one in the middle and the last.
   */
  checkHardware(expected: readonly ModelLeaf[]): void {
    const { levelBytes } = this.geometry
    let next = 0
    let faults = 0
    let faultTable = -1
    for (let ipa = 0; ipa < this.top; ) {
      const leaf = expected[next]
      if (leaf !== undefined && leaf.ipa === ipa) {
        const bytes = levelBytes[leaf.level]
        this.checkByte(ipa, leaf)
        this.checkByte(ipa + bytes - 1, leaf)
        next++
        ipa += bytes
        faults = 0
        continue
      }
      const level = this.checkHole(ipa)
      const bytes = levelBytes[level]
      const limit = leaf?.ipa ?? this.top
      let end = (Math.floor(ipa / bytes) + 1) * bytes
      const table = Math.floor(this.walker.ptePa / this.page)
      faults = table === faultTable ? faults + 1 : 0
      faultTable = table
      if (faults > 64) {
        // Nothing until the next leaf or the end of this table page, so far as the model knows.
        const tableBytes = bytes * this.geometry.tableEntries
        const tableEnd = (Math.floor(ipa / tableBytes) + 1) * tableBytes
        const last = Math.floor((Math.min(limit, tableEnd) - 1) / bytes) * bytes - bytes
        if (last > end) {
          this.checkHole(Math.floor((end + last) / 2 / bytes) * bytes)
          end = last
        }
      }
      if (end > limit && leaf !== undefined)
        expect.fail(`the level-${level} hole at ${ipa} covers the leaf at ${limit}`)
      if (level === 3 || faults === 0) this.checkHole(end - 1)
      ipa = end
    }
    expect(next).toBe(expected.length)
    expect(this.walker.walk(this.top, Need.read), 'beyond the address space').toBe(4)
  }

  checkHole(ipa: number): number {
    this.walks++
    const fsc = this.walker.walk(ipa, Need.read)
    if (fsc < 4 || fsc > 7) expect.fail(`IPA 0x${ipa.toString(16)} is unmapped, but the hardware says ${fsc}`)
    return fsc - 4
  }

  checkByte(ipa: number, leaf: ModelLeaf): void {
    this.walks++
    const { walker } = this
    const fsc = walker.walk(ipa, 0)
    if (!leaf.young) {
      if (fsc !== 8 + leaf.level) expect.fail(`IPA 0x${ipa.toString(16)} is old, but the hardware says ${fsc}`)
      return
    }
    const allowed =
      (leaf.permissions & 4 ? Need.read : 0) |
      (leaf.permissions & 2 ? Need.write : 0) |
      (leaf.permissions & 1 ? Need.executeEl0 | Need.executeEl1 : 0)
    const isEqual =
      fsc === -1 &&
      walker.pa === leaf.pa + (ipa - leaf.ipa) &&
      walker.level === leaf.level &&
      walker.allowed === allowed
    if (!isEqual)
      expect({ ipa, fsc, pa: walker.pa, level: walker.level, allowed: walker.allowed }).toEqual({ ...leaf, allowed })
    const missing = [Need.read, Need.write, Need.executeEl0, Need.executeEl1].find((need) => (allowed & need) === 0)
    if (missing !== undefined && walker.walk(ipa, missing) !== 12 + leaf.level) expect.fail('no permission fault')
  }

  finish(isUnmapped: boolean): void {
    expect(this.table.runs()).toEqual(this.runs())
    if (isUnmapped) {
      expect(this.table.unmap(0, this.top)).toBe(Result.ok)
      const rootPages = this.geometry.rootAllocBytes / this.page
      if (this.pool) expect(this.pool.usedPages, 'unmapping all leaves only the root').toBe(rootPages)
      else expect(this.array?.allocations.size).toBe(1)
    }
    this.table.destroy()
    this.array?.assertNoLeaks()
    if (this.pool) expect(this.pool.usedPages).toBe(0)
  }
}

const sequencesAsked = process.env['ARMVISOR_MODEL_SEQUENCES']
const seed = Number(process.env['ARMVISOR_MODEL_SEED'] ?? Date.now() % 0x7fff_ffff)

test('behavior: any sequence leaves what the model says, to the engine and to the hardware', {
  timeout: 100 * 3600_000,
}, () => {
  const counts = { sequences: 0, operations: 0, walks: 0 }
  const seen = new Set<GeometryOptions>()
  const property = fc.property(
    fc.constantFrom(...shapes),
    fc.constantFrom(
      'watched' as const,
      'watched' as const,
      'watched' as const,
      'cached' as const,
      'pool' as const,
      'shared pool' as const,
    ),
    fc.array(operation, { minLength: 1, maxLength: 20 }),
    (shape, memory, operations) => {
      const world = new World(shape, memory)
      for (const operation of operations) {
        world.apply(operation)
        world.check()
      }
      world.finish(operations.length % 2 === 0)
      seen.add(shape)
      counts.sequences++
      counts.operations += world.operations
      counts.walks += world.walks
    },
  )
  fc.assert(property, {
    seed,
    numRuns: Number(sequencesAsked ?? 100_000),
    ...(sequencesAsked === undefined && {
      interruptAfterTimeLimit: Number(process.env['ARMVISOR_MODEL_MS'] ?? 10_000),
    }),
  })
  if (process.env['ARMVISOR_MODEL_COUNT'] ?? sequencesAsked) {
    process.stderr.write(`seed ${seed}: ${JSON.stringify(counts)}, ${seen.size} of ${shapes.length} shapes\n`)
  }
  expect(counts.sequences).toBeGreaterThan(10)
})
