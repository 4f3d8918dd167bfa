/** Advanced SIMD three same. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Syntax } from '../syntax.ts'
import { fpArithmetic, fpCompare, fpCompareAbsolute, fpMla, fpMls, fpPairwise } from './shared-fp.ts'
import {
  absoluteDifference, absoluteDifferenceAccumulate, add, and, bic, bif, bit, bsl, compare, compareTest, doublingMulHigh, eor, halvingAdd,
  halvingSub, maximum, minimum, mla, mls, mul, orn, orr, pairwise, polynomialMul, roundingHalvingAdd, shiftByRegister, signedSaturatingAdd,
  signedSaturatingSub, sub, unsignedSaturatingAdd, unsignedSaturatingSub,
} from './shared-integer.ts'
import { type Binary, bitsOf, esizeOf, formatOf, is16Or32, isFpVector, isVector, upTo32 } from './shared-lanes.ts'
import { byQ, bySizeQ, bySzQ, type Names, vreg } from './vector-syntax.ts'

/** What all rows of the class have in common. */
const three = (mnemonic: string): { readonly see: string; readonly asm: string } =>
  ({ see: `C7.2 ${mnemonic.toUpperCase()}`, asm: `${mnemonic} {Vd}, {Vn}, {Vm}` })
const registers = (names: Names): Readonly<Record<string, Syntax>> => ({ Vd: vreg('Rd', names), Vn: vreg('Rn', names), Vm: vreg('Rm', names) })
const bytesOnly = (f: FieldValues): boolean => f.size === 0

const S = true
const U = false
const shift = (signed: boolean, saturating: boolean, rounding: boolean): Binary => shiftByRegister({ signed, saturating, rounding })

const integer: readonly Insn[] = encoding(
  'Advanced SIMD three same',
  '0 Q U 01110 size:2 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
  {
    SHADD_vector:    { U: 0, opcode: 0b00000, op: halvingAdd(S), where: upTo32, ...three('shadd') },
    SQADD_vector:    { U: 0, opcode: 0b00001, op: signedSaturatingAdd, where: isVector, ...three('sqadd') },
    SRHADD_vector:   { U: 0, opcode: 0b00010, op: roundingHalvingAdd(S), where: upTo32, ...three('srhadd') },
    SHSUB_vector:    { U: 0, opcode: 0b00100, op: halvingSub(S), where: upTo32, ...three('shsub') },
    SQSUB_vector:    { U: 0, opcode: 0b00101, op: signedSaturatingSub, where: isVector, ...three('sqsub') },
    CMGT_vector:     { U: 0, opcode: 0b00110, op: compare('gt'), where: isVector, ...three('cmgt') },
    CMGE_vector:     { U: 0, opcode: 0b00111, op: compare('ge'), where: isVector, ...three('cmge') },
    SSHL_vector:     { U: 0, opcode: 0b01000, op: shift(S, false, false), where: isVector, ...three('sshl') },
    SQSHL_vector:    { U: 0, opcode: 0b01001, op: shift(S, true, false), where: isVector, ...three('sqshl') },
    SRSHL_vector:    { U: 0, opcode: 0b01010, op: shift(S, false, true), where: isVector, ...three('srshl') },
    SQRSHL_vector:   { U: 0, opcode: 0b01011, op: shift(S, true, true), where: isVector, ...three('sqrshl') },
    SMAX_vector:     { U: 0, opcode: 0b01100, op: maximum(S), where: upTo32, ...three('smax') },
    SMIN_vector:     { U: 0, opcode: 0b01101, op: minimum(S), where: upTo32, ...three('smin') },
    SABD_vector:     { U: 0, opcode: 0b01110, op: absoluteDifference(S), where: upTo32, ...three('sabd') },
    SABA_vector:     { U: 0, opcode: 0b01111, op: absoluteDifferenceAccumulate(S), where: upTo32, ...three('saba') },
    ADD_vector:      { U: 0, opcode: 0b10000, op: add, where: isVector, ...three('add') },
    CMTST_vector:    { U: 0, opcode: 0b10001, op: compareTest, where: isVector, ...three('cmtst') },
    MLA_vector:      { U: 0, opcode: 0b10010, op: mla, where: upTo32, ...three('mla') },
    MUL_vector:      { U: 0, opcode: 0b10011, op: mul, where: upTo32, ...three('mul') },
    SMAXP_vector:    { U: 0, opcode: 0b10100, op: pairwise(maximum(S)), where: upTo32, ...three('smaxp') },
    SMINP_vector:    { U: 0, opcode: 0b10101, op: pairwise(minimum(S)), where: upTo32, ...three('sminp') },
    SQDMULH_vector:  { U: 0, opcode: 0b10110, op: doublingMulHigh(false), where: is16Or32, ...three('sqdmulh') },
    ADDP_vector:     { U: 0, opcode: 0b10111, op: pairwise(add), where: isVector, ...three('addp') },
    UHADD_vector:    { U: 1, opcode: 0b00000, op: halvingAdd(U), where: upTo32, ...three('uhadd') },
    UQADD_vector:    { U: 1, opcode: 0b00001, op: unsignedSaturatingAdd, where: isVector, ...three('uqadd') },
    URHADD_vector:   { U: 1, opcode: 0b00010, op: roundingHalvingAdd(U), where: upTo32, ...three('urhadd') },
    UHSUB_vector:    { U: 1, opcode: 0b00100, op: halvingSub(U), where: upTo32, ...three('uhsub') },
    UQSUB_vector:    { U: 1, opcode: 0b00101, op: unsignedSaturatingSub, where: isVector, ...three('uqsub') },
    CMHI_vector:     { U: 1, opcode: 0b00110, op: compare('hi'), where: isVector, ...three('cmhi') },
    CMHS_vector:     { U: 1, opcode: 0b00111, op: compare('hs'), where: isVector, ...three('cmhs') },
    USHL_vector:     { U: 1, opcode: 0b01000, op: shift(U, false, false), where: isVector, ...three('ushl') },
    UQSHL_vector:    { U: 1, opcode: 0b01001, op: shift(U, true, false), where: isVector, ...three('uqshl') },
    URSHL_vector:    { U: 1, opcode: 0b01010, op: shift(U, false, true), where: isVector, ...three('urshl') },
    UQRSHL_vector:   { U: 1, opcode: 0b01011, op: shift(U, true, true), where: isVector, ...three('uqrshl') },
    UMAX_vector:     { U: 1, opcode: 0b01100, op: maximum(U), where: upTo32, ...three('umax') },
    UMIN_vector:     { U: 1, opcode: 0b01101, op: minimum(U), where: upTo32, ...three('umin') },
    UABD_vector:     { U: 1, opcode: 0b01110, op: absoluteDifference(U), where: upTo32, ...three('uabd') },
    UABA_vector:     { U: 1, opcode: 0b01111, op: absoluteDifferenceAccumulate(U), where: upTo32, ...three('uaba') },
    SUB_vector:      { U: 1, opcode: 0b10000, op: sub, where: isVector, ...three('sub') },
    CMEQ_vector:     { U: 1, opcode: 0b10001, op: compare('eq'), where: isVector, ...three('cmeq') },
    MLS_vector:      { U: 1, opcode: 0b10010, op: mls, where: upTo32, ...three('mls') },
    PMUL_vector:     { U: 1, opcode: 0b10011, op: polynomialMul, where: bytesOnly, ...three('pmul') },
    UMAXP_vector:    { U: 1, opcode: 0b10100, op: pairwise(maximum(U)), where: upTo32, ...three('umaxp') },
    UMINP_vector:    { U: 1, opcode: 0b10101, op: pairwise(minimum(U)), where: upTo32, ...three('uminp') },
    SQRDMULH_vector: { U: 1, opcode: 0b10110, op: doublingMulHigh(true), where: is16Or32, ...three('sqrdmulh') },
  },
  (m, { Q, size, Rm, Rn, Rd }, { op }) => {
    const bits = bitsOf(Q)
    m.writeV(Rd, bits, op(m, esizeOf(size), bits, m.readV(Rn), m.readV(Rm), () => m.readV(Rd)))
  },
  { fp: true, syntax: registers(bySizeQ) },
)

const bitwise = byQ(8)
/** Both sources of MOV. */
const bothSources: Syntax = {
  ...vreg('Rn', bitwise),
  parse: (text, known, context) => {
    const found = vreg('Rn', bitwise).parse(text, known, context)
    return found && { ...found, Rm: found.Rn as number }
  },
}

const logical: readonly Insn[] = encoding(
  'Advanced SIMD three same',
  '0 Q U 01110 size:2 1 Rm:5 00011 1 Rn:5 Rd:5',
  {
    AND_vector: { U: 0, size: 0, op: and, ...three('and') },
    BIC_vector: { U: 0, size: 1, op: bic, ...three('bic') },
    ORR_vector: { U: 0, size: 2, op: orr, ...three('orr'), aliases: [{ asm: 'mov {Vd}, {VnVm}', when: (f) => f.Rn === f.Rm }] },
    ORN_vector: { U: 0, size: 3, op: orn, ...three('orn') },
    EOR_vector: { U: 1, size: 0, op: eor, ...three('eor') },
    BSL_vector: { U: 1, size: 1, op: bsl, ...three('bsl') },
    BIT_vector: { U: 1, size: 2, op: bit, ...three('bit') },
    BIF_vector: { U: 1, size: 3, op: bif, ...three('bif') },
  },
  (m, { Q, Rm, Rn, Rd }, { op }) => m.writeV(Rd, bitsOf(Q), op(m, 8, bitsOf(Q), m.readV(Rn), m.readV(Rm), () => m.readV(Rd))),
  { fp: true, syntax: { ...registers(bitwise), VnVm: bothSources } },
)

const floatingPoint: readonly Insn[] = encoding(
  'Advanced SIMD three same',
  '0 Q U 01110 a sz 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
  {
    FMAXNM_vector:  { U: 0, a: 0, opcode: 0b11000, op: fpArithmetic('maxnm'), where: isFpVector, ...three('fmaxnm') },
    FMLA_vector:    { U: 0, a: 0, opcode: 0b11001, op: fpMla, where: isFpVector, ...three('fmla') },
    FADD_vector:    { U: 0, a: 0, opcode: 0b11010, op: fpArithmetic('add'), where: isFpVector, ...three('fadd') },
    FMULX_vector:   { U: 0, a: 0, opcode: 0b11011, op: fpArithmetic('mulx'), where: isFpVector, ...three('fmulx') },
    FCMEQ_vector:   { U: 0, a: 0, opcode: 0b11100, op: fpCompare('eq'), where: isFpVector, ...three('fcmeq') },
    FMAX_vector:    { U: 0, a: 0, opcode: 0b11110, op: fpArithmetic('max'), where: isFpVector, ...three('fmax') },
    FRECPS_vector:  { U: 0, a: 0, opcode: 0b11111, op: fpArithmetic('recps'), where: isFpVector, ...three('frecps') },
    FMINNM_vector:  { U: 0, a: 1, opcode: 0b11000, op: fpArithmetic('minnm'), where: isFpVector, ...three('fminnm') },
    FMLS_vector:    { U: 0, a: 1, opcode: 0b11001, op: fpMls, where: isFpVector, ...three('fmls') },
    FSUB_vector:    { U: 0, a: 1, opcode: 0b11010, op: fpArithmetic('sub'), where: isFpVector, ...three('fsub') },
    FMIN_vector:    { U: 0, a: 1, opcode: 0b11110, op: fpArithmetic('min'), where: isFpVector, ...three('fmin') },
    FRSQRTS_vector: { U: 0, a: 1, opcode: 0b11111, op: fpArithmetic('rsqrts'), where: isFpVector, ...three('frsqrts') },
    FMAXNMP_vector: { U: 1, a: 0, opcode: 0b11000, op: fpPairwise('maxnm'), where: isFpVector, ...three('fmaxnmp') },
    FADDP_vector:   { U: 1, a: 0, opcode: 0b11010, op: fpPairwise('add'), where: isFpVector, ...three('faddp') },
    FMUL_vector:    { U: 1, a: 0, opcode: 0b11011, op: fpArithmetic('mul'), where: isFpVector, ...three('fmul') },
    FCMGE_vector:   { U: 1, a: 0, opcode: 0b11100, op: fpCompare('ge'), where: isFpVector, ...three('fcmge') },
    FACGE_vector:   { U: 1, a: 0, opcode: 0b11101, op: fpCompareAbsolute('ge'), where: isFpVector, ...three('facge') },
    FMAXP_vector:   { U: 1, a: 0, opcode: 0b11110, op: fpPairwise('max'), where: isFpVector, ...three('fmaxp') },
    FDIV_vector:    { U: 1, a: 0, opcode: 0b11111, op: fpArithmetic('div'), where: isFpVector, ...three('fdiv') },
    FMINNMP_vector: { U: 1, a: 1, opcode: 0b11000, op: fpPairwise('minnm'), where: isFpVector, ...three('fminnmp') },
    FABD_vector:    { U: 1, a: 1, opcode: 0b11010, op: fpArithmetic('abd'), where: isFpVector, ...three('fabd') },
    FCMGT_vector:   { U: 1, a: 1, opcode: 0b11100, op: fpCompare('gt'), where: isFpVector, ...three('fcmgt') },
    FACGT_vector:   { U: 1, a: 1, opcode: 0b11101, op: fpCompareAbsolute('gt'), where: isFpVector, ...three('facgt') },
    FMINP_vector:   { U: 1, a: 1, opcode: 0b11110, op: fpPairwise('min'), where: isFpVector, ...three('fminp') },
  },
  (m, { Q, sz, Rm, Rn, Rd }, { op }) => {
    const bits = bitsOf(Q)
    m.writeV(Rd, bits, op(m, formatOf(sz), bits, m.readV(Rn), m.readV(Rm), () => m.readV(Rd)))
  },
  { fp: true, syntax: registers(bySzQ) },
)

/** Vectors of two sources and a result of one shape. */
export const simdThreeSame: readonly Insn[] = [...integer, ...logical, ...floatingPoint]
