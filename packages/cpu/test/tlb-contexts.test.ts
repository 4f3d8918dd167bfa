import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ACCESS } from '../src/access-kind.ts'
import { LAYOUT, TLB_CONTEXTS, TLB_SET_BYTES } from '../src/state.ts'
import { AF, AP, AT, EL0, EL1, type Fixture, fixture, NG, PAGE, PAN, put, stage1, tcr } from './system-fixture.ts'
import { hit, operand, tlbi } from './tlb-fixture.ts'

/** More address spaces than there are contexts. */
const SPACES = TLB_CONTEXTS + 2
/** Index 1 of each root is a table of its own, not global; index 2 one that all share, global. */
const OWN = 0x20_0000n
const SHARED = 0x40_0000n
const root = (space: number): number => AT.tables + space * 0x4000
const ownTable = (space: number): number => root(space) + 0x1000
const SHARED_TABLE = AT.tables + 0x2000
const leaf = (target: number, more = 0n): bigint => BigInt(AT.page + target * 0x1000) | PAGE | AF | AP(1) | more

/** Address spaces with ASIDs 1, 2, ...; all at EL0 may write. Page p of space s is the target 4s + p at first. */
function guest(): Fixture {
  const f = fixture()
  for (let space = 0; space < SPACES; space++) {
    put(f, root(space), 1, BigInt(ownTable(space)) | PAGE)
    put(f, root(space), 2, BigInt(SHARED_TABLE) | PAGE)
    for (let p = 0; p < 4; p++) put(f, ownTable(space), p, leaf(space * 4 + p, NG))
  }
  for (let p = 0; p < 4; p++) put(f, SHARED_TABLE, p, leaf(40 + p))
  stage1(f, tcr(4, 34))
  enter(f, 0)
  return f
}
function enter(f: Fixture, space: number): void {
  f.mode(EL1)
  f.msr('TTBR0_EL1', BigInt(root(space)) | (BigInt(space + 1) << 48n))
  f.mode(EL0)
}
/** Loads as generated code does: from the TLB where it has the page. */
const load = (f: Fixture, va: bigint): number => (hit(f, 0, va) ?? f.access(va, 8)) - AT.page
const asEl1 = (f: Fixture, ...maintenance: Parameters<typeof tlbi> extends [Fixture, ...infer A] ? A : never): void => {
  const { pstate } = f.system
  f.mode(EL1)
  tlbi(f, ...maintenance)
  f.mode(pstate)
}

describe('contexts of EL0', () => {
  test('default: coming back to an ASID finds its translations, reads, writes and code', () => {
    const f = guest()
    f.access(OWN, 8)
    f.fetch(OWN)
    enter(f, 1)
    expect([0, 1, 6].map((set) => hit(f, set, OWN))).toEqual([undefined, undefined, undefined])
    expect(load(f, OWN)).toBe(0x4000)
    enter(f, 0)
    expect([0, 1].map((set) => hit(f, set, OWN))).toEqual([AT.page, AT.page])
    expect(hit(f, 6, OWN)).toBeDefined()
    expect(f.state.get32(LAYOUT.tlbBase)).toBe(f.state.get32(LAYOUT.userTlbBase))
  })

  test('behavior: the context used longest ago makes room, and keeps nothing for the ASID that gets it', () => {
    const f = guest()
    for (let space = 0; space < TLB_CONTEXTS; space++) {
      enter(f, space)
      f.access(OWN, 8)
    }
    enter(f, 0)
    enter(f, TLB_CONTEXTS)
    expect(hit(f, 0, OWN)).toBeUndefined()
    enter(f, 0)
    expect(hit(f, 0, OWN)).toBe(AT.page)
    enter(f, 1)
    expect(hit(f, 0, OWN)).toBeUndefined()
  })

  test('behavior: LDTR and STTR use the context of the ASID', () => {
    const f = guest()
    enter(f, 1)
    f.access(OWN, 8)
    f.mode(EL1 | PAN)
    expect(hit(f, 0, OWN)).toBe(AT.page + 0x4000)
    f.access(OWN + 0x1000n, 8 | ACCESS.unprivileged)
    f.mode(EL0)
    expect(hit(f, 0, OWN + 0x1000n)).toBe(AT.page + 0x5000)
  })

  test("behavior: EL1 keeps global entries over a switch, and no other space's", () => {
    const f = guest()
    f.mode(EL1)
    f.access(OWN, 8)
    f.access(SHARED, 8)
    enter(f, 1)
    f.mode(EL1)
    expect([hit(f, 2, OWN), hit(f, 2, SHARED)]).toEqual([undefined, AT.page + 0x28000])
  })

  test('behavior: PAN toggles between the sets of EL1, and takes the right to user memory', () => {
    const f = guest()
    f.setReg('VBAR_EL1', 0x10_0000n)
    f.mode(EL1)
    expect(f.access(OWN, 8)).toBe(AT.page)
    f.state.pc = 0x1000n
    expect(f.msr('PAN', BigInt(PAN))).toBe(1)
    expect(f.state.get32(LAYOUT.tlbBase)).toBe(LAYOUT.tlb + 2 * TLB_SET_BYTES)
    expect(hit(f, 4, OWN)).toBeUndefined()
    expect(f.access(OWN, 8)).toBe(0)
    expect(f.reg('ESR_EL1') & 0x3fn).toBe(0xfn)
    expect(f.msr('PAN', 0n)).toBe(1)
    expect(hit(f, 2, OWN)).toBe(AT.page)
  })

  test('behavior: a page that becomes code leaves the write sets of all contexts and of EL1, and no read set', () => {
    const f = guest()
    put(f, ownTable(1), 0, leaf(0, NG))
    f.access(OWN, 8)
    enter(f, 1)
    f.access(OWN, 8)
    f.access(OWN + 0x1000n, 8)
    f.mode(EL1)
    f.access(OWN, 8)
    const epoch = f.state.get32(LAYOUT.tlbEpoch)
    f.system.dropWrites(AT.page >>> 12)
    expect(f.state.get32(LAYOUT.tlbEpoch)).not.toBe(epoch)
    expect([0, 1, 2, 3].map((set) => hit(f, set, OWN))).toEqual([AT.page, undefined, AT.page, undefined])
    expect(hit(f, 1, OWN + 0x1000n)).toBeDefined()
    enter(f, 0)
    expect([hit(f, 0, OWN), hit(f, 1, OWN)]).toEqual([AT.page, undefined])
    // Entered again it is dropped again.
    f.access(OWN, 8)
    f.system.dropWrites(AT.page >>> 12)
    expect(hit(f, 1, OWN)).toBeUndefined()
  })
})

describe('TLBI and contexts', () => {
  test.each([
    ['VAE1', operand(OWN, 1n), false],
    ['VAE1', operand(OWN, 2n), true],
    ['VAAE1', operand(OWN), false],
    ['ASIDE1', 1n << 48n, false],
    ['ASIDE1', 2n << 48n, true],
    ['VMALLE1', 0n, false],
  ] as const)('behavior: %s of 0x%x reaches an ASID that is not the current one', (name, value, isKept) => {
    const f = guest()
    f.access(OWN, 8)
    enter(f, 1)
    asEl1(f, name, value)
    enter(f, 0)
    expect(hit(f, 0, OWN) !== undefined).toBe(isKept)
  })

  test('behavior: a global translation leaves every context, whatever ASID is named', () => {
    const f = guest()
    f.access(SHARED, 8)
    enter(f, 1)
    f.access(SHARED, 8)
    asEl1(f, 'VAE1', operand(SHARED, 99n))
    expect(hit(f, 0, SHARED)).toBeUndefined()
    enter(f, 0)
    expect(hit(f, 0, SHARED)).toBeUndefined()
  })

  test('behavior: stage-2 maintenance reaches every context', () => {
    for (const forget of ['tlbiIpa', 'tlbiVmid'] as const) {
      const f = guest()
      f.access(OWN, 8)
      enter(f, 1)
      f.system[forget](AT.page)
      enter(f, 0)
      expect(hit(f, 0, OWN)).toBeUndefined()
    }
  })

  test.each([
    ['VAE1', operand(OWN, 55n)],
    ['ASIDE1', 55n << 48n],
    ['VAAE1', operand(OWN)],
    ['VMALLE1', 0n],
  ] as const)('behavior: %s begins a new epoch even if no TLB holds what it names', (name, value) => {
    const f = guest()
    const epoch = f.state.get32(LAYOUT.tlbEpoch)
    asEl1(f, name, value)
    expect(f.state.get32(LAYOUT.tlbEpoch)).not.toBe(epoch)
  })

  test('behavior: a context that is given to another ASID begins a new epoch, coming back to one does not', () => {
    const f = guest()
    enter(f, 1)
    const epoch = f.state.get32(LAYOUT.tlbEpoch)
    enter(f, 0)
    enter(f, 1)
    expect(f.state.get32(LAYOUT.tlbEpoch)).toBe(epoch)
    for (let space = 2; space <= TLB_CONTEXTS; space++) enter(f, space)
    expect(f.state.get32(LAYOUT.tlbEpoch)).not.toBe(epoch)
  })

  /** What the architecture allows a load to find: what the tables said at some time since the last invalidation of it. */
  test('behavior: over switches, changed tables and maintenance no load finds what was invalidated', () => {
    // Few of both most of the time, so that steps meet.
    const space = fc.oneof({ weight: 4, arbitrary: fc.nat(1) }, { weight: 1, arbitrary: fc.nat(SPACES - 1) })
    const page = fc.nat(1)
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('enter' as const), space, page }) },
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constantFrom('load', 'loadShared', 'privileged' as const), space, page }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), space, page }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constantFrom('VAE1', 'VALE1', 'VAAE1', 'ASIDE1' as const), space, page }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('VMALLE1', 'changeShared' as const), space, page }) },
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 100, maxLength: 200, size: 'max' }), (steps) => {
        const f = guest()
        let current = 0
        let fresh = 60
        const allowed = Array.from({ length: SPACES }, (_, s) => [0, 1, 2, 3].map((p) => [s * 4 + p]))
        const allowedShared = [40, 41, 42, 43].map((t) => [t])
        const last = (list: number[]): number => list[list.length - 1] as number
        const forget = (list: number[]): void => void list.splice(0, list.length - 1)
        for (const s of steps) {
          const va = OWN + BigInt(s.page) * 0x1000n
          const shared = SHARED + BigInt(s.page) * 0x1000n
          const own = (allowed[s.space] as number[][])[s.page] as number[]
          const here = (allowed[current] as number[][])[s.page] as number[]
          const everywhere = allowedShared[s.page] as number[]
          const change = (): void => {
            own.push(fresh)
            put(f, ownTable(s.space), s.page, leaf(fresh, NG))
            fresh = 60 + ((fresh - 59) % 60)
          }
          switch (s.kind) {
            case 'enter':
              current = s.space
              enter(f, current)
              break
            case 'load':
              expect(here).toContain(load(f, va) / 0x1000)
              break
            case 'loadShared':
              expect(everywhere).toContain(load(f, shared) / 0x1000)
              break
            case 'privileged':
              f.mode(EL1)
              expect(here).toContain(((hit(f, 2, va) ?? f.access(va, 8)) - AT.page) / 0x1000)
              f.mode(EL0)
              break
            case 'change':
              change()
              break
            case 'changeShared':
              everywhere.push(fresh)
              put(f, SHARED_TABLE, s.page, leaf(last(everywhere)))
              fresh = 60 + ((fresh - 59) % 60)
              break
            case 'ASIDE1':
              change()
              asEl1(f, s.kind, BigInt(s.space + 1) << 48n)
              for (const list of allowed[s.space] as number[][]) forget(list)
              break
            case 'VMALLE1':
              asEl1(f, s.kind)
              for (const list of [...allowed.flat(), ...allowedShared]) forget(list)
              break
            default:
              change()
              asEl1(f, s.kind, operand(va, BigInt(s.space + 1)))
              forget(own)
              if (s.kind === 'VAAE1') for (const lists of allowed) forget(lists[s.page] as number[])
              asEl1(f, s.kind, operand(shared, 77n))
              forget(everywhere)
          }
        }
      }),
      { numRuns: 100 },
    )
  })
})
