/** Kinds of addresses as types of their own, so that one cannot be passed for another. */

declare const kind: unique symbol

/** A bigint that says which kind of address it is; the brand exists only for the compiler. */
type Address<Kind extends string> = bigint & { readonly [kind]: Kind }

/** Guest physical address: what the guest's stage 1 puts out. @see [ARM] D8 */
export type Gpa = Address<'Gpa'>
/** Intermediate physical address: a {@link Gpa} as stage 2 calls it. @see [ARM] D8 */
export type Ipa = Gpa
/** Guest frame number: a {@link Gpa} without the bits inside a page. */
export type Gfn = Address<'Gfn'>
/** Virtual address of the guest. @see [ARM] D8 */
export type Va = Address<'Va'>
/** Host physical address: what stage 2 puts out. @see [ARM] D8 */
export type Pa = Address<'Pa'>

/** Whether `value` is an unsigned 64-bit number. */
function checkU64(value: bigint, what: string): void {
  if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${value} is no ${what}: it is not in 0 to 2^64 - 1`)
}

/**
 * Guest physical address from a number of at most 64 bits.
 *
 * @throws RangeError if it does not fit.
 * @see {@link Gpa}
 */
export function toGpa(value: bigint | number): Gpa {
  const address = BigInt(value)
  checkU64(address, 'guest physical address')
  return address as Gpa
}

/**
 * Frame that an address lies in, for pages of 2^`pageBits` bytes.
 *
 * @see {@link Gfn}
 */
export function gpaToGfn(gpa: Gpa, pageBits: number): Gfn {
  return (gpa >> BigInt(pageBits)) as Gfn
}

/**
 * First address of a frame, for pages of 2^`pageBits` bytes.
 *
 * @throws RangeError if the address does not fit in 64 bits.
 * @see {@link Gfn}
 */
export function gfnToGpa(gfn: Gfn, pageBits: number): Gpa {
  return toGpa(gfn << BigInt(pageBits))
}
