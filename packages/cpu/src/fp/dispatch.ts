/** One entry for generated code: floating-point operations by number. */

import { fpAdd, fpSub } from './add.ts'
import { fpCompare, fpCompareEQ, fpCompareGE, fpCompareGT } from './compare.ts'
import { fpConvert } from './convert.ts'
import { fpDiv } from './div.ts'
import { type FPRounding, type FpEnv, fpRoundingMode } from './env.ts'
import { fpRecipEstimate, fpRecpX, fpRSqrtEstimate, unsignedRecipEstimate, unsignedRSqrtEstimate } from './estimate.ts'
import { fixedToFP, fpToFixed, type IntegerBits } from './fixed.ts'
import { fpMulAdd } from './fma.ts'
import type { FpFormat } from './format.ts'
import { fpMax, fpMaxNum, fpMin, fpMinNum } from './minmax.ts'
import { fpMul, fpMulX } from './mul.ts'
import { fpRoundInt } from './round-int.ts'
import { fpAbs, fpNeg } from './sign.ts'
import { fpSqrt } from './sqrt.ts'
import { fpRecipStepFused, fpRSqrtStepFused } from './step.ts'

/** Operation numbers of {@link fpSlow}, by the manual's function names. Operands are in the pseudocode's order. */
export const FP_OPS = {
  FPAdd: 0,
  FPSub: 1,
  FPMul: 2,
  FPMulX: 3,
  FPDiv: 4,
  FPSqrt: 5,
  /** a = addend, b × c. */
  FPMulAdd: 6,
  FPNeg: 7,
  FPAbs: 8,
  FPMax: 9,
  FPMin: 10,
  FPMaxNum: 11,
  FPMinNum: 12,
  /** aux = 1 signals on quiet NaNs (FCMPE); the result is NZCV in bits 3:0. */
  FPCompare: 13,
  /** Comparisons answer 0 or 1. */
  FPCompareEQ: 14,
  FPCompareGE: 15,
  FPCompareGT: 16,
  /** aux from {@link fpRoundIntAux}. */
  FPRoundInt: 17,
  /** aux from {@link fpFixedAux}; the result is an unsigned pattern of the integer width. */
  FPToFixed: 18,
  /** format is the result's; aux from {@link fpFixedAux}. */
  FixedToFP: 19,
  /** format is the operand's; aux from {@link fpConvertAux}. */
  FPConvert: 20,
  FPRecipEstimate: 21,
  FPRSqrtEstimate: 22,
  /** 32-bit integer element; format is ignored. */
  UnsignedRecipEstimate: 23,
  /** 32-bit integer element; format is ignored. */
  UnsignedRSqrtEstimate: 24,
  FPRecipStepFused: 25,
  FPRSqrtStepFused: 26,
  FPRecpX: 27,
} as const

/** The name of an operation in {@link FP_OPS}. */
export type FpOpName = keyof typeof FP_OPS

/** In an aux word: round as FPCR.RMode says instead of an {@link FPRounding}. */
export const roundByFpcr = 7

/** aux of FPRoundInt. */
export function fpRoundIntAux(rounding: FPRounding | typeof roundByFpcr, exact: boolean): number {
  return rounding | (exact ? 8 : 0)
}

/** aux of FPToFixed and FixedToFP: rounding in bits 2:0, unsigned in bit 3, integer width in 10:4, fbits in 17:11. */
export function fpFixedAux(
  rounding: FPRounding | typeof roundByFpcr,
  isUnsigned: boolean,
  bits: IntegerBits,
  fbits: number,
): number {
  return rounding | (isUnsigned ? 8 : 0) | (bits << 4) | (fbits << 11)
}

/** aux of FPConvert: rounding in bits 2:0, the result's format in bits 10:4. */
export function fpConvertAux(rounding: FPRounding | typeof roundByFpcr, to: FpFormat): number {
  return rounding | (to << 4)
}

function auxRounding(aux: number, env: FpEnv): FPRounding {
  const rounding = aux & 7
  return rounding === roundByFpcr ? fpRoundingMode(env) : (rounding as FPRounding)
}

/** Bits 10:4 of an aux word; the caller packed a width there. */
function auxWidth(aux: number): 16 | 32 | 64 {
  return ((aux >>> 4) & 127) as 16 | 32 | 64
}

type Operation = (format: FpFormat, a: bigint, b: bigint, c: bigint, env: FpEnv, aux: number) => bigint

const operations: Readonly<Record<FpOpName, Operation>> = {
  FPAdd: (n, a, b, _c, env) => fpAdd(n, a, b, env),
  FPSub: (n, a, b, _c, env) => fpSub(n, a, b, env),
  FPMul: (n, a, b, _c, env) => fpMul(n, a, b, env),
  FPMulX: (n, a, b, _c, env) => fpMulX(n, a, b, env),
  FPDiv: (n, a, b, _c, env) => fpDiv(n, a, b, env),
  FPSqrt: (n, a, _b, _c, env) => fpSqrt(n, a, env),
  FPMulAdd: fpMulAdd,
  FPNeg: fpNeg,
  FPAbs: fpAbs,
  FPMax: (n, a, b, _c, env) => fpMax(n, a, b, env),
  FPMin: (n, a, b, _c, env) => fpMin(n, a, b, env),
  FPMaxNum: (n, a, b, _c, env) => fpMaxNum(n, a, b, env),
  FPMinNum: (n, a, b, _c, env) => fpMinNum(n, a, b, env),
  FPCompare: (n, a, b, _c, env, aux) => BigInt(fpCompare(n, a, b, aux !== 0, env)),
  FPCompareEQ: (n, a, b, _c, env) => (fpCompareEQ(n, a, b, env) ? 1n : 0n),
  FPCompareGE: (n, a, b, _c, env) => (fpCompareGE(n, a, b, env) ? 1n : 0n),
  FPCompareGT: (n, a, b, _c, env) => (fpCompareGT(n, a, b, env) ? 1n : 0n),
  FPRoundInt: (n, a, _b, _c, env, aux) => fpRoundInt(n, a, auxRounding(aux, env), (aux & 8) !== 0, env),
  FPToFixed: (n, a, _b, _c, env, aux) =>
    fpToFixed(n, a, aux >>> 11, (aux & 8) !== 0, auxWidth(aux), auxRounding(aux, env), env),
  FixedToFP: (n, a, _b, _c, env, aux) =>
    fixedToFP(n, a, aux >>> 11, (aux & 8) !== 0, auxWidth(aux), auxRounding(aux, env), env),
  FPConvert: (n, a, _b, _c, env, aux) => fpConvert(n, auxWidth(aux), a, auxRounding(aux, env), env),
  FPRecipEstimate: (n, a, _b, _c, env) => fpRecipEstimate(n, a, env),
  FPRSqrtEstimate: (n, a, _b, _c, env) => fpRSqrtEstimate(n, a, env),
  UnsignedRecipEstimate: (_n, a) => unsignedRecipEstimate(BigInt.asUintN(32, a)),
  UnsignedRSqrtEstimate: (_n, a) => unsignedRSqrtEstimate(BigInt.asUintN(32, a)),
  FPRecipStepFused: (n, a, b, _c, env) => fpRecipStepFused(n, a, b, env),
  FPRSqrtStepFused: (n, a, b, _c, env) => fpRSqrtStepFused(n, a, b, env),
  FPRecpX: (n, a, _b, _c, env) => fpRecpX(n, a, env),
}

const table: Operation[] = []
for (const name of Object.keys(FP_OPS) as FpOpName[]) table[FP_OPS[name]] = operations[name]

/**
 * Performs operation `op` of {@link FP_OPS}.
 *
 * Only the low bits of a, b and c that the operation's width calls for are looked at, so signed or wider patterns, as
 * an i64 from WebAssembly is, need no masking. The result is unsigned.
 */
export function fpSlow(op: number, format: FpFormat, a: bigint, b: bigint, c: bigint, env: FpEnv, aux: number): bigint {
  const takesInteger =
    op === FP_OPS.FixedToFP || op === FP_OPS.UnsignedRecipEstimate || op === FP_OPS.UnsignedRSqrtEstimate
  const first = takesInteger ? a : BigInt.asUintN(format, a)
  return table[op]!(format, first, BigInt.asUintN(format, b), BigInt.asUintN(format, c), env, aux)
}
