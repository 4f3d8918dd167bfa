/** Advanced SIMD two-register miscellaneous. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { formatNumber, parseNumber } from '../syntax.ts'
import {
  estimate, fpAbsolute, fpCompareZero, fpNarrow, fpNegate, fpRoundInt, fpToInteger, fpUnary, fpWiden, integerToFp,
} from './shared-fp.ts'
import {
  absolute, compareZero, countBits, countLeadingSigns, countLeadingZeros, invert, negate, pairwiseAddLong, pairwiseAddLongAccumulate, reverse,
  reverseBits, saturatingAbsolute, saturatingNegate, signedPlusUnsigned, unsignedPlusSigned,
} from './shared-integer.ts'
import { bitsOf, esizeOf, formatOf, isFpVector, isVector, upTo32 } from './shared-lanes.ts'
import { extractNarrow, leftLongByEsize } from './shared-shift.ts'
import { byQ, bySizeQ, bySzQ, type Names, two, vreg, wideBySize } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const row = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}`, asm: `${mnemonic} {Vd}, {Vn}` })
const zero = (mnemonic: string, text = '#0'): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()} (zero)`, asm: `${mnemonic} {Vd}, {Vn}, ${text}` })
const half = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}, ${mnemonic.toUpperCase()}2`, asm: `${mnemonic}{two} {Vd}, {Vn}` })
const bytesOnly = (f: FieldValues): boolean => f.size === 0
const upTo16 = (f: FieldValues): boolean => (f.size as number) < 2

/** Arrangements of pairs of lanes: half as many, twice as wide. */
const pairsBySizeQ: Names = [
  ['4h', { size: 0, Q: 0 }], ['8h', { size: 0, Q: 1 }], ['2s', { size: 1, Q: 0 }], ['4s', { size: 1, Q: 1 }],
  ['1d', { size: 2, Q: 0 }], ['2d', { size: 2, Q: 1 }],
]
const pairSyntax = { Vd: vreg('Rd', pairsBySizeQ) }
const bytes = { Vd: vreg('Rd', byQ(8)), Vn: vreg('Rn', byQ(8)) }

const integer: readonly Insn[] = encoding(
  'Advanced SIMD two-register miscellaneous',
  '0 Q U 01110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
  {
    REV64_vector:     { U: 0, opcode: 0b00000, op: reverse(64), where: upTo32, ...row('rev64') },
    REV16_vector:     { U: 0, opcode: 0b00001, op: reverse(16), where: bytesOnly, ...row('rev16') },
    SADDLP_vector:    { U: 0, opcode: 0b00010, op: pairwiseAddLong(true), where: upTo32, ...row('saddlp'), syntax: pairSyntax },
    SUQADD_vector:    { U: 0, opcode: 0b00011, op: signedPlusUnsigned, where: isVector, ...row('suqadd') },
    CLS_vector:       { U: 0, opcode: 0b00100, op: countLeadingSigns, where: upTo32, ...row('cls') },
    CNT_vector:       { U: 0, opcode: 0b00101, op: countBits, where: bytesOnly, ...row('cnt') },
    SADALP_vector:    { U: 0, opcode: 0b00110, op: pairwiseAddLongAccumulate(true), where: upTo32, ...row('sadalp'), syntax: pairSyntax },
    SQABS_vector:     { U: 0, opcode: 0b00111, op: saturatingAbsolute, where: isVector, ...row('sqabs') },
    CMGT_zero_vector: { U: 0, opcode: 0b01000, op: compareZero('gt'), where: isVector, ...zero('cmgt') },
    CMEQ_zero_vector: { U: 0, opcode: 0b01001, op: compareZero('eq'), where: isVector, ...zero('cmeq') },
    CMLT_zero_vector: { U: 0, opcode: 0b01010, op: compareZero('lt'), where: isVector, ...zero('cmlt') },
    ABS_vector:       { U: 0, opcode: 0b01011, op: absolute, where: isVector, ...row('abs') },
    REV32_vector:     { U: 1, opcode: 0b00000, op: reverse(32), where: upTo16, ...row('rev32') },
    UADDLP_vector:    { U: 1, opcode: 0b00010, op: pairwiseAddLong(false), where: upTo32, ...row('uaddlp'), syntax: pairSyntax },
    USQADD_vector:    { U: 1, opcode: 0b00011, op: unsignedPlusSigned, where: isVector, ...row('usqadd') },
    CLZ_vector:       { U: 1, opcode: 0b00100, op: countLeadingZeros, where: upTo32, ...row('clz') },
    UADALP_vector:    { U: 1, opcode: 0b00110, op: pairwiseAddLongAccumulate(false), where: upTo32, ...row('uadalp'), syntax: pairSyntax },
    SQNEG_vector:     { U: 1, opcode: 0b00111, op: saturatingNegate, where: isVector, ...row('sqneg') },
    CMGE_zero_vector: { U: 1, opcode: 0b01000, op: compareZero('ge'), where: isVector, ...zero('cmge') },
    CMLE_zero_vector: { U: 1, opcode: 0b01001, op: compareZero('le'), where: isVector, ...zero('cmle') },
    NEG_vector:       { U: 1, opcode: 0b01011, op: negate, where: isVector, ...row('neg') },
    NOT_vector:       { U: 1, opcode: 0b00101, size: 0, op: invert, ...row('not'), syntax: bytes, aliases: [{ asm: 'mvn {Vd}, {Vn}', when: () => true }] },
    RBIT_vector:      { U: 1, opcode: 0b00101, size: 1, op: reverseBits, ...row('rbit'), syntax: bytes },
  },
  (m, { Q, size, Rn, Rd }, { op }) => {
    const bits = bitsOf(Q)
    m.writeV(Rd, bits, op(m, esizeOf(size), bits, m.readV(Rn), () => m.readV(Rd)))
  },
  { fp: true, syntax: { Vd: vreg('Rd', bySizeQ), Vn: vreg('Rn', bySizeQ) } },
)

const narrowing: readonly Insn[] = encoding(
  'Advanced SIMD two-register miscellaneous',
  '0 Q U 01110 size:2 10000 opcode:5 10 Rn:5 Rd:5',
  {
    XTN_vector:    { U: 0, opcode: 0b10010, op: extractNarrow('truncate'), where: upTo32, ...half('xtn') },
    SQXTN_vector:  { U: 0, opcode: 0b10100, op: extractNarrow('SQ'), where: upTo32, ...half('sqxtn') },
    SQXTUN_vector: { U: 1, opcode: 0b10010, op: extractNarrow('SQU'), where: upTo32, ...half('sqxtun') },
    UQXTN_vector:  { U: 1, opcode: 0b10100, op: extractNarrow('UQ'), where: upTo32, ...half('uqxtn') },
  },
  (m, { Q, size, Rn, Rd }, { op }) => m.writeV(Rd, bitsOf(Q), op(m, esizeOf(size), 128, m.readV(Rn), Q, () => m.readV(Rd))),
  { fp: true, syntax: { two, Vd: vreg('Rd', bySizeQ), Vn: vreg('Rn', wideBySize) } },
)

const shiftLong: readonly Insn[] = encoding(
  'Advanced SIMD two-register miscellaneous',
  '0 Q 1 01110 size:2 10000 10011 10 Rn:5 Rd:5',
  {
    SHLL_vector: { where: upTo32, see: 'C7.2 SHLL, SHLL2', asm: 'shll{two} {Vd}, {Vn}, {esize}' },
  },
  (m, { Q, size, Rn, Rd }) => m.writeV(Rd, 128, leftLongByEsize(m, esizeOf(size), m.readV(Rn), Q)),
  {
    fp: true,
    syntax: {
      two,
      Vd: vreg('Rd', wideBySize),
      Vn: vreg('Rn', bySizeQ),
      esize: {
        pattern: '#?(?:8|16|32|0x8|0x10|0x20)',
        format: (f) => formatNumber(esizeOf(f.size as number)),
        parse: (text, known) => {
          const size = [8n, 16n, 32n].indexOf(parseNumber(text))
          return known.size === undefined || known.size === size ? { size } : undefined
        },
      },
    },
  },
)

const floatingPoint: readonly Insn[] = encoding(
  'Advanced SIMD two-register miscellaneous',
  '0 Q U 01110 a sz 10000 opcode:5 10 Rn:5 Rd:5',
  {
    FRINTN_vector:     { U: 0, a: 0, opcode: 0b11000, op: fpRoundInt('tieeven'), where: isFpVector, ...row('frintn') },
    FRINTM_vector:     { U: 0, a: 0, opcode: 0b11001, op: fpRoundInt('neginf'), where: isFpVector, ...row('frintm') },
    FCVTNS_vector:     { U: 0, a: 0, opcode: 0b11010, op: fpToInteger('tieeven', true), where: isFpVector, ...row('fcvtns') },
    FCVTMS_vector:     { U: 0, a: 0, opcode: 0b11011, op: fpToInteger('neginf', true), where: isFpVector, ...row('fcvtms') },
    FCVTAS_vector:     { U: 0, a: 0, opcode: 0b11100, op: fpToInteger('tieaway', true), where: isFpVector, ...row('fcvtas') },
    SCVTF_vector:      { U: 0, a: 0, opcode: 0b11101, op: integerToFp(true), where: isFpVector, ...row('scvtf') },
    FCMGT_zero_vector: { U: 0, a: 1, opcode: 0b01100, op: fpCompareZero('gt'), where: isFpVector, ...zero('fcmgt', '#0.0') },
    FCMEQ_zero_vector: { U: 0, a: 1, opcode: 0b01101, op: fpCompareZero('eq'), where: isFpVector, ...zero('fcmeq', '#0.0') },
    FCMLT_zero_vector: { U: 0, a: 1, opcode: 0b01110, op: fpCompareZero('lt'), where: isFpVector, ...zero('fcmlt', '#0.0') },
    FABS_vector:       { U: 0, a: 1, opcode: 0b01111, op: fpAbsolute, where: isFpVector, ...row('fabs') },
    FRINTP_vector:     { U: 0, a: 1, opcode: 0b11000, op: fpRoundInt('posinf'), where: isFpVector, ...row('frintp') },
    FRINTZ_vector:     { U: 0, a: 1, opcode: 0b11001, op: fpRoundInt('zero'), where: isFpVector, ...row('frintz') },
    FCVTPS_vector:     { U: 0, a: 1, opcode: 0b11010, op: fpToInteger('posinf', true), where: isFpVector, ...row('fcvtps') },
    FCVTZS_vector:     { U: 0, a: 1, opcode: 0b11011, op: fpToInteger('zero', true), where: isFpVector, ...row('fcvtzs') },
    URECPE_vector:     { U: 0, a: 1, opcode: 0b11100, sz: 0, op: estimate('urecpe'), ...row('urecpe') },
    FRECPE_vector:     { U: 0, a: 1, opcode: 0b11101, op: fpUnary('recpe'), where: isFpVector, ...row('frecpe') },
    FRINTA_vector:     { U: 1, a: 0, opcode: 0b11000, op: fpRoundInt('tieaway'), where: isFpVector, ...row('frinta') },
    FRINTX_vector:     { U: 1, a: 0, opcode: 0b11001, op: fpRoundInt('cur', true), where: isFpVector, ...row('frintx') },
    FCVTNU_vector:     { U: 1, a: 0, opcode: 0b11010, op: fpToInteger('tieeven', false), where: isFpVector, ...row('fcvtnu') },
    FCVTMU_vector:     { U: 1, a: 0, opcode: 0b11011, op: fpToInteger('neginf', false), where: isFpVector, ...row('fcvtmu') },
    FCVTAU_vector:     { U: 1, a: 0, opcode: 0b11100, op: fpToInteger('tieaway', false), where: isFpVector, ...row('fcvtau') },
    UCVTF_vector:      { U: 1, a: 0, opcode: 0b11101, op: integerToFp(false), where: isFpVector, ...row('ucvtf') },
    FCMGE_zero_vector: { U: 1, a: 1, opcode: 0b01100, op: fpCompareZero('ge'), where: isFpVector, ...zero('fcmge', '#0.0') },
    FCMLE_zero_vector: { U: 1, a: 1, opcode: 0b01101, op: fpCompareZero('le'), where: isFpVector, ...zero('fcmle', '#0.0') },
    FNEG_vector:       { U: 1, a: 1, opcode: 0b01111, op: fpNegate, where: isFpVector, ...row('fneg') },
    FRINTI_vector:     { U: 1, a: 1, opcode: 0b11001, op: fpRoundInt('cur'), where: isFpVector, ...row('frinti') },
    FCVTPU_vector:     { U: 1, a: 1, opcode: 0b11010, op: fpToInteger('posinf', false), where: isFpVector, ...row('fcvtpu') },
    FCVTZU_vector:     { U: 1, a: 1, opcode: 0b11011, op: fpToInteger('zero', false), where: isFpVector, ...row('fcvtzu') },
    URSQRTE_vector:    { U: 1, a: 1, opcode: 0b11100, sz: 0, op: estimate('ursqrte'), ...row('ursqrte') },
    FRSQRTE_vector:    { U: 1, a: 1, opcode: 0b11101, op: fpUnary('rsqrte'), where: isFpVector, ...row('frsqrte') },
    FSQRT_vector:      { U: 1, a: 1, opcode: 0b11111, op: fpUnary('sqrt'), where: isFpVector, ...row('fsqrt') },
  },
  (m, { Q, sz, Rn, Rd }, { op }) => {
    const bits = bitsOf(Q)
    m.writeV(Rd, bits, op(m, formatOf(sz), bits, m.readV(Rn), () => m.readV(Rd)))
  },
  { fp: true, syntax: { Vd: vreg('Rd', bySzQ), Vn: vreg('Rn', bySzQ) } },
)

/** Formats of a precision conversion by `sz`: 16 and 32 bits, or 32 and 64. */
const wideBySz: Names = [['4s', { sz: 0 }], ['2d', { sz: 1 }]]
const narrowBySzQ: Names = [['4h', { sz: 0, Q: 0 }], ['8h', { sz: 0, Q: 1 }], ['2s', { sz: 1, Q: 0 }], ['4s', { sz: 1, Q: 1 }]]
const toNarrow = { two, Vd: vreg('Rd', narrowBySzQ), Vn: vreg('Rn', wideBySz) }
const toWide = { two, Vd: vreg('Rd', wideBySz), Vn: vreg('Rn', narrowBySzQ) }

const precision: readonly Insn[] = encoding(
  'Advanced SIMD two-register miscellaneous',
  '0 Q U 01110 0 sz 10000 opcode:5 10 Rn:5 Rd:5',
  {
    FCVTN_vector:  { U: 0, opcode: 0b10110, ...half('fcvtn'), syntax: toNarrow },
    FCVTL_vector:  { U: 0, opcode: 0b10111, ...half('fcvtl'), syntax: toWide },
    FCVTXN_vector: { U: 1, opcode: 0b10110, sz: 1, ...half('fcvtxn'), syntax: toNarrow },
  },
  (m, { Q, U, sz, opcode, Rn, Rd }) => {
    const narrower = sz ? 32 : 16
    const n = m.readV(Rn)
    if (opcode === 0b10111) m.writeV(Rd, 128, fpWiden(m, narrower, n, Q))
    else m.writeV(Rd, bitsOf(Q), fpNarrow(m, narrower, n, Q, () => m.readV(Rd), U === 1))
  },
  { fp: true },
)

/** Vectors of one source. */
export const simdTwoRegMisc: readonly Insn[] = [...integer, ...narrowing, ...shiftLong, ...floatingPoint, ...precision]
