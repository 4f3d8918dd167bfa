import { describe, expect, test } from 'vitest'
import { ACCESS } from '../src/access-kind.ts'
import { LAYOUT } from '../src/state.ts'
import { cpuModels } from '../src/sysreg/model.ts'
import { AF, AP, AT, BLOCK, EL0, EL1, fixture, map4K, NG, PAGE, put, stage1, TABLE, tcr } from './system-fixture.ts'

const LOAD = 8
const STORE = 8 | ACCESS.store
const HIGH = 0xffff_8000_0000_0000n

function data(f: ReturnType<typeof fixture>, va: bigint, kind = LOAD) {
  const at = f.access(va, kind)
  return at !== 0 ? { at } : { esr: f.reg('ESR_EL1'), far: f.reg('FAR_EL1') }
}

describe('stage 1 off', () => {
  test('default: addresses pass, both halves of the address must be zero', () => {
    const f = fixture()
    expect(data(f, BigInt(AT.page))).toEqual({ at: AT.page })
    expect(data(f, BigInt(AT.page) + 1n)).toEqual({ at: AT.page + 1 })
    expect(data(f, 1n << 48n)).toEqual({ esr: 0x96000000n, far: 1n << 48n })
    f.mode(EL1)
    expect(data(f, HIGH)).toEqual({ esr: 0x96000000n, far: HIGH })
  })

  test('behavior: nothing answers outside the memory: external abort', () => {
    const f = fixture()
    expect(data(f, 0x4000_0000n)).toEqual({ esr: 0x96000010n, far: 0x4000_0000n })
  })
})

describe('walks of each granule', () => {
  // Index of a table entry: bits of the address counted off the diagrams of [ARM] D8.2.
  test('default: 4K, four levels, both halves', () => {
    const f = fixture()
    const va = (3n << 39n) | (5n << 30n) | (7n << 21n) | (9n << 12n)
    put(f, AT.tables, 3, BigInt(AT.tables + 0x1000) | TABLE)
    put(f, AT.tables + 0x1000, 5, BigInt(AT.tables + 0x2000) | TABLE)
    put(f, AT.tables + 0x2000, 7, BigInt(AT.tables + 0x3000) | TABLE)
    put(f, AT.tables + 0x3000, 9, BigInt(AT.page) | PAGE | AF)
    stage1(f, tcr(4, 16))
    expect(data(f, va | 0x123n)).toEqual({ at: AT.page + 0x123 })
    expect(data(f, (0xffffn << 48n) | va | 0x456n)).toEqual({ at: AT.page + 0x456 })
  })

  test('default: 4K, 39 bits start at level 1; blocks of 2 MiB and 1 GiB', () => {
    const f = fixture()
    put(f, AT.tables, 1, BigInt(AT.tables + 0x1000) | TABLE)
    put(f, AT.tables + 0x1000, 3, 0x800000n | BLOCK | AF)
    put(f, AT.tables, 2, 0n | BLOCK | AF)
    stage1(f, tcr(4, 25))
    expect(data(f, (1n << 30n) | (3n << 21n) | 0x1abcden)).toEqual({ at: 0x800000 + 0x1abcde })
    expect(data(f, (2n << 30n) | BigInt(AT.page))).toEqual({ at: AT.page })
  })

  test('default: 16K, 48 bits: level 0 has two entries; blocks of 32 MiB', () => {
    const f = fixture()
    const va = (1n << 47n) | (5n << 36n) | (6n << 25n) | (7n << 14n)
    put(f, AT.tables, 1, BigInt(AT.tables + 0x4000) | TABLE)
    put(f, AT.tables + 0x4000, 5, BigInt(AT.tables + 0x8000) | TABLE)
    put(f, AT.tables + 0x8000, 6, BigInt(AT.tables + 0xc000) | TABLE)
    put(f, AT.tables + 0x8000, 8, BLOCK | AF)
    put(f, AT.tables + 0xc000, 7, BigInt(AT.page) | PAGE | AF)
    stage1(f, tcr(16, 16))
    expect(data(f, va | 0x3ff8n)).toEqual({ at: AT.page + 0x3ff8 })
    expect(data(f, (1n << 47n) | (5n << 36n) | (8n << 25n) | BigInt(AT.page))).toEqual({ at: AT.page })
  })

  test('default: 64K, 42 bits: two levels; blocks of 512 MiB', () => {
    const f = fixture()
    put(f, AT.tables, 5, BigInt(AT.stage2) | TABLE)
    put(f, AT.stage2, 6, BigInt(AT.page) | PAGE | AF)
    put(f, AT.tables, 7, BLOCK | AF)
    stage1(f, tcr(64, 22))
    expect(data(f, (5n << 29n) | (6n << 16n) | 0xfff8n)).toEqual({ at: AT.page + 0xfff8 })
    expect(data(f, (7n << 29n) | BigInt(AT.page))).toEqual({ at: AT.page })
  })

  test('behavior: tables smaller than a page are aligned to their own size', () => {
    // 4K, TxSZ 39: 25 bits, level 2 start with 16 entries of 2 MiB, so the base is aligned to 128 bytes.
    const f = fixture()
    put(f, AT.tables + 128, 15, 0x600000n | BLOCK | AF)
    stage1(f, tcr(4, 39), AT.tables + 128)
    expect(data(f, (15n << 21n) | 0x123n)).toEqual({ at: 0x600123 })
  })

  test('behavior: EL1 at TTBR1 sees bits above the input size as copies of bit 55', () => {
    const f = fixture()
    put(f, AT.tables, 511, 0x600000n | BLOCK | AF)
    put(f, AT.tables, 0, 0x800000n | BLOCK | AF)
    stage1(f, tcr(4, 34))
    expect(data(f, 0xffff_ffff_ffe0_0010n)).toEqual({ at: 0x600010 })
    expect(data(f, 0x10n)).toEqual({ at: 0x800010 })
    for (const va of [0x4000_0000n, 0xffff_ffff_bfe0_0000n, 0x0100_0000_0000_0000n, 0xff7f_ffff_ffe0_0010n]) {
      expect(data(f, va)).toEqual({ esr: 0x96000004n, far: va })
    }
  })

  test('behavior: TBI ignores the top byte, for data and for branches', () => {
    const f = fixture()
    put(f, AT.tables, 0, 0x800000n | BLOCK | AF | AP(0))
    stage1(f, tcr(4, 34, 1n << 37n))
    expect(data(f, 0xab00_0000_0000_0010n)).toEqual({ at: 0x800010 })
    // TTBR1 has no TBI.
    expect(data(f, 0xabff_ffff_ffe0_0010n)).toEqual({ esr: 0x96000004n, far: 0xabff_ffff_ffe0_0010n })
    f.state.pc = 0xab00_0000_0000_0020n
    expect(f.system.execLookup()).toBe(1)
    expect(f.state.pc).toBe(0x20n)
  })
})

describe('faults and their levels', () => {
  const VA = 0x8040201000n // index 1 at each level
  function walk(change: (f: ReturnType<typeof fixture>) => void, kind = LOAD) {
    const f = fixture()
    map4K(f, VA, BigInt(AT.page) | PAGE | AF | AP(0))
    stage1(f, tcr(4, 16))
    change(f)
    const result = data(f, VA, kind)
    return 'esr' in result ? Number(result.esr & 0x7fn) : 'ok'
  }

  test('default: the map itself is good', () => expect(walk(() => {})).toBe('ok'))

  test.each([0, 1, 2, 3])('behavior: an invalid descriptor at level %i', (level) => {
    expect(walk((f) => put(f, AT.tables + level * 0x1000, 1, 0n))).toBe(4 + level)
    expect(walk((f) => put(f, AT.tables + level * 0x1000, 1, 0n), STORE)).toBe(0x44 + level)
  })
  test('behavior: a block at level 0 and the reserved encoding at level 3 are invalid', () => {
    expect(walk((f) => put(f, AT.tables, 1, BLOCK | AF))).toBe(4)
    expect(walk((f) => put(f, AT.tables + 0x3000, 1, BigInt(AT.page) | BLOCK | AF))).toBe(7)
  })
  test('behavior: a clear access flag', () => {
    expect(walk((f) => put(f, AT.tables + 0x3000, 1, BigInt(AT.page) | PAGE))).toBe(0xb)
  })
  test('behavior: output and table addresses beyond IPS', () => {
    const narrow = (f: ReturnType<typeof fixture>) => f.setReg('TCR_EL1', tcr(4, 16) & ~(7n << 32n))
    expect(walk(narrow)).toBe('ok')
    const leaf = (f: ReturnType<typeof fixture>) => put(f, AT.tables + 0x3000, 1, (1n << 32n) | PAGE | AF)
    const table = (f: ReturnType<typeof fixture>) => put(f, AT.tables + 0x1000, 1, (1n << 40n) | TABLE)
    const root = (f: ReturnType<typeof fixture>) => f.setReg('TTBR0_EL1', 1n << 33n)
    const both = (change: (f: ReturnType<typeof fixture>) => void) => (f: ReturnType<typeof fixture>) => {
      narrow(f)
      change(f)
    }
    expect([leaf, table, root].map((change) => walk(both(change)))).toEqual([3, 1, 0])
  })
  test('behavior: EPD and TxSZ out of range', () => {
    expect(walk((f) => f.setReg('TCR_EL1', tcr(4, 16, 1n << 7n)))).toBe(4)
    expect(walk((f) => f.setReg('TCR_EL1', tcr(4, 15)))).toBe(4)
    expect(walk((f) => f.setReg('TCR_EL1', tcr(4, 40)))).toBe(4)
  })
  test('behavior: a table outside the memory is an external abort on the walk', () => {
    expect(walk((f) => put(f, AT.tables, 1, 0x8000_0000n | TABLE))).toBe(0x15)
  })
  test('behavior: an atomic reports a read unless only the write fails', () => {
    const atomic = 8 | ACCESS.store | ACCESS.atomic
    expect(walk((f) => put(f, AT.tables + 0x3000, 1, 0n), atomic)).toBe(7)
    expect(walk((f) => put(f, AT.tables + 0x3000, 1, BigInt(AT.page) | PAGE | AF | AP(2)), atomic)).toBe(0x4f)
  })
})

describe('alignment', () => {
  const iss = (bytes: number) => (0x400 | (Math.log2(bytes) << 8)) << ACCESS.issShift
  test('behavior: SCTLR.A, atomics and Device memory', () => {
    const f = fixture()
    map4K(f, 0n, BigInt(AT.page) | PAGE | AF)
    stage1(f, tcr(4, 16))
    expect(data(f, 1n, 4 | iss(4))).toEqual({ at: AT.page + 1 })
    expect(data(f, 1n, 4 | ACCESS.aligned | iss(4))).toEqual({ esr: 0x96000021n, far: 1n })
    f.setReg('SCTLR_EL1', 0x00c5007bn)
    expect(data(f, 2n, 4 | iss(4))).toEqual({ esr: 0x96000021n, far: 2n })
    expect(data(f, 2n, 4 | ACCESS.store | iss(4))).toEqual({ esr: 0x96000061n, far: 2n })
    f.setReg('SCTLR_EL1', 0x00c50079n)
    map4K(f, 0n, BigInt(AT.page) | PAGE | AF | (1n << 2n))
    f.system.tlbiVmid()
    expect(data(f, 2n, 4 | iss(4))).toEqual({ esr: 0x96000021n, far: 2n })
    expect(data(f, 4n, 4 | iss(4))).toEqual({ at: AT.page + 4 })
    expect(data(f, 64n, 64 | ACCESS.store | ACCESS.zva)).toEqual({ esr: 0x96000061n, far: 64n })
  })

  test('behavior: DC ZVA is aligned down, and trapped at EL0 unless SCTLR.DZE is set', () => {
    const zva = 64 | ACCESS.store | ACCESS.zva
    const f = fixture()
    f.setReg('VBAR_EL1', 0x800000n)
    f.mode(EL0)
    f.state.pc = BigInt(AT.code)
    f.memory.u32[AT.code >>> 2] = 0xd50b7423
    expect(f.access(BigInt(AT.page) + 0x7fn, zva)).toBe(0)
    // Op0 1, Op2 1, Op1 3, CRn 7, Rt 3, CRm 4.
    expect(f.reg('ESR_EL1')).toBe(
      BigInt((0x62000000 | (1 << 20) | (1 << 17) | (3 << 14) | (7 << 10) | (3 << 5) | (4 << 1)) >>> 0),
    )
    f.setReg('SCTLR_EL1', 0x00c54078n)
    f.mode(EL0)
    expect(f.access(BigInt(AT.page) + 0x7fn, zva)).toBe(AT.page + 0x40)
  })

  test('behavior: a fault of DC ZVA reports the address that the register holds', () => {
    const f = fixture()
    stage1(f, tcr(4, 16))
    expect(data(f, 0x207fn, 1 | ACCESS.store | ACCESS.zva)).toEqual({ esr: 0x96000044n, far: 0x207fn })
  })

  test('behavior: SP is checked before anything else', () => {
    const f = fixture()
    f.setReg('VBAR_EL1', 0x800000n)
    f.state.sp = 8n
    expect(data(f, 1n << 60n, 8 | ACCESS.spBase).esr).toBe(0x9a000000n)
    f.setReg('SCTLR_EL1', 0x00c50070n)
    f.state.sp = 8n
    expect(data(f, BigInt(AT.page), 8 | ACCESS.spBase)).toEqual({ at: AT.page })
  })
})

describe('accesses that cross a page', () => {
  function two() {
    const f = fixture()
    map4K(f, 0n, BigInt(AT.page) | PAGE | AF)
    put(f, AT.tables + 0x3000, 1, BigInt(AT.page2) | PAGE | AF)
    stage1(f, tcr(4, 16))
    return f
  }

  test('default: a load gets the bytes of both', () => {
    const f = two()
    f.memory.u8.set([1, 2, 3], AT.page + 0xffd)
    f.memory.u8.set([4, 5, 6, 7, 8], AT.page2)
    const at = f.access(0xffdn, 8)
    expect(at).toBe(f.state.base + LAYOUT.bounce)
    expect([...f.memory.u8.subarray(at, at + 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('behavior: a store reaches both with storeDone', () => {
    const f = two()
    const at = f.access(0xfffn, 4 | ACCESS.store)
    f.memory.u8.set([9, 8, 7, 6], at)
    f.system.storeDone()
    expect(f.memory.u8[AT.page + 0xfff]).toBe(9)
    expect([...f.memory.u8.subarray(AT.page2, AT.page2 + 4)]).toEqual([8, 7, 6, 0])
  })

  test('behavior: the second page faults with its own address, and nothing was written', () => {
    const f = two()
    put(f, AT.tables + 0x3000, 1, 0n)
    expect(data(f, 0xff9n, STORE)).toEqual({ esr: 0x96000047n, far: 0x1000n })
    put(f, AT.tables + 0x3000, 0, 0n)
    f.system.tlbiVmid()
    expect(data(f, 0xff9n, STORE)).toEqual({ esr: 0x96000047n, far: 0xff9n })
  })
})

describe('52 bits', () => {
  test('behavior: LPA2 with DS: five levels of 4K, address bits 51:50 in descriptor bits 9:8', () => {
    const f = fixture(cpuModels['armv8-lpa2'])
    const va = (9n << 48n) | (1n << 39n)
    put(f, AT.tables, 9, BigInt(AT.tables + 0x1000) | TABLE)
    put(f, AT.tables + 0x1000, 1, BigInt(AT.tables + 0x2000) | TABLE)
    put(f, AT.tables + 0x2000, 0, BigInt(AT.tables + 0x3000) | TABLE)
    put(f, AT.tables + 0x3000, 0, BigInt(AT.tables + 0x4000) | TABLE)
    put(f, AT.tables + 0x4000, 0, BigInt(AT.page) | PAGE | AF)
    put(f, AT.tables + 0x4000, 1, BigInt(AT.page) | PAGE | AF | (2n << 8n))
    stage1(f, (tcr(4, 12) & ~(7n << 32n)) | (6n << 32n) | (1n << 59n))
    expect(data(f, va | 8n)).toEqual({ at: AT.page + 8 })
    // Bit 51 set: far outside the memory, where nothing answers.
    expect(data(f, va | 0x1000n)).toEqual({ esr: 0x96000010n, far: va | 0x1000n })
  })

  test('behavior: without LPA2 DS is ignored and such a size faults', () => {
    const f = fixture()
    stage1(f, (tcr(4, 12) & ~(7n << 32n)) | (6n << 32n) | (1n << 59n))
    expect(data(f, 8n)).toEqual({ esr: 0x96000004n, far: 8n })
  })
})

test('behavior: code is fetched with the code set of the EL, and non-executable pages fault', () => {
  const f = fixture()
  f.setReg('VBAR_EL1', 0n)
  map4K(f, 0n, BigInt(AT.code) | PAGE | AF | NG)
  stage1(f, tcr(4, 16))
  f.mode(EL1)
  expect(f.fetch(0x10n)).toBe(AT.code + 0x10)
  expect(f.state.get32(LAYOUT.rec)).toBe(0x1000000 + (AT.code / 4096) * 0x8000 + 4 * 32)
  expect(f.state.get64(LAYOUT.pageVa)).toBe(0n)
  f.mode(EL0)
  expect(f.fetch(0x14n)).toBe(AT.code + 0x14)
  expect(f.fetch(0x40_0000n)).toBeUndefined()
  expect(f.reg('ESR_EL1')).toBe(0x82000006n)
  expect(f.reg('FAR_EL1')).toBe(0x40_0000n)
})
