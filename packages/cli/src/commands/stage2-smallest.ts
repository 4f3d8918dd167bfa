/** `armvisor stage2 smallest`. */

import { type Granule, Stage2ArgumentError, type Stage2Geometry } from '@armvisor/stage2'
import {
  chooseIpaSize,
  formatAlternatives,
  type Region,
  type SizeAlternative,
  type SizeChoice,
  toJson,
} from '@armvisor/stage2/inspect'
import { FailureError, UsageError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { writeText } from '../host/write-text.ts'
import { parsePaBits, parseSize, parseWord } from './stage2-text.ts'

/** Its options. */
export interface SmallestArguments {
  readonly granule?: Granule
  readonly lpa2: boolean
  readonly paBits?: string
  readonly json: boolean
}

const regionPattern = /^(?:(?<name>[^=]+)=)?(?<base>[0-9a-fx]+)(?<kind>[+-])(?<rest>[0-9a-fx]+[kmgt]?)$/i

/** Prints the smallest legal IPA size for regions, why, and what else there is. @throws {@link UsageError}, {@link FailureError} */
export function showSmallest(host: Host, regions: readonly string[], args: SmallestArguments): void {
  const paBits = args.paBits === undefined ? {} : { paBits: parsePaBits(args.paBits) }
  const granule = args.granule === undefined ? {} : { granule: args.granule }
  let choice: SizeChoice
  try {
    choice = chooseIpaSize({ regions: regions.map(parseRegion), lpa2: args.lpa2, ...granule, ...paBits })
  } catch (error) {
    if (!(error instanceof Stage2ArgumentError)) throw error
    throw new UsageError(`${error.message}.`, { cause: error })
  }
  if (args.json) writeText(host.stdout, `${toJson(jsonOf(choice))}\n`)
  else writeText(host.stdout, textOf(choice))
  if (choice.smallest === undefined) throw new FailureError(`${choice.reasons.at(-1)}.`)
}

function parseRegion(text: string): Region {
  const groups = regionPattern.exec(text)?.groups
  if (groups === undefined) {
    throw new UsageError(`${text} is no region: give BASE+SIZE or BASE-LAST, as RAM=0x40000000+4G.`)
  }
  const { name, base: baseText, kind, rest } = groups as Record<string, string>
  const base = parseWord('The base', baseText as string)
  const sizeBytes =
    kind === '+' ? parseSize('The size', rest as string) : parseWord('The last byte', rest as string) - base + 1n
  if (sizeBytes <= 0n) throw new UsageError(`${text} is empty: give a region of at least one byte.`)
  return { base, sizeBytes, ...(name !== undefined && { name }) }
}

function textOf({ smallest, reasons, alternatives }: SizeChoice): string {
  const lines = smallest === undefined ? [] : [`${smallest.ipaBits} bits, ${smallest.granule} granule`, '']
  lines.push(...reasons.map((reason) => `- ${reason}`))
  if (alternatives.length > 0) lines.push('', ...formatAlternatives(alternatives))
  return `${lines.join('\n')}\n`
}

function jsonOf({ neededBits, smallest, reasons, alternatives, refused }: SizeChoice): unknown {
  return {
    neededBits,
    smallest: smallest === undefined ? null : alternativeOf(smallest),
    reasons,
    alternatives: alternatives.map(alternativeOf),
    refused,
  }
}

function alternativeOf({ ipaBits, granule, geometry, cost }: SizeAlternative): unknown {
  const { lpa2, levels, startLevel, rootTables }: Stage2Geometry = geometry
  return { ipaBits, granule, lpa2, levels, startLevel, rootTables, ...cost }
}
