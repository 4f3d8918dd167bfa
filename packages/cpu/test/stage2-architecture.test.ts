/** The CPU's stage-2 walk against the architecture's walker of @armvisor/stage2, over random registers and random tables. */

import { Need, Stage2HardwareWalker } from '@armvisor/stage2/hardware'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LinearMemory } from '../src/memory.ts'
import { PERM } from '../src/mmu/fault.ts'
import { S2_EXEC, Stage2Walker } from '../src/mmu/stage2.ts'

const tables = 0x200000
const pages = 16
const memory = new LinearMemory(0x200000 + pages * 0x10000)

/** Any VTCR_EL2, mostly a legal one. */
const vtcr = fc
  .record({
    t0sz: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 12, max: 39 }) }, fc.nat(63)),
    sl0: fc.nat(3),
    tg0: fc.nat(3),
    ps: fc.oneof(fc.constantFrom(5, 6), fc.nat(6)),
    ha: fc.nat(1),
    hd: fc.nat(1),
    ds: fc.nat(1),
    sl2: fc.integer({ min: 0, max: 3 }).map((n) => Number(n === 3)),
  })
  .map(({ t0sz, sl0, tg0, ps, ha, hd, ds, sl2 }) => {
    const low = t0sz | (sl0 << 6) | 0x3500 | (tg0 << 14) | (ps << 16) | (ha << 21) | (hd << 22)
    return (BigInt(sl2) << 33n) | (BigInt(ds) << 32n) | 0x8000_0000n | BigInt(low)
  })

/** Descriptors that point into the tables or to memory, with any attributes. */
const descriptor = fc
  .record({
    type: fc.constantFrom(0n, 1n, 1n, 3n, 3n, 3n, 3n, 3n, 3n),
    page: fc.nat(pages - 1),
    isFar: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    far: fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }),
    low: fc.bigInt({ min: 0n, max: 0x3ffn }),
    high: fc.bigInt({ min: 0n, max: 0x1fffn }),
    hasFlag: fc.boolean(),
  })
  .map(({ type, page, isFar, far, low, high, hasFlag }) => {
    // Bits [9:8] and [15:12] are address in some formats: they are 0 in most.
    const attributes = (low & (isFar ? 0x3fcn : 0xfcn)) | (hasFlag ? 0x400n : 0n) | (high << 51n)
    const address = isFar ? far << 12n : BigInt(tables + page * 0x10000)
    return type | attributes | (address & 0x3_ffff_ffff_f000n)
  })

const need = fc.constantFrom(
  [PERM.read, Need.read],
  [PERM.write, Need.write],
  [PERM.read | PERM.write, Need.read | Need.write],
  [S2_EXEC.el0, Need.executeEl0],
  [S2_EXEC.el1, Need.executeEl1],
)

/** The words of the entries that are not zero: the first 32 of each 4 KiB. */
function usedWords(): Uint32Array[] {
  return Array.from({ length: pages * 16 }, (_, i) =>
    memory.u32.slice(tables / 4 + i * 1024, tables / 4 + i * 1024 + 64),
  )
}

/** Both walks start from the same memory; each leaves its result and what it wrote. */
function compare(paBits: 48 | 52, vtcr: bigint, vttbr: bigint, ipa: number, need: readonly number[]): string {
  const before = usedWords()
  const ours = new Stage2Walker(memory, paBits)
  ours.configure({ vttbr, vtcr })
  const isOk = ours.translate(ipa, need[0] as number)
  const written = usedWords()
  for (const [i, words] of before.entries()) memory.u32.set(words, tables / 4 + i * 1024)
  const walker = new Stage2HardwareWalker({
    vtcr,
    vttbr,
    memory: {
      readLo: (pa) => memory.u32[pa >>> 2] as number,
      readHi: (pa) => memory.u32[(pa >>> 2) + 1] as number,
      contains: (pa) => pa + 8 <= memory.totalBytes,
      updateLo: (pa, _, lo) => {
        memory.u32[pa >>> 2] = lo
      },
    },
    cpu: { paBits, lpa2: paBits === 52 },
  })
  const result = walker.translate({ ipa, need: need[1] as number })
  const mine = isOk
    ? { pa: BigInt(ours.pa), sizeBytes: ours.sizeBytes, perms: ours.perms, isDevice: ours.isDevice }
    : { fsc: ours.fsc }
  const theirs =
    result.kind === 'translated'
      ? {
          pa: result.pa,
          sizeBytes: result.sizeBytes,
          perms: result.allowed,
          isDevice: result.attributes.type === 'Device',
        }
      : { fsc: result.fsc }
  expect(mine).toEqual(theirs)
  const isEqual = usedWords().every((words, i) => words.every((word, j) => word === written[i]?.[j]))
  if (!isEqual) expect(usedWords(), 'what was written').toEqual(written)
  return result.kind
}

test('behavior: the same results, faults and hardware updates', () => {
  expect([PERM.read, PERM.write, S2_EXEC.el0, S2_EXEC.el1]).toEqual([
    Need.read,
    Need.write,
    Need.executeEl0,
    Need.executeEl1,
  ])
  const outcomes: Record<string, number> = {}
  const property = fc.property(
    fc.constantFrom(48 as const, 52 as const),
    vtcr,
    fc.oneof({ weight: 20, arbitrary: fc.constant(BigInt(tables)) }, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
    fc.array(descriptor, { minLength: 1, maxLength: 12 }),
    fc.array(fc.tuple(fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }), need), { minLength: 1, maxLength: 12 }),
    (paBits, vtcr, vttbr, descriptors, accesses) => {
      // Every entry of every table is one of a few descriptors, so that walks get far.
      const view = memory.u64.subarray(tables / 8)
      for (let i = 0; i < view.length; i += 512) {
        for (let j = 0; j < 32; j++) view[i + j] = descriptors[(i / 512 + j * 7) % descriptors.length] as bigint
      }
      const t0sz = Number(vtcr & 63n)
      for (const [random, need] of accesses) {
        // Addresses whose indexes are small at each level, mostly inside the size.
        const bits = 64 - t0sz
        const inside = random & ((1n << BigInt(Math.min(52, Math.max(13, bits)))) - 1n)
        const kind = compare(
          paBits,
          vtcr,
          vttbr,
          Number(random % 5n === 0n ? random : inside & smallIndexes(vtcr)),
          need,
        )
        outcomes[kind] = (outcomes[kind] ?? 0) + 1
      }
    },
  )
  fc.assert(property, { numRuns: 800 })
  for (const kind of ['translated', 'translation', 'addressSize', 'accessFlag', 'permission', 'externalAbort']) {
    expect(outcomes[kind] ?? 0, kind).toBeGreaterThan(10)
  }
})

/** A mask that keeps the low five bits of each level's index, and the offset. */
function smallIndexes(vtcr: bigint): bigint {
  const granuleBits = [12, 16, 14, 12][Number((vtcr >> 14n) & 3n)] as number
  let mask = (1n << BigInt(granuleBits)) - 1n
  for (let lsb = granuleBits; lsb < 52; lsb += granuleBits - 3) mask |= 31n << BigInt(lsb)
  return mask
}
