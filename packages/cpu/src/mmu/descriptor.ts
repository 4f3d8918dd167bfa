/** Descriptor formats common to both stages. [ARM] D8.3. */

const TWO_32 = 0x1_0000_0000

/** How descriptors of one translation regime hold addresses. */
export interface DescriptorFormat {
  /** log2 of the granule. */
  granuleBits: number
  /** 4K and 16K with DS: address bits 49:12 in place, 51:50 in descriptor bits 9:8. */
  isDs: boolean
  /** 64K where physical addresses have 52 bits: address bits 51:48 in descriptor bits 15:12. */
  isLpa: boolean
}

/** The address in a descriptor, from bit `lsb` up (12..47), as an exact number. */
export function descriptorAddress(format: DescriptorFormat, lo: number, hi: number, lsb: number): number {
  let high = hi & 0xffff
  if (format.isDs) high = (hi & 0x3ffff) | ((lo & 0x300) << 10)
  else if (format.isLpa) high |= (lo & 0xf000) << 4
  if (lsb >= 32) return ((high >>> (lsb - 32)) << (lsb - 32)) * TWO_32
  return high * TWO_32 + (((lo >>> lsb) << lsb) >>> 0)
}

/** True when a granule allows a block descriptor at `level` (not 3). */
export function allowsBlock(format: DescriptorFormat, level: number): boolean {
  if (level === 2) return true
  if (format.granuleBits === 12) return level === 1 || (level === 0 && format.isDs)
  return level === 1 && (format.granuleBits === 14 ? format.isDs : format.isLpa)
}

/** Bits lsb and up of the number `hi`:`lo`, as many as `mask` has. */
export function addressField(hi: number, lo: number, lsb: number, mask: number): number {
  if (lsb >= 32) return (hi >>> (lsb - 32)) & mask
  return ((lo >>> lsb) | (hi << (32 - lsb))) & mask
}

/** Table base of a TTBR or VTTBR: aligned to the table's size, with bits 51:48 from bits 5:2 in the 52-bit formats. */
export function tableBase(lo: number, hi: number, sizeBits: number, is52: boolean): number {
  const bits = is52 && sizeBits < 6 ? 6 : sizeBits
  const low = (((lo >>> bits) << bits) >>> 0) + (hi & 0xffff) * TWO_32
  return is52 ? low + ((lo >>> 2) & 0xf) * 0x1_0000_0000_0000 : low
}
