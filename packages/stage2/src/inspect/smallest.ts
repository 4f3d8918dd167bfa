/** Choosing an IPA size: what a memory map needs, what each choice costs, and why. [ARM] D8.2 */

import { type Address, toNumber } from '../address.ts'
import { GeometryError, Stage2ArgumentError } from '../errors.ts'
import {
  computeGeometry,
  formatBytes,
  type Granule,
  granules,
  maxIpaBits,
  minIpaBits,
  type Stage2Geometry,
} from '../geometry.ts'

/** A part of a VM's address space: RAM, devices, a PCI window. */
export interface Region {
  readonly base: Address
  readonly sizeBytes: Address
  /** What it is, for the reasons. */
  readonly name?: string
}

/** What an IPA size is chosen for. */
export interface SizeOptions {
  readonly regions: readonly Region[]
  /** Default: all three. */
  readonly granule?: Granule
  /** FEAT_LPA2. Default false. */
  readonly lpa2?: boolean
  /** FEAT_LPA, for 64K. Default: `lpa2`, or `paBits` being 52. */
  readonly lpa?: boolean
  /** Physical address size of the machine, which no IPA size may exceed. Default: no such limit. */
  readonly paBits?: number
}

/** Table memory for a memory map, in bytes. */
export interface TableCost {
  /** Bytes of the root, whole pages as KVM allocates them. */
  readonly rootBytes: number
  /** Root and all tables below it when every region is mapped with pages. */
  readonly pagesBytes: number
  /** The same with blocks wherever they fit, memory lying as in the regions. */
  readonly blocksBytes: number
  /** Descriptors that a walk for a page reads. */
  readonly reads: number
}

/** One way to give a VM its address space. */
export interface SizeAlternative {
  readonly ipaBits: number
  readonly granule: Granule
  readonly geometry: Stage2Geometry
  readonly cost: TableCost
}

/** A way that there is not. */
export interface RefusedSize {
  readonly ipaBits: number
  readonly granule: Granule
  /** What is wrong with it, and what to do instead. */
  readonly problem: string
}

/** The smallest legal IPA size and everything beside it. */
export interface SizeChoice {
  /** Bits that the memory map needs, whatever the granule. */
  readonly neededBits: number
  /** The smallest legal size; of several granules the first whose tables take the fewest bytes with blocks. Undefined if none is legal. */
  readonly smallest: SizeAlternative | undefined
  /** Why, one sentence each. */
  readonly reasons: readonly string[]
  /** Every legal size from `neededBits` on, by granule and size. */
  readonly alternatives: readonly SizeAlternative[]
  readonly refused: readonly RefusedSize[]
}

interface Range {
  readonly start: number
  readonly end: number
}

/**
 * Finds the smallest legal IPA size that holds all regions, and all other sizes that would.
 *
 * @throws {@link Stage2ArgumentError} for regions that are empty or end beyond 2^52
 */
export function chooseIpaSize(options: SizeOptions): SizeChoice {
  const { regions } = options
  const ranges = regions.map(rangeOf)
  if (ranges.length === 0) throw new Stage2ArgumentError('regions', '[]', 'at least one region')
  const end = Math.max(...ranges.map((range) => range.end))
  const neededBits = Math.ceil(Math.log2(end)) + (2 ** Math.ceil(Math.log2(end)) < end ? 1 : 0)
  const merged = merge(ranges)
  const alternatives: SizeAlternative[] = []
  const refused: RefusedSize[] = []
  for (const granule of options.granule === undefined ? granules : [options.granule]) {
    for (let ipaBits = Math.max(minIpaBits, neededBits); ipaBits <= maxIpaBits; ipaBits++) {
      try {
        const geometry = computeGeometry({ ...limitsOf(options), ipaBits, granule })
        alternatives.push({ ipaBits, granule, geometry, cost: costOf(geometry, merged) })
      } catch (error) {
        if (!(error instanceof GeometryError)) throw error
        refused.push({ ipaBits, granule, problem: error.message })
      }
    }
  }
  const least = Math.min(...alternatives.map(({ ipaBits }) => ipaBits))
  const smallest = alternatives
    .filter(({ ipaBits }) => ipaBits === least)
    .reduce<SizeAlternative | undefined>(
      (best, one) => (best && best.cost.blocksBytes <= one.cost.blocksBytes ? best : one),
      undefined,
    )
  const last = regions[ranges.findIndex((range) => range.end === end)]
  const choice = { neededBits, smallest, alternatives, refused }
  return { ...choice, reasons: reasonsFor(choice, last.name ?? 'the last region', end) }
}

function limitsOf({ lpa2, lpa, paBits }: SizeOptions): { lpa2?: boolean; lpa?: boolean; paBits?: number } {
  return {
    ...(lpa2 !== undefined && { lpa2 }),
    ...(lpa !== undefined && { lpa }),
    ...(paBits !== undefined && { paBits }),
  }
}

function rangeOf({ base, sizeBytes, name }: Region): Range {
  const start = toNumber('base', base)
  const size = toNumber('sizeBytes', sizeBytes)
  const label = name === undefined ? 'a region' : `region ${name}`
  if (!Number.isSafeInteger(start) || start < 0) throw new Stage2ArgumentError('base', base, `an address, in ${label}`)
  if (!Number.isSafeInteger(size) || size <= 0) {
    throw new Stage2ArgumentError('sizeBytes', sizeBytes, `a size above 0, in ${label}`)
  }
  if (start + size > 2 ** maxIpaBits) {
    throw new Stage2ArgumentError('sizeBytes', sizeBytes, `such that ${label} ends by 2^52, the most of any machine`)
  }
  return { start, end: start + size }
}

function merge(ranges: readonly Range[]): Range[] {
  const merged: { start: number; end: number }[] = []
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end)
    else merged.push({ ...range })
  }
  return merged
}

/** Table memory that a geometry takes for regions; they may touch but not overlap. */
function costOf(geometry: Stage2Geometry, ranges: readonly Range[]): TableCost {
  let forPages = 0
  let forBlocks = 0
  for (let level = geometry.startLevel; level < 3; level++) {
    const bytes = geometry.levelBytes[level]
    // Each entry that anything lies under needs a table, unless a block takes all of it.
    let entries = 0
    let whole = 0
    let next = 0
    for (const { start, end } of ranges) {
      const first = Math.max(next, Math.floor(start / bytes))
      next = Math.max(next, Math.ceil(end / bytes))
      entries += Math.max(0, next - first)
      whole += Math.max(0, Math.floor(end / bytes) - Math.ceil(start / bytes))
    }
    forPages += entries
    forBlocks += level >= geometry.minBlockLevel ? entries - whole : entries
  }
  const rootBytes = geometry.rootAllocBytes
  return {
    rootBytes,
    pagesBytes: rootBytes + forPages * geometry.pageBytes,
    blocksBytes: rootBytes + forBlocks * geometry.pageBytes,
    reads: geometry.levels,
  }
}

function reasonsFor(choice: Omit<SizeChoice, 'reasons'>, name: string, end: number): string[] {
  const { neededBits, smallest, alternatives, refused } = choice
  const reasons = [`${name} ends at 0x${(end - 1).toString(16)}, which takes ${neededBits} address bits`]
  if (neededBits < minIpaBits) reasons.push(`KVM gives a VM at least ${minIpaBits} bits`)
  if (smallest === undefined) {
    reasons.push(`no size is legal: ${refused[0]?.problem ?? 'there is none'}`)
    return reasons
  }
  const { geometry: g, cost } = smallest
  const tables = g.rootTables === 1 ? 'one root table' : `${g.rootTables} concatenated root tables`
  reasons.push(
    `${g.ipaBits} bits with ${g.granule} are ${g.levels} levels from level ${g.startLevel} with ${tables} of ${formatBytes(g.rootAllocBytes)} in all`,
  )
  const cheaper = alternatives.find(
    (other) => other.granule === smallest.granule && other.cost.blocksBytes < cost.blocksBytes,
  )
  if (cheaper !== undefined) {
    const saved = formatBytes(cost.blocksBytes - cheaper.cost.blocksBytes)
    const reads = cheaper.cost.reads - cost.reads
    const price = reads > 0 ? `, for ${reads} more ${reads === 1 ? 'read' : 'reads'} in each walk` : ''
    reasons.push(`${cheaper.ipaBits} bits would save ${saved} of tables${price}`)
  }
  return reasons
}

/** Alternatives as a table of text, one line each below a heading. */
export function formatAlternatives(alternatives: readonly SizeAlternative[]): string[] {
  const heading = ['granule', 'bits', 'levels', 'start', 'root tables', 'root', 'with pages', 'with blocks']
  const rows = alternatives.map(({ geometry: g, cost }) => [
    g.lpa2 ? `${g.granule} LPA2` : g.granule,
    String(g.ipaBits),
    String(g.levels),
    String(g.startLevel),
    String(g.rootTables),
    formatBytes(cost.rootBytes),
    formatBytes(cost.pagesBytes),
    formatBytes(cost.blocksBytes),
  ])
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)))
  return [heading, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  )
}
