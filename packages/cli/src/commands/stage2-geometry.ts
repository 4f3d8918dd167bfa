/** `armvisor stage2 geometry`. */

import { computeGeometry, formatGeometry, GeometryError, type Granule, type Stage2Geometry } from '@armvisor/stage2'
import { UsageError } from '../errors.ts'
import type { Host } from '../host/host.ts'
import { writeText } from '../host/write-text.ts'

/** Its options. */
export interface GeometryArguments {
  readonly ipaBits: string
  readonly granule: Granule
  readonly lpa2: boolean
  readonly json: boolean
}

/** Prints the shape of a stage-2 table. @throws {@link UsageError} for one that cannot be */
export function showGeometry(host: Host, args: GeometryArguments): void {
  const geometry = geometryOf(args)
  writeText(host.stdout, `${args.json ? JSON.stringify(jsonOf(geometry)) : formatGeometry(geometry)}\n`)
}

function geometryOf({ ipaBits, granule, lpa2 }: GeometryArguments): Stage2Geometry {
  if (!/^\d+$/.test(ipaBits)) throw new UsageError(`--ipa-bits ${ipaBits} is no number: give 32 to 52.`)
  try {
    return computeGeometry({ ipaBits: Number(ipaBits), granule, lpa2 })
  } catch (error) {
    if (!(error instanceof GeometryError)) throw error
    const flag = error.reason === 'needs-lpa' || error.reason === 'needs-lpa2' ? ' with --lpa2' : ''
    throw new UsageError(`${error.message}${flag}.`, { cause: error })
  }
}

/** The keys that scripts may rely on. */
function jsonOf(geometry: Stage2Geometry): Record<string, number | string> {
  const { ipaBits, granule, levels, startLevel, sl0, t0sz, rootEntries, rootTables, rootAlignBytes, vtcrBase } =
    geometry
  return {
    ipaBits,
    granule,
    levels,
    startLevel,
    sl0,
    t0sz,
    rootEntries,
    rootTables,
    rootAlignBytes,
    vtcrBase: `0x${vtcrBase.toString(16)}`,
  }
}
