/** Stage-2 descriptors as lo/hi halves: addresses, permissions, memory types. [ARM] D8.3 */

import type { Stage2Geometry } from './geometry.ts'
import { Prot } from './prot.ts'

/** Last level of every walk. */
export const lastLevel = 3

/** Bits [31:0] of a descriptor, beside the address. [ARM] D8.3.2 */
export const DescriptorLo = {
  valid: 1,
  /** Table below level 3, page at level 3; a block has 0. */
  type: 2,
  /** MemAttr [5:2]. */
  memAttr: 0x3c,
  s2apRead: 0x40,
  s2apWrite: 0x80,
  /** SH [9:8]; with LPA2 these bits are address [51:50]. */
  sh: 0x300,
  af: 0x400,
} as const

/** Bits [63:32] of a descriptor, beside the address, shifted down by 32. [ARM] D8.3.2 */
export const DescriptorHi = {
  /** Dirty bit modifier, bit 51. */
  dbm: 0x8_0000,
  /** Contiguous hint, bit 52. Linux never sets it at stage 2. */
  contiguous: 0x10_0000,
  /** XNX, bit 53: with FEAT_XNX it splits execute permission between EL0 and EL1. */
  xnx: 0x20_0000,
  /** Execute never, bit 54. */
  xn: 0x40_0000,
  /** Software bits [58:55]. */
  sw: 0x780_0000,
} as const

/** Halves' bits that hold permissions: two leaves that differ in these alone map the same memory the same way. */
export const permissionBitsLo: number = DescriptorLo.s2apRead | DescriptorLo.s2apWrite
/** @see {@link permissionBitsLo} */
export const permissionBitsHi: number = DescriptorHi.xn

const memAttrDevice = 0b0001
const memAttrNormalNc = 0b0101
const memAttrNormalWb = 0b1111
// With FEAT_S2FWB the field is an override: 110 forces write-back. [ARM] D8.6.6
const memAttrNormalWbFwb = 0b0110
const shInner = 3 << 8

/** How one table's descriptors hold addresses and attributes. All methods work on halves; results are signed 32-bit numbers. */
export class DescriptorFormat {
  /** FEAT_S2FWB in use: MemAttr overrides stage 1 instead of combining with it. */
  readonly fwb: boolean = false
  /** FEAT_LPA2: address [51:50] in bits [9:8]. */
  readonly lpa2: boolean = false
  /** 64K with FEAT_LPA: address [51:48] in bits [15:12]. */
  readonly lpa: boolean = false
  readonly #levelBytes: readonly number[]
  readonly #loMask: number = 0
  readonly #hiMask: number = 0

  constructor(geometry: Stage2Geometry, fwb: boolean) {
    this.fwb = fwb
    this.lpa2 = geometry.lpa2
    this.lpa = geometry.oaBits === 52 && !geometry.lpa2
    this.#levelBytes = geometry.levelBytes
    this.#loMask = -geometry.pageBytes | 0
    this.#hiMask = geometry.lpa2 ? 0x3ffff : 0xffff
  }

  /** Address bits of `pa` that go to the low half. `pa` is page-aligned and below 2^oaBits. */
  addressLo(pa: number): number {
    const lo = pa & this.#loMask
    if (this.lpa2) return lo | (((pa / 0x4_0000_0000_0000) & 3) << 8)
    if (this.lpa) return lo | (((pa / 0x1_0000_0000_0000) & 0xf) << 12)
    return lo
  }

  /** Address bits of `pa` that go to the high half. */
  addressHi(pa: number): number {
    return (pa / 0x1_0000_0000) & this.#hiMask
  }

  /** Page-aligned address that a table, page or block descriptor holds; for blocks see {@link DescriptorFormat.outputAddress}. */
  address(lo: number, hi: number): number {
    const pa = (hi & this.#hiMask) * 0x1_0000_0000 + ((lo & this.#loMask) >>> 0)
    if (this.lpa2) return pa + ((lo >>> 8) & 3) * 0x4_0000_0000_0000
    if (this.lpa) return pa + ((lo >>> 12) & 0xf) * 0x1_0000_0000_0000
    return pa
  }

  /** Output address of a leaf at `level`: a block's has no bits below its size. */
  outputAddress(lo: number, hi: number, level: number): number {
    const pa = this.address(lo, hi)
    return level === lastLevel ? pa : Math.floor(pa / this.#levelBytes[level]) * this.#levelBytes[level]
  }

  /** Low half of a leaf at `level` without its address: valid, type, MemAttr, S2AP, SH, AF. */
  leafLo(prot: Prot, level: number): number {
    let memAttr = this.fwb ? memAttrNormalWbFwb : memAttrNormalWb
    if (prot & Prot.device) memAttr = memAttrDevice
    else if (prot & Prot.normalNc) memAttr = memAttrNormalNc
    // LPA2 takes shareability from VTCR_EL2.SH0. [ARM] D8.3.2
    return (
      DescriptorLo.valid |
      (level === lastLevel ? DescriptorLo.type : 0) |
      (memAttr << 2) |
      protToLo(prot) |
      (this.lpa2 ? 0 : shInner) |
      DescriptorLo.af
    )
  }

  /** High half of a leaf without its address: XN and software bits. */
  leafHi(prot: Prot): number {
    return (prot & Prot.x ? 0 : DescriptorHi.xn) | (((prot >>> 5) & 0xf) << 23)
  }

  /** Permissions, memory type and software bits of a leaf. A leaf without XN but with XNX counts as executable. */
  prot(lo: number, hi: number): Prot {
    let prot = (lo & DescriptorLo.s2apRead ? Prot.r : 0) | (lo & DescriptorLo.s2apWrite ? Prot.w : 0)
    if ((hi & DescriptorHi.xn) === 0) prot |= Prot.x
    const memAttr = (lo >>> 2) & 0xf
    if (isDevice(memAttr, this.fwb)) prot |= Prot.device
    else if (memAttr === memAttrNormalNc) prot |= Prot.normalNc
    return prot | (((hi >>> 23) & 0xf) << 5)
  }

  /** Whether data caches may hold lines for this leaf, as the engine maps memory. */
  isCacheable(lo: number): boolean {
    return ((lo >>> 2) & 0xf) === (this.fwb ? memAttrNormalWbFwb : memAttrNormalWb)
  }
}

/** S2AP bits that `prot` grants. */
export function protToLo(prot: Prot): number {
  return (prot & Prot.r ? DescriptorLo.s2apRead : 0) | (prot & Prot.w ? DescriptorLo.s2apWrite : 0)
}

/** Whether a descriptor points to a next-level table. */
export function isTable(lo: number, level: number): boolean {
  return level < lastLevel && (lo & 3) === 3
}

function isDevice(memAttr: number, fwb: boolean): boolean {
  return fwb ? (memAttr & 4) === 0 : (memAttr & 0xc) === 0
}

const deviceNames = ['Device-nGnRnE', 'Device-nGnRE', 'Device-nGRE', 'Device-GRE']
const cacheNames = ['reserved', 'NC', 'WT', 'WB']

/** Name of a MemAttr value: `Normal-WB`, `Device-nGnRE`. [ARM] D8.6 */
export function formatMemAttr(memAttr: number, fwb: boolean): string {
  if (fwb) {
    if (memAttr < 4) return deviceNames[memAttr]
    return ['reserved', 'Normal-NC', 'Normal-WB', 'as stage 1'][memAttr - 4] ?? 'reserved'
  }
  if (isDevice(memAttr, false)) return deviceNames[memAttr & 3]
  const outer = cacheNames[memAttr >>> 2]
  const inner = cacheNames[memAttr & 3]
  if (inner === 'reserved') return 'reserved'
  return outer === inner ? `Normal-${outer}` : `Normal-outer-${outer}-inner-${inner}`
}
