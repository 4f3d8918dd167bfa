/** Shifts by immediates and narrowing on lanes, for the vector and scalar forms. [ARM] C7.2. */

import type { Operand } from '../dsl.ts'
import type { ESize, Ops, Vec } from '../ops.ts'
import {
  constLanes,
  type DataSize,
  maxSigned,
  maxUnsigned,
  narrow,
  packHalves,
  saturates,
  signMask,
  twice,
} from './shared-lanes.ts'

/**
 * A shift amount as `immh:immb` hold it: the leading one of immh is the element size, `imm` is what follows it. A shift to the left
 * is by `imm`, one to the right by esize - imm.
 */
export type Shift = (m: Ops, esize: ESize, bits: DataSize, a: Vec, imm: Operand, d: () => Vec) => Vec

/**
 * Lanes shifted right by esize - imm, 1 to esize. Rounding takes one bit less away, then half of that plus its last bit, so that
 * nothing overflows.
 */
function shiftRight(
  m: Ops,
  lane: ESize,
  a: Vec,
  signed: boolean,
  rounding: boolean,
  amount: (imm: number) => number,
  imm: Operand,
): Vec {
  if (!rounding) return m.vshrImm(lane, a, signed, amount, imm)
  const kept = m.vshrImm(lane, a, signed, (v) => amount(v) - 1, imm)
  return m.vadd(
    lane,
    m.vshrImm(lane, kept, signed, () => 1),
    m.vand(kept, constLanes(m, lane, 1n)),
  )
}

/** SSHR, USHR, SRSHR, URSHR. */
export const right =
  (signed: boolean, rounding = false): Shift =>
  (m, esize, _bits, a, imm) =>
    shiftRight(m, esize, a, signed, rounding, (v) => esize - v, imm)

/** SSRA, USRA, SRSRA, URSRA. */
export const rightAccumulate =
  (signed: boolean, rounding = false): Shift =>
  (m, esize, _bits, a, imm, d) =>
    m.vadd(
      esize,
      d(),
      shiftRight(m, esize, a, signed, rounding, (v) => esize - v, imm),
    )

/** SHL. */
export const left: Shift = (m, esize, _bits, a, imm) => m.vshlImm(esize, a, (v) => v, imm)

/** SLI: the bits that the shift clears keep the destination's. */
export const leftInsert: Shift = (m, esize, _bits, a, imm, d) => {
  const mask = m.vshlImm(esize, m.constVec(-1n), (v) => v, imm)
  return m.vbsl(
    mask,
    m.vshlImm(esize, a, (v) => v, imm),
    d(),
  )
}

/** SRI. */
export const rightInsert: Shift = (m, esize, _bits, a, imm, d) => {
  const mask = m.vshrImm(esize, m.constVec(-1n), false, (v) => esize - v, imm)
  return m.vbsl(
    mask,
    m.vshrImm(esize, a, false, (v) => esize - v, imm),
    d(),
  )
}

/** SQSHL (immediate): what does not come back was lost. */
export const signedSaturatingLeft: Shift = (m, esize, bits, a, imm) => {
  const shifted = m.vshlImm(esize, a, (v) => v, imm)
  const back = m.vshrImm(esize, shifted, true, (v) => v, imm)
  const isExact = m.vcmp(esize, 'eq', back, a)
  saturates(m, bits, m.vnot(isExact))
  return m.vbsl(isExact, shifted, m.vxor(signMask(m, esize, a), constLanes(m, esize, maxSigned(esize))))
}

/** UQSHL (immediate). */
export const unsignedSaturatingLeft: Shift = (m, esize, bits, a, imm) => {
  const shifted = m.vshlImm(esize, a, (v) => v, imm)
  const back = m.vshrImm(esize, shifted, false, (v) => v, imm)
  const lost = m.vnot(m.vcmp(esize, 'eq', back, a))
  saturates(m, bits, lost)
  return m.vor(shifted, lost)
}

/** SQSHLU: a negative source gives zero. */
export const signedToUnsignedSaturatingLeft: Shift = (m, esize, bits, a, imm) => {
  const isNegative = signMask(m, esize, a)
  const shifted = m.vshlImm(esize, a, (v) => v, imm)
  const back = m.vshrImm(esize, shifted, false, (v) => v, imm)
  const lost = m.vnot(m.vcmp(esize, 'eq', back, a))
  saturates(m, bits, m.vor(lost, isNegative))
  return m.vbic(m.vor(shifted, lost), isNegative)
}

/** How a value is narrowed: as it is, or saturated from and to signed or unsigned. */
export type Narrowing = 'truncate' | 'SQ' | 'UQ' | 'SQU'

/** Wide lanes brought within the range of lanes of half their size. `bits` is the size of the wide data. */
function saturateTo(m: Ops, esize: ESize, bits: DataSize, value: Vec, how: Narrowing): Vec {
  if (how === 'truncate') return value
  const wide = twice(esize)
  const high = constLanes(m, wide, how === 'SQ' ? maxSigned(esize) : maxUnsigned(esize))
  const isAbove = m.vcmp(wide, how === 'UQ' ? 'hi' : 'gt', value, high)
  if (how === 'UQ') {
    saturates(m, bits, isAbove)
    return m.vbsl(isAbove, high, value)
  }
  const low = constLanes(m, wide, how === 'SQ' ? -maxSigned(esize) - 1n : 0n)
  const isBelow = m.vcmp(wide, 'gt', low, value)
  saturates(m, bits, m.vor(isAbove, isBelow))
  return m.vbsl(isAbove, high, m.vbsl(isBelow, low, value))
}

/**
 * XTN, SQXTN, UQXTN, SQXTUN. @param Q of the instruction; 0 for a scalar
 */
export const extractNarrow =
  (how: Narrowing) =>
  (m: Ops, esize: ESize, bits: DataSize, a: Vec, Q: number, d: () => Vec): Vec =>
    packHalves(m, esize, saturateTo(m, esize, bits, a, how), 0, Q, d)

/** SHRN, RSHRN, SQSHRN, SQRSHRN, UQSHRN, UQRSHRN, SQSHRUN, SQRSHRUN. `esize` is that of the result, `bits` of the source. */
export const rightNarrow =
  (how: Narrowing, rounding = false) =>
  (m: Ops, esize: ESize, bits: DataSize, a: Vec, imm: Operand, Q: number, d: () => Vec): Vec => {
    const shifted = shiftRight(m, twice(esize), a, how !== 'UQ' && how !== 'truncate', rounding, (v) => esize - v, imm)
    return packHalves(m, esize, saturateTo(m, esize, bits, shifted, how), 0, Q, d)
  }

/** SSHLL, USHLL. */
export function leftLong(m: Ops, esize: ESize, a: Vec, imm: Operand, Q: number, signed: boolean): Vec {
  return m.vshlImm(twice(esize), m.vextend(narrow(esize), a, Q ? 1 : 0, signed), (v) => v, imm)
}

/** SHLL: by the element size. */
export function leftLongByEsize(m: Ops, esize: ESize, a: Vec, Q: number): Vec {
  return m.vshlImm(twice(esize), m.vextend(narrow(esize), a, Q ? 1 : 0, false), () => esize)
}

/** Sum or difference of wide lanes, of which the upper halves are kept: ADDHN, RADDHN, SUBHN, RSUBHN. */
export const highNarrow =
  (subtract: boolean, rounding: boolean) =>
  (m: Ops, esize: ESize, a: Vec, b: Vec, Q: number, d: () => Vec): Vec => {
    const wide = twice(esize)
    const sum = subtract ? m.vsub(wide, a, b) : m.vadd(wide, a, b)
    return packHalves(
      m,
      esize,
      rounding ? m.vadd(wide, sum, constLanes(m, wide, 1n << BigInt(esize - 1))) : sum,
      1,
      Q,
      d,
    )
  }
