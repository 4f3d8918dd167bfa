/** Sums and products of unpacked numbers, without rounding. */

import { FPRounding, type FpEnv, fpRoundingMode } from './env.ts'
import { type FpFormat, fpZero } from './format.ts'
import { fpRound } from './round.ts'
import type { Unpacked } from './unpack.ts'

/** A signed exact number, mantissa × 2^exp. */
export interface Exact {
  /** Signed integer. */
  readonly mantissa: bigint
  /** Power of two that scales it. */
  readonly exp: number
}

/** An unpacked finite number as a signed exact one. */
export function exactOf(value: Unpacked): Exact {
  return { mantissa: value.sign ? -value.mantissa : value.mantissa, exp: value.exp }
}

/** The product of two finite numbers. */
export function exactProduct(x: Exact, y: Exact): Exact {
  return { mantissa: x.mantissa * y.mantissa, exp: x.exp + y.exp }
}

/** The sum of two finite numbers; zero terms cost no alignment. */
export function exactSum(x: Exact, y: Exact): Exact {
  if (x.mantissa === 0n) return y
  if (y.mantissa === 0n) return x
  if (x.exp >= y.exp) return { mantissa: (x.mantissa << BigInt(x.exp - y.exp)) + y.mantissa, exp: y.exp }
  return { mantissa: x.mantissa + (y.mantissa << BigInt(y.exp - x.exp)), exp: x.exp }
}

/** Rounds a sum under FPCR; an exact zero is negative only when rounding towards minus infinity. */
export function roundSum(format: FpFormat, sum: Exact, env: FpEnv): bigint {
  const rounding = fpRoundingMode(env)
  if (sum.mantissa === 0n) return fpZero(format, rounding === FPRounding.NEGINF ? 1 : 0)
  if (sum.mantissa < 0n) return fpRound(format, 1, -sum.mantissa, sum.exp, rounding, env)
  return fpRound(format, 0, sum.mantissa, sum.exp, rounding, env)
}
