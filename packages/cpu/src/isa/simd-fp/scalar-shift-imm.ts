/** Advanced SIMD scalar shift by immediate. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Syntax } from '../syntax.ts'
import { fixedToFp, fpToFixed } from './shared-fp.ts'
import { twice } from './shared-lanes.ts'
import {
  left, leftInsert, right, rightAccumulate, rightInsert, rightNarrow, type Shift, signedSaturatingLeft, signedToUnsignedSaturatingLeft,
  unsignedSaturatingLeft,
} from './shared-shift.ts'
import { leftAmount, named, rightAmount } from './shift-imm.ts'
import { LETTERS, sreg } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const toRight = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}`, asm: `${mnemonic} {Vd}, {Vn}, {right}` })
const toLeft = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}`, asm: `${mnemonic} {Vd}, {Vn}, {left}` })

/** The leading one of immh is the element size, so there is one diagram for each; what follows it is the operand `imm`. */
const DIAGRAMS = {
  8: '01 U 111110 0001 imm:3 opcode:5 1 Rn:5 Rd:5',
  16: '01 U 111110 001 imm:4 opcode:5 1 Rn:5 Rd:5',
  32: '01 U 111110 01 imm:5 opcode:5 1 Rn:5 Rd:5',
  64: '01 U 111110 1 imm:6 opcode:5 1 Rn:5 Rd:5',
} as const

const S = true
const U = false
const ROUND = true
const convert = (op: typeof fixedToFp | typeof fpToFixed, signed: boolean): Shift => (m, esize, bits, a, imm) => op(signed)(m, esize, bits, a, imm)

/** Of all sizes. */
const SATURATING = {
  SQSHL_imm_scalar:  { U: 0, opcode: 0b01110, op: signedSaturatingLeft, ...toLeft('sqshl') },
  SQSHLU_imm_scalar: { U: 1, opcode: 0b01100, op: signedToUnsignedSaturatingLeft, ...toLeft('sqshlu') },
  UQSHL_imm_scalar:  { U: 1, opcode: 0b01110, op: unsignedSaturatingLeft, ...toLeft('uqshl') },
}

/** Of 32 and 64 bits. */
const FIXED_POINT = {
  SCVTF_fixed_scalar:  { U: 0, opcode: 0b11100, op: convert(fixedToFp, S), ...toRight('scvtf') },
  FCVTZS_fixed_scalar: { U: 0, opcode: 0b11111, op: convert(fpToFixed, S), ...toRight('fcvtzs') },
  UCVTF_fixed_scalar:  { U: 1, opcode: 0b11100, op: convert(fixedToFp, U), ...toRight('ucvtf') },
  FCVTZU_fixed_scalar: { U: 1, opcode: 0b11111, op: convert(fpToFixed, U), ...toRight('fcvtzu') },
}

/** Of 64 bits. */
const DOUBLEWORD = {
  SSHR_imm_scalar:  { U: 0, opcode: 0b00000, op: right(S), ...toRight('sshr') },
  SSRA_imm_scalar:  { U: 0, opcode: 0b00010, op: rightAccumulate(S), ...toRight('ssra') },
  SRSHR_imm_scalar: { U: 0, opcode: 0b00100, op: right(S, ROUND), ...toRight('srshr') },
  SRSRA_imm_scalar: { U: 0, opcode: 0b00110, op: rightAccumulate(S, ROUND), ...toRight('srsra') },
  SHL_imm_scalar:   { U: 0, opcode: 0b01010, op: left, ...toLeft('shl') },
  USHR_imm_scalar:  { U: 1, opcode: 0b00000, op: right(U), ...toRight('ushr') },
  USRA_imm_scalar:  { U: 1, opcode: 0b00010, op: rightAccumulate(U), ...toRight('usra') },
  URSHR_imm_scalar: { U: 1, opcode: 0b00100, op: right(U, ROUND), ...toRight('urshr') },
  URSRA_imm_scalar: { U: 1, opcode: 0b00110, op: rightAccumulate(U, ROUND), ...toRight('ursra') },
  SRI_imm_scalar:   { U: 1, opcode: 0b01000, op: rightInsert, ...toRight('sri') },
  SLI_imm_scalar:   { U: 1, opcode: 0b01010, op: leftInsert, ...toLeft('sli') },
}

/** Narrowing: the element size is the result's. */
const NARROW = {
  SQSHRN_imm_scalar:   { U: 0, opcode: 0b10010, op: rightNarrow('SQ'), ...toRight('sqshrn') },
  SQRSHRN_imm_scalar:  { U: 0, opcode: 0b10011, op: rightNarrow('SQ', ROUND), ...toRight('sqrshrn') },
  SQSHRUN_imm_scalar:  { U: 1, opcode: 0b10000, op: rightNarrow('SQU'), ...toRight('sqshrun') },
  SQRSHRUN_imm_scalar: { U: 1, opcode: 0b10001, op: rightNarrow('SQU', ROUND), ...toRight('sqrshrun') },
  UQSHRN_imm_scalar:   { U: 1, opcode: 0b10010, op: rightNarrow('UQ'), ...toRight('uqshrn') },
  UQRSHRN_imm_scalar:  { U: 1, opcode: 0b10011, op: rightNarrow('UQ', ROUND), ...toRight('uqrshrn') },
}

const TITLE = 'Advanced SIMD scalar shift by immediate'
const ROWS = { 8: SATURATING, 16: SATURATING, 32: { ...SATURATING, ...FIXED_POINT }, 64: { ...SATURATING, ...FIXED_POINT, ...DOUBLEWORD } } as const
const syntaxOf = (esize: 8 | 16 | 32 | 64, source: 8 | 16 | 32 | 64 = esize): Readonly<Record<string, Syntax>> =>
  ({ Vd: sreg('Rd', LETTERS[esize]), Vn: sreg('Rn', LETTERS[source]), left: leftAmount(esize), right: rightAmount(esize) })

const sameSize = (esize: 8 | 16 | 32 | 64): readonly Insn[] => encoding(
  TITLE,
  DIAGRAMS[esize],
  named(esize, ROWS[esize]),
  (m, { imm, Rn, Rd }, { op }) => m.writeV(Rd, esize, op(m, esize, esize, m.readV(Rn), imm, () => m.readV(Rd))),
  { fp: true, syntax: syntaxOf(esize) },
)

const narrow = (esize: 8 | 16 | 32): readonly Insn[] => encoding(
  TITLE,
  DIAGRAMS[esize],
  named(esize, NARROW),
  (m, { imm, Rn, Rd }, { op }) => m.writeV(Rd, esize, op(m, esize, twice(esize), m.readV(Rn), imm, 0, () => m.readV(Rd))),
  { fp: true, syntax: syntaxOf(esize, twice(esize)) },
)

/** Scalars shifted by an immediate. */
export const simdScalarShiftImm: readonly Insn[] = [
  ...([8, 16, 32, 64] as const).flatMap(sameSize),
  ...([8, 16, 32] as const).flatMap(narrow),
]
