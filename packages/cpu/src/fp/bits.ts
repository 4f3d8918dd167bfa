/** Bit casts and bit lengths shared by the exact and the fast paths. */

/** One 64-bit cell seen as a double. All views alias; a value must be read back before the next write. */
export const asDouble: Float64Array = new Float64Array(1)
/** The cell as a 64-bit integer. */
export const asBits: BigUint64Array = new BigUint64Array(asDouble.buffer)
/** The cell as two words, indexed by {@link low} and {@link high}. */
export const asWords: Uint32Array = new Uint32Array(asDouble.buffer)
/** The cell as two singles; index {@link low} is the one whose bits are the low word. */
export const asSingles: Float32Array = new Float32Array(asDouble.buffer)

asBits[0] = 1n
/** Index of the low word, whatever the byte order. */
export const low: number = asWords[0] === 1 ? 0 : 1
/** Index of the high word. */
export const high: number = 1 - low

/** Number of significant bits of a positive integer. */
export function bitLength(value: bigint): number {
  let extra = 0
  while (value >> 960n !== 0n) {
    value >>= 960n
    extra += 960
  }
  asDouble[0] = Number(value)
  const exponent = (asWords[high]! >>> 20) - 1023
  // Number() may have rounded up to the next power of two.
  const roundedUp = exponent >= 53 && value >> BigInt(exponent) === 0n
  return extra + exponent + (roundedUp ? 0 : 1)
}
