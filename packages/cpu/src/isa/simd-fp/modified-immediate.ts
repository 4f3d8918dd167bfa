/** The immediates of FMOV, MOVI and their kin. [ARM] J1.3 VFPExpandImm, AdvSIMDExpandImm. */

import type { FieldValues } from '../dsl.ts'
import type { Syntax } from '../syntax.ts'

/** The bits of the floating-point constant that eight bits stand for. */
export function vfpExpandImm(imm8: number, format: 16 | 32 | 64): bigint {
  const exponentBits = { 16: 5, 32: 8, 64: 11 }[format]
  const fractionBits = format - exponentBits - 1
  const sign = BigInt(imm8 >> 7)
  const isSmall = (imm8 >> 6) & 1
  const top = BigInt(isSmall ^ 1) << BigInt(exponentBits - 1)
  const repeated = isSmall ? ((1n << BigInt(exponentBits - 3)) - 1n) << 2n : 0n
  const exponent = top | repeated | BigInt((imm8 >> 4) & 3)
  return (
    (sign << BigInt(format - 1)) | (exponent << BigInt(fractionBits)) | (BigInt(imm8 & 15) << BigInt(fractionBits - 4))
  )
}

/** The number that eight bits stand for: ±16…31/16 × 2^(-3…4). */
function vfpNumber(imm8: number): number {
  const magnitude = ((16 + (imm8 & 15)) / 16) * 2 ** ((((imm8 >> 4) & 7) ^ 4) - 3)
  return imm8 & 0x80 ? -magnitude : magnitude
}

const NUMBERS = Array.from({ length: 256 }, (_, imm8) => vfpNumber(imm8))

/** A floating-point constant, `#1.00000000`. `join` and `split` convert between its eight bits and the fields that hold them. */
export function fpConstant(join: (f: FieldValues) => number, split: (imm8: number) => FieldValues): Syntax {
  return {
    pattern: '#?[-+]?[0-9]+(?:\\.[0-9]*)?(?:e[-+]?[0-9]+)?',
    format: (f) => `#${vfpNumber(join(f)).toFixed(8)}`,
    parse: (text) => {
      const imm8 = NUMBERS.indexOf(Number(text.replace('#', '')))
      return imm8 < 0 ? undefined : split(imm8)
    },
  }
}

/** The 64-bit pattern of eight bits under `cmode` and `op`; undefined for the reserved combination. */
export function advSimdExpandImm(op: number, cmode: number, imm8: number): bigint {
  const repeat = (value: bigint, bits: number): bigint => {
    let word = 0n
    for (let at = 0; at < 64; at += bits) word |= value << BigInt(at)
    return word
  }
  const byte = BigInt(imm8)
  const group = cmode >> 1
  if (group < 4) return repeat(byte << BigInt(group * 8), 32)
  if (group < 6) return repeat(byte << BigInt((group - 4) * 8), 16)
  if (group === 6) return repeat(cmode & 1 ? (byte << 16n) | 0xffffn : (byte << 8n) | 0xffn, 32)
  if (cmode === 14) {
    if (op === 0) return repeat(byte, 8)
    let word = 0n
    for (let bit = 0; bit < 8; bit++) if ((imm8 >> bit) & 1) word |= 0xffn << BigInt(bit * 8)
    return word
  }
  return op === 0 ? repeat(vfpExpandImm(imm8, 32), 32) : vfpExpandImm(imm8, 64)
}
