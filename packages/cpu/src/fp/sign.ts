/** Operations on the sign bit alone; NaNs and denormals pass through. [ARM] J1.3 FPNeg, FPAbs. */

import { type FpFormat, geometryOf } from './format.ts'

/** Flips the sign bit. */
export function fpNeg(format: FpFormat, op: bigint): bigint {
  return op ^ geometryOf(format).signBit
}

/** Clears the sign bit. */
export function fpAbs(format: FpFormat, op: bigint): bigint {
  return op & (geometryOf(format).signBit - 1n)
}
