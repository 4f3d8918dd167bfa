/** What users write for addresses, sizes and register values of the stage-2 commands. */

import { UsageError } from '../errors.ts'

const numberPattern = /^(?:0x[0-9a-f]+|\d+)$/i
const sizePattern = /^(?<count>0x[0-9a-f]+|\d+)(?<unit>[KMGT]?)$/i
const units: Readonly<Record<string, bigint>> = { '': 0n, k: 10n, m: 20n, g: 30n, t: 40n }

/** A number below 2^64, as 0x40000000 or decimal. @throws {@link UsageError} */
export function parseWord(what: string, text: string): bigint {
  const value = numberPattern.test(text) ? BigInt(text) : undefined
  if (value === undefined || value >= 1n << 64n) {
    throw new UsageError(`${what} ${text} is no number below 2^64: give one as 0x40000000 or 1073741824.`)
  }
  return value
}

/** A size with an optional unit: 2M, 0x1000. @throws {@link UsageError} */
export function parseSize(what: string, text: string): bigint {
  const groups = sizePattern.exec(text)?.groups
  if (groups === undefined) throw new UsageError(`${what} ${text} is no size: give one as 512M, 4G or 0x1000.`)
  return BigInt(groups['count'] as string) << (units[(groups['unit'] as string).toLowerCase()] as bigint)
}

/** Bits of a physical address. @throws {@link UsageError} */
export function parsePaBits(text: string): number {
  if (!/^(?:32|36|40|42|44|48|52)$/.test(text)) {
    throw new UsageError(`--pa-bits ${text} is no physical address size: give 32, 36, 40, 42, 44, 48 or 52.`)
  }
  return Number(text)
}
