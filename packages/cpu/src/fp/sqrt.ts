/** Square root. [ARM] J1.3 FPSqrt. */

import { type FpEnv, fpRoundingMode } from './env.ts'
import { sqrtDouble } from './fast-double.ts'
import { sqrtSingle } from './fast-single.ts'
import { type FpFormat, fpInfinity, fpZero } from './format.ts'
import { fpInvalid, fpProcessNaN } from './nan.ts'
import { fpRound } from './round.ts'
import { FPType, fpUnpack, isNaNType } from './unpack.ts'

/** Floor of the square root of a positive integer of up to 1000 bits, by Newton's method from above. */
function integerSqrt(value: bigint): bigint {
  // The host's root is off by less than 2^-51 of itself, so this start is above the true root and within 2^-49 of it.
  let root = BigInt(Math.ceil(Math.sqrt(Number(value)) * (1 + 2 ** -50))) + 1n
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** {@link fpSqrt} through exact arithmetic only. */
export function fpSqrtExact(format: FpFormat, op: bigint, env: FpEnv): bigint {
  const value = fpUnpack(format, op, env)
  if (isNaNType(value.type)) return fpProcessNaN(format, value.type, op, env)
  if (value.type === FPType.Zero) return fpZero(format, value.sign)
  if (value.sign) return fpInvalid(format, env)
  if (value.type === FPType.Infinity) return fpInfinity(format, 0)
  // At least 128 more bits than the mantissa has give a root of at least 64 bits; the exponent must stay even.
  const shift = 128 + (value.exp & 1)
  const radicand = value.mantissa << BigInt(shift)
  const root = integerSqrt(radicand)
  const sticky = root * root === radicand ? 0n : 1n
  return fpRound(format, 0, (root << 1n) | sticky, (value.exp - shift) / 2 - 1, fpRoundingMode(env), env)
}

/** The square root of op. */
export function fpSqrt(format: FpFormat, op: bigint, env: FpEnv): bigint {
  if (format !== 16) {
    const fast = format === 64 ? sqrtDouble(op, env) : sqrtSingle(op, env)
    if (fast >= 0n) return fast
  }
  return fpSqrtExact(format, op, env)
}
