/** From bits to exact values. [ARM] J1.3 FPUnpack, FPUnpackCV. */

import { FPCR, FPSR, type FpEnv } from './env.ts'
import { type FpFormat, type FpGeometry, geometryOf } from './format.ts'

/** The pseudocode's FPType; denormals that are not flushed are `Nonzero`. */
export const FPType = { Zero: 0, Nonzero: 1, Infinity: 2, QNaN: 3, SNaN: 4 } as const

/** A value of {@link FPType}. */
export type FPType = (typeof FPType)[keyof typeof FPType]

/** An exact number, (-1)^sign × mantissa × 2^exp; the mantissa is zero for every type but `Nonzero`. */
export interface Unpacked {
  /** What the bits are. */
  readonly type: FPType
  /** 0 or 1. */
  readonly sign: number
  /** Unsigned integer significand. */
  readonly mantissa: bigint
  /** Power of two that scales the mantissa. */
  readonly exp: number
}

function unpack(g: FpGeometry, bits: bigint, flush: boolean, hasSpecials: boolean, env: FpEnv): Unpacked {
  const sign = (bits & g.signBit) === 0n ? 0 : 1
  const fraction = bits & g.fractionMask
  const biased = Number((bits & g.infinity) >> g.fractionShift)
  if (biased === 0) {
    if (fraction === 0n) return { type: FPType.Zero, sign, mantissa: 0n, exp: 0 }
    if (flush) {
      // FZ16 flushes without recording an input denormal.
      if (g.format !== 16) env.fpsr |= FPSR.IDC
      return { type: FPType.Zero, sign, mantissa: 0n, exp: 0 }
    }
    return { type: FPType.Nonzero, sign, mantissa: fraction, exp: g.minimumExp - g.fractionBits }
  }
  if (biased === g.maxBiased && hasSpecials) {
    const type = fraction === 0n ? FPType.Infinity : (fraction & g.quietBit) === 0n ? FPType.SNaN : FPType.QNaN
    return { type, sign, mantissa: 0n, exp: 0 }
  }
  const mantissa = fraction | (1n << g.fractionShift)
  return { type: FPType.Nonzero, sign, mantissa, exp: biased - 1 + g.minimumExp - g.fractionBits }
}

/** Unpacks an operand of an arithmetic operation: AHP is ignored, FZ or FZ16 flushes denormals. */
export function fpUnpack(format: FpFormat, bits: bigint, env: FpEnv): Unpacked {
  const flush = (env.fpcr & (format === 16 ? FPCR.FZ16 : FPCR.FZ)) !== 0
  return unpack(geometryOf(format), bits, flush, true, env)
}

/** Unpacks an operand of a format conversion: FZ16 is ignored, AHP removes half-precision infinities and NaNs. */
export function fpUnpackCV(format: FpFormat, bits: bigint, env: FpEnv): Unpacked {
  const flush = format !== 16 && (env.fpcr & FPCR.FZ) !== 0
  return unpack(geometryOf(format), bits, flush, format !== 16 || (env.fpcr & FPCR.AHP) === 0, env)
}

/** Whether an unpacked operand is a NaN of either kind. */
export function isNaNType(type: FPType): boolean {
  return type >= FPType.QNaN
}
