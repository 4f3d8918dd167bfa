import { describe, expect, test } from 'vitest'
import { ACCESS } from '../src/access-kind.ts'
import type { CpuExit } from '../src/cpu-host.ts'
import { LAYOUT } from '../src/state.ts'
import { type CpuModel, cpuModels } from '../src/sysreg/model.ts'
import {
  AF,
  AT,
  BLOCK,
  EL0,
  EL1,
  type Fixture,
  fixture,
  map4K,
  PAGE,
  put,
  stage1,
  TABLE,
  tcr,
} from './system-fixture.ts'

/** Values that Linux 6.1 and 6.12 had in VTCR_EL2 for these machine types. */
const VTCR = {
  '4K/40': 0x802d3558n,
  '4K/40/LPA2': 0x1802e3558n,
  '16K/52': 0x1802eb5ccn,
  '16K/51': 0x1802eb58dn,
} as const
/** Leaf descriptors read out of Linux's live tables, without their addresses. */
const LEAF = {
  page: 0x7dbn,
  readOnly: 0x0040_0000_0000_075bn,
  lpa2Page: 0x0040_0000_0000_04dbn,
  lpa2Block: 0x4d9n,
} as const
const lpa2 = cpuModels['armv8-lpa2']

function guest(vtcr: bigint, model: CpuModel = cpuModels.armv8, root: number = AT.stage2): Fixture {
  const f = fixture(model)
  f.system.setStage2({ vttbr: (9n << 48n) | BigInt(root) | 1n, vtcr })
  f.state.pc = 0n
  return f
}

function tryAccess(f: Fixture, ipa: bigint, kind = 8): number | Extract<CpuExit, { kind: 'abort' }> {
  f.system.exit = undefined
  const at = f.access(ipa, kind)
  return at !== 0 ? at : (f.system.exit as unknown as Extract<CpuExit, { kind: 'abort' }>)
}
function dfsc(f: Fixture, ipa: bigint, kind = 8): number {
  const result = tryAccess(f, ipa, kind)
  return typeof result === 'number' ? -1 : result.esr & 0x3f
}

describe('geometries of live VMs', () => {
  test('default: 4K, 40 bits: two concatenated level-1 tables', () => {
    const f = guest(VTCR['4K/40'])
    put(f, AT.stage2, 1023, BigInt(AT.tables) | TABLE)
    put(f, AT.tables, 5, BigInt(AT.tables + 0x1000) | TABLE)
    put(f, AT.tables + 0x1000, 6, BigInt(AT.page) | LEAF.page)
    expect(tryAccess(f, (1023n << 30n) | (5n << 21n) | (6n << 12n) | 0x128n)).toBe(AT.page + 0x128)
  })

  test('behavior: the root is aligned to its two tables: low VTTBR bits do not count', () => {
    const f = guest(VTCR['4K/40'], cpuModels.armv8, AT.stage2 + 0x1000)
    put(f, AT.stage2, 0, BLOCK | (LEAF.page - 2n))
    expect(tryAccess(f, BigInt(AT.page))).toBe(AT.page)
  })

  test('default: 4K with LPA2: blocks carry no shareability, address bits 51:50 are in 9:8', () => {
    const f = guest(VTCR['4K/40/LPA2'], lpa2)
    put(f, AT.stage2, 1, BigInt(AT.tables) | TABLE)
    put(f, AT.tables, 2, 0x600000n | LEAF.lpa2Block)
    put(f, AT.tables, 3, 0x600000n | LEAF.lpa2Block | (1n << 8n))
    expect(tryAccess(f, (1n << 30n) | (2n << 21n) | 0x1abcd8n)).toBe(0x600000 + 0x1abcd8)
    // Bit 50 of the address is set, where no memory is: an external abort for the guest, not a stage-2 fault.
    expect(tryAccess(f, (1n << 30n) | (3n << 21n))).toBeUndefined()
    expect(f.reg('ESR_EL1')).toBe(0x96000010n)
  })

  test('default: 16K, 52 bits: a level-0 root of 32 entries', () => {
    const f = guest(VTCR['16K/52'], lpa2, AT.stage2 + 0x100)
    put(f, AT.stage2 + 0x100, 31, BigInt(AT.tables) | TABLE)
    put(f, AT.tables, 1, BigInt(AT.tables + 0x4000) | TABLE)
    put(f, AT.tables + 0x4000, 2, BigInt(AT.tables + 0x8000) | TABLE)
    put(f, AT.tables + 0x8000, 3, BigInt(AT.page) | LEAF.lpa2Page)
    const ipa = (31n << 47n) | (1n << 36n) | (2n << 25n) | (3n << 14n)
    map4K(f, 0n, 0n)
    f.mode(EL1)
    expect(tryAccess(f, ipa | 0x3ff0n)).toBe(AT.page + 0x3ff0)
  })

  test('default: 16K, 51 bits: sixteen concatenated level-1 tables', () => {
    const f = guest(VTCR['16K/51'], lpa2, 0x800000)
    put(f, 0x800000, 32767, BigInt(AT.tables) | TABLE)
    put(f, AT.tables, 2047, BigInt(AT.tables + 0x4000) | TABLE)
    put(f, AT.tables + 0x4000, 2047, BigInt(AT.page) | LEAF.lpa2Page)
    expect(tryAccess(f, (1n << 51n) - 8n)).toBe(AT.page + 0x3ff8)
    expect(dfsc(f, 1n << 51n)).toBe(4)
  })

  test('default: 64K: two levels for 40 bits; 52-bit addresses keep bits 51:48 in 15:12', () => {
    // SL0 = 1 (start level 2), TG0 = 1, T0SZ = 24, PS = 5: one table of 2048 entries.
    const vtcr = 0x80050000n | (1n << 14n) | (1n << 6n) | 24n
    const f = guest(vtcr)
    put(f, AT.stage2, 2, 0x300000n | TABLE)
    put(f, 0x300000, 3, 0x700000n | LEAF.page)
    expect(tryAccess(f, (2n << 29n) | (3n << 16n) | 0xfff8n)).toBe(0x70fff8)
    const wide = guest((vtcr & ~0x70000n) | 0x60000n, lpa2)
    put(wide, AT.stage2, 2, 0x300000n | TABLE)
    put(wide, 0x300000, 3, 0x700000n | LEAF.page | (8n << 12n))
    expect(tryAccess(wide, (2n << 29n) | (3n << 16n))).toBeUndefined()
    expect(wide.reg('ESR_EL1')).toBe(0x96000010n)
  })
})

describe('order of checks', () => {
  const pages = (f: Fixture, leaf: bigint) => {
    put(f, AT.stage2, 0, BigInt(AT.tables) | TABLE)
    put(f, AT.tables, 1, BigInt(AT.tables + 0x1000) | TABLE)
    put(f, AT.tables + 0x1000, 2, leaf)
    return f
  }
  const ipa = (1n << 21n) | (2n << 12n)

  test('behavior: an address beyond the size faults at level 0, whatever the start level', () => {
    expect(dfsc(guest(VTCR['4K/40']), 1n << 40n)).toBe(4)
    expect(dfsc(guest(VTCR['4K/40']), 1n << 47n)).toBe(4)
  })

  test('behavior: invalid descriptors fault at their level', () => {
    const f = guest(VTCR['4K/40'])
    expect(dfsc(f, ipa)).toBe(5)
    put(f, AT.stage2, 0, BigInt(AT.tables) | TABLE)
    expect(dfsc(f, ipa)).toBe(6)
    put(f, AT.tables, 1, BigInt(AT.tables + 0x1000) | TABLE)
    expect(dfsc(f, ipa)).toBe(7)
    put(f, AT.tables + 0x1000, 2, BigInt(AT.page) | LEAF.page)
    expect(tryAccess(f, ipa)).toBe(AT.page)
  })

  test('behavior: addresses beyond PS', () => {
    // PS = 0: 32 bits.
    const small = VTCR['4K/40'] & ~0x70000n
    expect(dfsc(pages(guest(small), (1n << 32n) | LEAF.page), ipa)).toBe(3)
    const f = guest(small)
    put(f, AT.stage2, 0, (1n << 33n) | TABLE)
    expect(dfsc(f, ipa)).toBe(1)
    f.system.setStage2({ vttbr: 1n << 33n, vtcr: small })
    expect(dfsc(f, ipa)).toBe(0)
  })

  test('behavior: the access flag comes before permissions, and VTCR.HA sets it', () => {
    const noHa = VTCR['4K/40'] & ~(1n << 21n)
    const leaf = BigInt(AT.page) | (LEAF.readOnly & ~AF)
    expect(dfsc(pages(guest(noHa), leaf), ipa, 8 | ACCESS.store)).toBe(0xb)
    const f = pages(guest(VTCR['4K/40']), leaf)
    expect(tryAccess(f, ipa)).toBe(AT.page)
    expect(f.memory.u64[(AT.tables + 0x1010) / 8]).toBe(leaf | AF)
  })

  test.each([
    ['T0SZ too small', (v: bigint) => (v & ~63n) | 15n],
    ['T0SZ too large', (v: bigint) => (v & ~63n) | 40n],
    ['size too small for the start level', (v: bigint) => (v & ~63n) | 34n],
    ['size too large for the start level', (v: bigint) => (v & ~63n) | 20n],
    ['reserved SL0', (v: bigint) => v | 0xc0n],
  ])('behavior: %s: translation fault at level 0', (_, change) => {
    const f = guest(change(VTCR['4K/40']))
    put(f, AT.stage2, 0, BLOCK | (LEAF.page - 2n))
    expect(dfsc(f, BigInt(AT.page))).toBe(4)
  })

  test('behavior: 43 bits are the most that sixteen level-1 tables hold', () => {
    const f = guest((VTCR['4K/40'] & ~63n) | 21n, cpuModels.armv8, 0x600000)
    put(f, 0x600000, 8191, BLOCK | (LEAF.page - 2n))
    expect(tryAccess(f, (8191n << 30n) | BigInt(AT.page))).toBe(AT.page)
  })

  test.each([
    ['read-write, executable', 0x7dbn, true, true, true, true],
    ['read-only, XN', 0x0040_0000_0000_075bn, true, false, false, false],
    ['XN = 01: EL0 only', 0x0020_0000_0000_07dbn, true, true, true, false],
    ['XN = 11: EL1 only', 0x0060_0000_0000_07dbn, true, true, false, true],
    ['no read', 0x79bn, false, true, true, true],
  ])('behavior: permissions: %s', (_, leaf, r, w, x0, x1) => {
    const f = pages(guest(VTCR['4K/40']), BigInt(AT.page) | leaf)
    const fetchAt = (mode: number) => {
      f.mode(mode)
      f.system.exit = undefined
      return f.fetch(ipa) !== undefined
    }
    const can = [dfsc(f, ipa), dfsc(f, ipa, 8 | ACCESS.store)].map((code) =>
      code === -1 ? true : code === 0xf ? false : code,
    )
    expect([...can, fetchAt(EL0), fetchAt(EL1)]).toEqual([r, w, x0, x1])
  })
})

describe('what EL2 sees of a fault', () => {
  test('behavior: a load with a valid syndrome', () => {
    const f = guest(VTCR['4K/40'])
    // LDRSB W5: ISV, SAS 0, SSE, SRT 5.
    const iss = 0x400 | (1 << 7) | (5 << 2)
    expect(tryAccess(f, 0x0900_0123n, 1 | (iss << ACCESS.issShift))).toEqual({
      kind: 'abort',
      esr: (0x93000000 | (iss << 14) | 5) >>> 0,
      far: 0x0900_0123n,
      ipa: 0x0900_0123,
    })
    expect(f.state.get32(LAYOUT.attention)).toBe(1)
    expect(f.state.pc).toBe(0n)
  })

  test('behavior: a store sets WnR; without a syndrome ISV stays clear', () => {
    const f = guest(VTCR['4K/40'])
    expect(tryAccess(f, 0x0900_0000n, 16 | ACCESS.store)).toMatchObject({ esr: 0x92000045 })
    expect(tryAccess(f, 0x0900_0000n, 8 | ACCESS.store | ACCESS.atomic)).toMatchObject({ esr: 0x92000005 })
  })

  test('behavior: a fetch', () => {
    const f = guest(VTCR['4K/40'])
    f.mode(EL1)
    expect(f.fetch(0x1000n)).toBeUndefined()
    expect(f.system.exit).toEqual({ kind: 'abort', esr: 0x82000005, far: 0x1000n, ipa: 0x1000 })
    expect(f.state.pc).toBe(0x1000n)
  })

  test("behavior: a fault on the walk has S1PTW, the descriptor's address, and no syndrome", () => {
    const f = guest(VTCR['4K/40'])
    stage1(f, tcr(4, 16), 0x4000_0000)
    const iss = 0x400 << ACCESS.issShift
    expect(tryAccess(f, 0x80_0000_0010n, 8 | ACCESS.store | iss)).toEqual({
      kind: 'abort',
      esr: 0x92000085,
      far: 0x80_0000_0010n,
      ipa: 0x4000_0008,
    })
  })

  test('behavior: both stages, with the offset in the reported address', () => {
    const f = guest(VTCR['4K/40'])
    put(f, AT.stage2, 0, BLOCK | (LEAF.page - 2n))
    map4K(f, 0x5000n, 0x12_3456_7000n | PAGE | AF)
    stage1(f, tcr(4, 16))
    expect(tryAccess(f, 0x5678n)).toMatchObject({ far: 0x5678n, ipa: 0x1234567678, esr: 0x92000005 })
    // The second page of a crossing access is named by its first byte.
    put(f, AT.tables + 0x3000, 6, 0x12_3456_9000n | PAGE | AF)
    put(f, AT.tables + 0x3000, 5, BigInt(AT.page) | PAGE | AF)
    expect(tryAccess(f, 0x5ffcn)).toMatchObject({ far: 0x6000n, ipa: 0x1234569000 })
  })
})

describe('caches', () => {
  test('behavior: added rights count at once, taken rights with tlbiIpa', () => {
    const f = guest(VTCR['4K/40'])
    put(f, AT.stage2, 0, BigInt(AT.tables) | TABLE)
    put(f, AT.tables, 1, BigInt(AT.tables + 0x1000) | TABLE)
    put(f, AT.tables + 0x1000, 2, BigInt(AT.page) | 0x75bn)
    const ipa = (1n << 21n) | (2n << 12n)
    expect(dfsc(f, ipa)).toBe(-1)
    expect(dfsc(f, ipa, 8 | ACCESS.store)).toBe(0xf)
    put(f, AT.tables + 0x1000, 2, BigInt(AT.page) | 0x7dbn)
    expect(dfsc(f, ipa, 8 | ACCESS.store)).toBe(-1)
    put(f, AT.tables + 0x1000, 2, 0n)
    expect(dfsc(f, ipa)).toBe(-1)
    f.system.tlbiIpa(Number(ipa) + 0x1000)
    expect(dfsc(f, ipa)).toBe(-1)
    f.system.tlbiIpa(Number(ipa) + 8)
    expect(dfsc(f, ipa)).toBe(7)
  })

  test('behavior: tlbiIpa of any address in a block reaches all of the block', () => {
    const f = guest(VTCR['4K/40'])
    put(f, AT.stage2, 0, BigInt(AT.tables) | TABLE)
    put(f, AT.tables, 3, 0x600000n | 0x7d9n)
    expect(dfsc(f, 0x612000n)).toBe(-1)
    put(f, AT.tables, 3, 0n)
    f.system.tlbiIpa(0x7ff000)
    expect(dfsc(f, 0x612000n)).toBe(6)
  })

  test('behavior: tlbiVmid and new registers forget everything', () => {
    for (const forget of [
      (f: Fixture) => f.system.tlbiVmid(),
      (f: Fixture) => f.system.setStage2({ vttbr: BigInt(AT.tables), vtcr: VTCR['4K/40'] }),
    ]) {
      const f = guest(VTCR['4K/40'])
      put(f, AT.stage2, 0, BLOCK | (LEAF.page - 2n))
      expect(dfsc(f, BigInt(AT.page))).toBe(-1)
      put(f, AT.stage2, 0, 0n)
      forget(f)
      expect(dfsc(f, BigInt(AT.page))).toBe(5)
    }
  })
})
