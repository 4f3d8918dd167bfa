/** Registers of 64 bits that loads and stores of a word reach in halves, and the memory attributes in them. */

/** The word or doubleword of a 64-bit register that an aligned access sees; 0 for narrower ones. */
export function part(value: bigint, offset: number, sizeBytes: number): bigint {
  if (sizeBytes === 8) return (offset & 7) === 0 ? value : 0n
  if (sizeBytes !== 4 || (offset & 3) !== 0) return 0n
  return BigInt.asUintN(32, (offset & 4) !== 0 ? value >> 32n : value)
}

/** A 64-bit register after an aligned store of a word or doubleword. */
export function mergePart(old: bigint, offset: number, sizeBytes: number, value: bigint): bigint {
  if (sizeBytes === 8) return BigInt.asUintN(64, value)
  const word = BigInt.asUintN(32, value)
  return (offset & 4) !== 0 ? (word << 32n) | BigInt.asUintN(32, old) : ((old >> 32n) << 32n) | word
}

const nCnB = 0n
const nC = 1n
const RaWb = 3n
const SameAsInner = 0n
const InnerShareable = 1n
const OuterShareable = 2n

function replaced(value: bigint, lsb: bigint, mask: bigint, change: (field: bigint) => bigint): bigint {
  return (value & ~(mask << lsb)) | (change((value >> lsb) & mask) << lsb)
}

/**
 * The attributes that are implemented of those that were written, in the layout of GICR_PROPBASER and of GITS_BASER: inner
 * shareable where it was outer, write-back where it was not cacheable, and outer as inner.
 *
 * @param innerLsb where InnerCache is; OuterCache is in [58:56] with 7, else in [55:53].
 */
export function sanitiseAttributes(value: bigint, innerLsb: 7n | 59n): bigint {
  const outerLsb = innerLsb === 7n ? 56n : 53n
  const shared = replaced(value, 10n, 3n, (field) => (field === OuterShareable ? InnerShareable : field))
  const inner = replaced(shared, innerLsb, 7n, (field) => (field === nCnB || field === nC ? RaWb : field))
  return replaced(inner, outerLsb, 7n, (field) => (field === SameAsInner || field === nC ? field : SameAsInner))
}
