/** Advanced SIMD shift by immediate. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { type Alias, encoding, type FieldValues, type Insn } from '../dsl.ts'
import { formatNumber, parseNumber, type Syntax } from '../syntax.ts'
import { fixedToFp, fpToFixed } from './shared-fp.ts'
import { bitsOf } from './shared-lanes.ts'
import {
  left, leftInsert, leftLong, right, rightAccumulate, rightInsert, rightNarrow, type Shift, signedSaturatingLeft,
  signedToUnsignedSaturatingLeft, unsignedSaturatingLeft,
} from './shared-shift.ts'
import { arrangement, byQ, LETTERS, two, vreg } from './vector-syntax.ts'

/** A shift to the left: `imm`. */
export const leftAmount = (esize: number): Syntax => ({
  pattern: '#?(?:0x[0-9a-f]+|[0-9]+)',
  format: (f) => formatNumber(f.imm as number),
  parse: (text) => {
    const amount = Number(parseNumber(text))
    return amount < esize ? { imm: amount } : undefined
  },
})

/** A shift to the right, or fraction bits: esize - imm. */
export const rightAmount = (esize: number): Syntax => ({
  pattern: '#?(?:0x[0-9a-f]+|[0-9]+)',
  format: (f) => formatNumber(esize - (f.imm as number)),
  parse: (text) => {
    const amount = Number(parseNumber(text))
    return amount >= 1 && amount <= esize ? { imm: esize - amount } : undefined
  },
})

type Facts = { readonly see: string; readonly asm: string }
const row = (mnemonic: string, operands: string, note = ''): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}${note}`, asm: `${mnemonic} ${operands}` })
const half = (mnemonic: string, operands: string): Facts =>
  ({ see: `C7.2 ${mnemonic.toUpperCase()}, ${mnemonic.toUpperCase()}2`, asm: `${mnemonic}{two} ${operands}` })
const toRight = (mnemonic: string): Facts => row(mnemonic, '{Vd}, {Vn}, {right}')
const toLeft = (mnemonic: string): Facts => row(mnemonic, '{Vd}, {Vn}, {left}')
const fixed = (mnemonic: string): Facts => row(mnemonic, '{Vd}, {Vn}, {right}', ' (vector, fixed-point)')
const narrowed = (mnemonic: string): Facts => half(mnemonic, '{Vd}, {Wn}, {right}')
const widened = (mnemonic: string): Facts => half(mnemonic, '{Wd}, {Vn}, {left}')

/**
 * The leading one of immh is the element size, so there is one diagram for each; what follows it is the operand `imm`.
 * immh = 0 is the modified immediate class.
 */
const DIAGRAMS = {
  8: '0 Q U 011110 0001 imm:3 opcode:5 1 Rn:5 Rd:5',
  16: '0 Q U 011110 001 imm:4 opcode:5 1 Rn:5 Rd:5',
  32: '0 Q U 011110 01 imm:5 opcode:5 1 Rn:5 Rd:5',
  64: '0 Q U 011110 1 imm:6 opcode:5 1 Rn:5 Rd:5',
} as const

const S = true
const U = false
const ROUND = true
const convert = (op: (typeof fixedToFp | typeof fpToFixed), signed: boolean): Shift => (m, esize, bits, a, imm) => op(signed)(m, esize, bits, a, imm)

/** Doublewords need the whole vector. */
const isAllocated = { 8: undefined, 16: undefined, 32: undefined, 64: (f: FieldValues): boolean => f.Q === 1 } as const

/** Rows of one element size, their names ending in its letter. */
export function named<R extends Facts>(
  esize: 8 | 16 | 32 | 64, rows: Readonly<Record<string, R>>, where?: (f: FieldValues) => boolean,
): Readonly<Record<string, R & { readonly where?: (f: FieldValues) => boolean }>> {
  return Object.fromEntries(Object.entries(rows).map(([name, facts]) => [`${name}_${LETTERS[esize]}`, where ? { ...facts, where } : facts]))
}

const SAME_SIZE = {
  SSHR_imm_vector:   { U: 0, opcode: 0b00000, op: right(S), ...toRight('sshr') },
  SSRA_imm_vector:   { U: 0, opcode: 0b00010, op: rightAccumulate(S), ...toRight('ssra') },
  SRSHR_imm_vector:  { U: 0, opcode: 0b00100, op: right(S, ROUND), ...toRight('srshr') },
  SRSRA_imm_vector:  { U: 0, opcode: 0b00110, op: rightAccumulate(S, ROUND), ...toRight('srsra') },
  SHL_imm_vector:    { U: 0, opcode: 0b01010, op: left, ...toLeft('shl') },
  SQSHL_imm_vector:  { U: 0, opcode: 0b01110, op: signedSaturatingLeft, ...toLeft('sqshl') },
  USHR_imm_vector:   { U: 1, opcode: 0b00000, op: right(U), ...toRight('ushr') },
  USRA_imm_vector:   { U: 1, opcode: 0b00010, op: rightAccumulate(U), ...toRight('usra') },
  URSHR_imm_vector:  { U: 1, opcode: 0b00100, op: right(U, ROUND), ...toRight('urshr') },
  URSRA_imm_vector:  { U: 1, opcode: 0b00110, op: rightAccumulate(U, ROUND), ...toRight('ursra') },
  SRI_imm_vector:    { U: 1, opcode: 0b01000, op: rightInsert, ...toRight('sri') },
  SLI_imm_vector:    { U: 1, opcode: 0b01010, op: leftInsert, ...toLeft('sli') },
  SQSHLU_imm_vector: { U: 1, opcode: 0b01100, op: signedToUnsignedSaturatingLeft, ...toLeft('sqshlu') },
  UQSHL_imm_vector:  { U: 1, opcode: 0b01110, op: unsignedSaturatingLeft, ...toLeft('uqshl') },
}

const FIXED_POINT = {
  SCVTF_fixed_vector:  { U: 0, opcode: 0b11100, op: convert(fixedToFp, S), ...fixed('scvtf') },
  FCVTZS_fixed_vector: { U: 0, opcode: 0b11111, op: convert(fpToFixed, S), ...fixed('fcvtzs') },
  UCVTF_fixed_vector:  { U: 1, opcode: 0b11100, op: convert(fixedToFp, U), ...fixed('ucvtf') },
  FCVTZU_fixed_vector: { U: 1, opcode: 0b11111, op: convert(fpToFixed, U), ...fixed('fcvtzu') },
}

/** Narrowing shifts: the element size is the result's. */
const NARROW = {
  SHRN_imm_vector:     { U: 0, opcode: 0b10000, op: rightNarrow('truncate'), ...narrowed('shrn') },
  RSHRN_imm_vector:    { U: 0, opcode: 0b10001, op: rightNarrow('truncate', ROUND), ...narrowed('rshrn') },
  SQSHRN_imm_vector:   { U: 0, opcode: 0b10010, op: rightNarrow('SQ'), ...narrowed('sqshrn') },
  SQRSHRN_imm_vector:  { U: 0, opcode: 0b10011, op: rightNarrow('SQ', ROUND), ...narrowed('sqrshrn') },
  SQSHRUN_imm_vector:  { U: 1, opcode: 0b10000, op: rightNarrow('SQU'), ...narrowed('sqshrun') },
  SQRSHRUN_imm_vector: { U: 1, opcode: 0b10001, op: rightNarrow('SQU', ROUND), ...narrowed('sqrshrun') },
  UQSHRN_imm_vector:   { U: 1, opcode: 0b10010, op: rightNarrow('UQ'), ...narrowed('uqshrn') },
  UQRSHRN_imm_vector:  { U: 1, opcode: 0b10011, op: rightNarrow('UQ', ROUND), ...narrowed('uqrshrn') },
}

/** A shift by nothing is written as an extension. */
const extension = (mnemonic: string): { readonly aliases: readonly Alias[] } =>
  ({ aliases: [{ asm: `${mnemonic}{two} {Wd}, {Vn}`, when: (f) => f.imm === 0, fields: { imm: 0 } }] })

const LONG = {
  SSHLL_imm_vector: { U: 0, opcode: 0b10100, ...widened('sshll'), ...extension('sxtl') },
  USHLL_imm_vector: { U: 1, opcode: 0b10100, ...widened('ushll'), ...extension('uxtl') },
}

/** Text forms for one element size. */
const syntaxOf = (esize: 8 | 16 | 32 | 64): Readonly<Record<string, Syntax>> =>
  ({ two, Vd: vreg('Rd', byQ(esize)), Vn: vreg('Rn', byQ(esize)), left: leftAmount(esize), right: rightAmount(esize) })
const wideSyntaxOf = (esize: 8 | 16 | 32): Readonly<Record<string, Syntax>> => {
  const wide = arrangement(128, (esize * 2) as 16 | 32 | 64)
  return { ...syntaxOf(esize), Wd: vreg('Rd', wide), Wn: vreg('Rn', wide) }
}

const TITLE = 'Advanced SIMD shift by immediate'

const sameSize = (esize: 8 | 16 | 32 | 64): readonly Insn[] => encoding(
  TITLE,
  DIAGRAMS[esize],
  named(esize, esize < 32 ? SAME_SIZE : { ...SAME_SIZE, ...FIXED_POINT }, isAllocated[esize]),
  (m, { Q, imm, Rn, Rd }, { op }) => {
    const bits = bitsOf(Q)
    m.writeV(Rd, bits, op(m, esize, bits, m.readV(Rn), imm, () => m.readV(Rd)))
  },
  { fp: true, syntax: syntaxOf(esize) },
)

const narrow = (esize: 8 | 16 | 32): readonly Insn[] => encoding(
  TITLE,
  DIAGRAMS[esize],
  named(esize, NARROW),
  (m, { Q, imm, Rn, Rd }, { op }) => m.writeV(Rd, bitsOf(Q), op(m, esize, 128, m.readV(Rn), imm, Q, () => m.readV(Rd))),
  { fp: true, syntax: wideSyntaxOf(esize) },
)

const long = (esize: 8 | 16 | 32): readonly Insn[] => encoding(
  TITLE,
  DIAGRAMS[esize],
  named(esize, LONG),
  (m, { Q, U, imm, Rn, Rd }) => m.writeV(Rd, 128, leftLong(m, esize, m.readV(Rn), imm, Q, !U)),
  { fp: true, syntax: wideSyntaxOf(esize) },
)

/** Vectors shifted by an immediate. */
export const simdShiftImm: readonly Insn[] = [
  ...([8, 16, 32, 64] as const).flatMap(sameSize),
  ...([8, 16, 32] as const).flatMap((esize) => [...narrow(esize), ...long(esize)]),
]
