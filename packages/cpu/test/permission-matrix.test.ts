import { expect, test } from 'vitest'
import { ACCESS } from '../src/access-kind.ts'
import { LAYOUT } from '../src/state.ts'
import { sysRegEncoding } from '../src/sysreg/encoding.ts'
import { AF, AP, AT, EL0, EL1, fixture, map4K, PAGE, PAN, PXN, stage1, tcr, UXN } from './system-fixture.ts'

/** What [ARM] D8.4.1 allows, written from its tables: AP[2:1] gives rights, then PAN, UXN, PXN, WXN and "EL0-writable is not EL1-executable". */
const byAp = [
  { el1: 'rw', el0: '' },
  { el1: 'rw', el0: 'rw' },
  { el1: 'r', el0: '' },
  { el1: 'r', el0: 'r' },
] as const

function expected(ap: number, uxn: boolean, pxn: boolean, wxn: boolean, pan: boolean, el: 0 | 1): string {
  const { el0, el1 } = byAp[ap] as (typeof byAp)[number]
  if (el === 0) return el0 + (uxn || (wxn && el0 === 'rw') ? '' : 'x')
  const data = pan && el0 !== '' ? '' : el1
  return data + (pxn || el0 === 'rw' || (wxn && el1 === 'rw') ? '' : 'x')
}

test('behavior: AP × UXN × PXN × WXN × PAN × EL', () => {
  for (let bits = 0; bits < 128; bits++) {
    const ap = bits & 3
    const [uxn, pxn, wxn, pan, isEl1] = [2, 3, 4, 5, 6].map((n) => (bits & (1 << n)) !== 0) as [
      boolean,
      boolean,
      boolean,
      boolean,
      boolean,
    ]
    const f = fixture()
    map4K(f, 0n, BigInt(AT.code) | PAGE | AF | AP(ap) | (uxn ? UXN : 0n) | (pxn ? PXN : 0n))
    stage1(f, tcr(4, 16), AT.tables, AT.tables, wxn ? 1n << 19n : 0n)
    const mode = (isEl1 ? EL1 : EL0) | (pan ? PAN : 0)
    let allowed = ''
    for (const [letter, attempt] of [
      ['r', () => f.access(0x10n, 8) !== 0],
      ['w', () => f.access(0x10n, 8 | ACCESS.store) !== 0],
      ['x', () => f.fetch(0x10n) !== undefined],
    ] as const) {
      f.mode(mode)
      if (attempt()) allowed += letter
    }
    expect([bits, allowed]).toEqual([bits, expected(ap, uxn, pxn, wxn, pan, isEl1 ? 1 : 0)])
  }
})

test('behavior: LDTR and STTR go by EL0 rights whatever PAN says', () => {
  for (const pan of [0, PAN]) {
    for (let ap = 0; ap < 4; ap++) {
      const f = fixture()
      map4K(f, 0n, BigInt(AT.page) | PAGE | AF | AP(ap))
      stage1(f, tcr(4, 16))
      const attempt = (kind: number) => {
        f.mode(EL1 | pan)
        return f.access(0n, kind | ACCESS.unprivileged) !== 0
      }
      const { el0 } = byAp[ap] as (typeof byAp)[number]
      expect([attempt(8), attempt(8 | ACCESS.store)]).toEqual([el0.includes('r'), el0.includes('w')])
    }
  }
})

test('behavior: hierarchical bits only take away', () => {
  const APTABLE0 = 1n << 61n
  const APTABLE1 = 1n << 62n
  const UXNTABLE = 1n << 60n
  const PXNTABLE = 1n << 59n
  const check = (upper: bigint, mode: number) => {
    const f = fixture()
    map4K(f, 0n, BigInt(AT.code) | PAGE | AF | AP(1), upper)
    stage1(f, tcr(4, 16))
    const run = (attempt: () => boolean) => {
      f.mode(mode)
      return attempt()
    }
    return (
      (run(() => f.access(0n, 8) !== 0) ? 'r' : '') +
      (run(() => f.access(0n, 8 | ACCESS.store) !== 0) ? 'w' : '') +
      (run(() => f.fetch(0n) !== undefined) ? 'x' : '')
    )
  }
  expect([check(0n, EL0), check(0n, EL1)]).toEqual(['rwx', 'rw'])
  // Without EL0's write access EL1 may execute again.
  expect([check(APTABLE0, EL0), check(APTABLE0, EL1)]).toEqual(['x', 'rwx'])
  expect([check(APTABLE1, EL0), check(APTABLE1, EL1)]).toEqual(['rx', 'rx'])
  expect([check(UXNTABLE, EL0), check(UXNTABLE, EL1)]).toEqual(['rw', 'rw'])
  expect([check(APTABLE1 | PXNTABLE, EL0), check(APTABLE1 | PXNTABLE, EL1)]).toEqual(['rx', 'r'])
})

test('behavior: a permission fault reports its level and direction', () => {
  const f = fixture()
  map4K(f, 0n, BigInt(AT.page) | PAGE | AF | AP(2))
  stage1(f, tcr(4, 16))
  f.access(0x18n, 8 | ACCESS.store)
  expect(f.reg('ESR_EL1')).toBe(0x9600004fn)
  expect(f.reg('FAR_EL1')).toBe(0x18n)
})

test('behavior: E0PD closes half of the address space to unprivileged accesses alone', () => {
  const E0PD0 = 1n << 55n
  const E0PD1 = 1n << 56n
  const outcomes = (control: bigint) => {
    const f = fixture()
    map4K(f, 0n, BigInt(AT.code) | PAGE | AF | AP(1))
    stage1(f, tcr(4, 16, control))
    const attempt = (mode: number, kind: number): boolean | number => {
      f.mode(mode)
      if (f.access(0x10n, kind) !== 0) return true
      return Number(f.reg('ESR_EL1') & 63n)
    }
    const asked = [attempt(EL1, 8), attempt(EL1, 8 | ACCESS.unprivileged), attempt(EL0, 8)]
    f.mode(EL1)
    f.state.set64(LAYOUT.arg0, 0x10n)
    // AT S1E0R
    f.system.sys(sysRegEncoding(1, 0, 7, 8, 2))
    const par = f.reg('PAR_EL1')
    return [...asked, par & 1n ? Number((par >> 1n) & 63n) : true]
  }
  // A translation fault at level 0, whatever the tables say. [ARM] D8.2.6
  expect(outcomes(E0PD0)).toEqual([true, 4, 4, 4])
  expect(outcomes(E0PD1)).toEqual([true, true, true, true])
})
