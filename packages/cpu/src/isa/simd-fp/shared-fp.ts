/** Floating-point arithmetic on lanes, for the vector, scalar and by-element forms. The element size is the format. [ARM] C7.2. */

import type { Operand } from '../dsl.ts'
import type { Bits, ESize, FpBinary, FpFormat, FpUnary, Ops, Rounding, Vec } from '../ops.ts'
import { type Binary, constLanes, type DataSize, mapLanes, maxSigned, pairs, type Unary } from './shared-lanes.ts'

const formatOf = (esize: ESize): 32 | 64 => esize as 32 | 64

/** The sign bit of each lane flipped: FPNeg. */
const flipSigns = (m: Ops, esize: ESize, a: Vec): Vec => m.vxor(a, constLanes(m, esize, 1n << BigInt(esize - 1)))

/** FADD, FSUB, FMUL, FDIV, FMULX, FMAX, FMIN, FMAXNM, FMINNM, FABD, FRECPS, FRSQRTS. */
export const fpArithmetic =
  (op: FpBinary): Binary =>
  (m, esize, bits, a, b) =>
    m.vfpBinary(op, formatOf(esize), a, b, bits / esize)

/** FMLA. */
export const fpMla: Binary = (m, esize, bits, a, b, d) => m.vfpMulAdd(formatOf(esize), d(), a, b, bits / esize)
/** FMLS. */
export const fpMls: Binary = (m, esize, bits, a, b, d) =>
  m.vfpMulAdd(formatOf(esize), d(), flipSigns(m, esize, a), b, bits / esize)

/** FADDP, FMAXP, FMINP, FMAXNMP, FMINNMP (vector). */
export const fpPairwise =
  (op: FpBinary): Binary =>
  (m, esize, bits, a, b) => {
    const [even, odd] = pairs(m, esize, bits as 64 | 128, a, b)
    return m.vfpBinary(op, formatOf(esize), even, odd, bits / esize)
  }

const absolute = (m: Ops, esize: ESize, a: Vec): Vec => m.vand(a, constLanes(m, esize, maxSigned(esize)))

const compareLanes = (m: Ops, esize: ESize, bits: DataSize, op: 'eq' | 'ge' | 'gt', a: Vec, b: Vec): Vec =>
  m.vfpCompareTest(formatOf(esize), op, a, b, bits / esize)

/** FCMEQ, FCMGE, FCMGT (register). */
export const fpCompare =
  (op: 'eq' | 'ge' | 'gt'): Binary =>
  (m, esize, bits, a, b) =>
    compareLanes(m, esize, bits, op, a, b)

/** FACGE, FACGT. */
export const fpCompareAbsolute =
  (op: 'ge' | 'gt'): Binary =>
  (m, esize, bits, a, b) =>
    compareLanes(m, esize, bits, op, absolute(m, esize, a), absolute(m, esize, b))

/** FCMEQ, FCMGE, FCMGT, FCMLE, FCMLT (zero). */
export const fpCompareZero =
  (op: 'eq' | 'ge' | 'gt' | 'le' | 'lt'): Unary =>
  (m, esize, bits, a) => {
    const zero = m.zeroVec()
    if (op === 'lt') return compareLanes(m, esize, bits, 'gt', zero, a)
    if (op === 'le') return compareLanes(m, esize, bits, 'ge', zero, a)
    return compareLanes(m, esize, bits, op, a, zero)
  }

const eachLane =
  (op: (m: Ops, format: 32 | 64, a: Bits) => Bits): Unary =>
  (m, esize, bits, a) =>
    mapLanes(m, esize, bits, (i) => op(m, formatOf(esize), m.laneU(a, esize, i)))

/** FSQRT, FRECPE, FRSQRTE, FRECPX. */
export const fpUnary =
  (op: FpUnary): Unary =>
  (m, esize, bits, a) =>
    m.vfpUnary(op, formatOf(esize), a, bits / esize)

export const fpAbsolute: Unary = (m, esize, _bits, a) => absolute(m, esize, a)
export const fpNegate: Unary = (m, esize, _bits, a) => flipSigns(m, esize, a)

/** FRINTN, FRINTM, FRINTP, FRINTZ, FRINTA, FRINTX, FRINTI. */
export const fpRoundInt = (rounding: Rounding, exact = false): Unary =>
  eachLane((m, format, a) => m.fpRoundInt(format, a, rounding, exact))

/** FCVTNS … FCVTZU (integer). */
export const fpToInteger = (rounding: Rounding, signed: boolean): Unary =>
  eachLane((m, format, a) => m.fpToFixed(format, format, signed, a, rounding, 0))

/** SCVTF, UCVTF (integer). */
export const integerToFp = (signed: boolean): Unary =>
  eachLane((m, format, a) => m.fixedToFp(format, format, signed, a, 0))

/** URECPE, URSQRTE. */
export const estimate = (op: 'urecpe' | 'ursqrte'): Unary => eachLane((m, _format, a) => m.unsignedEstimate(op, a))

/** FCVTZS, FCVTZU (fixed-point): esize - imm fraction bits. */
export const fpToFixed =
  (signed: boolean) =>
  (m: Ops, esize: ESize, bits: DataSize, a: Vec, imm: Operand): Vec =>
    mapLanes(m, esize, bits, (i) =>
      m.fpToFixed(formatOf(esize), formatOf(esize), signed, m.laneU(a, esize, i), 'zero', imm, (v) => esize - v),
    )

/** SCVTF, UCVTF (fixed-point). */
export const fixedToFp =
  (signed: boolean) =>
  (m: Ops, esize: ESize, bits: DataSize, a: Vec, imm: Operand): Vec =>
    mapLanes(m, esize, bits, (i) =>
      m.fixedToFp(formatOf(esize), formatOf(esize), signed, m.laneU(a, esize, i), imm, (v) => esize - v),
    )

/** FCVTN, FCVTXN: wide lanes into the low half, or with Q the upper half beside the destination's lower. */
export function fpNarrow(m: Ops, to: 16 | 32, a: Vec, Q: number, d: () => Vec, toOdd = false): Vec {
  const n = 64 / to
  const from = (to * 2) as FpFormat
  let v = Q ? d() : m.zeroVec()
  for (let i = 0; i < n; i++) {
    const lane = m.laneU(a, from as ESize, i)
    v = m.setLane(v, to, Q ? n + i : i, toOdd ? m.fpConvertOdd(lane) : m.fpConvert(from, to, lane))
  }
  return v
}

/** FCVTL: the low or, with Q, the upper half, widened. */
export function fpWiden(m: Ops, from: 16 | 32, a: Vec, Q: number): Vec {
  const n = 64 / from
  const to = (from * 2) as 32 | 64
  return mapLanes(m, to, 128, (i) => m.fpConvert(from, to, m.laneU(a, from, Q ? n + i : i)))
}

/** FMAXV, FMINV, FMAXNMV, FMINNMV: pairs of the lower and of the upper lanes, then those two. */
export function fpAcross(m: Ops, op: FpBinary, a: Vec): Bits {
  const lane = (i: number): Bits => m.laneU(a, 32, i)
  const low = m.fpBinary(op, 32, lane(0), lane(1))
  const high = m.fpBinary(op, 32, lane(2), lane(3))
  return m.fpBinary(op, 32, low, high)
}
