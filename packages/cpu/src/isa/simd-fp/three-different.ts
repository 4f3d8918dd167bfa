/** Advanced SIMD three different: long, wide and narrow. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import {
  add, doublingMulLong, doublingMulLongAccumulate, longDifference, longDifferenceAccumulate, mla, mls, mul, polynomialMul, sub,
} from './shared-integer.ts'
import { bitsOf, esizeOf, is16Or32, narrow, twice, upTo32 } from './shared-lanes.ts'
import { highNarrow } from './shared-shift.ts'
import { bySizeQ, two, vreg, wideBySize } from './vector-syntax.ts'

const syntax = {
  two,
  Vd: vreg('Rd', bySizeQ), Vn: vreg('Rn', bySizeQ), Vm: vreg('Rm', bySizeQ),
  Wd: vreg('Rd', wideBySize), Wn: vreg('Rn', wideBySize), Wm: vreg('Rm', wideBySize),
}
const row = (mnemonic: string, operands: string): { readonly see: string; readonly asm: string } =>
  ({ see: `C7.2 ${mnemonic.toUpperCase()}, ${mnemonic.toUpperCase()}2`, asm: `${mnemonic}{two} ${operands}` })
const long = (mnemonic: string): ReturnType<typeof row> => row(mnemonic, '{Wd}, {Vn}, {Vm}')
const wide = (mnemonic: string): ReturnType<typeof row> => row(mnemonic, '{Wd}, {Wn}, {Vm}')
const high = (mnemonic: string): ReturnType<typeof row> => row(mnemonic, '{Vd}, {Wn}, {Wm}')

const longs: readonly Insn[] = encoding(
  'Advanced SIMD three different',
  '0 Q U 01110 size:2 1 Rm:5 opcode:4 00 Rn:5 Rd:5',
  {
    SADDL_vector:   { U: 0, opcode: 0b0000, op: add, isWide: false, where: upTo32, ...long('saddl') },
    SADDW_vector:   { U: 0, opcode: 0b0001, op: add, isWide: true,  where: upTo32, ...wide('saddw') },
    SSUBL_vector:   { U: 0, opcode: 0b0010, op: sub, isWide: false, where: upTo32, ...long('ssubl') },
    SSUBW_vector:   { U: 0, opcode: 0b0011, op: sub, isWide: true,  where: upTo32, ...wide('ssubw') },
    SABAL_vector:   { U: 0, opcode: 0b0101, op: longDifferenceAccumulate, isWide: false, where: upTo32, ...long('sabal') },
    SABDL_vector:   { U: 0, opcode: 0b0111, op: longDifference, isWide: false, where: upTo32, ...long('sabdl') },
    SMLAL_vector:   { U: 0, opcode: 0b1000, op: mla, isWide: false, where: upTo32, ...long('smlal') },
    SQDMLAL_vector: { U: 0, opcode: 0b1001, op: doublingMulLongAccumulate(false), isWide: false, where: is16Or32, ...long('sqdmlal') },
    SMLSL_vector:   { U: 0, opcode: 0b1010, op: mls, isWide: false, where: upTo32, ...long('smlsl') },
    SQDMLSL_vector: { U: 0, opcode: 0b1011, op: doublingMulLongAccumulate(true), isWide: false, where: is16Or32, ...long('sqdmlsl') },
    SMULL_vector:   { U: 0, opcode: 0b1100, op: mul, isWide: false, where: upTo32, ...long('smull') },
    SQDMULL_vector: { U: 0, opcode: 0b1101, op: doublingMulLong, isWide: false, where: is16Or32, ...long('sqdmull') },
    UADDL_vector:   { U: 1, opcode: 0b0000, op: add, isWide: false, where: upTo32, ...long('uaddl') },
    UADDW_vector:   { U: 1, opcode: 0b0001, op: add, isWide: true,  where: upTo32, ...wide('uaddw') },
    USUBL_vector:   { U: 1, opcode: 0b0010, op: sub, isWide: false, where: upTo32, ...long('usubl') },
    USUBW_vector:   { U: 1, opcode: 0b0011, op: sub, isWide: true,  where: upTo32, ...wide('usubw') },
    UABAL_vector:   { U: 1, opcode: 0b0101, op: longDifferenceAccumulate, isWide: false, where: upTo32, ...long('uabal') },
    UABDL_vector:   { U: 1, opcode: 0b0111, op: longDifference, isWide: false, where: upTo32, ...long('uabdl') },
    UMLAL_vector:   { U: 1, opcode: 0b1000, op: mla, isWide: false, where: upTo32, ...long('umlal') },
    UMLSL_vector:   { U: 1, opcode: 0b1010, op: mls, isWide: false, where: upTo32, ...long('umlsl') },
    UMULL_vector:   { U: 1, opcode: 0b1100, op: mul, isWide: false, where: upTo32, ...long('umull') },
  },
  (m, { Q, U, size, Rm, Rn, Rd }, { op, isWide }) => {
    const esize = narrow(esizeOf(size))
    const half = Q ? 1 : 0
    const n = m.readV(Rn)
    const a = isWide ? n : m.vextend(esize, n, half, !U)
    m.writeV(Rd, 128, op(m, twice(esize), 128, a, m.vextend(esize, m.readV(Rm), half, !U), () => m.readV(Rd)))
  },
  { fp: true, syntax },
)

const highNarrows: readonly Insn[] = encoding(
  'Advanced SIMD three different',
  '0 Q U 01110 size:2 1 Rm:5 opcode:4 00 Rn:5 Rd:5',
  {
    ADDHN_vector:  { U: 0, opcode: 0b0100, op: highNarrow(false, false), where: upTo32, ...high('addhn') },
    SUBHN_vector:  { U: 0, opcode: 0b0110, op: highNarrow(true, false), where: upTo32, ...high('subhn') },
    RADDHN_vector: { U: 1, opcode: 0b0100, op: highNarrow(false, true), where: upTo32, ...high('raddhn') },
    RSUBHN_vector: { U: 1, opcode: 0b0110, op: highNarrow(true, true), where: upTo32, ...high('rsubhn') },
  },
  (m, { Q, size, Rm, Rn, Rd }, { op }) =>
    m.writeV(Rd, bitsOf(Q), op(m, esizeOf(size), m.readV(Rn), m.readV(Rm), Q, () => m.readV(Rd))),
  { fp: true, syntax },
)

const polynomial: readonly Insn[] = encoding(
  'Advanced SIMD three different',
  '0 Q 0 01110 size:2 1 Rm:5 1110 00 Rn:5 Rd:5',
  {
    PMULL_vector_8h: { size: 0, see: 'C7.2 PMULL, PMULL2', asm: 'pmull{two} {Wd}, {Vn}, {Vm}' },
    PMULL_vector_1q: { size: 3, see: 'C7.2 PMULL, PMULL2', asm: 'pmull{two} {Wd}, {Vn}, {Vm}', feature: 'FEAT_PMULL', syntax: { Wd: vreg('Rd', '1q') } },
  },
  (m, { Q, size, Rm, Rn, Rd }) => {
    const half = Q ? 1 : 0
    const [n, k] = [m.readV(Rn), m.readV(Rm)]
    if (size === 3) {
      m.writeV(Rd, 128, m.pmull64(m.laneU(n, 64, half), m.laneU(k, 64, half)))
      return
    }
    const [a, b] = [m.vextend(8, n, half, false), m.vextend(8, k, half, false)]
    m.writeV(Rd, 128, polynomialMul(m, 16, 128, a, b, () => a))
  },
  { fp: true, syntax },
)

/** Vectors whose lanes differ in width between sources and result. */
export const simdThreeDifferent: readonly Insn[] = [...longs, ...highNarrows, ...polynomial]
