/** Shape of a stage-2 translation table for an IPA size and granule. [ARM] D8.2, VTCR_EL2. */

import { GeometryError } from './errors.ts'

/** Translation granule: the size of a page and of a full table. */
export type Granule = '4K' | '16K' | '64K'

/** The granules, smallest first. */
export const granules: readonly Granule[] = ['4K', '16K', '64K']

/** Smallest IPA size KVM gives a VM, bits. The architecture's own minimum (T0SZ 39, 25 bits) is never offered. [KVM-API] 4.2 */
export const minIpaBits = 32

/** Largest IPA size of any VM, bits: FEAT_LPA2, or FEAT_LPA with the 64K granule. [ARM] D8.2 */
export const maxIpaBits = 52

/** What {@link computeGeometry} computes from. */
export interface GeometryOptions {
  /** Size N of the intermediate physical address space, bits: addresses are below 2^N. */
  readonly ipaBits: number
  readonly granule: Granule
  /** FEAT_LPA2 in use (VTCR_EL2.DS = 1): 52-bit descriptors with 4K and 16K. With 64K, DS stays 0; the feature implies FEAT_LPA. */
  readonly lpa2?: boolean
  /** FEAT_LPA (52-bit physical addresses): lets the 64K granule have 49 to 52 bits. Default: `lpa2`, or `paBits` being 52. */
  readonly lpa?: boolean
  /** Physical address size of the machine, bits; when given, an IPA size above it is refused. */
  readonly paBits?: number
}

/** Everything that follows from IPA size and granule. Sizes in bytes and shifts are plain numbers, exact up to 2^53. */
export interface Stage2Geometry {
  readonly ipaBits: number
  readonly granule: Granule
  /** Descriptors are in the FEAT_LPA2 format and VTCR_EL2.DS is 1 (never with 64K). */
  readonly lpa2: boolean
  /** Levels of a walk, 2 to 4. */
  readonly levels: number
  /** Level of the root: 4 - levels. */
  readonly startLevel: number
  /** VTCR_EL2.SL0. */
  readonly sl0: number
  /** VTCR_EL2.T0SZ: 64 - ipaBits. */
  readonly t0sz: number
  /** Lowest IPA bit that the root's index takes. */
  readonly lsb: number
  /** Descriptors in the root, all concatenated tables together. */
  readonly rootEntries: number
  /** Tables concatenated at the root: 1, 2, 4, 8 or 16. */
  readonly rootTables: number
  /** Bytes of the root that hold descriptors: 8 * rootEntries. */
  readonly rootBytes: number
  /** Bytes to allocate for the root: whole pages, as KVM does. */
  readonly rootAllocBytes: number
  /** log2 of `rootAlignBytes`: bits [x-1:0] of VTTBR_EL2.BADDR are zero. */
  readonly x: number
  /** Alignment that the hardware wants of the root: 2^x. */
  readonly rootAlignBytes: number
  /** log2 of the page size. */
  readonly pageShift: number
  readonly pageBytes: number
  /** IPA bits resolved by one full table: pageShift - 3. */
  readonly stride: number
  /** Descriptors in one table below the root. */
  readonly tableEntries: number
  /** log2 of what one entry maps, indexed by level 0 to 3. */
  readonly levelShift: readonly number[]
  /** What one entry maps in bytes, indexed by level 0 to 3. */
  readonly levelBytes: readonly number[]
  /** Smallest level at which Linux puts a block. */
  readonly minBlockLevel: number
  /** Smallest level at which the architecture allows a block in this format. [ARM] D8.3 */
  readonly archMinBlockLevel: number
  /** Sizes of a leaf that Linux uses, bytes, smallest (the page) first. */
  readonly blockSizes: readonly number[]
  /** Bits of an output address that a descriptor holds: 48, or 52 with LPA2 or LPA. */
  readonly oaBits: number
  /** Pages that a mapping of one page may need for tables, the minimum of a table cache: levels - 1. */
  readonly cacheMinimum: number
  /** VTCR_EL2 without PS, VS and DS: RES1, HA, SH0, ORGN0, IRGN0, TG0, SL0, T0SZ. */
  readonly vtcrBase: bigint
}

const pageShifts: Readonly<Record<Granule, number>> = { '4K': 12, '16K': 14, '64K': 16 }
// [ARM] VTCR_EL2.TG0.
const tg0Codes: Readonly<Record<Granule, number>> = { '4K': 0b00, '64K': 0b01, '16K': 0b10 }
// SL0 counts up from the start level that code 0 means: 2 for 4K, 3 for the others. [ARM] VTCR_EL2.SL0
const sl0Bases: Readonly<Record<Granule, number>> = { '4K': 2, '16K': 3, '64K': 3 }
// The root may be 16 tables side by side, so it resolves up to 4 bits more than a table does. [ARM] D8.2.2
const concatenationBits = 4
// RES1 bit 31, HA bit 21, SH0 inner shareable, ORGN0 and IRGN0 write-back write-allocate. [ARM] VTCR_EL2
const vtcrFixed = 0x8020_3500

/**
 * Computes the table shape that Linux would use.
 *
 * It takes the fewest levels that fit with up to 16 concatenated root tables, but never fewer than two.
 *
 * @throws {@link GeometryError} for every combination that does not exist
 * @see [ARM] D8.2 "Translation table base address", VTCR_EL2
 *
 * @example
 * ```ts
 * const g = computeGeometry({ ipaBits: 40, granule: '4K' })
 * g.startLevel    // 1
 * g.rootTables    // 2: two level-1 tables side by side
 * g.vtcrBase      // 0x80203558n
 * ```
 */
export function computeGeometry(options: GeometryOptions): Stage2Geometry {
  const { ipaBits, granule } = options
  checkOptions(options)
  const pageShift = pageShifts[granule]
  const stride = pageShift - 3
  const ds = granule !== '64K' && options.lpa2 === true
  const wide = ds || (granule === '64K' && hasLpa(options))
  const levels = Math.max(2, Math.floor((ipaBits - concatenationBits - 4) / stride))
  const startLevel = 4 - levels
  const sl0 = sl0Bases[granule] - startLevel
  const t0sz = 64 - ipaBits
  const levelShift = [0, 1, 2, 3].map((level) => (4 - level) * stride + 3)
  const levelBytes = levelShift.map((shift) => 2 ** shift)
  const lsb = levelShift[startLevel] as number
  const rootEntries = 2 ** (ipaBits - lsb)
  const tableEntries = 2 ** stride
  const rootTables = Math.max(1, rootEntries / tableEntries)
  const x = ipaBits - levels * stride
  const minBlockLevel = granule === '4K' ? 1 : 2
  return {
    ipaBits,
    granule,
    lpa2: ds,
    levels,
    startLevel,
    sl0,
    t0sz,
    lsb,
    rootEntries,
    rootTables,
    rootBytes: rootEntries * 8,
    rootAllocBytes: rootTables * 2 ** pageShift,
    x,
    rootAlignBytes: 2 ** x,
    pageShift,
    pageBytes: 2 ** pageShift,
    stride,
    tableEntries,
    levelShift,
    levelBytes,
    minBlockLevel,
    archMinBlockLevel: wide ? minBlockLevel - 1 : minBlockLevel,
    blockSizes: levelBytes.slice(Math.max(minBlockLevel, startLevel)).reverse(),
    oaBits: wide ? 52 : 48,
    cacheMinimum: levels - 1,
    vtcrBase: BigInt(vtcrFixed + tg0Codes[granule] * 0x4000 + sl0 * 0x40 + t0sz),
  }
}

function hasLpa(options: GeometryOptions): boolean {
  return options.lpa ?? (options.lpa2 === true || options.paBits === 52)
}

function checkOptions(options: GeometryOptions): void {
  const { ipaBits, granule, paBits } = options
  if (!Object.hasOwn(pageShifts, granule)) {
    throw new GeometryError({
      reason: 'unknown-granule',
      value: `granule ${String(granule)}`,
      problem: 'is not a translation granule of the architecture',
      remedy: `use ${granules.join(', ')}`,
    })
  }
  const wide = granule === '64K' ? hasLpa(options) : options.lpa2 === true
  const limit = Math.min(wide ? 52 : 48, paBits ?? 52)
  const value = `IPA size ${ipaBits}`
  const remedy = `use ${minIpaBits} to ${limit}`
  if (!Number.isInteger(ipaBits)) {
    throw new GeometryError({ reason: 'not-an-integer', value, problem: 'is not a whole number of bits', remedy })
  }
  if (ipaBits < minIpaBits) {
    const hint = ipaBits === 0 ? `${remedy} (only in the machine type word does 0 mean the default, 40)` : remedy
    throw new GeometryError({
      reason: 'too-small',
      value,
      problem: `is below the smallest of ${minIpaBits} bits`,
      remedy: hint,
    })
  }
  if (ipaBits > maxIpaBits) {
    throw new GeometryError({
      reason: 'too-large',
      value,
      problem: `is above the largest of ${maxIpaBits} bits`,
      remedy,
    })
  }
  if (paBits !== undefined && ipaBits > paBits) {
    throw new GeometryError({
      reason: 'exceeds-pa',
      value,
      problem: `is above the machine's physical address size of ${paBits} bits`,
      remedy,
    })
  }
  if (ipaBits > 48 && !wide) {
    const is64K = granule === '64K'
    throw new GeometryError({
      reason: is64K ? 'needs-lpa' : 'needs-lpa2',
      value,
      problem: `is above the ${granule} granule's limit of 48 bits without ${is64K ? 'FEAT_LPA (52-bit physical addresses)' : 'FEAT_LPA2 (VTCR_EL2.DS)'}`,
      remedy: `${remedy}, or turn on ${is64K ? 'LPA' : 'LPA2'}`,
    })
  }
}

/** A geometry in lines for a person to read, without a final newline. */
export function formatGeometry(geometry: Stage2Geometry): string {
  const g = geometry
  const shape = `${g.levels} levels, walk starts at level ${g.startLevel}`
  const root = `${g.rootEntries} entries in ${g.rootTables} ${g.rootTables === 1 ? 'table' : 'concatenated tables'}`
  return [
    `IPA size     ${g.ipaBits} bits, ${g.granule} granule${g.lpa2 ? ', LPA2' : ''}`,
    `walk         ${shape}, index bits [${g.ipaBits - 1}:${g.lsb}]`,
    `root         ${root}, ${formatBytes(g.rootBytes)}, aligned to ${formatBytes(g.rootAlignBytes)} (x = ${g.x})`,
    `leaf sizes   ${g.blockSizes.map(formatBytes).join(', ')}`,
    `VTCR_EL2     SL0 ${g.sl0}, T0SZ ${g.t0sz}: 0x${g.vtcrBase.toString(16)} before PS, VS and DS`,
  ].join('\n')
}

/** A size in binary units with the largest unit that divides it: `2 MiB`. */
export function formatBytes(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let unit = 0
  let size = sizeBytes
  while (size >= 1024 && size % 1024 === 0 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${size} ${units[unit]}`
}
