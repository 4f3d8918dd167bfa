/** VTTBR_EL2, the root of a stage-2 table. [ARM] VTTBR_EL2. */

import { GeometryError } from './errors.ts'
import type { Stage2Geometry } from './geometry.ts'

/** Fields of VTTBR_EL2. */
export interface VttbrFields {
  /** Physical address of the root. */
  readonly baddr: bigint
  readonly vmid: number
  /** Common not Private. */
  readonly cnp: boolean
}

/** What {@link encodeVttbr} encodes. */
export interface VttbrOptions {
  readonly geometry: Stage2Geometry
  /** Physical address of the root, aligned to `geometry.rootAlignBytes`. */
  readonly baddr: bigint
  /** 0 to 65535; a machine without 16-bit VMIDs ignores the upper byte. */
  readonly vmid: number
  /** Common not Private. Default true, as Linux sets it where the CPU has it. */
  readonly cnp?: boolean
}

const baddrMask = 0xffff_ffff_fffen
// BADDR[51:48] is in bits [5:2] where descriptors hold 52 bits; a root is then aligned to at least 64 bytes. [ARM] VTTBR_EL2.BADDR
const wideMask = 0xffff_ffff_ffc0n

/** VTTBR_EL2 for a root. @throws {@link GeometryError} when the root is misaligned or out of range, or the VMID is not 16 bits */
export function encodeVttbr(options: VttbrOptions): bigint {
  const { geometry, baddr, vmid, cnp = true } = options
  const value = `root address 0x${baddr.toString(16)}`
  if (baddr < 0n || baddr >> BigInt(geometry.oaBits) !== 0n) {
    throw new GeometryError({
      reason: 'bad-baddr',
      value,
      problem: `is outside the ${geometry.oaBits}-bit physical address space of this format`,
      remedy: `use an address below 2^${geometry.oaBits}`,
    })
  }
  if (BigInt.asUintN(geometry.x, baddr) !== 0n) {
    throw new GeometryError({
      reason: 'bad-baddr',
      value,
      problem: `is not aligned to ${geometry.rootAlignBytes} bytes, as ${geometry.rootEntries} root entries need`,
      remedy: `use a multiple of 0x${geometry.rootAlignBytes.toString(16)}`,
    })
  }
  if (!Number.isInteger(vmid) || vmid < 0 || vmid > 0xffff) {
    throw new GeometryError({
      reason: 'bad-vmid',
      value: `VMID ${vmid}`,
      problem: 'does not fit 16 bits',
      remedy: 'use 0 to 65535',
    })
  }
  const address = geometry.oaBits === 52 ? (baddr & wideMask) | ((baddr >> 46n) & 0x3cn) : baddr & baddrMask
  return (BigInt(vmid) << 48n) | address | (cnp ? 1n : 0n)
}

/** Takes a VTTBR_EL2 word apart. The geometry says whether BADDR has 48 or 52 bits. */
export function decodeVttbr(vttbr: bigint, geometry: Pick<Stage2Geometry, 'oaBits'>): VttbrFields {
  const wide = geometry.oaBits === 52
  const baddr = wide ? (vttbr & wideMask) | (((vttbr >> 2n) & 0xfn) << 48n) : vttbr & baddrMask
  return { baddr, vmid: Number(BigInt.asUintN(16, vttbr >> 48n)), cnp: (vttbr & 1n) === 1n }
}
