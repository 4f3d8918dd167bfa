import { computeGeometry, encodeVtcr, type MmOps, Prot, Result, Stage2Table } from '@armvisor/stage2'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ACCESS } from '../src/access-kind.ts'
import type { LinearMemory } from '../src/memory.ts'
import { cpuModels } from '../src/sysreg/model.ts'
import { EL1, fixture } from './system-fixture.ts'

/** Tables in linear memory, with no more bookkeeping than the engine asks for. */
function linear(memory: LinearMemory): MmOps {
  const refs = new Map<number, number>()
  const count = (pa: number, by: number) => void refs.set(pa, (refs.get(pa) ?? 1) + by)
  return {
    allocTable: (sizeBytes, alignBytes) => memory.allocate(sizeBytes, alignBytes),
    freeTable: (pa, sizeBytes) => memory.release(pa, sizeBytes),
    readLo: (pa) => memory.u32[pa >>> 2] as number,
    readHi: (pa) => memory.u32[(pa >>> 2) + 1] as number,
    write: (pa, lo, hi) => {
      memory.u32[pa >>> 2] = lo
      memory.u32[(pa >>> 2) + 1] = hi
    },
    getRef: (pa) => count(pa, 1),
    putRef: (pa) => count(pa, -1),
    refCount: (pa) => refs.get(pa) ?? 1,
    tlbiIpa: () => {},
    tlbiVmid: () => {},
    dsb: () => {},
  }
}

/** Every granule and size; 4K and 16K up to 48 bits with and without the 52-bit format. */
const rows = (['4K', '16K', '64K'] as const).flatMap((granule) =>
  Array.from({ length: 21 }, (_, i) => 32 + i).flatMap((ipaBits) => {
    const formats = ipaBits > 48 ? [true] : granule === '64K' ? [false] : [false, true]
    return formats.map((lpa2) => ({ granule, ipaBits, lpa2 }))
  }),
)

test.each(rows)(
  'behavior: the walk reads what the engine wrote: $granule, $ipaBits bits, LPA2 $lpa2',
  ({ granule, ipaBits, lpa2 }) => {
    const f = fixture(cpuModels[lpa2 ? 'armv8-lpa2' : 'armv8'], 64 << 20)
    const geometry = computeGeometry({ ipaBits, granule, lpa2: lpa2 && granule !== '64K', lpa: lpa2 })
    const table = new Stage2Table({ geometry, mm: linear(f.memory) })
    f.system.setStage2({ vttbr: table.vttbr(1), vtcr: encodeVtcr({ geometry, paBits: lpa2 ? 52 : 48, vmid16: true }) })
    f.mode(EL1)
    const { pageBytes } = geometry
    const pages = 2 ** ipaBits / pageBytes
    const ram = 0x2000000
    const anyPage = fc.oneof(
      fc.nat(63),
      fc.maxSafeNat().map((n) => n % pages),
      fc.nat(63).map((n) => pages - 1 - n),
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            page: anyPage,
            size: fc.nat(3),
            target: fc.nat(0xff),
            writable: fc.boolean(),
            executable: fc.boolean(),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        fc.array(anyPage, { maxLength: 8 }),
        (mappings, probes) => {
          for (const { page, size, target, writable, executable } of mappings) {
            const ipa = page * pageBytes
            const sizeBytes = Math.min((size + 1) * pageBytes, 2 ** ipaBits - ipa)
            const prot = Prot.r | (writable ? Prot.w : 0) | (executable ? Prot.x : 0)
            expect([Result.ok, Result.EAGAIN]).toContain(table.map(ipa, sizeBytes, ram + target * pageBytes, prot))
          }
          f.system.tlbiVmid()
          for (const page of [...mappings.map((m) => m.page), ...probes]) {
            const ipa = page * pageBytes + 8
            const leaf = table.getLeaf(ipa)
            if (!leaf) throw new Error(`no entry on the way to ${ipa}`)
            const pa = Number(leaf.pa) + (ipa - Number(leaf.ipa))
            const attempts = [
              [Prot.r, () => f.access(BigInt(ipa), 8)],
              [Prot.w, () => f.access(BigInt(ipa), 8 | ACCESS.store)],
              [Prot.x, () => f.fetch(BigInt(ipa)) ?? 0],
            ] as const
            for (const [need, attempt] of attempts) {
              f.system.exit = undefined
              const at = attempt()
              const exit = f.system.exit as unknown as { esr: number; ipa: number } | undefined
              if (leaf.isValid && leaf.prot & need) expect(at).toBe(pa)
              else expect([exit?.ipa, (exit?.esr ?? 0) & 0x3f]).toEqual([ipa, (leaf.isValid ? 0xc : 4) + leaf.level])
            }
          }
        },
      ),
      { numRuns: 8 },
    )
  },
)

test('behavior: an address beyond any size faults at level 0, or is no address at all for the CPU', () => {
  const f = fixture(cpuModels.armv8, 64 << 20)
  const geometry = computeGeometry({ ipaBits: 36, granule: '4K' })
  const table = new Stage2Table({ geometry, mm: linear(f.memory) })
  f.system.setStage2({ vttbr: table.vttbr(1), vtcr: encodeVtcr({ geometry, paBits: 48, vmid16: true }) })
  f.mode(EL1)
  expect(f.access(2n ** 36n, 8)).toBe(0)
  expect(f.system.exit).toMatchObject({ esr: 0x92000004, ipa: 2 ** 36 })
  f.system.exit = undefined
  expect(f.access(2n ** 48n, 8)).toBe(0)
  expect(f.system.exit).toBeUndefined()
  expect(f.reg('ESR_EL1')).toBe(0x96000000n)
})
