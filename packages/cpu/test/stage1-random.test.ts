import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ACCESS } from '../src/access-kind.ts'
import { cpuModels } from '../src/sysreg/model.ts'
import { EL0, EL1, type Fixture, fixture, PAN } from './system-fixture.ts'

/** The choices of one walk, level by level from the start; what is not used is ignored. */
const shapes = fc.record({
  granule: fc.constantFrom(12n, 14n, 16n),
  model: fc.constantFrom('armv8', 'armv8-lpa2'),
  ds: fc.boolean(),
  size: fc.nat(27),
  isUpper: fc.boolean(),
  bits: fc.bigInt(0n, (1n << 64n) - 1n),
  wxn: fc.boolean(),
  levels: fc.array(
    fc.record({
      type: fc.constantFrom('table', 'table', 'table', 'leaf', 'invalid'),
      table: fc.nat(15),
      attributes: fc.nat(31),
      af: fc.nat(9),
      far: fc.nat(9),
    }),
    { minLength: 5, maxLength: 5 },
  ),
})

interface Expected {
  /** Level-0 and walk faults come for every access; permission faults per access. */
  fsc?: number
  rights?: { r0: boolean; w0: boolean; x0: boolean; r1: boolean; w1: boolean; x1: boolean }
  pa?: number
  level?: number
}

const levelCode = (code: number, level: number) => (level >= 0 ? code + level : code === 4 ? 0x2b : 0x29)

test('behavior: every walk ends where a plain reading of the manual says', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(shapes, (shape) => {
      const f: Fixture = fixture(cpuModels[shape.model as 'armv8'])
      const lpa2 = shape.model === 'armv8-lpa2'
      const { granule } = shape
      const stride = granule - 3n
      const isDs = shape.ds && lpa2 && granule !== 16n
      const is52 = isDs || (lpa2 && granule === 16n)
      const inputBits = BigInt((is52 ? 52 : 48) - (shape.size % (is52 ? 28 : 24)))
      // The start level is the largest that leaves at most one table's worth of bits for the first index.
      let start = 3n
      while (inputBits - granule > (4n - start) * stride) start--
      const lowVa = shape.bits & ((1n << inputBits) - 1n) & ~7n
      // Clear of page ends, so that eight bytes do not cross.
      const va = shape.isUpper ? ((1n << 64n) - (1n << inputBits)) | lowVa : lowVa
      const upper = shape.isUpper ? 1n : 0n

      const root = 0x400000n
      let table = root
      let next = 0x410000n
      let el0 = true
      let writable = true
      let uxn = false
      let pxn = false
      const expected: Expected = {}
      for (let level = start, i = 0; ; level++, i++) {
        const choice = shape.levels[i] as (typeof shape.levels)[number]
        const lsb = (3n - level) * stride + granule
        const index = (lowVa >> lsb) & ((1n << (level === start ? inputBits - lsb : stride)) - 1n)
        const at = Number(table + index * 8n) >>> 3
        const isLast = level === 3n
        const blockAllowed =
          level === 2n ||
          (granule === 12n && (level === 1n || (level === 0n && isDs))) ||
          (granule === 14n && level === 1n && isDs) ||
          (granule === 16n && level === 1n && lpa2)
        if (choice.type === 'invalid') {
          f.memory.u64[at] = 0xfff0n
          expected.fsc = levelCode(4, Number(level))
          break
        }
        if (choice.type === 'table' && !isLast) {
          if (choice.far === 0) {
            // An address of 2^47 and above: outside the 40 bits that IPS allows.
            f.memory.u64[at] = (1n << 47n) | 3n
            expected.fsc = levelCode(0, Number(level))
            break
          }
          f.memory.u64[at] = next | 3n | (BigInt(choice.table) << 59n)
          if (choice.table & 1) pxn = true
          if (choice.table & 2) uxn = true
          if (choice.table & 4) el0 = false
          if (choice.table & 8) writable = false
          table = next
          next += 0x10000n
          continue
        }
        if (!isLast && !blockAllowed) {
          f.memory.u64[at] = 0x401n
          expected.fsc = levelCode(4, Number(level))
          break
        }
        const { attributes } = choice
        const output = choice.far === 0 ? 1n << 47n : lsb < 24n ? (0x800000n >> lsb) << lsb : 0n
        const pa = output | (lowVa & ((1n << lsb) - 1n))
        f.memory.u64[at] =
          output |
          (isLast ? 3n : 1n) |
          (BigInt(attributes & 3) << 6n) |
          (attributes & 4 ? 1n << 53n : 0n) |
          (attributes & 8 ? 1n << 54n : 0n) |
          (choice.af === 0 ? 0n : 1n << 10n)
        if (choice.far === 0) expected.fsc = Number(level)
        else if (choice.af === 0) expected.fsc = 8 + Number(level)
        else if (pa >= BigInt(f.memory.totalBytes)) expected.fsc = 0x10
        el0 &&= (attributes & 1) !== 0
        writable &&= (attributes & 2) === 0
        pxn ||= (attributes & 4) !== 0
        uxn ||= (attributes & 8) !== 0
        const w0 = el0 && writable
        expected.rights = {
          r0: el0,
          w0,
          x0: !uxn && !(shape.wxn && w0),
          r1: true,
          w1: writable,
          x1: !pxn && !w0 && !(shape.wxn && writable),
        }
        expected.pa = Number(pa)
        expected.level = Number(level)
        break
      }

      const tsz = 64n - inputBits
      const tg0 = granule === 12n ? 0n : granule === 14n ? 2n : 1n
      const tg1 = granule === 12n ? 2n : granule === 14n ? 1n : 3n
      const disableOther = shape.isUpper ? 1n << 7n : 1n << 23n
      f.setReg('MAIR_EL1', 0xffn)
      // IPS = 2: 40 bits.
      f.setReg(
        'TCR_EL1',
        tsz | (tsz << 16n) | (tg0 << 14n) | (tg1 << 30n) | (2n << 32n) | disableOther | (shape.ds ? 1n << 59n : 0n),
      )
      f.setReg(upper ? 'TTBR1_EL1' : 'TTBR0_EL1', root)
      f.setReg('SCTLR_EL1', 0x00c50039n | (shape.wxn ? 1n << 19n : 0n))

      const walkFails = expected.fsc !== undefined && expected.fsc !== 0x10
      seen.add(walkFails ? `fault ${expected.fsc}` : `leaf ${granule} ${expected.level}`)
      const { rights } = expected
      const attempts = [
        ['r', EL0, 8, rights?.r0],
        ['w', EL0, 8 | ACCESS.store, rights?.w0],
        ['x', EL0, 0, rights?.x0],
        ['r', EL1, 8, rights?.r1],
        ['w', EL1, 8 | ACCESS.store, rights?.w1],
        ['x', EL1, 0, rights?.x1],
        ['r', EL1 | PAN, 8, rights?.r1 && !el0],
        ['w', EL1 | PAN, 8 | ACCESS.store, rights?.w1 && !el0],
      ] as const
      for (const [what, mode, kind, isAllowed] of attempts) {
        f.mode(mode)
        f.setReg('ESR_EL1', 0n)
        const fetchVa = va & ~3n
        const at = what === 'x' ? (f.fetch(fetchVa) ?? 0) : f.access(va, kind)
        if (!walkFails && isAllowed && expected.fsc === undefined) {
          expect(at).toBe(what === 'x' ? (expected.pa as number) & ~3 : expected.pa)
          continue
        }
        expect(at).toBe(0)
        const fsc = walkFails ? expected.fsc : isAllowed ? 0x10 : 0xc + (expected.level as number)
        const same = mode === EL0 ? 0 : 1
        const ec = (what === 'x' ? 0x20 : 0x24) + same
        // A fetch that fails tries the vector, at an unmapped address, so only its first syndrome is looked at through FAR.
        if (what === 'x') continue
        expect(f.reg('ESR_EL1')).toBe(
          BigInt((((ec << 26) | 0x2000000 | (what === 'w' ? 0x40 : 0)) >>> 0) + (fsc as number)),
        )
        expect(f.reg('FAR_EL1')).toBe(va)
      }
    }),
    { numRuns: 600 },
  )
  // The generator must reach leaves of every granule and faults of every kind, or the test proves little.
  for (const some of [
    'leaf 12 3',
    'leaf 12 2',
    'leaf 14 3',
    'leaf 14 2',
    'leaf 16 3',
    'leaf 16 2',
    'fault 4',
    'fault 6',
    'fault 1',
    'fault 10',
  ]) {
    expect([some, seen.has(some)]).toEqual([some, true])
  }
})
