/** Integer arithmetic on lanes: what the vector, scalar and by-element forms of an instruction share. [ARM] C7.2. */

import type { Bits, Bool, ESize, Ops, Vec } from '../ops.ts'
import {
  type Binary,
  constLanes,
  type DataSize,
  isAnySet,
  mapLanes,
  maxSigned,
  maxUnsigned,
  narrow,
  pairs,
  saturates,
  signMask,
  type Unary,
} from './shared-lanes.ts'

/** What a sum saturates to: the greatest value where `like` is positive, the least where it is negative. */
const limitOf = (m: Ops, esize: ESize, like: Vec): Vec =>
  m.vxor(signMask(m, esize, like), constLanes(m, esize, maxSigned(esize)))

export const add: Binary = (m, esize, _bits, a, b) => m.vadd(esize, a, b)
export const sub: Binary = (m, esize, _bits, a, b) => m.vsub(esize, a, b)
export const mul: Binary = (m, esize, _bits, a, b) => m.vmul(esize, a, b)
export const mla: Binary = (m, esize, _bits, a, b, d) => m.vadd(esize, d(), m.vmul(esize, a, b))
export const mls: Binary = (m, esize, _bits, a, b, d) => m.vsub(esize, d(), m.vmul(esize, a, b))

const halfOfXor = (m: Ops, esize: ESize, a: Vec, b: Vec, signed: boolean): Vec =>
  m.vshrImm(esize, m.vxor(a, b), signed, () => 1)

/** SHADD, UHADD: a + b = 2(a AND b) + (a XOR b), so nothing is lost. */
export const halvingAdd =
  (signed: boolean): Binary =>
  (m, esize, _bits, a, b) =>
    m.vadd(esize, m.vand(a, b), halfOfXor(m, esize, a, b, signed))

/** SRHADD, URHADD: a + b + 1 = 2(a OR b) - (a XOR b) + 1. */
export const roundingHalvingAdd =
  (signed: boolean): Binary =>
  (m, esize, _bits, a, b) =>
    m.vsub(esize, m.vor(a, b), halfOfXor(m, esize, a, b, signed))

/** SHSUB, UHSUB: a - b = (a XOR b) - 2(b AND NOT a). */
export const halvingSub =
  (signed: boolean): Binary =>
  (m, esize, _bits, a, b) =>
    m.vsub(esize, halfOfXor(m, esize, a, b, signed), m.vbic(b, a))

/** Signed a + b, or a - b, with the lanes that overflow as a mask. */
function signedSum(
  m: Ops,
  esize: ESize,
  a: Vec,
  b: Vec,
  subtract: boolean,
): { readonly value: Vec; readonly overflow: Vec } {
  const wrapped = subtract ? m.vsub(esize, a, b) : m.vadd(esize, a, b)
  const differs = m.vxor(a, wrapped)
  const signs = subtract ? m.vand(m.vxor(a, b), differs) : m.vand(differs, m.vxor(b, wrapped))
  const overflow = signMask(m, esize, signs)
  return { value: m.vbsl(overflow, limitOf(m, esize, a), wrapped), overflow }
}

export const signedSaturatingAdd: Binary = (m, esize, bits, a, b) => {
  const { value, overflow } = signedSum(m, esize, a, b, false)
  saturates(m, bits, overflow)
  return value
}
export const signedSaturatingSub: Binary = (m, esize, bits, a, b) => {
  const { value, overflow } = signedSum(m, esize, a, b, true)
  saturates(m, bits, overflow)
  return value
}
export const unsignedSaturatingAdd: Binary = (m, esize, bits, a, b) => {
  const wrapped = m.vadd(esize, a, b)
  const overflow = m.vcmp(esize, 'hi', a, wrapped)
  saturates(m, bits, overflow)
  return m.vor(wrapped, overflow)
}
export const unsignedSaturatingSub: Binary = (m, esize, bits, a, b) => {
  const overflow = m.vcmp(esize, 'hi', b, a)
  saturates(m, bits, overflow)
  return m.vbic(m.vsub(esize, a, b), overflow)
}

/** SUQADD: signed destination plus unsigned source. With the sign bit flipped both are unsigned. */
export const signedPlusUnsigned: Unary = (m, esize, bits, a, d) => {
  const bias = constLanes(m, esize, 1n << BigInt(esize - 1))
  return m.vxor(
    unsignedSaturatingAdd(m, esize, bits, m.vxor(d(), bias), a, () => a),
    bias,
  )
}

/** USQADD: unsigned destination plus signed source, which may go below zero. */
export const unsignedPlusSigned: Unary = (m, esize, bits, a, d) => {
  const old = d()
  const isNegative = signMask(m, esize, a)
  const wrapped = m.vadd(esize, old, a)
  const above = m.vbic(m.vcmp(esize, 'hi', old, wrapped), isNegative)
  const below = m.vand(m.vcmp(esize, 'hi', wrapped, old), isNegative)
  saturates(m, bits, m.vor(above, below))
  return m.vbic(m.vor(wrapped, above), below)
}

/** CMGT, CMGE, CMHI, CMHS, CMEQ (register). */
export const compare =
  (op: 'eq' | 'gt' | 'ge' | 'hi' | 'hs'): Binary =>
  (m, esize, _bits, a, b) =>
    m.vcmp(esize, op, a, b)

/** CMTST. */
export const compareTest: Binary = (m, esize, _bits, a, b) => m.vnot(m.vcmp(esize, 'eq', m.vand(a, b), m.zeroVec()))

/** CMGT, CMGE, CMEQ, CMLE, CMLT (zero). */
export const compareZero =
  (op: 'eq' | 'gt' | 'ge' | 'le' | 'lt'): Unary =>
  (m, esize, _bits, a) => {
    const zero = m.zeroVec()
    if (op === 'lt') return m.vcmp(esize, 'gt', zero, a)
    if (op === 'le') return m.vcmp(esize, 'ge', zero, a)
    return m.vcmp(esize, op, a, zero)
  }

export const minimum =
  (signed: boolean): Binary =>
  (m, esize, _bits, a, b) =>
    m.vmin(narrow(esize), a, b, signed)
export const maximum =
  (signed: boolean): Binary =>
  (m, esize, _bits, a, b) =>
    m.vmax(narrow(esize), a, b, signed)

/** SABD, UABD. */
export const absoluteDifference =
  (signed: boolean): Binary =>
  (m, esize, _bits, a, b) =>
    m.vsub(esize, m.vmax(narrow(esize), a, b, signed), m.vmin(narrow(esize), a, b, signed))

/** SABA, UABA. */
export const absoluteDifferenceAccumulate =
  (signed: boolean): Binary =>
  (m, esize, bits, a, b, d) =>
    m.vadd(esize, d(), absoluteDifference(signed)(m, esize, bits, a, b, d))

/** An operation on neighbouring lanes of both sources. */
export const pairwise =
  (op: Binary): Binary =>
  (m, esize, bits, a, b, d) => {
    const [even, odd] = pairs(m, esize, bits as 64 | 128, a, b)
    return op(m, esize, bits, even, odd, d)
  }

/** PMUL, lanes of 8 bits; also the products of 8 bits in lanes of 16 that PMULL wants. */
export const polynomialMul: Binary = (m, esize, _bits, a, b) => {
  let sum = m.zeroVec()
  for (let i = 0; i < 8; i++) {
    const bit = constLanes(m, esize, 1n << BigInt(i))
    const isSet = m.vcmp(esize, 'eq', m.vand(b, bit), bit)
    sum = m.vxor(sum, m.vand(isSet, i === 0 ? a : m.vshlImm(esize, a, () => i)))
  }
  return sum
}

/** AND, BIC, ORR, ORN, EOR, BSL, BIT, BIF: size tells them apart, not lanes. */
export const and: Binary = (m, _esize, _bits, a, b) => m.vand(a, b)
export const bic: Binary = (m, _esize, _bits, a, b) => m.vbic(a, b)
export const orr: Binary = (m, _esize, _bits, a, b) => m.vor(a, b)
export const orn: Binary = (m, _esize, _bits, a, b) => m.vor(a, m.vnot(b))
export const eor: Binary = (m, _esize, _bits, a, b) => m.vxor(a, b)
export const bsl: Binary = (m, _esize, _bits, a, b, d) => m.vbsl(d(), a, b)
export const bit: Binary = (m, _esize, _bits, a, b, d) => m.vbsl(b, a, d())
export const bif: Binary = (m, _esize, _bits, a, b, d) => m.vbsl(b, d(), a)

/** What a shift by a register does besides shifting. */
export interface ShiftKind {
  readonly signed: boolean
  readonly rounding: boolean
  readonly saturating: boolean
}

/**
 * One lane shifted by the signed byte `by`, in 64 bits: to the left when positive. Rounding takes one bit less away, then half of
 * that plus its last bit, so that nothing overflows.
 */
function shiftLane(
  m: Ops,
  esize: ESize,
  a: Vec,
  b: Vec,
  i: number,
  kind: ShiftKind,
): { readonly value: Bits; readonly overflow: Bool | undefined } {
  const { signed, rounding, saturating } = kind
  const lane = signed ? m.laneS(a, esize, i) : m.laneU(a, esize, i)
  const x = esize === 64 ? lane : signed ? m.signExtend(lane, 32, 64) : m.zeroExtend(lane, 32, 64)
  const by = m.laneS(b, 8, (i * esize) / 8)
  const atMost = (n: Bits, limit: number): Bits => m.select(m.ltS(n, m.const(limit, 32)), n, m.const(limit, 32))

  const away = rounding ? m.not(by) : m.neg(by)
  const shifted = signed ? m.asr(x, atMost(away, 63)) : m.lsr(x, atMost(away, 63))
  const kept = signed || esize < 64 ? shifted : m.select(m.ltS(m.const(63, 32), away), m.const(0, 64), shifted)
  const one = m.const(1, 64)
  const right = rounding ? m.add(signed ? m.asr(kept, one) : m.lsr(kept, one), m.and(kept, one)) : kept
  const isRight = m.isNegative(by)

  if (esize === 64) {
    const left = m.select(m.ltS(by, m.const(64, 32)), m.lsl(x, by), m.const(0, 64))
    if (!saturating) return { value: m.select(isRight, right, left), overflow: undefined }
    const back = signed ? m.asr(left, by) : m.lsr(left, by)
    const limit = signed ? m.xor(m.asr(x, m.const(63, 32)), m.const(maxSigned(64), 64)) : m.const(-1, 64)
    const lost = m.andB(m.ne(back, x), m.notB(isRight))
    return { value: m.select(isRight, right, m.select(lost, limit, left)), overflow: lost }
  }
  const value = m.select(isRight, right, m.lsl(x, atMost(by, esize)))
  if (!saturating) return { value, overflow: undefined }
  const high = m.const(signed ? maxSigned(esize) : maxUnsigned(esize), 64)
  const low = m.const(-maxSigned(esize) - 1n, 64)
  const fromAbove = m.select(signed ? m.ltS(high, value) : m.ltU(high, value), high, value)
  const clamped = signed ? m.select(m.ltS(fromAbove, low), low, fromAbove) : fromAbove
  return { value: clamped, overflow: m.ne(clamped, value) }
}

/** SSHL, USHL, SRSHL, URSHL, SQSHL, UQSHL, SQRSHL, UQRSHL (register). */
export const shiftByRegister =
  (kind: ShiftKind): Binary =>
  (m, esize, bits, a, b) => {
    let overflow: Bool | undefined
    const value = mapLanes(m, esize, bits, (i) => {
      const lane = shiftLane(m, esize, a, b, i, kind)
      if (lane.overflow) overflow = overflow ? m.orB(overflow, lane.overflow) : lane.overflow
      return lane.value
    })
    if (overflow) m.setQC(overflow)
    return value
  }

export const absolute: Unary = (m, esize, _bits, a) => m.vabs(esize, a)
export const negate: Unary = (m, esize, _bits, a) => m.vneg(esize, a)

/** SQABS: only the most negative value keeps its sign. */
export const saturatingAbsolute: Unary = (m, esize, bits, a) => {
  const value = m.vabs(esize, a)
  const overflow = signMask(m, esize, value)
  saturates(m, bits, overflow)
  return m.vxor(value, overflow)
}

/** SQNEG. */
export const saturatingNegate: Unary = (m, esize, bits, a) => {
  const overflow = m.vcmp(esize, 'eq', a, constLanes(m, esize, 1n << BigInt(esize - 1)))
  saturates(m, bits, overflow)
  return m.vxor(m.vneg(esize, a), overflow)
}

/** CLZ. */
export const countLeadingZeros: Unary = (m, esize, bits, a) =>
  mapLanes(m, esize, bits, (i) => m.sub(m.clz(m.laneU(a, esize, i)), m.const(32 - esize, 32)))

/** CLS: leading bits that equal the sign, the sign itself not counted. */
export const countLeadingSigns: Unary = (m, esize, bits, a, d) =>
  m.vsub(esize, countLeadingZeros(m, esize, bits, m.vxor(a, signMask(m, esize, a)), d), constLanes(m, esize, 1n))

/** CNT. */
export const countBits: Unary = (m, _esize, _bits, a) => m.vpopcount(a)
/** NOT. */
export const invert: Unary = (m, _esize, _bits, a) => m.vnot(a)

const REVERSED_NIBBLES = 0x0f_07_0b_03_0d_05_09_01_0e_06_0a_02_0c_04_08_00n

/** RBIT: each nibble looked up, then the two swapped. */
export const reverseBits: Unary = (m, _esize, _bits, a) => {
  const table = m.constVec(REVERSED_NIBBLES)
  const low = m.vtbl(table, m.vand(a, constLanes(m, 8, 15n)))
  const high = m.vtbl(
    table,
    m.vshrImm(8, a, false, () => 4),
  )
  return m.vor(
    m.vshlImm(8, low, () => 4),
    high,
  )
}

/** REV64, REV32, REV16: lanes in reverse order within each container. */
export const reverse =
  (container: 16 | 32 | 64): Unary =>
  (m, esize, _bits, a) => {
    const bytes = esize / 8
    const inLane = bytes - 1
    const inContainer = container / 8 - 1
    return m.vshuffle(
      a,
      a,
      Array.from({ length: 16 }, (_, at) => at ^ inContainer ^ inLane),
    )
  }

/** Sums of neighbouring lanes, twice as wide. */
function pairSums(m: Ops, esize: ESize, a: Vec, signed: boolean): Vec {
  const wide = (esize * 2) as ESize
  const even = m.vshrImm(
    wide,
    m.vshlImm(wide, a, () => esize),
    signed,
    () => esize,
  )
  return m.vadd(
    wide,
    even,
    m.vshrImm(wide, a, signed, () => esize),
  )
}

/** SADDLP, UADDLP. */
export const pairwiseAddLong =
  (signed: boolean): Unary =>
  (m, esize, _bits, a) =>
    pairSums(m, esize, a, signed)

/** SADALP, UADALP. */
export const pairwiseAddLongAccumulate =
  (signed: boolean): Unary =>
  (m, esize, _bits, a, d) =>
    m.vadd((esize * 2) as ESize, d(), pairSums(m, esize, a, signed))

/** SQDMULH, SQRDMULH: the upper half of twice the product; only the square of the most negative value is too large. */
export const doublingMulHigh =
  (rounding: boolean): Binary =>
  (m, esize, bits, a, b) => {
    const wide = (esize * 2) as ESize
    const half = (which: 0 | 1): Vec => {
      const product = m.vmul(wide, m.vextend(narrow(esize), a, which, true), m.vextend(narrow(esize), b, which, true))
      const rounded = rounding ? m.vadd(wide, product, constLanes(m, wide, 1n << BigInt(esize - 2))) : product
      return m.vshrImm(wide, rounded, true, () => esize - 1)
    }
    const n = 64 / esize
    const positions = [half(0), half(1)] as const
    const value = m.vshuffle(
      positions[0],
      positions[1],
      Array.from({ length: 16 }, (_, at) => {
        const lane = Math.floor((at * 8) / esize)
        const byte = at % (esize / 8)
        return (lane < n ? 0 : 16) + (lane % n) * (esize / 4) + byte
      }),
    )
    const minimum = constLanes(m, esize, 1n << BigInt(esize - 1))
    const overflow = m.vand(m.vcmp(esize, 'eq', a, minimum), m.vcmp(esize, 'eq', b, minimum))
    saturates(m, bits, overflow)
    return m.vxor(value, overflow)
  }

/** Lanes twice as wide as their sources, from sources that are widened already. `bits` is the size of the result's data. */
export type Long = (m: Ops, wide: ESize, bits: DataSize, a: Vec, b: Vec, d: () => Vec) => Vec

/** SABDL, UABDL: the difference of widened values fits. */
export const longDifference: Long = (m, wide, _bits, a, b) => m.vabs(wide, m.vsub(wide, a, b))
/** SABAL, UABAL. */
export const longDifferenceAccumulate: Long = (m, wide, bits, a, b, d) =>
  m.vadd(wide, d(), longDifference(m, wide, bits, a, b, d))

/** Twice the product, saturated, and the mask of lanes where it was: both factors the most negative. */
function doubledProduct(m: Ops, wide: ESize, a: Vec, b: Vec): { readonly value: Vec; readonly overflow: Vec } {
  const product = m.vmul(wide, a, b)
  const overflow = m.vcmp(wide, 'eq', product, constLanes(m, wide, 1n << BigInt(wide - 2)))
  return { value: m.vxor(m.vadd(wide, product, product), overflow), overflow }
}

/** SQDMULL. */
export const doublingMulLong: Long = (m, wide, bits, a, b) => {
  const { value, overflow } = doubledProduct(m, wide, a, b)
  saturates(m, bits, overflow)
  return value
}

/** SQDMLAL, SQDMLSL: the product saturates, then the sum. */
export const doublingMulLongAccumulate =
  (subtract: boolean): Long =>
  (m, wide, bits, a, b, d) => {
    const product = doubledProduct(m, wide, a, b)
    const sum = signedSum(m, wide, d(), product.value, subtract)
    m.setQC(isAnySet(m, bits, m.vor(product.overflow, sum.overflow)))
    return sum.value
  }
