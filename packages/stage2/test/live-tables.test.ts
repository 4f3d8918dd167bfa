/** Live tables of Linux kernels, rebuilt by the engine from the same mappings. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  computeGeometry,
  decodeDescriptor,
  decodeVtcr,
  decodeVttbr,
  joinHalves,
  MapFlags,
  type MmOps,
  Prot,
  Stage2Table,
} from '../src/index.ts'
import { ArrayMemory } from '../src/testing.ts'

interface Step {
  ipa: number
  level: number
  index: number
  pa: number
  descriptor: bigint
}

function parse(file: string): { vtcr: bigint; vttbr: bigint; start: number; ipaBits: number; walks: Step[][] } {
  const [head, ...lines] = readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const [, vtcr, vttbr, start, ipaBits] = /^VTCR (\S+) VTTBR (\S+) start (\d) ipa (\d+)/.exec(head) as RegExpExecArray
  const walks = new Map<number, Step[]>()
  for (const line of lines) {
    const m = /ipa (\S+) L(\d) \[(\d+)\]@(\S+) = (\S+)/.exec(line) as RegExpExecArray
    const step = {
      ipa: Number(m[1]),
      level: Number(m[2]),
      index: Number(m[3]),
      pa: Number(m[4]),
      descriptor: BigInt(m[5]),
    }
    walks.set(step.ipa, [...(walks.get(step.ipa) ?? []), step])
  }
  return {
    vtcr: BigInt(vtcr),
    vttbr: BigInt(vttbr),
    start: Number(start),
    ipaBits: Number(ipaBits),
    walks: [...walks.values()],
  }
}

test.each([
  { file: 'pt_61_4k.pt', lpa2: false },
  { file: 'pt_612_4k.pt', lpa2: true },
])('behavior: $file', ({ file, lpa2 }) => {
  const live = parse(file)
  const geometry = computeGeometry({ ipaBits: live.ipaBits, granule: '4K', lpa2 })
  expect(decodeVtcr(live.vtcr)).toMatchObject({ startLevel: geometry.startLevel, ipaBits: geometry.ipaBits, ds: lpa2 })
  expect(live.start).toBe(geometry.startLevel)
  const root = Number(decodeVttbr(live.vttbr, geometry).baddr)

  // A memory that gives the kernel's own table addresses in the order in which its walks reach them.
  const tables: number[] = []
  for (const walk of live.walks) {
    for (const { level, descriptor } of walk) {
      const d = decodeDescriptor(geometry, level, descriptor, true)
      const isMapped = (walk.at(-1) as Step).descriptor !== 0n
      if (d.kind === 'table' && isMapped && !tables.includes(Number(d.pa))) tables.push(Number(d.pa))
    }
  }
  const words = new Map<number, [number, number]>()
  const allocations = [root, ...tables]
  const mm: MmOps = {
    allocTable: () => allocations.shift() ?? -1,
    freeTable: () => {},
    readLo: (pa) => words.get(pa)?.[0] ?? 0,
    readHi: (pa) => words.get(pa)?.[1] ?? 0,
    write: (pa, lo, hi) => void words.set(pa, [lo, hi]),
    getRef: () => {},
    putRef: () => {},
    refCount: () => 1,
    tlbiIpa: () => {},
    tlbiVmid: () => {},
    dsb: () => {},
  }
  const table = new Stage2Table({ geometry, mm, fwb: true })
  for (const walk of live.walks) {
    const { ipa, level, descriptor } = walk.at(-1) as Step
    const leaf = decodeDescriptor(geometry, level, descriptor, true)
    if (leaf.kind !== 'page' && leaf.kind !== 'block') continue
    const base = Math.floor(ipa / leaf.sizeBytes) * leaf.sizeBytes
    const flags = leaf.kind === 'page' ? MapFlags.forcePage : 0
    const result = table.map(base, leaf.sizeBytes, Number(leaf.pa), leaf.prot, flags)
    expect([0, -11]).toContain(result)
  }

  let compared = 0
  for (const walk of live.walks) {
    for (const { level, index, pa, descriptor, ipa } of walk) {
      const shift = geometry.levelShift[level]
      expect(Math.floor(ipa / 2 ** shift) % (level === geometry.startLevel ? geometry.rootEntries : 512)).toBe(index)
      const [lo, hi] = words.get(pa) ?? [0, 0]
      expect(joinHalves(lo, hi), `L${level} entry at 0x${pa.toString(16)}`).toBe(descriptor)
      compared++
    }
    const leaf = table.getLeaf(walk[0].ipa)
    expect(leaf?.descriptor).toBe((walk.at(-1) as Step).descriptor)
    expect(leaf?.level).toBe((walk.at(-1) as Step).level)
  }
  expect(compared).toBeGreaterThan(25)
})

test('behavior: a read-only zero page and its copy after a write', () => {
  const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
  const mm = new ArrayMemory()
  const table = new Stage2Table({ geometry, mm, fwb: true })
  mm.watch(table.root, geometry)
  expect(table.map(0x5000_0000, 0x1000, 0x4217_3000, Prot.r)).toBe(0)
  expect(table.getLeaf(0x5000_0000)?.descriptor).toBe(0x004000004217375bn)
  expect(table.map(0x5000_0000, 0x1000, 0x41e8_e000, Prot.rw)).toBe(0)
  expect(table.getLeaf(0x5000_0000)?.descriptor).toBe(0x0040000041e8e7dbn)
})
