/** Table memory in a buffer, and threads that share it. */

import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { Need, Stage2HardwareWalker } from '../src/hardware.ts'
import {
  computeGeometry,
  EntryRun,
  encodeVtcr,
  Prot,
  Result,
  Stage2ArgumentError,
  Stage2Table,
  TablePool,
} from '../src/index.ts'
import { ArrayMemory } from '../src/testing.ts'
import { bundle } from './bundle.ts'

const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })

test('default: pages come zeroed, aligned and with one reference, and are used again', () => {
  const pool = new TablePool({ buffer: new ArrayBuffer(0x10000), base: 0x4_0000_0000n, pageBytes: 4096 })
  const root = pool.allocTable(0x2000, 0x2000)
  expect(root % 0x2000).toBe(0)
  const table = pool.allocTable(0x1000, 0x1000)
  pool.write(table, 0x7ff, -1)
  expect([pool.refCount(table), pool.usedPages]).toEqual([1, 3])
  pool.freeTable(table, 0x1000)
  let pages = pool.usedPages
  for (let pa = pool.allocTable(0x1000, 0x1000); pa >= 0; pa = pool.allocTable(0x1000, 0x1000)) {
    expect([pool.readLo(pa), pool.readHi(pa), pool.refCount(pa)]).toEqual([0, 0, 1])
    pages++
  }
  expect(pages, 'all that there are').toBe(pool.totalPages)
  expect(pool.totalPages).toBe(15)
})

test('behavior: hardware sets access flags and dirty state in it', () => {
  const pool = new TablePool({ buffer: new SharedArrayBuffer(0x10000), pageBytes: 4096 })
  const table = new Stage2Table({ geometry, mm: pool })
  table.map(0x5000, 0x1000, 0x8000, Prot.rw)
  table.mkOld(0x5000)
  const vtcr = encodeVtcr({ geometry, paBits: 48 })
  const walker = new Stage2HardwareWalker({ vtcr, vttbr: table.vttbr(1), memory: pool, cpu: { paBits: 48 } })
  expect(walker.translate({ ipa: 0x5000n, need: Need.read })).toMatchObject({ kind: 'translated', pa: 0x8000n })
  expect(table.isYoung(0x5000)).toBe(true)
})

test('error: buffers that cannot be', () => {
  const make = (options: object) => () =>
    new TablePool({ buffer: new ArrayBuffer(0x4000), pageBytes: 4096, ...options })
  expect(make({ pageBytes: 8192 })).toThrow(/pageBytes is 8192; it must be 4096, 16384 or 65536/)
  expect(make({ byteOffset: 4 })).toThrow(Stage2ArgumentError)
  expect(make({ base: 4 })).toThrow(Stage2ArgumentError)
  expect(make({ byteLength: 0x800 })).toThrow(/room for at least one page/)
})

describe.each([
  { name: 'ArrayBuffer', make: (bytes: number) => new ArrayBuffer(bytes) },
  { name: 'SharedArrayBuffer', make: (bytes: number) => new SharedArrayBuffer(bytes) },
])('runs in $name', ({ make }) => {
  // What a pool does to a run must be what the engine would do one by one.
  test('behavior: changeRun and clearRun are as the plain ones', async () => {
    const { changeRun, clearRun, writeRun } = await import('../src/entry-run.ts')
    for (const isLastLevel of [true, false]) {
      for (const [setLo, clearLo, clearHi] of [
        [0x400, 0, 0],
        [0, 0x80, 0],
        [0x40, 0x400, 0x40_0000],
      ] as const) {
        const pool = new TablePool({ buffer: make(0x8000), pageBytes: 4096 })
        const plain = new ArrayMemory()
        const runs = [pool, plain].map((mm) => {
          const pa = mm.allocTable(0x1000, 0x1000)
          writeRun(mm, pa, 100, isLastLevel ? 0x7ff : 0x7fd, 0x40_0001, 0x1000)
          mm.write(pa + 30 * 8, 0, 0)
          mm.write(pa + 31 * 8, 4, 0)
          mm.write(pa + 60 * 8, 0x5003, 0)
          const run = Object.assign(new EntryRun(), { pa: pa + 8, count: 90, isLastLevel, setLo, clearLo, clearHi })
          const changed = changeRun(mm, run)
          const words = () =>
            Array.from({ length: 110 }, (_, i) => [mm.readLo(pa + i * 8) | 0, mm.readHi(pa + i * 8) | 0])
          const after = [words(), changed, run.seenLo]
          const cleared = clearRun(mm, run)
          return [...after, words(), cleared, run.used, run.seenLo]
        })
        expect(runs[0]).toEqual(runs[1])
      }
    }
  })
})

test('behavior: threads that share a buffer and a lock lose nothing', { timeout: 60_000 }, async () => {
  const buffer = new SharedArrayBuffer(4 << 20)
  const lock = new Int32Array(new SharedArrayBuffer(4))
  const pool = new TablePool({ buffer, pageBytes: 4096 })
  const table = new Stage2Table({ geometry, mm: pool })
  const source = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { Stage2Table, TablePool, computeGeometry } = await import(workerData.entry)
    const { buffer, lock, root, thread } = workerData
    const mm = new TablePool({ buffer, pageBytes: 4096, isShared: true })
    const table = new Stage2Table({ geometry: computeGeometry({ ipaBits: 40, granule: '4K' }), mm, root })
    const locked = (run) => {
      while (Atomics.compareExchange(lock, 0, 0, 1) !== 0) Atomics.wait(lock, 0, 1, 5)
      try { return run() } finally { Atomics.store(lock, 0, 0); Atomics.notify(lock, 0) }
    }
    // Pages of all threads lie between each other, in the same tables.
    let failures = 0
    for (let round = 0; round < 40; round++) {
      for (let i = thread; i < 300; i += 3) {
        const ipa = 0x40000000 + i * 0x1000 * 7
        failures += locked(() => table.map(ipa, 0x1000, ipa + thread * 0x100000000, 6)) === 0 ? 0 : 1
        if ((i + round) % 5 !== 0 || round === 39) continue
        failures += locked(() => table.unmap(ipa, 0x1000)) === 0 ? 0 : 1
      }
      for (let i = thread; i < 300; i += 3) locked(() => table.unmap(0x40000000 + i * 0x1000 * 7, 0x1000))
    }
    for (let i = thread; i < 300; i += 3) {
      const ipa = 0x40000000 + i * 0x1000 * 7
      failures += locked(() => table.map(ipa, 0x1000, ipa + thread * 0x100000000, 6)) === 0 ? 0 : 1
    }
    parentPort.postMessage(failures)`
  // Threads load JavaScript.
  const code = await bundle(`export * from './src/index.ts'`, false)
  const entry = `data:text/javascript,${encodeURIComponent(code)}`
  const failures = await Promise.all(
    [0, 1, 2].map((thread) => {
      const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`)
      const worker = new Worker(url, { workerData: { buffer, lock, root: table.root, thread, entry } })
      return new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
    }),
  )
  expect(failures).toEqual([0, 0, 0])
  expect(table.runs().length).toBe(300)
  for (let i = 0; i < 300; i++) {
    const ipa = 0x4000_0000 + i * 0x7000
    expect(table.getLeaf(ipa)?.pa).toBe(BigInt(ipa + (i % 3) * 0x1_0000_0000))
  }
  expect(table.unmap(0, 2 ** 40)).toBe(Result.ok)
  expect(pool.usedPages).toBe(2)
  expect(table.map(0x5000, 0x1000, 0, Prot.r)).toBe(Result.ok)
})
