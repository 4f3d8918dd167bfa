/** VTCR_EL2 and VTTBR_EL2 words in words that a person understands. [ARM] VTCR_EL2, VTTBR_EL2 */

import { formatBytes } from '../geometry.ts'
import { entryShift } from '../hardware/shape.ts'
import { type ConfigurationProblem, type CpuFeatures, decodeStage2Registers } from '../hardware/stage2-registers.ts'
import { decodeVtcr, type VtcrFields } from '../vtcr.ts'

/** A field of a register. */
export interface ExplainedField {
  readonly name: string
  /** Its bits in the manual's notation: `[7:6]`. */
  readonly bits: string
  readonly value: bigint
  /** What the value means. */
  readonly meaning: string
}

/** Registers taken apart. */
export interface ExplainedRegisters {
  readonly vtcr: readonly ExplainedField[]
  /** Without VTTBR_EL2 empty. */
  readonly vttbr: readonly ExplainedField[]
  /** What walks are like, in sentences. */
  readonly summary: readonly string[]
  /** Every rule that the values break. */
  readonly problems: readonly ConfigurationProblem[]
}

const cacheNames = ['Non-cacheable', 'Write-back, write-allocate', 'Write-through', 'Write-back, no write-allocate']
const shareNames = ['Non-shareable', 'reserved', 'Outer shareable', 'Inner shareable']
const paNames = ['4 GiB', '64 GiB', '1 TiB', '4 TiB', '16 TiB', '256 TiB', '4 PiB', '64 PiB']

/**
 * Explains any VTCR_EL2 word, and the VTTBR_EL2 word that goes with it.
 *
 * @param cpu - default: one that has 52-bit addresses, FEAT_LPA2, FEAT_TTST, so that only what no CPU allows is a problem
 */
export function explainRegisters(
  vtcr: bigint,
  vttbr?: bigint,
  cpu: CpuFeatures = { paBits: 52, lpa2: true, ttst: true },
): ExplainedRegisters {
  const setup = decodeStage2Registers(vtcr, vttbr ?? 0n, cpu)
  const { shape, problems } = setup
  const summary: string[] = []
  if (shape !== undefined) {
    const page = formatBytes(2 ** shape.granuleBits)
    const levels = 4 - shape.startLevel
    const tables = Math.max(1, shape.rootEntries / 2 ** (shape.granuleBits - 3))
    summary.push(
      `${shape.inputBits}-bit addresses in pages of ${page}: ${levels} levels, from level ${shape.startLevel}`,
    )
    const root = tables === 1 ? 'one table' : `${tables} concatenated tables`
    const top = shape.inputBits - 1
    const lsb = entryShift(shape, shape.startLevel)
    summary.push(
      `the root is ${root} of ${shape.rootEntries} entries in all, ${formatBytes(shape.rootEntries * 8)}, indexed by bits [${top}:${lsb}]`,
    )
    if (vttbr !== undefined) summary.push(`it lies at 0x${shape.base.toString(16)}, for VMID ${setup.vmid}`)
    summary.push(`output addresses have ${shape.outputBits} bits`)
  } else {
    const fault = problems.find((problem) => problem.fault !== undefined)?.fault ?? 'translation'
    summary.push(
      `every walk ends with ${fault === 'addressSize' ? 'an address size' : 'a translation'} fault at level 0`,
    )
  }
  return {
    vtcr: explainVtcr(vtcr),
    vttbr: vttbr === undefined ? [] : explainVttbr(vttbr, setup.vtcr, shape?.base),
    summary,
    problems: vttbr === undefined ? problems.filter(({ field }) => field !== 'BADDR') : problems,
  }
}

/** Every rule that register values break on a CPU: empty when the configuration is right. */
export function checkConfiguration(vtcr: bigint, vttbr: bigint, cpu: CpuFeatures): readonly ConfigurationProblem[] {
  return decodeStage2Registers(vtcr, vttbr, cpu).problems
}

/** A problem as a sentence. */
export function formatProblem({ field, value, problem, remedy, fault }: ConfigurationProblem): string {
  const shown = typeof value === 'bigint' ? `0x${value.toString(16)}` : value
  const effect =
    fault === undefined ? '' : ` (every walk: ${fault === 'addressSize' ? 'address size' : fault} fault, level 0)`
  return `${field} ${shown} ${problem}; ${remedy}${effect}`
}

function explainVtcr(word: bigint): ExplainedField[] {
  const f = decodeVtcr(word)
  const field = (name: string, msb: number, lsb: number, meaning: string): ExplainedField => ({
    name,
    bits: msb === lsb ? `[${msb}]` : `[${msb}:${lsb}]`,
    value: (word >> BigInt(lsb)) & ((1n << BigInt(msb - lsb + 1)) - 1n),
    meaning,
  })
  const yes = (is: boolean, one: string, zero: string): string => (is ? one : zero)
  const fields = [
    field(
      'T0SZ',
      5,
      0,
      `${f.ipaBits}-bit intermediate physical addresses, ${formatBytes(2 ** Math.min(f.ipaBits, 52))}${f.ipaBits > 52 ? ' and more' : ''}`,
    ),
    field('SL0', 7, 6, startMeaning(f)),
    field('IRGN0', 9, 8, `walks read tables through inner caches: ${cacheNames[f.irgn0]}`),
    field('ORGN0', 11, 10, `through outer caches: ${cacheNames[f.orgn0]}`),
    field('SH0', 13, 12, `tables are ${shareNames[f.sh0]}`),
    field('TG0', 15, 14, f.granule === undefined ? 'reserved' : `${f.granule} granule`),
    field('PS', 18, 16, `physical addresses of ${f.paBits} bits, ${paNames[f.ps]}`),
    field('VS', 19, 19, yes(f.vmid16, '16-bit VMIDs', '8-bit VMIDs')),
    field('HA', 21, 21, yes(f.ha, 'hardware sets access flags', 'software sets access flags')),
    field('HD', 22, 22, yes(f.hd, 'hardware manages dirty state', 'software manages dirty state')),
    field('HWU', 28, 25, 'bits [62:59] of leaves that hardware may use'),
    field('NSW', 29, 29, 'of Secure EL2'),
    field('NSA', 30, 30, 'of Secure EL2'),
    field('RES1', 31, 31, 'always 1'),
    field(
      'DS',
      32,
      32,
      yes(f.ds, '52-bit descriptors of FEAT_LPA2; shareability from SH0', '48-bit descriptors, or 52 bits with 64K'),
    ),
    field('SL2', 33, 33, f.granule === '4K' && f.ds ? 'with SL0: the start level' : 'means nothing here'),
  ]
  if (word >> 34n !== 0n)
    fields.push(field('later', 63, 34, 'fields of architecture versions that are not decoded here'))
  return fields
}

function startMeaning(f: VtcrFields): string {
  const { startLevel } = f
  if (startLevel === undefined || f.granule === undefined) return 'reserved'
  const granuleBits = { '4K': 12, '16K': 14, '64K': 16 }[f.granule]
  const least = entryShift({ granuleBits }, startLevel) + 1
  const most = least + granuleBits - 4 + 4
  return `walks start at level ${startLevel}, for ${least} to ${Math.min(52, most)} bits`
}

function explainVttbr(word: bigint, vtcr: VtcrFields, base: number | undefined): ExplainedField[] {
  const vmidBits = vtcr.vmid16 ? 16 : 8
  const address = base === undefined ? 'the root' : `the root is at 0x${base.toString(16)}`
  return [
    {
      name: 'CnP',
      bits: '[0]',
      value: word & 1n,
      meaning: word & 1n ? 'translations are common to all CPUs' : 'translations are private to the CPU',
    },
    { name: 'BADDR', bits: '[47:1]', value: (word >> 1n) & 0x7fff_ffff_ffffn, meaning: address },
    { name: 'VMID', bits: '[63:48]', value: word >> 48n, meaning: `VMID ${BigInt.asUintN(vmidBits, word >> 48n)}` },
  ]
}

/** Fields as lines of text. */
export function formatFields(fields: readonly ExplainedField[]): string[] {
  return fields.map(
    ({ name, bits, value, meaning }) =>
      `${name.padEnd(6)} ${bits.padEnd(8)} 0x${value.toString(16).padEnd(4)} ${meaning}`,
  )
}
