/** Whole descriptors as bigint, for people and tools; the engine itself works on halves. [ARM] D8.3 */

import { GeometryError, Stage2ArgumentError } from './errors.ts'
import type { Stage2Geometry } from './geometry.ts'
import { checkProt, type Prot } from './prot.ts'
import { DescriptorFormat, DescriptorHi, DescriptorLo, lastLevel } from './pte.ts'
import { Result } from './result.ts'

/** A descriptor taken apart. */
export type Descriptor = InvalidDescriptor | TableDescriptor | LeafDescriptor

/** Bit 0 is clear, or the type is reserved at that level; the hardware takes a translation fault. */
export interface InvalidDescriptor {
  readonly kind: 'invalid'
  /** Bit 0 is set, but this level has no such descriptor. */
  readonly isReserved: boolean
}

/** Points to the table of the next level. */
export interface TableDescriptor {
  readonly kind: 'table'
  /** Address of the table. */
  readonly pa: bigint
}

/** Maps memory: a page at level 3, a block above. */
export interface LeafDescriptor {
  readonly kind: 'block' | 'page'
  /** Output address. */
  readonly pa: bigint
  readonly sizeBytes: number
  /** Permissions, memory type and software bits. */
  readonly prot: Prot
  readonly memAttr: number
  /** SH; undefined with LPA2, where VTCR_EL2.SH0 rules. */
  readonly sh: number | undefined
  readonly af: boolean
  readonly dbm: boolean
  readonly contiguous: boolean
  readonly xnx: boolean
}

/** What {@link encodeLeaf} encodes. */
export interface LeafOptions {
  readonly geometry: Stage2Geometry
  /** 3 for a page, less for a block. */
  readonly level: number
  /** Output address, aligned to what an entry of that level maps. */
  readonly pa: bigint
  readonly prot: Prot
  /** FEAT_S2FWB in use. Default false. */
  readonly fwb?: boolean
}

/** Puts two halves together. */
export function joinHalves(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)
}

/** Page or block descriptor as the engine writes it. @throws {@link Stage2ArgumentError}, {@link GeometryError} */
export function encodeLeaf(options: LeafOptions): bigint {
  const { geometry, level, pa, prot, fwb = false } = options
  if (!Number.isInteger(level) || level < geometry.archMinBlockLevel || level > lastLevel) {
    throw new Stage2ArgumentError('level', level, `from ${geometry.archMinBlockLevel} to 3 for a leaf of this format`)
  }
  if (checkProt(prot) !== Result.ok) {
    throw new Stage2ArgumentError('prot', prot, 'flags of Prot, with execute only on write-back memory')
  }
  const address = checkOutputAddress(geometry, pa, geometry.levelBytes[level])
  const format = new DescriptorFormat(geometry, fwb)
  return joinHalves(
    format.leafLo(prot, level) | format.addressLo(address),
    format.leafHi(prot) | format.addressHi(address),
  )
}

/** Table descriptor for the table at `pa`. @throws {@link GeometryError} */
export function encodeTable(geometry: Stage2Geometry, pa: bigint): bigint {
  const address = checkOutputAddress(geometry, pa, geometry.pageBytes)
  const format = new DescriptorFormat(geometry, false)
  return joinHalves(format.addressLo(address) | DescriptorLo.valid | DescriptorLo.type, format.addressHi(address))
}

function checkOutputAddress(geometry: Stage2Geometry, pa: bigint, alignBytes: number): number {
  const value = `output address 0x${pa.toString(16)}`
  if (pa < 0n || pa >> BigInt(geometry.oaBits) !== 0n) {
    throw new GeometryError({
      reason: 'exceeds-pa',
      value,
      problem: `does not fit a descriptor of ${geometry.oaBits}-bit addresses`,
      remedy: `use an address below 2^${geometry.oaBits}`,
    })
  }
  if (pa % BigInt(alignBytes) !== 0n) {
    throw new Stage2ArgumentError('pa', value, `a multiple of 0x${alignBytes.toString(16)}`)
  }
  return Number(pa)
}

/** Takes a descriptor found at `level` apart. */
export function decodeDescriptor(geometry: Stage2Geometry, level: number, descriptor: bigint, fwb = false): Descriptor {
  const lo = Number(BigInt.asIntN(32, descriptor))
  const hi = Number(BigInt.asIntN(32, descriptor >> 32n))
  if ((lo & DescriptorLo.valid) === 0) return { kind: 'invalid', isReserved: false }
  const format = new DescriptorFormat(geometry, fwb)
  const hasType = (lo & DescriptorLo.type) !== 0
  if (level < lastLevel && hasType) return { kind: 'table', pa: BigInt(format.address(lo, hi)) }
  const isLeaf = level === lastLevel ? hasType : level >= geometry.archMinBlockLevel
  if (!isLeaf) return { kind: 'invalid', isReserved: true }
  return {
    kind: level === lastLevel ? 'page' : 'block',
    pa: BigInt(format.outputAddress(lo, hi, level)),
    sizeBytes: geometry.levelBytes[level],
    prot: format.prot(lo, hi),
    memAttr: (lo >>> 2) & 0xf,
    sh: geometry.lpa2 ? undefined : (lo >>> 8) & 3,
    af: (lo & DescriptorLo.af) !== 0,
    dbm: (hi & DescriptorHi.dbm) !== 0,
    contiguous: (hi & DescriptorHi.contiguous) !== 0,
    xnx: (hi & DescriptorHi.xnx) !== 0,
  }
}
