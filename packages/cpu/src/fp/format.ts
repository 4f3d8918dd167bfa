/** The IEEE formats and their special values. [ARM] A1.4, J1.3 FPZero, FPInfinity, FPMaxNormal, FPDefaultNaN. */

/** Width in bits of a floating-point format: half, single or double. */
export type FpFormat = 16 | 32 | 64

/** Everything about a format that the algorithms need, computed once. */
export interface FpGeometry {
  /** Width in bits. */
  readonly format: FpFormat
  /** Fraction bits. */
  readonly fractionBits: number
  /** {@link fractionBits} as a shift count. */
  readonly fractionShift: bigint
  /** Exponent of the smallest normal number, 2 - 2^(E-1). */
  readonly minimumExp: number
  /** All-ones exponent field. */
  readonly maxBiased: number
  /** Mask of the fraction field. */
  readonly fractionMask: bigint
  /** The sign bit. */
  readonly signBit: bigint
  /** Positive infinity; also the mask of the exponent field. */
  readonly infinity: bigint
  /** Top fraction bit, set in quiet NaNs. */
  readonly quietBit: bigint
}

function geometry(format: FpFormat, exponentBits: number): FpGeometry {
  const fractionBits = format - 1 - exponentBits
  const fractionShift = BigInt(fractionBits)
  const maxBiased = 2 ** exponentBits - 1
  return {
    format,
    fractionBits,
    fractionShift,
    minimumExp: 2 - 2 ** (exponentBits - 1),
    maxBiased,
    fractionMask: (1n << fractionShift) - 1n,
    signBit: 1n << BigInt(format - 1),
    infinity: BigInt(maxBiased) << fractionShift,
    quietBit: 1n << (fractionShift - 1n),
  }
}

const half = geometry(16, 5)
const single = geometry(32, 8)
const double = geometry(64, 11)

/** The geometry of a format. */
export function geometryOf(format: FpFormat): FpGeometry {
  return format === 64 ? double : format === 32 ? single : half
}

/** A zero with the given sign (0 or 1). */
export function fpZero(format: FpFormat, sign: number): bigint {
  return sign ? geometryOf(format).signBit : 0n
}

/** An infinity with the given sign (0 or 1). */
export function fpInfinity(format: FpFormat, sign: number): bigint {
  const g = geometryOf(format)
  return sign ? g.infinity | g.signBit : g.infinity
}

/** The largest finite number with the given sign (0 or 1). */
export function fpMaxNormal(format: FpFormat, sign: number): bigint {
  return fpInfinity(format, sign) - 1n
}

/** The default NaN: positive, quiet, no payload (FEAT_AFP's negative one is absent). */
export function fpDefaultNaN(format: FpFormat): bigint {
  const g = geometryOf(format)
  return g.infinity | g.quietBit
}

/** A power of two in the normal range, 2^exponent, with an optional half on top (1.5 × 2^exponent). */
export function fpPowerOfTwo(format: FpFormat, sign: number, exponent: number, plusHalf = false): bigint {
  const g = geometryOf(format)
  const magnitude = BigInt(exponent - g.minimumExp + 1) << g.fractionShift
  return magnitude | (plusHalf ? g.quietBit : 0n) | (sign ? g.signBit : 0n)
}
