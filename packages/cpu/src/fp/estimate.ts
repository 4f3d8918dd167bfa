/** Reciprocal and reciprocal square root estimates. [ARM] J1.3 FPRecipEstimate, FPRSqrtEstimate, FPRecpX. */

import { FPCR, FPSR, type FpEnv, fpRoundingMode } from './env.ts'
import { type FpFormat, type FpGeometry, fpInfinity, fpMaxNormal, fpZero, geometryOf } from './format.ts'
import { fpInvalid, fpProcessNaN } from './nan.ts'
import { overflowsToInfinity } from './round.ts'
import { FPType, fpUnpack, isNaNType } from './unpack.ts'

/** 256 ≤ a < 512 stands for a/512; the result, in the same range, for r/256. [ARM] J1.3 RecipEstimate. */
function recipEstimate(a: number): number {
  return (Math.floor(2 ** 19 / (2 * a + 1)) + 1) >> 1
}

/** 128 ≤ a < 512 stands for a/512; the result, in 256..511, for r/256. [ARM] J1.3 RecipSqrtEstimate. */
function recipSqrtEstimate(a: number): number {
  const doubled = a < 256 ? 2 * a + 1 : 2 * ((a & ~1) + 1)
  let b = 512
  while (doubled * (b + 1) * (b + 1) < 2 ** 28) b++
  return (b + 1) >> 1
}

/** The exponent field and the fraction aligned to double's 52 bits. */
function fields(g: FpGeometry, op: bigint): { exp: number; fraction: bigint } {
  return {
    exp: Number((op & g.infinity) >> g.fractionShift),
    fraction: (op & g.fractionMask) << (52n - g.fractionShift),
  }
}

function flushes(format: FpFormat, env: FpEnv): boolean {
  return (env.fpcr & (format === 16 ? FPCR.FZ16 : FPCR.FZ)) !== 0
}

/** An 8-bit estimate of 1/op. */
export function fpRecipEstimate(format: FpFormat, op: bigint, env: FpEnv): bigint {
  const g = geometryOf(format)
  const { type, sign } = fpUnpack(format, op, env)
  if (isNaNType(type)) return fpProcessNaN(format, type, op, env)
  if (type === FPType.Infinity) return fpZero(format, sign)
  if (type === FPType.Zero) {
    env.fpsr |= FPSR.DZC
    return fpInfinity(format, sign)
  }
  let { exp, fraction } = fields(g, op)
  if (exp === 0 && fraction >> 50n === 0n) {
    // The reciprocal overflows: |op| is below 2^(minimumExp - 2).
    env.fpsr |= FPSR.OFC | FPSR.IXC
    return overflowsToInfinity(fpRoundingMode(env), sign) ? fpInfinity(format, sign) : fpMaxNormal(format, sign)
  }
  if (flushes(format, env) && exp >= g.maxBiased - 2) {
    env.fpsr |= FPSR.UFC
    return fpZero(format, sign)
  }
  if (exp === 0) {
    const shift = fraction >> 51n === 0n ? 2n : 1n
    exp = shift === 2n ? -1 : 0
    fraction = BigInt.asUintN(52, fraction << shift)
  }
  let resultExp = g.maxBiased - 2 - exp
  let result = BigInt(recipEstimate(256 + Number(fraction >> 44n)) - 256) << 44n
  if (resultExp === 0) result = (1n << 51n) | (result >> 1n)
  else if (resultExp === -1) {
    result = (1n << 50n) | (result >> 2n)
    resultExp = 0
  }
  return (sign ? g.signBit : 0n) | (BigInt(resultExp) << g.fractionShift) | (result >> (52n - g.fractionShift))
}

/** An 8-bit estimate of 1/√op. */
export function fpRSqrtEstimate(format: FpFormat, op: bigint, env: FpEnv): bigint {
  const g = geometryOf(format)
  const { type, sign } = fpUnpack(format, op, env)
  if (isNaNType(type)) return fpProcessNaN(format, type, op, env)
  if (type === FPType.Zero) {
    env.fpsr |= FPSR.DZC
    return fpInfinity(format, sign)
  }
  if (sign) return fpInvalid(format, env)
  if (type === FPType.Infinity) return fpZero(format, 0)
  let { exp, fraction } = fields(g, op)
  if (exp === 0) {
    while (fraction >> 51n === 0n) {
      fraction <<= 1n
      exp -= 1
    }
    fraction = BigInt.asUintN(52, fraction << 1n)
  }
  const scaled = (exp & 1) === 0 ? 256 + Number(fraction >> 44n) : 128 + Number(fraction >> 45n)
  // 3 × bias - 1 is 44, 380, 3068 for the three formats.
  const resultExp = (3 * (g.maxBiased >> 1) - 1 - exp) >> 1
  const estimate = BigInt(recipSqrtEstimate(scaled) - 256)
  return (BigInt(resultExp) << g.fractionShift) | (estimate << (g.fractionShift - 8n))
}

/** FRECPX: 2^-exponent with op's sign, to keep reciprocals of tiny and huge numbers in range. */
export function fpRecpX(format: FpFormat, op: bigint, env: FpEnv): bigint {
  const g = geometryOf(format)
  const { type } = fpUnpack(format, op, env)
  if (isNaNType(type)) return fpProcessNaN(format, type, op, env)
  const exp = Number((op & g.infinity) >> g.fractionShift)
  const result = exp === 0 ? g.maxBiased - 1 : g.maxBiased - exp
  return (op & g.signBit) | (BigInt(result) << g.fractionShift)
}

/** URECPE on one 32-bit element: op and result are fixed point with 32 and 31 fraction bits. */
export function unsignedRecipEstimate(op: bigint): bigint {
  const scaled = Number(op >> 23n)
  return scaled < 256 ? 0xffff_ffffn : BigInt(recipEstimate(scaled)) << 23n
}

/** URSQRTE on one 32-bit element. */
export function unsignedRSqrtEstimate(op: bigint): bigint {
  const scaled = Number(op >> 23n)
  return scaled < 128 ? 0xffff_ffffn : BigInt(recipSqrtEstimate(scaled)) << 23n
}
