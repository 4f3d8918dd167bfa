/** VTCR_EL2, the register that describes a stage-2 table to the hardware. [ARM] VTCR_EL2. */

import { GeometryError } from './errors.ts'
import type { Granule, Stage2Geometry } from './geometry.ts'

// [ARM] ID_AA64MMFR0_EL1.PARange, VTCR_EL2.PS: the code is the index.
const paSizes: readonly number[] = [32, 36, 40, 42, 44, 48, 52, 56]
const tg0Granules: readonly (Granule | undefined)[] = ['4K', '64K', '16K', undefined]

/** Code of a physical address size, as in VTCR_EL2.PS and ID_AA64MMFR0_EL1.PARange. @throws {@link GeometryError} for a size without code */
export function encodePaRange(paBits: number): number {
  const code = paSizes.indexOf(paBits)
  if (code < 0) {
    throw new GeometryError({
      reason: 'unknown-pa-size',
      value: `physical address size ${paBits}`,
      problem: 'has no PARange code',
      remedy: `use ${paSizes.join(', ')}`,
    })
  }
  return code
}

/** Size in bits of a PARange code, or undefined for a reserved code. */
export function decodePaRange(code: number): number | undefined {
  return paSizes[code]
}

/** What {@link encodeVtcr} encodes. */
export interface VtcrOptions {
  readonly geometry: Stage2Geometry
  /** Physical address size of the machine (PS), not of the VM. */
  readonly paBits: number
  /** 16-bit VMIDs (VS). Default true. */
  readonly vmid16?: boolean
  /** Hardware sets the access flag (HA). Default true. */
  readonly ha?: boolean
  /** Hardware manages dirty state (HD). Default false, as Linux has it. */
  readonly hd?: boolean
}

/** VTCR_EL2 as Linux writes it. DS follows the geometry. @throws {@link GeometryError} when the IPA size is above `paBits`, or that has no code */
export function encodeVtcr(options: VtcrOptions): bigint {
  const { geometry, paBits, vmid16 = true, ha = true, hd = false } = options
  const ps = encodePaRange(paBits)
  if (geometry.ipaBits > paBits) {
    throw new GeometryError({
      reason: 'exceeds-pa',
      value: `IPA size ${geometry.ipaBits}`,
      problem: `is above the machine's physical address size of ${paBits} bits`,
      remedy: `use 32 to ${paBits}`,
    })
  }
  let vtcr = geometry.vtcrBase | (BigInt(ps) << 16n)
  if (vmid16) vtcr |= 1n << 19n
  if (!ha) vtcr &= ~(1n << 21n)
  if (hd) vtcr |= 1n << 22n
  if (geometry.lpa2) vtcr |= 1n << 32n
  return vtcr
}

/** Fields of VTCR_EL2. */
export interface VtcrFields {
  readonly t0sz: number
  /** 64 - T0SZ. */
  readonly ipaBits: number
  readonly sl0: number
  readonly sl2: number
  /** Level the walk starts at, -1 to 3; undefined for a reserved SL0 or TG0. */
  readonly startLevel: number | undefined
  readonly irgn0: number
  readonly orgn0: number
  readonly sh0: number
  /** TG0, undefined for its reserved code. */
  readonly granule: Granule | undefined
  readonly ps: number
  /** PS in bits, undefined for a reserved code. */
  readonly paBits: number | undefined
  readonly vmid16: boolean
  readonly ha: boolean
  readonly hd: boolean
  /** DS: descriptors in the LPA2 format. */
  readonly ds: boolean
}

/** Takes a VTCR_EL2 word apart. Any word decodes; whether it is legal is not decided here. */
export function decodeVtcr(vtcr: bigint): VtcrFields {
  const field = (lsb: number, width: number): number => Number(BigInt.asUintN(width, vtcr >> BigInt(lsb)))
  const granule = tg0Granules[field(14, 2)]
  const ps = field(16, 3)
  const sl0 = field(6, 2)
  const sl2 = field(33, 1)
  const ds = field(32, 1) === 1
  return {
    t0sz: field(0, 6),
    ipaBits: 64 - field(0, 6),
    sl0,
    sl2,
    startLevel: decodeStartLevel(granule, sl0, sl2, ds),
    irgn0: field(8, 2),
    orgn0: field(10, 2),
    sh0: field(12, 2),
    granule,
    ps,
    paBits: decodePaRange(ps),
    vmid16: field(19, 1) === 1,
    ha: field(21, 1) === 1,
    hd: field(22, 1) === 1,
    ds,
  }
}

// SL2 means something only with 4K and DS; 011 (level 3) needs FEAT_TTST, which the word does not show. [ARM] VTCR_EL2.SL0
function decodeStartLevel(granule: Granule | undefined, sl0: number, sl2: number, ds: boolean): number | undefined {
  if (granule === undefined) return undefined
  if (granule === '4K') {
    if (sl2 === 1 && ds) return sl0 === 0 ? -1 : undefined
    return sl0 === 3 ? 3 : 2 - sl0
  }
  return granule === '64K' && sl0 === 3 ? undefined : 3 - sl0
}
