/** The architecture's walk: its order of checks, faults, permissions, hardware updates and attributes, rule by rule. */

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type CpuFeatures,
  combineAttributes,
  decodeMair,
  decodeStage2Registers,
  faultKind,
  faultLevel,
  faultStatus,
  formatAttributes,
  type HcrBits,
  Need,
  normalWriteBack,
  type Stage2Access,
  Stage2HardwareWalker,
  type Stage2Translation,
  type TranslationFault,
} from '../src/hardware.ts'

const root = 0x10000
/** Values that Linux has in VTCR_EL2 for 40 bits; the first without HA. */
const vtcr40 = 0x800d3558n | (1n << 31n)
const vtcr40ha = 0x802d3558n
const cpu48: CpuFeatures = { paBits: 48 }
const cpu52: CpuFeatures = { paBits: 52, lpa2: true, ttst: true }
const page = 0x7dfn & ~0x20n
const rwx = 0x7ffn

/** Memory as a map of descriptors. */
class Words {
  readonly entries = new Map<number, bigint>()
  end = 2 ** 52
  contains(pa: number): boolean {
    return pa < this.end
  }
  readLo(pa: number): number {
    return Number(BigInt.asIntN(32, this.entries.get(pa) ?? 0n))
  }
  readHi(pa: number): number {
    return Number(BigInt.asIntN(32, (this.entries.get(pa) ?? 0n) >> 32n))
  }
  updateLo(pa: number, old: number, lo: number): void {
    expect(this.readLo(pa)).toBe(old)
    this.put(pa, (BigInt.asUintN(64, this.entries.get(pa) ?? 0n) & ~0xffff_ffffn) | BigInt(lo >>> 0))
  }
  put(pa: number, descriptor: bigint): void {
    this.entries.set(pa, descriptor)
  }
}

/** Three levels of 4K tables that map the page at IPA 0x201000 with `leaf`. */
function pages(leaf: bigint, memory = new Words()): Words {
  memory.put(root, 0x20003n)
  memory.put(0x20008, 0x30003n)
  memory.put(0x30008, leaf)
  return memory
}
const ipa = 0x20_1000n

function translate(
  memory: Words,
  access: Partial<Stage2Access> = {},
  vtcr = vtcr40,
  cpu: CpuFeatures = cpu48,
  hcr: HcrBits = {},
  vttbr = BigInt(root),
): Stage2Translation | TranslationFault {
  const walker = new Stage2HardwareWalker({ vtcr, vttbr, memory, cpu, hcr })
  return walker.translate({ ipa, need: Need.read, ...access })
}
const fsc = (result: Stage2Translation | TranslationFault): number => ('fsc' in result ? result.fsc : -1)

describe('order of checks', () => {
  test('default: with stage 2 off addresses pass', () => {
    expect(translate(new Words(), { ipa: 0x123456789abn }, 0n, cpu48, { vm: false })).toMatchObject({
      kind: 'translated',
      pa: 0x123456789abn,
      level: undefined,
    })
    expect(fsc(translate(new Words(), {}, 0n, cpu48, { vm: false, dc: true })), 'HCR_EL2.DC turns it on').toBe(4)
  })

  test.each([
    ['T0SZ below its minimum', (v: bigint) => (v & ~63n) | 15n, /T0SZ 15 means 49-bit addresses/],
    ['T0SZ above its maximum', (v: bigint) => (v & ~63n) | 40n, /T0SZ 40 means 24-bit/],
    ['reserved SL0', (v: bigint) => v | 0xc0n, /SL0 3 starts at level 3, which needs FEAT_TTST/],
    ['inconsistent SL0', (v: bigint) => (v & ~63n) | 34n, /takes 31- to 43-bit addresses, but T0SZ 34 means 30/],
  ])('behavior: %s is a translation fault at level 0, before the tables', (_, change, reason) => {
    const result = translate(pages((1n << 50n) | page), {}, change(vtcr40))
    expect(result).toMatchObject({
      kind: 'translation',
      level: 0,
      fsc: 4,
      address: ipa,
      reason: expect.stringMatching(reason),
    })
  })

  test('behavior: then an IPA beyond the size, at level 0 whatever the start level', () => {
    expect(translate(pages(page), { ipa: 1n << 40n })).toMatchObject({ kind: 'translation', fsc: 4 })
    expect(translate(pages(page), { ipa: (1n << 63n) + 5n })).toMatchObject({ fsc: 4, address: (1n << 63n) + 5n })
  })

  test('behavior: a root outside PS is an address size fault at level 0; IPA size comes first no more', () => {
    const small = vtcr40 & ~0x70000n
    expect(fsc(translate(pages(page), {}, small, cpu48, {}, 1n << 33n))).toBe(0)
  })

  test('behavior: at each level invalid, then the address of the next table', () => {
    const memory = new Words()
    expect(fsc(translate(memory))).toBe(5)
    memory.put(root, (1n << 47n) | 3n)
    expect(fsc(translate(memory, {}, (vtcr40 & ~0x70000n) | 0x20000n))).toBe(1)
    memory.put(root, 0x20003n)
    expect(fsc(translate(memory))).toBe(6)
    memory.put(0x20008, 0x30003n)
    expect(fsc(translate(memory))).toBe(7)
    memory.put(0x30008, 0x5001n)
    expect(translate(memory)).toMatchObject({ fsc: 7, reason: expect.stringMatching(/is reserved at this level/) })
  })

  test('behavior: a leaf: contiguous, output address, access flag, alignment, permissions', () => {
    const low = (vtcr40 & ~0x7003fn) | 32n | 0x00n
    // 32 bits and a contiguous run of 1 GiB blocks, 16 GiB: misprogrammed.
    const vtcr32 = (low & ~0xc0n) | 0x40n
    const memory = new Words()
    memory.put(root, (1n << 52n) | (1n << 40n) | 0x1d1n)
    const strict = { ...cpu48, faultsOnContiguous: true }
    expect(fsc(translate(memory, { ipa: 0n }, vtcr32, strict)), 'contiguous first, where the CPU checks it').toBe(5)
    expect(fsc(translate(memory, { ipa: 0n }, vtcr32)), 'then the address').toBe(1)
    memory.put(root, 0x1d1n)
    expect(fsc(translate(memory, { ipa: 0n }, vtcr32)), 'then the access flag').toBe(9)
    expect(fsc(translate(memory, { ipa: 0n, isMaintenance: true }, vtcr32)), 'which maintenance does not need').toBe(-1)
    memory.put(root, 0x5c1n & ~0xc0n)
    expect(fsc(translate(memory, { ipa: 1n, isUnaligned: true }, vtcr32)), 'then alignment in Device memory').toBe(0x21)
    expect(fsc(translate(memory, { ipa: 1n }, vtcr32)), 'then permissions').toBe(0xd)
  })

  test('behavior: memory that is not there is an external abort on the walk', () => {
    const memory = pages(page)
    memory.end = 0x30000
    expect(translate(memory)).toMatchObject({ kind: 'externalAbort', level: 3, fsc: 0x17 })
  })
})

describe('start levels', () => {
  test('behavior: level -1 with SL2, five levels of 52 bits', () => {
    // 4K, DS, SL2:SL0 = 100, T0SZ 12: sixteen entries at level -1.
    const vtcr = (1n << 33n) | (1n << 32n) | 0x80000000n | (6n << 16n) | 12n
    const setup = decodeStage2Registers(vtcr, BigInt(root), cpu52)
    expect(setup.shape).toMatchObject({ startLevel: -1, rootEntries: 16, inputBits: 52, isDs: true })
    const memory = new Words()
    const top = (1n << 52n) - 1n
    memory.put(root + 15 * 8, 0x20003n)
    for (const [table, next] of [
      [0x20000, 0x30003n],
      [0x30000, 0x40003n],
      [0x40000, 0x50003n],
    ] as const) {
      memory.put(table + 511 * 8, next)
    }
    // Address bits [51:50] are in bits [9:8].
    memory.put(0x50000 + 511 * 8, 0x0002_0000_1234_57fbn)
    expect(translate(memory, { ipa: top }, vtcr, cpu52)).toMatchObject({ pa: 0xe_0000_1234_5fffn, level: 3 })
    memory.put(root + 15 * 8, 0n)
    expect(translate(memory, { ipa: top }, vtcr, cpu52)).toMatchObject({ level: -1, fsc: 0x2b })
    memory.put(root + 15 * 8, (1n << 47n) | 3n)
    expect(fsc(translate(memory, { ipa: top }, vtcr & ~0x70000n, cpu52))).toBe(0x29)
  })

  test('behavior: level 3 with FEAT_TTST: sixteen concatenated tables of pages', () => {
    const vtcr = 0x80000000n | (3n << 6n) | (5n << 16n) | (64n - 25n)
    const setup = decodeStage2Registers(vtcr, 0x100000n, { ...cpu48, ttst: true })
    expect(setup.shape).toMatchObject({ startLevel: 3, rootEntries: 8192 })
    const memory = new Words()
    memory.put(0x100000 + 8191 * 8, 0x5000n | rwx)
    const walker = new Stage2HardwareWalker({ vtcr, vttbr: 0x100000n, memory, cpu: { ...cpu48, ttst: true } })
    expect(walker.translate({ ipa: 0x1fff_abcn, need: Need.write })).toMatchObject({ pa: 0x5abcn, sizeBytes: 4096 })
  })

  test('behavior: PAMax decides whether a start level exists', () => {
    const level0 = 0x80000000n | (2n << 6n) | 20n
    expect(decodeStage2Registers(level0, 0n, { paBits: 42 }).problems[0]).toMatchObject({ field: 'T0SZ' })
    expect(decodeStage2Registers((level0 & ~63n) | 22n, 0n, { paBits: 42 }).problems[0]).toMatchObject({ field: 'SL0' })
    expect(decodeStage2Registers(level0, 0n, { paBits: 44 }).shape?.startLevel).toBe(0)
    const tg16 = 2n << 14n
    expect(
      decodeStage2Registers(0x80000000n | tg16 | (2n << 6n) | 24n, 0n, { paBits: 40 }).problems[0]?.problem,
    ).toMatch(/42 bits/)
    expect(decodeStage2Registers(0x80000000n | tg16 | (3n << 6n) | 16n, 0n, cpu48).problems[0]?.problem).toMatch(/DS/)
    const tg64 = 1n << 14n
    expect(decodeStage2Registers(0x80000000n | tg64 | (3n << 6n) | 24n, 0n, cpu48).problems[0]?.problem).toMatch(
      /reserved with 64K/,
    )
  })
})

describe('permissions and hardware updates', () => {
  const all = Need.read | Need.write | Need.executeEl0 | Need.executeEl1
  test.each([
    [0n, true, all],
    [1n << 53n, true, Need.read | Need.write | Need.executeEl0],
    [2n << 53n, true, Need.read | Need.write],
    [3n << 53n, true, Need.read | Need.write | Need.executeEl1],
    [1n << 53n, false, all],
    [3n << 53n, false, Need.read | Need.write],
  ])('behavior: {XN, XNX} 0x%x, FEAT_XNX %s', (xn, xnx, allowed) => {
    expect(translate(pages(xn | rwx), {}, vtcr40, { ...cpu48, xnx })).toMatchObject({ allowed })
    for (const need of [Need.read, Need.write, Need.executeEl0, Need.executeEl1]) {
      expect(fsc(translate(pages(xn | rwx), { need }, vtcr40, { ...cpu48, xnx }))).toBe(allowed & need ? -1 : 0xf)
    }
  })

  test('behavior: HA sets the access flag', () => {
    const memory = pages(0x3ffn)
    expect(fsc(translate(memory, {}, vtcr40))).toBe(0xb)
    expect(fsc(translate(memory, {}, vtcr40ha, { ...cpu48, hafdbs: 'none' }))).toBe(0xb)
    expect(translate(memory, {}, vtcr40ha)).toMatchObject({ kind: 'translated', descriptor: 0x7ffn })
    expect(memory.entries.get(0x30008)).toBe(0x7ffn)
  })

  test('behavior: HD makes a writable-clean page dirty on a write, and on nothing else', () => {
    const hd = vtcr40ha | (1n << 22n)
    const clean = (1n << 51n) | 0x77fn
    const run = (access: Partial<Stage2Access>, vtcr = hd): [number, bigint | undefined] => {
      const memory = pages(clean)
      return [fsc(translate(memory, access, vtcr)), memory.entries.get(0x30008)]
    }
    expect(run({ need: Need.read })).toEqual([-1, clean])
    expect(run({ need: Need.write })).toEqual([-1, clean | 0x80n])
    expect(run({ need: Need.write, isMaintenance: true })).toEqual([0xf, clean])
    expect(run({ need: Need.write }, vtcr40ha), 'without HD').toEqual([0xf, clean])
    const plain = pages(0x77fn)
    expect(fsc(translate(plain, { need: Need.write }, hd)), 'without DBM').toBe(0xf)
  })

  test('behavior: HCR_EL2.PTW refuses a stage-1 walk in Device memory', () => {
    const memory = pages(rwx & ~0x3cn)
    expect(fsc(translate(memory, { isStage1Walk: true }, vtcr40, cpu48, { ptw: true }))).toBe(0xf)
    expect(fsc(translate(memory, { isStage1Walk: true }))).toBe(-1)
    expect(fsc(translate(memory, {}, vtcr40, cpu48, { ptw: true }))).toBe(-1)
  })
})

describe('attributes', () => {
  const combined = (stage1: number, memAttr: number, sh: number, fwb = false, forcesNc = false): string =>
    formatAttributes(combineAttributes(decodeMair(stage1, 3), memAttr, sh, fwb, forcesNc))
  test.each([
    // MAIR byte of stage 1, MemAttr and SH of stage 2.
    [0xff, 0xf, 3, 'Normal WB ISH'],
    [0xff, 0x5, 3, 'Normal NC OSH'],
    [0xff, 0xa, 0, 'Normal WT ISH'],
    [0x44, 0xf, 3, 'Normal NC OSH'],
    [0xbb, 0xf, 3, 'Normal WT ISH'],
    [0xff, 0xd, 2, 'Normal outer WB inner NC OSH'],
    [0xff, 0x1, 3, 'Device-nGnRE'],
    [0x00, 0xf, 3, 'Device-nGnRnE'],
    [0x0c, 0x1, 3, 'Device-nGnRE'],
    [0x04, 0x3, 3, 'Device-nGnRE'],
    [0xf0, 0xf, 3, 'Normal WB ISH'],
  ])('behavior: stage 1 0x%x, MemAttr 0x%x, SH %i: %s', (stage1, memAttr, sh, expected) => {
    expect(combined(stage1, memAttr, sh)).toBe(expected)
  })

  test.each([
    [0xff, 6, 'Normal WB ISH'],
    [0x44, 6, 'Normal WB OSH'],
    [0x00, 6, 'Normal WB OSH'],
    [0xff, 5, 'Normal NC OSH'],
    [0x04, 5, 'Device-nGnRE'],
    [0x44, 7, 'Normal NC OSH'],
    [0xbb, 7, 'Normal WT ISH'],
    [0x00, 7, 'Device-nGnRnE'],
    [0xff, 1, 'Device-nGnRE'],
    [0x00, 1, 'Device-nGnRnE'],
  ])('behavior: FEAT_S2FWB, stage 1 0x%x, MemAttr 0x%x: %s', (stage1, memAttr, expected) => {
    expect(combined(stage1, memAttr, 3, true)).toBe(expected)
  })

  test('behavior: HCR_EL2.CD and ID make Normal memory Non-cacheable', () => {
    expect(combined(0xff, 0xf, 3, false, true)).toBe('Normal NC OSH')
    expect(combined(0xff, 6, 3, true, true)).toBe('Normal NC OSH')
    expect(translate(pages(rwx), { need: Need.executeEl1 }, vtcr40, cpu48, { cd: true })).toMatchObject({
      attributes: normalWriteBack,
    })
    expect(translate(pages(rwx), {}, vtcr40, cpu48, { cd: true })).toMatchObject({ attributes: { inner: 'NC' } })
  })

  test('behavior: with DS shareability comes from VTCR_EL2.SH0, not from the descriptor', () => {
    const ds = vtcr40 | (1n << 32n) | 0x60000n
    const outer = (ds & ~0x3000n) | 0x2000n
    expect(translate(pages(0x4ffn), {}, ds, cpu52)).toMatchObject({ attributes: { shareability: 'ISH' } })
    expect(translate(pages(0x4ffn), {}, outer, cpu52)).toMatchObject({ attributes: { shareability: 'OSH' } })
  })
})

test('behavior: fault status codes', () => {
  for (const kind of ['translation', 'addressSize', 'accessFlag', 'permission', 'externalAbort'] as const) {
    for (const level of [0, 1, 2, 3]) {
      const code = faultStatus(kind, level)
      expect([faultKind(code), faultLevel(code)]).toEqual([kind, level])
    }
  }
  for (const kind of ['translation', 'addressSize', 'externalAbort'] as const) {
    expect([faultKind(faultStatus(kind, -1)), faultLevel(faultStatus(kind, -1))]).toEqual([kind, -1])
  }
  expect([faultStatus('alignment', 2), faultKind(0x21)]).toEqual([0x21, 'alignment'])
})

test.each(['pt_61_4k.pt', 'pt_612_4k.pt'])('behavior: live walks of %s', (file) => {
  const [head = '', ...lines] = readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const [, vtcr = '', vttbr = ''] = /^VTCR (\S+) VTTBR (\S+)/.exec(head) ?? []
  const memory = new Words()
  const steps = lines.map((line) => /ipa (\S+) L(\d) \[\d+\]@(\S+) = (\S+)/.exec(line) as RegExpExecArray)
  for (const [, , , pa, descriptor] of steps) memory.put(Number(pa), BigInt(descriptor as string))
  const cpu = { paBits: 52, lpa2: true }
  const walker = new Stage2HardwareWalker({ vtcr: BigInt(vtcr), vttbr: BigInt(vttbr), memory, cpu, hcr: { fwb: true } })
  expect(walker.setup.problems).toEqual([])
  let translated = 0
  steps.forEach(([, at, level, , descriptor], i) => {
    if (steps[i + 1]?.[1] === at) return
    const result = walker.translate({ ipa: BigInt(at as string), need: Need.read })
    const word = BigInt(descriptor as string)
    if ((word & 1n) === 0n) expect(result).toMatchObject({ kind: 'translation', level: Number(level) })
    else {
      const { pa, leafIpa } = result as Stage2Translation
      const mask = Number(level) === 3 ? 0xffff_ffff_f000n : 0xffff_ffe0_0000n
      expect(pa).toBe((word & mask) + BigInt(at as string) - leafIpa)
      expect(result).toMatchObject({ level: Number(level), attributes: { type: 'Normal', inner: 'WB' } })
      translated++
    }
  })
  expect(translated).toBeGreaterThan(4)
})
