/** The bitmask immediates of logical and bitfield instructions. [ARM] J1 DecodeBitMasks. */

import type { Width } from '../ops.ts'

const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n

/** Repeats the low `esize` bits over `w` bits. */
function replicate(element: bigint, esize: number, w: Width): bigint {
  let value = 0n
  for (let at = 0; at < w; at += esize) value |= element << BigInt(at)
  return value
}

/** Rotates an element of `esize` bits right. */
function rotateRight(element: bigint, esize: number, by: number): bigint {
  return ((element >> BigInt(by)) | (element << BigInt(esize - by))) & ones(esize)
}

/**
 * The pattern that a logical immediate stands for, or undefined where the combination is reserved.
 * @see [ARM] J1 `DecodeBitMasks` with `immediate` TRUE
 */
export function decodeBitMask(N: number, imms: number, immr: number, w: Width): bigint | undefined {
  const len = 31 - Math.clz32((N << 6) | (~imms & 0x3f))
  if (len < 1 || (w === 32 && N === 1)) return undefined
  const levels = (1 << len) - 1
  const S = imms & levels
  if (S === levels) return undefined
  const esize = 1 << len
  return replicate(rotateRight(ones(S + 1), esize, immr & levels), esize, w)
}

/** The fields whose pattern is `value`, or undefined where there are none. */
export function encodeBitMask(value: bigint, w: Width): { N: number; immr: number; imms: number } | undefined {
  const pattern = BigInt.asUintN(w, value)
  for (let esize = 2; esize <= w; esize *= 2) {
    const element = pattern & ones(esize)
    if (replicate(element, esize, w) !== pattern) continue
    for (let immr = 0; immr < esize; immr++) {
      // Undo the rotation: what is left must be a run of ones from bit 0.
      const run = rotateRight(element, esize, (esize - immr) % esize)
      if (run === 0n || run === ones(esize) || (run & (run + 1n)) !== 0n) continue
      const S = run.toString(2).length - 1
      return { N: esize === 64 ? 1 : 0, immr, imms: (~(2 * esize - 1) & 0x3f) | S }
    }
  }
  return undefined
}

/** Bits of the destination that a bitfield move takes from its source: `wmask AND tmask`. @see [ARM] J1 `DecodeBitMasks` */
export function bitfieldMask(immr: number, imms: number, w: Width): bigint {
  if (imms >= immr) return ones(imms - immr + 1)
  return ones(imms + 1) << BigInt(w - immr)
}

/** Fields of MOVZ for a value with at most one halfword other than zero, or undefined. */
export function soleHalfword(value: bigint, w: Width): { imm16: number; hw: number } | undefined {
  for (let hw = 0; hw < w / 16; hw++) {
    const imm16 = Number((value >> BigInt(16 * hw)) & 0xffffn)
    if (BigInt(imm16) << BigInt(16 * hw) === value) return { imm16, hw }
  }
  return undefined
}

/**
 * Whether one MOVZ or MOVN makes a value, so that ORR is not what `mov` stands for.
 * The manual's MoveWidePreferred misses inverted fields of 15 and 16 bits, where `mov` would then mean two encodings.
 */
export function isMoveWide(value: bigint, w: Width): boolean {
  return (
    soleHalfword(BigInt.asUintN(w, value), w) !== undefined || soleHalfword(BigInt.asUintN(w, ~value), w) !== undefined
  )
}
