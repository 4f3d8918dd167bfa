/** Tools for people: sizes, registers in words, foreign tables, pictures. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeStage2Registers } from '../src/hardware.ts'
import {
  computeGeometry,
  encodeVtcr,
  encodeVttbr,
  type GeometryOptions,
  Prot,
  Stage2Table,
  TablePool,
} from '../src/index.ts'
import {
  checkConfiguration,
  chooseIpaSize,
  drawTables,
  dumpTables,
  explainRegisters,
  formatDump,
  formatProblem,
  formatStep,
  MemoryImage,
  stage1Tables,
  stage2Tables,
  stepsTo,
  toJson,
} from '../src/inspect.ts'
import { ArrayMemory } from '../src/testing.ts'

const cpu48 = { paBits: 48 }
const giga = 2n ** 30n

describe('chooseIpaSize', () => {
  test('default: the smallest that holds the last byte', () => {
    for (const [end, bits] of [
      [2n ** 32n, 32],
      [2n ** 32n + 1n, 33],
      [2n ** 40n, 40],
      [2n ** 40n + 1n, 41],
      [4096n, 32],
    ] as const) {
      const choice = chooseIpaSize({ regions: [{ base: 0n, sizeBytes: end }], granule: '4K' })
      expect(choice.smallest?.ipaBits).toBe(bits)
    }
  })

  test('behavior: cost is what the engine takes', () => {
    const regions = [
      { base: 0x4000_0000n, sizeBytes: 64n << 20n },
      { base: 0x900_0000n, sizeBytes: 0x1_0000n },
      { base: 0x80_0020_0000n, sizeBytes: 0x60_0000n },
    ]
    for (const granule of ['4K', '16K', '64K'] as const) {
      const { alternatives } = chooseIpaSize({ regions, granule, lpa2: true })
      expect(alternatives.at(0)?.ipaBits).toBe(40)
      for (const { geometry, cost } of alternatives) {
        for (const minBlockLevel of [3, geometry.minBlockLevel]) {
          const mm = new ArrayMemory()
          const table = new Stage2Table({ geometry, mm, minBlockLevel })
          for (const { base, sizeBytes } of regions) table.map(base, sizeBytes, base, Prot.rw)
          const bytes = [...mm.allocations.values()].reduce((sum, size) => sum + size, 0)
          expect(minBlockLevel === 3 ? cost.pagesBytes : cost.blocksBytes, `${granule} ${geometry.ipaBits}`).toBe(bytes)
        }
      }
    }
  })

  test('behavior: reasons, and what cannot be', () => {
    const choice = chooseIpaSize({
      regions: [{ name: 'RAM', base: giga, sizeBytes: 15n * giga }],
      granule: '4K',
      paBits: 36,
    })
    expect(choice.reasons).toEqual([
      'RAM ends at 0x3ffffffff, which takes 34 address bits',
      '34 bits with 4K are 2 levels from level 2 with 16 concatenated root tables of 64 KiB in all',
      '35 bits would save 60 KiB of tables, for 1 more read in each walk',
    ])
    expect(choice.alternatives.map(({ ipaBits }) => ipaBits)).toEqual([34, 35, 36])
    expect(choice.refused[0]).toMatchObject({
      ipaBits: 37,
      problem: expect.stringMatching(/physical address size of 36 bits/),
    })
    const none = chooseIpaSize({ regions: [{ base: 2n ** 40n, sizeBytes: 1n }], paBits: 40 })
    expect(none.smallest).toBeUndefined()
    expect(none.reasons.at(-1)).toMatch(/no size is legal/)
  })

  test('error: regions that are none', () => {
    expect(() => chooseIpaSize({ regions: [] })).toThrow(/at least one region/)
    expect(() => chooseIpaSize({ regions: [{ base: 0n, sizeBytes: 0n }] })).toThrow(/a size above 0/)
    expect(() => chooseIpaSize({ regions: [{ name: 'PCI', base: 2n ** 52n, sizeBytes: 1n }] })).toThrow(
      /region PCI ends by 2\^52/,
    )
  })
})

describe('explainRegisters', () => {
  test('default: words of every kernel that was looked at', () => {
    for (const file of ['vtcr-6.1-4k.txt', 'vtcr-6.12-4k.txt']) {
      const lines = readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
        .trim()
        .split('\n')
      for (const line of lines) {
        const [n = '', vtcr = '', vttbr = ''] = line.split(' ')
        const { summary, problems } = explainRegisters(BigInt(vtcr), BigInt(vttbr), { paBits: 52, lpa2: true })
        expect(problems, line).toEqual([])
        expect(summary[0]).toMatch(new RegExp(`^${n}-bit addresses in pages of 4 KiB`))
        expect(summary[2]).toMatch(new RegExp(`for VMID ${Number(n) - 31}$`))
      }
    }
  })

  test('behavior: every geometry is legal, and reads back', () => {
    for (const granule of ['4K', '16K', '64K'] as const) {
      for (let ipaBits = 32; ipaBits <= 52; ipaBits++) {
        const wide = ipaBits > 48
        const geometry = computeGeometry({ granule, ipaBits, lpa2: wide && granule !== '64K', lpa: wide })
        const vtcr = encodeVtcr({ geometry, paBits: 52 })
        const baddr = BigInt(geometry.rootAlignBytes) * 3n
        const vttbr = encodeVttbr({
          geometry: { ...geometry, oaBits: granule === '64K' || wide ? 52 : 48 },
          baddr,
          vmid: 7,
        })
        const cpu = { paBits: 52, lpa2: granule !== '64K' }
        const setup = decodeStage2Registers(vtcr, vttbr, cpu)
        expect(setup.problems).toEqual([])
        const { startLevel, rootEntries } = geometry
        expect(setup.shape).toMatchObject({ startLevel, rootEntries, base: Number(baddr), inputBits: ipaBits })
      }
    }
  })

  test('behavior: level -1, and unusual start levels', () => {
    const word = (1n << 33n) | (1n << 32n) | 0x80000000n | (6n << 16n) | 12n
    expect(explainRegisters(word).summary[0]).toBe('52-bit addresses in pages of 4 KiB: 5 levels, from level -1')
    expect(explainRegisters(word).problems).toEqual([])
    // 40 bits are legal from level 0 too: 1024 GiB in two entries.
    expect(explainRegisters(0x80000000n | (5n << 16n) | (2n << 6n) | 24n).summary[1]).toMatch(/2 entries in all, 16 B/)
  })

  test('behavior: every broken rule is listed', () => {
    const broken = checkConfiguration(0x4d41cfn | (1n << 33n), 0x8n, { paBits: 40, hafdbs: 'none' })
    expect(broken.map(({ field }) => field)).toEqual(['T0SZ', 'SL0', 'RES1', 'PS', 'SL2', 'HD'])
    for (const problem of broken) expect(formatProblem(problem)).toMatch(/; (use|set|clear)/)
    const misaligned = checkConfiguration(0x802d3558n, 0x1000n, cpu48)
    expect(misaligned.map(formatProblem)).toEqual([
      'BADDR 0x1000 is not aligned to 8192 bytes, as 1024 root entries need; the CPU uses 0x0; use a multiple of 0x2000',
    ])
  })

  test('behavior: any word decodes', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (vtcr, vttbr) => {
          const { summary, vtcr: fields, problems } = explainRegisters(vtcr, vttbr)
          expect(summary.length).toBeGreaterThan(0)
          let word = 0n
          for (const { bits, value } of fields) word |= value << BigInt(/(\d+)\]$/.exec(bits)?.[1] ?? '0')
          // All but bits [24:23] and [20], which are RES0.
          expect(word).toBe(vtcr & ~0x190_0000n)
          const isDead = problems.some(({ fault }) => fault !== undefined)
          expect(stage2Tables(vtcr, vttbr, { paBits: 52, lpa2: true, ttst: true }) === undefined).toBe(isDead)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('foreign tables', () => {
  const shapes: GeometryOptions[] = [
    { granule: '4K', ipaBits: 40 },
    { granule: '4K', ipaBits: 34 },
    { granule: '4K', ipaBits: 52, lpa2: true },
    { granule: '16K', ipaBits: 47 },
    { granule: '16K', ipaBits: 52, lpa2: true },
    { granule: '64K', ipaBits: 42 },
    { granule: '64K', ipaBits: 52, lpa: true },
  ]
  test.each(shapes)('behavior: what the engine mapped is read out of the bytes, %o', (options) => {
    const geometry = computeGeometry(options)
    const buffer = new ArrayBuffer(geometry.rootAllocBytes * 2 + geometry.pageBytes * 40)
    const base = 0x8_0000_0000
    const table = new Stage2Table({ geometry, mm: new TablePool({ buffer, base, pageBytes: geometry.pageBytes }) })
    const top = 2 ** geometry.ipaBits
    const { pageBytes, levelBytes } = geometry
    const far = geometry.oaBits === 52 ? 2 ** 51 : 2 ** 44
    table.map(0, 3 * pageBytes, far, Prot.rwx)
    table.map(levelBytes[2], 2 * levelBytes[2], 4 * levelBytes[2], Prot.rw)
    table.map(top - 2 * pageBytes, 2 * pageBytes, pageBytes, Prot.r | Prot.device)
    table.mkOld(pageBytes)
    const vtcr = encodeVtcr({ geometry, paBits: geometry.oaBits })
    const memory = new MemoryImage([{ base, bytes: new Uint8Array(buffer) }])
    const tables = stage2Tables(vtcr, table.vttbr(1), { paBits: geometry.oaBits, lpa2: geometry.lpa2 })
    if (tables === undefined) throw new Error('no tables')
    const dump = dumpTables(tables, memory)
    expect(dump.problems).toEqual([])
    expect(
      dump.runs.map(({ address, pa, sizeBytes, level, entries }) => ({ address, pa, sizeBytes, level, entries })),
    ).toEqual(
      table.runs().map((run) => ({
        ...{ address: run.ipa, pa: run.pa, sizeBytes: BigInt(run.sizeBytes), level: run.level, entries: run.entries },
      })),
    )
    expect(formatDump(dump).slice(2)).toEqual(table.dump())
    for (const { address, level } of dump.runs) {
      const steps = stepsTo(tables, memory, address)
      expect(steps.at(-1)).toMatchObject({ level, kind: level === 3 ? 'page' : 'block' })
      expect(steps.length).toBe(level - geometry.startLevel + 1)
      expect(steps.at(-1)?.descriptor).toBe(table.getLeaf(address)?.descriptor)
    }
    expect(stepsTo(tables, memory, 2n ** 52n)).toEqual([])
  })

  test.each(['pt_61_4k.pt', 'pt_612_4k.pt'])('behavior: live walks of %s, descriptor by descriptor', (file) => {
    const [head = '', ...lines] = readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
      .trim()
      .split('\n')
    const [, vtcr = '', vttbr = ''] = /^VTCR (\S+) VTTBR (\S+)/.exec(head) ?? []
    const segments = new Map<number, Uint8Array>()
    const recorded = lines.map((line) => {
      const [, ipa = '', step = ''] = /ipa (\S+) (.*)/.exec(line) ?? []
      const [, pa = '', descriptor = ''] = /@(\S+) = (\S+)/.exec(step) ?? []
      const bytes = new Uint8Array(8)
      new DataView(bytes.buffer).setBigUint64(0, BigInt(descriptor), true)
      segments.set(Number(pa), bytes)
      return { ipa, step: step.replace('[', '[').replace(']@', '] @') }
    })
    const memory = new MemoryImage([...segments].map(([base, bytes]) => ({ base, bytes })))
    const tables = stage2Tables(BigInt(vtcr), BigInt(vttbr), { paBits: 52, lpa2: true }, true)
    if (tables === undefined) throw new Error('no tables')
    for (const ipa of new Set(recorded.map((one) => one.ipa))) {
      const ours = stepsTo(tables, memory, BigInt(ipa)).map((step) => formatStep(step).replace(/ \w+$/, ''))
      expect(ours).toEqual(recorded.filter((one) => one.ipa === ipa).map(({ step }) => step))
    }
    // Of each table only the entries on the way are known.
    const { problems } = dumpTables(tables, memory)
    expect(problems.every(({ problem }) => problem === 'the table is not in the memory image')).toBe(true)
  })

  test('behavior: broken tables come to an end and say what is wrong', () => {
    const bytes = new Uint8Array(0x4000)
    const view = new DataView(bytes.buffer)
    // A root that points to itself, everywhere.
    for (let at = 0; at < 0x2000; at += 8) view.setBigUint64(at, 0x10003n, true)
    const memory = new MemoryImage([{ base: 0x10000n, bytes }])
    const tables = stage2Tables(0x802d3558n, 0x10000n, cpu48)
    if (tables === undefined) throw new Error('no tables')
    const dump = dumpTables(tables, memory, { maxTables: 100 })
    expect(dump.isTruncated).toBe(true)
    expect(formatDump(dump).at(-1)).toMatch(/^there is more/)
    view.setBigUint64(0, 0x99_0000_0003n, true)
    view.setBigUint64(8, 0x1000_0000_0000_0001n, true)
    view.setBigUint64(16, (1n << 46n) | 3n, true)
    for (let at = 24; at < 0x2000; at += 8) view.setBigUint64(at, 0n, true)
    const small = stage2Tables((0x802d3558n & ~0x70000n) | 0x20000n, 0x10000n, cpu48)
    if (small === undefined) throw new Error('no tables')
    expect(dumpTables(small, memory).problems.map(({ level, problem }) => [level, problem])).toEqual([
      [2, 'the table is not in the memory image'],
      [1, 'the address 0x400000000000 is outside 40 bits'],
    ])
  })

  test('behavior: stage 1 of EL1, both halves, with what tables on the way forbid', () => {
    const bytes = new Uint8Array(0x5000)
    const view = new DataView(bytes.buffer)
    const put = (at: number, word: bigint) => view.setBigUint64(at, word, true)
    // 39 bits each, 4K: roots at level 1. Lower: user code. Upper: kernel data below a table with PXNTable.
    put(0x0000, 0x3003n)
    put(0x3000, 0x0020_0000_0060_0f41n)
    put(0x1000 + 511 * 8, 0x0800_0000_0000_4003n)
    put(0x4000 + 511 * 8, 0x0040_0000_0080_0701n)
    const memory = new MemoryImage([{ base: 0, bytes }])
    const tcr = 25n | (25n << 16n) | (2n << 30n) | (5n << 32n)
    const all = stage1Tables({ regime: 'EL1', tcr, ttbr0: 0n, ttbr1: 0x1000n, mair: 0xffn }, cpu48)
    expect(all.flatMap((tables) => formatDump(dumpTables(tables, memory)).slice(2))).toEqual([
      '0x0000000000-0x0000200000 -> 0x0000600000 EL1 rw- EL0 rwx Normal WB ISH AF nG L2 x1 (2 MiB)',
      '0xffffffffffe00000-0x10000000000000000 -> 0x0000800000 EL1 rw- EL0 --- Normal WB ISH AF L2 x1 (2 MiB)',
    ])
    const upper = all[1]
    if (upper === undefined) throw new Error('no upper half')
    expect(stepsTo(upper, memory, 0xffff_ffff_ffff_0000n).map(({ level, index }) => [level, index])).toEqual([
      [1, 511],
      [2, 511],
    ])
    expect(stage1Tables({ regime: 'EL1', tcr: tcr | (1n << 7n), ttbr0: 0n }, cpu48), 'EPD0').toEqual([])
  })
})

describe('output', () => {
  const geometry = computeGeometry({ granule: '4K', ipaBits: 40 })
  const buffer = new ArrayBuffer(0x20000)
  const table = new Stage2Table({ geometry, mm: new TablePool({ buffer, pageBytes: 4096 }) })
  table.map(0x4000_0000n, 0x20_0000n, 0x8000_0000n, Prot.rwx)
  table.map(0x5000_0000n, 0x1000n, 0x9000_0000n, Prot.r)
  const tables = stage2Tables(encodeVtcr({ geometry, paBits: 48 }), table.vttbr(1), cpu48)
  if (tables === undefined) throw new Error('no tables')
  const dump = dumpTables(tables, new MemoryImage([{ base: 0n, bytes: new Uint8Array(buffer) }]))

  test('default: a picture is well-formed XML with a box for each run and hole', () => {
    const svg = drawTables(dump, { title: 'a < b & c' })
    expect(svg).toContain('<title>a &lt; b &amp; c</title>')
    const open: string[] = []
    for (const [, close, name, rest] of svg.matchAll(/<(\/?)([a-z]+)((?:[^>"]|"[^"]*")*)>/gi)) {
      if (close === '/') expect(open.pop()).toBe(name)
      else if (!(rest as string).endsWith('/')) open.push(name as string)
    }
    expect(open).toEqual([])
    expect(svg.match(/<g>/g)).toHaveLength(2)
    expect(svg.match(/url\(#hole\)/g)).toHaveLength(1)
    expect(drawTables(dump, { maxRuns: 1 })).toContain('and 1 more runs')
  })

  test('default: JSON has addresses as text', () => {
    expect(JSON.parse(toJson(dump)).runs[0]).toMatchObject({ address: '0x40000000', pa: '0x80000000', entries: 1 })
  })
})
