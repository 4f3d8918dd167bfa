/** How a walk goes through tables of either stage, and how their descriptors hold addresses. [ARM] D8.2, D8.3 */

/** The shape of a table as its registers say, without being limited to what the engine builds. */
export interface TableShape {
  /** log2 of the granule: 12, 14 or 16. */
  readonly granuleBits: number
  /** Input addresses are below 2^inputBits; of the upper half of stage 1, their offset in it. */
  readonly inputBits: number
  /** -1 to 3. */
  readonly startLevel: number
  /** Descriptors in the root, concatenated tables together. */
  readonly rootEntries: number
  /** Address of the root, below 2^52. */
  readonly base: number
  /** Output addresses and addresses of tables are below 2^outputBits, or the walk faults. */
  readonly outputBits: number
  /** FEAT_LPA2 format: address [51:50] in bits [9:8]. */
  readonly isDs: boolean
  /** 64K granule where physical addresses have 52 bits: address [51:48] in bits [15:12]. */
  readonly isLpa: boolean
}

/** log2 of what an entry at `level` translates. */
export function entryShift(shape: Pick<TableShape, 'granuleBits'>, level: number): number {
  return (3 - level) * (shape.granuleBits - 3) + shape.granuleBits
}

/** The address in a descriptor, without bits below `lsb`. */
export function addressIn(shape: TableShape, lo: number, hi: number, lsb: number): number {
  const high = (hi & (shape.isDs ? 0x3_ffff : 0xffff)) * 0x1_0000_0000
  let address = high + ((lo & -(1 << shape.granuleBits)) >>> 0)
  if (shape.isDs) address += ((lo >>> 8) & 3) * 0x4_0000_0000_0000
  else if (shape.isLpa) address += ((lo >>> 12) & 0xf) * 0x1_0000_0000_0000
  if (lsb === shape.granuleBits) return address
  const bytes = 2 ** lsb
  return Math.floor(address / bytes) * bytes
}

/** Whether a block may be at `level`, below 3. [ARM] D8.3 */
export function allowsBlock(shape: TableShape, level: number): boolean {
  if (level === 2) return true
  if (shape.granuleBits === 12) return level === 1 || (level === 0 && shape.isDs)
  return level === 1 && (shape.granuleBits === 14 ? shape.isDs : shape.isLpa)
}

/** Root address of a TTBR or VTTBR: aligned to the root's size, at least 64 bytes where bits [5:2] hold address [51:48]. */
export function rootAddress(register: bigint, rootEntries: number, is52: boolean): number {
  const sizeBits = Math.log2(rootEntries) + 3
  const bits = BigInt(is52 ? Math.max(6, sizeBits) : sizeBits)
  const low = ((register & 0xffff_ffff_ffffn) >> bits) << bits
  return Number(is52 ? low | (((register >> 2n) & 0xfn) << 48n) : low)
}
