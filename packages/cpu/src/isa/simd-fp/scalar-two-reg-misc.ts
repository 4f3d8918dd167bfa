/** Advanced SIMD scalar two-register miscellaneous. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { fpCompareZero, fpToInteger, fpUnary, integerToFp } from './shared-fp.ts'
import {
  absolute, compareZero, negate, saturatingAbsolute, saturatingNegate, signedPlusUnsigned, unsignedPlusSigned,
} from './shared-integer.ts'
import { esizeOf, formatOf, twice, upTo32 } from './shared-lanes.ts'
import { extractNarrow } from './shared-shift.ts'
import { letterBySize, letterBySz, sreg, wideLetterBySize } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const row = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}`, asm: `${mnemonic} {Vd}, {Vn}` })
const zero = (mnemonic: string, text = '#0'): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()} (zero)`, asm: `${mnemonic} {Vd}, {Vn}, ${text}` })
const D = 3

const integer: readonly Insn[] = encoding(
  'Advanced SIMD scalar two-register miscellaneous',
  '01 U 11110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
  {
    SUQADD_scalar:    { U: 0, opcode: 0b00011, op: signedPlusUnsigned, ...row('suqadd') },
    SQABS_scalar:     { U: 0, opcode: 0b00111, op: saturatingAbsolute, ...row('sqabs') },
    CMGT_zero_scalar: { U: 0, opcode: 0b01000, size: D, op: compareZero('gt'), ...zero('cmgt') },
    CMEQ_zero_scalar: { U: 0, opcode: 0b01001, size: D, op: compareZero('eq'), ...zero('cmeq') },
    CMLT_zero_scalar: { U: 0, opcode: 0b01010, size: D, op: compareZero('lt'), ...zero('cmlt') },
    ABS_scalar:       { U: 0, opcode: 0b01011, size: D, op: absolute, ...row('abs') },
    USQADD_scalar:    { U: 1, opcode: 0b00011, op: unsignedPlusSigned, ...row('usqadd') },
    SQNEG_scalar:     { U: 1, opcode: 0b00111, op: saturatingNegate, ...row('sqneg') },
    CMGE_zero_scalar: { U: 1, opcode: 0b01000, size: D, op: compareZero('ge'), ...zero('cmge') },
    CMLE_zero_scalar: { U: 1, opcode: 0b01001, size: D, op: compareZero('le'), ...zero('cmle') },
    NEG_scalar:       { U: 1, opcode: 0b01011, size: D, op: negate, ...row('neg') },
  },
  (m, { size, Rn, Rd }, { op }) => {
    const esize = esizeOf(size)
    m.writeV(Rd, esize, op(m, esize, esize, m.readV(Rn), () => m.readV(Rd)))
  },
  { fp: true, syntax: { Vd: sreg('Rd', letterBySize), Vn: sreg('Rn', letterBySize) } },
)

const narrowing: readonly Insn[] = encoding(
  'Advanced SIMD scalar two-register miscellaneous',
  '01 U 11110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
  {
    SQXTN_scalar:  { U: 0, opcode: 0b10100, op: extractNarrow('SQ'), where: upTo32, ...row('sqxtn') },
    SQXTUN_scalar: { U: 1, opcode: 0b10010, op: extractNarrow('SQU'), where: upTo32, ...row('sqxtun') },
    UQXTN_scalar:  { U: 1, opcode: 0b10100, op: extractNarrow('UQ'), where: upTo32, ...row('uqxtn') },
  },
  (m, { size, Rn, Rd }, { op }) => {
    const esize = esizeOf(size)
    m.writeV(Rd, esize, op(m, esize, twice(esize), m.readV(Rn), 0, () => m.readV(Rd)))
  },
  { fp: true, syntax: { Vd: sreg('Rd', letterBySize), Vn: sreg('Rn', wideLetterBySize) } },
)

const floatingPoint: readonly Insn[] = encoding(
  'Advanced SIMD scalar two-register miscellaneous',
  '01 U 11110 a sz 10000 opcode:5 10 Rn:5 Rd:5',
  {
    FCVTNS_scalar:     { U: 0, a: 0, opcode: 0b11010, op: fpToInteger('tieeven', true), ...row('fcvtns') },
    FCVTMS_scalar:     { U: 0, a: 0, opcode: 0b11011, op: fpToInteger('neginf', true), ...row('fcvtms') },
    FCVTAS_scalar:     { U: 0, a: 0, opcode: 0b11100, op: fpToInteger('tieaway', true), ...row('fcvtas') },
    SCVTF_scalar:      { U: 0, a: 0, opcode: 0b11101, op: integerToFp(true), ...row('scvtf') },
    FCMGT_zero_scalar: { U: 0, a: 1, opcode: 0b01100, op: fpCompareZero('gt'), ...zero('fcmgt', '#0.0') },
    FCMEQ_zero_scalar: { U: 0, a: 1, opcode: 0b01101, op: fpCompareZero('eq'), ...zero('fcmeq', '#0.0') },
    FCMLT_zero_scalar: { U: 0, a: 1, opcode: 0b01110, op: fpCompareZero('lt'), ...zero('fcmlt', '#0.0') },
    FCVTPS_scalar:     { U: 0, a: 1, opcode: 0b11010, op: fpToInteger('posinf', true), ...row('fcvtps') },
    FCVTZS_scalar:     { U: 0, a: 1, opcode: 0b11011, op: fpToInteger('zero', true), ...row('fcvtzs') },
    FRECPE_scalar:     { U: 0, a: 1, opcode: 0b11101, op: fpUnary('recpe'), ...row('frecpe') },
    FRECPX_scalar:     { U: 0, a: 1, opcode: 0b11111, op: fpUnary('recpx'), ...row('frecpx') },
    FCVTNU_scalar:     { U: 1, a: 0, opcode: 0b11010, op: fpToInteger('tieeven', false), ...row('fcvtnu') },
    FCVTMU_scalar:     { U: 1, a: 0, opcode: 0b11011, op: fpToInteger('neginf', false), ...row('fcvtmu') },
    FCVTAU_scalar:     { U: 1, a: 0, opcode: 0b11100, op: fpToInteger('tieaway', false), ...row('fcvtau') },
    UCVTF_scalar:      { U: 1, a: 0, opcode: 0b11101, op: integerToFp(false), ...row('ucvtf') },
    FCMGE_zero_scalar: { U: 1, a: 1, opcode: 0b01100, op: fpCompareZero('ge'), ...zero('fcmge', '#0.0') },
    FCMLE_zero_scalar: { U: 1, a: 1, opcode: 0b01101, op: fpCompareZero('le'), ...zero('fcmle', '#0.0') },
    FCVTPU_scalar:     { U: 1, a: 1, opcode: 0b11010, op: fpToInteger('posinf', false), ...row('fcvtpu') },
    FCVTZU_scalar:     { U: 1, a: 1, opcode: 0b11011, op: fpToInteger('zero', false), ...row('fcvtzu') },
    FRSQRTE_scalar:    { U: 1, a: 1, opcode: 0b11101, op: fpUnary('rsqrte'), ...row('frsqrte') },
  },
  (m, { sz, Rn, Rd }, { op }) => {
    const esize = formatOf(sz)
    m.writeV(Rd, esize, op(m, esize, esize, m.readV(Rn), () => m.readV(Rd)))
  },
  { fp: true, syntax: { Vd: sreg('Rd', letterBySz), Vn: sreg('Rn', letterBySz) } },
)

const toOdd: readonly Insn[] = encoding(
  'Advanced SIMD scalar two-register miscellaneous',
  '01 1 11110 01 10000 10110 10 Rn:5 Rd:5',
  {
    FCVTXN_scalar: { ...row('fcvtxn') },
  },
  (m, { Rn, Rd }) => m.writeS(Rd, 32, m.fpConvertOdd(m.readS(Rn, 64))),
  { fp: true, syntax: { Vd: sreg('Rd', 's'), Vn: sreg('Rn', 'd') } },
)

/** Scalars of one source. */
export const simdScalarTwoRegMisc: readonly Insn[] = [...integer, ...narrowing, ...floatingPoint, ...toOdd]
