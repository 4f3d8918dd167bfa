import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCESS } from '../src/access-kind.ts'
import { CPU_BASE, CPU_STRIDE, CpuState, LAYOUT, TLB_ENTRY_BYTES } from '../src/state.ts'
import { sysRegEncoding } from '../src/sysreg/encoding.ts'
import { cpuModels } from '../src/sysreg/model.ts'
import { System } from '../src/system.ts'
import {
  AF,
  AP,
  AT,
  BLOCK,
  EL0,
  EL1,
  type Fixture,
  fixture,
  NG,
  PAGE,
  PAN,
  put,
  stage1,
  tcr,
} from './system-fixture.ts'
import { hit, operand, tlbi } from './tlb-fixture.ts'

/** Level-2 start (34-bit halves at 4K with tables at AT.tables): 2 MiB blocks and a table of pages at index 1. */
function guest(): Fixture {
  const f = fixture()
  put(f, AT.tables, 0, 0x600000n | BLOCK | AF | AP(0))
  put(f, AT.tables, 1, BigInt(AT.tables + 0x1000) | PAGE)
  put(f, AT.tables, 2, BigInt(AT.tables + 0x2000) | PAGE)
  for (let i = 0; i < 512; i++) {
    put(f, AT.tables + 0x1000, i, BigInt(AT.page + (i % 16) * 0x1000) | PAGE | AF | AP(0))
    put(f, AT.tables + 0x2000, i, BigInt(AT.page + (i % 16) * 0x1000) | PAGE | AF | AP(1) | NG)
  }
  stage1(f, tcr(4, 34))
  f.setReg('TTBR0_EL1', BigInt(AT.tables) | (5n << 48n))
  f.mode(EL1)
  return f
}
const GLOBAL = 0x20_3000n
const OWN = 0x40_5000n

describe('filling', () => {
  test('default: a load enters reading and, where allowed, writing, with the addend of the page', () => {
    const f = guest()
    const at = f.access(GLOBAL | 0x18n, 8)
    expect(at).toBe(AT.page + 0x3018)
    expect([0, 1, 2, 3, 4, 5].map((set) => hit(f, set, GLOBAL | 0x18n))).toEqual([
      undefined,
      undefined,
      at,
      at,
      undefined,
      undefined,
    ])
    f.mode(EL1 | PAN)
    expect(f.access(GLOBAL, 8)).toBe(AT.page + 0x3000)
    expect([4, 5].map((set) => hit(f, set, GLOBAL))).toEqual([AT.page + 0x3000, AT.page + 0x3000])
    f.mode(EL0)
    expect(f.access(OWN, 8)).toBe(AT.page + 0x5000)
    expect([0, 1].map((set) => hit(f, set, OWN))).toEqual([AT.page + 0x5000, AT.page + 0x5000])
    f.mode(EL1)
    expect(f.access(OWN + 0x1000n, 8 | ACCESS.unprivileged)).not.toBe(0)
    expect([0, 2].map((set) => hit(f, set, OWN + 0x1000n))).toEqual([AT.page + 0x6000, undefined])
  })

  test('behavior: code is never in a write set; a store to it forgets what was decoded', () => {
    const f = guest()
    const page = (AT.page + 0x3000) >>> 12
    f.code.code.add(page)
    f.access(GLOBAL, 8)
    expect([hit(f, 2, GLOBAL), hit(f, 3, GLOBAL)]).toEqual([AT.page + 0x3000, undefined])
    expect(f.access(GLOBAL, 8 | ACCESS.store)).toBe(AT.page + 0x3000)
    expect(f.code.invalidated).toEqual([page])
    expect(hit(f, 3, GLOBAL)).toBe(AT.page + 0x3000)
  })

  test('behavior: a store across two code pages forgets both', () => {
    const f = guest()
    const page = (AT.page + 0x3000) >>> 12
    f.code.code.add(page).add(page + 1)
    f.access(GLOBAL | 0xffcn, 8 | ACCESS.store)
    expect(f.code.invalidated).toEqual([page, page + 1])
  })

  test('behavior: nothing is entered while SCTLR.A demands alignment checks, nor Device memory', () => {
    const f = guest()
    f.msr('SCTLR_EL1', 0x00c5007bn)
    f.access(GLOBAL, 8)
    expect(hit(f, 2, GLOBAL)).toBeUndefined()
    f.msr('SCTLR_EL1', 0x00c50079n)
    put(f, AT.tables + 0x1000, 3, BigInt(AT.page) | PAGE | AF | (1n << 2n))
    expect(f.access(GLOBAL, 8)).toBe(AT.page)
    expect(hit(f, 2, GLOBAL)).toBeUndefined()
  })
})

describe('TLBI', () => {
  function filled(): Fixture {
    const f = guest()
    for (const va of [GLOBAL, GLOBAL + 0x1000n, OWN, OWN + 0x1000n]) f.access(va, 8)
    return f
  }
  const alive = (f: Fixture) => [GLOBAL, GLOBAL + 0x1000n, OWN, OWN + 0x1000n].map((va) => hit(f, 2, va) !== undefined)

  test.each([
    ['VMALLE1', 0n, [false, false, false, false]],
    ['VMALLE1IS', 0n, [false, false, false, false]],
    ['VAE1', operand(GLOBAL, 5n), [false, true, true, true]],
    ['VAE1', operand(GLOBAL, 6n), [false, true, true, true]],
    ['VAE1', operand(OWN, 5n), [true, true, false, true]],
    ['VALE1', operand(OWN, 5n), [true, true, false, true]],
    ['VAE1', operand(OWN, 6n), [true, true, true, true]],
    ['VAAE1', operand(OWN, 6n), [true, true, false, true]],
    ['VAALE1', operand(OWN), [true, true, false, true]],
    ['ASIDE1', 5n << 48n, [true, true, false, false]],
    ['ASIDE1', 6n << 48n, [true, true, true, true]],
  ] as const)('behavior: %s of 0x%x', (name, value, expected) => {
    const f = filled()
    tlbi(f, name, value)
    expect(alive(f)).toEqual([...expected])
  })

  test('behavior: any address of a block takes every piece of it, in every set, and nothing else', () => {
    const f = guest()
    f.access(0x1000n, 8)
    f.access(0x1ff000n, 8)
    f.access(GLOBAL, 8)
    f.state.pc = 0x8000n
    f.system.execLookup()
    expect(hit(f, 7, 0x8000n)).toBeDefined()
    tlbi(f, 'VAE1', operand(0x55000n))
    expect([hit(f, 2, 0x1000n), hit(f, 3, 0x1ff000n), hit(f, 7, 0x8000n)]).toEqual([undefined, undefined, undefined])
    expect(hit(f, 2, GLOBAL)).toBeDefined()
  })

  test('behavior: tagged aliases go too', () => {
    const f = guest()
    f.setReg('TCR_EL1', tcr(4, 34, 1n << 37n))
    const tagged = (0xa5n << 56n) | GLOBAL
    f.access(tagged, 8)
    expect(hit(f, 2, tagged)).toBeDefined()
    tlbi(f, 'VAE1', operand(GLOBAL))
    expect(hit(f, 2, tagged)).toBeUndefined()
  })

  test('behavior: pages of 64K are taken whole', () => {
    const f = fixture()
    put(f, AT.tables, 0, BigInt(AT.stage2) | PAGE)
    put(f, AT.stage2, 3, BigInt(AT.page) | PAGE | AF)
    stage1(f, tcr(64, 22))
    f.mode(EL1)
    f.access(0x31000n, 8)
    f.access(0x3f000n, 8)
    tlbi(f, 'VAE1', operand(0x30000n))
    expect([hit(f, 2, 0x31000n), hit(f, 2, 0x3f000n)]).toEqual([undefined, undefined])
  })

  test('behavior: after an invalidation nothing stale is ever found', () => {
    const name = fc.constantFrom('VAE1', 'VAAE1', 'VMALLE1', 'ASIDE1', 'VALE1')
    const step = fc.record({ page: fc.nat(1023), target: fc.nat(15), by: name })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const f = guest()
        for (const { page, target, by } of steps) {
          const isOwn = page >= 512
          const va = BigInt((isOwn ? 0x400000 : 0x200000) + (page & 511) * 0x1000)
          f.access(va, 8)
          put(
            f,
            AT.tables + (isOwn ? 0x2000 : 0x1000),
            page & 511,
            BigInt(AT.page + target * 0x1000) | PAGE | AF | (isOwn ? NG : 0n),
          )
          tlbi(f, !isOwn && by === 'ASIDE1' ? 'VAE1' : by, operand(va, 5n))
          expect(hit(f, 2, va) ?? AT.page + target * 0x1000).toBe(AT.page + target * 0x1000)
          expect(f.access(va, 8)).toBe(AT.page + target * 0x1000)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('behavior: is UNDEFINED at EL0, and absent variants everywhere', () => {
    for (const [mode, op1, CRm, op2] of [
      [EL0, 0, 7, 0],
      [EL1, 0, 1, 0],
      [EL1, 0, 7, 4],
      [EL1, 4, 7, 0],
    ] as const) {
      const f = guest()
      f.mode(mode)
      expect(f.system.sys(sysRegEncoding(1, op1, 8, CRm, op2))).toBe(1)
      expect(f.reg('ESR_EL1')).toBe(0x02000000n)
    }
  })

  test('behavior: inner-shareable forms reach the other vCPUs, the others do not', () => {
    const f = guest()
    const other = new System({
      state: new CpuState(f.memory, 1, f.memory.allocate(CPU_STRIDE, CPU_BASE)),
      memory: f.memory,
      host: { readCounter: () => 0, accessSysReg: () => undefined },
      model: cpuModels.armv8,
      code: f.code,
    })
    System.connect([f.system, other])
    const entry = (other.state.base + LAYOUT.tlb + 0x700 * TLB_ENTRY_BYTES) >>> 3
    const fill = () => {
      expect(other.access(AT.page, 0, 8)).toBe(AT.page)
      expect(f.memory.u64[entry]).toBe(BigInt(AT.page))
    }
    fill()
    tlbi(f, 'VMALLE1')
    expect(f.memory.u64[entry]).toBe(BigInt(AT.page))
    tlbi(f, 'VMALLE1IS')
    expect(f.memory.u64[entry]).not.toBe(BigInt(AT.page))
  })
})

describe('translation registers', () => {
  test('behavior: a new ASID drops non-global entries, a new base alone none', () => {
    const f = guest()
    f.access(GLOBAL, 8)
    f.access(OWN, 8)
    f.msr('TTBR0_EL1', BigInt(AT.tables + 0x800) | (5n << 48n))
    expect([hit(f, 2, GLOBAL), hit(f, 2, OWN)].map((h) => h !== undefined)).toEqual([true, true])
    f.msr('TTBR0_EL1', BigInt(AT.tables) | (6n << 48n))
    expect([hit(f, 2, GLOBAL), hit(f, 2, OWN)].map((h) => h !== undefined)).toEqual([true, false])
  })

  test('behavior: with TCR.A1 the ASID of TTBR1 counts; with AS = 0 only eight bits of it', () => {
    const f = guest()
    f.msr('TCR_EL1', tcr(4, 34, 1n << 22n))
    f.access(OWN, 8)
    f.msr('TTBR0_EL1', BigInt(AT.tables) | (7n << 48n))
    expect(hit(f, 2, OWN)).toBeDefined()
    f.msr('TTBR1_EL1', BigInt(AT.tables) | (7n << 48n))
    expect(hit(f, 2, OWN)).toBeUndefined()
    f.msr('TCR_EL1', tcr(4, 34, 1n << 22n) & ~(1n << 36n))
    f.access(OWN, 8)
    f.msr('TTBR1_EL1', BigInt(AT.tables) | (0x107n << 48n))
    expect(hit(f, 2, OWN)).toBeDefined()
  })

  test('behavior: more non-global entries than are listed are all dropped', () => {
    const f = guest()
    for (let round = 0; round < 10; round++)
      for (let i = 0n; i < 512n; i++) {
        f.access(0x40_0000n + i * 0x1000n, 8)
        if (i % 8n === 0n) f.access(0x20_0000n + i * 0x1000n, 8)
      }
    f.msr('TTBR0_EL1', BigInt(AT.tables) | (6n << 48n))
    for (let i = 0n; i < 512n; i++) expect(hit(f, 2, 0x40_0000n + i * 0x1000n)).toBeUndefined()
  })

  test('behavior: turning stage 1 on or off drops everything and fetches anew', () => {
    const f = guest()
    f.access(GLOBAL, 8)
    f.state.pc = 0x1000n
    expect(f.msr('SCTLR_EL1', 0x00c50078n)).toBe(1)
    expect(f.state.pc).toBe(0x1004n)
    expect(hit(f, 2, GLOBAL)).toBeUndefined()
  })
})
