/** Advanced SIMD scalar × indexed element. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Syntax } from '../syntax.ts'
import { elementOperand, readElement } from './indexed.ts'
import { fpArithmetic, fpMla, fpMls } from './shared-fp.ts'
import { doublingMulHigh, doublingMulLong, doublingMulLongAccumulate } from './shared-integer.ts'
import { type Binary, narrow, twice } from './shared-lanes.ts'
import { named } from './shift-imm.ts'
import { LETTERS, sreg } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const row = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()} (by element)`, asm: `${mnemonic} {Vd}, {Vn}, {Em}` })

/** By element size: the element's number takes what the register's leaves. */
const DIAGRAMS = {
  16: '01 U 11111 01 L! M! Rm:4 opcode:4 H! 0 Rn:5 Rd:5',
  32: '01 U 11111 10 L! Rm:5 opcode:4 H! 0 Rn:5 Rd:5',
  64: '01 U 11111 11 0 Rm:5 opcode:4 H! 0 Rn:5 Rd:5',
} as const
type Diagram = (typeof DIAGRAMS)[16 | 32 | 64]

const HIGH = {
  SQDMULH_element_scalar:  { U: 0, opcode: 0b1100, op: doublingMulHigh(false), ...row('sqdmulh') },
  SQRDMULH_element_scalar: { U: 0, opcode: 0b1101, op: doublingMulHigh(true), ...row('sqrdmulh') },
}

const FLOATING_POINT = {
  FMLA_element_scalar:  { U: 0, opcode: 0b0001, op: fpMla, ...row('fmla') },
  FMLS_element_scalar:  { U: 0, opcode: 0b0101, op: fpMls, ...row('fmls') },
  FMUL_element_scalar:  { U: 0, opcode: 0b1001, op: fpArithmetic('mul'), ...row('fmul') },
  FMULX_element_scalar: { U: 1, opcode: 0b1001, op: fpArithmetic('mulx'), ...row('fmulx') },
}

const LONG = {
  SQDMLAL_element_scalar: { U: 0, opcode: 0b0011, op: doublingMulLongAccumulate(false), ...row('sqdmlal') },
  SQDMLSL_element_scalar: { U: 0, opcode: 0b0111, op: doublingMulLongAccumulate(true), ...row('sqdmlsl') },
  SQDMULL_element_scalar: { U: 0, opcode: 0b1011, op: doublingMulLong, ...row('sqdmull') },
}

const TITLE = 'Advanced SIMD scalar × indexed element'
const syntaxOf = (esize: 16 | 32 | 64, result: 16 | 32 | 64 = esize): Readonly<Record<string, Syntax>> =>
  ({ Vd: sreg('Rd', LETTERS[result]), Vn: sreg('Rn', LETTERS[esize]), Em: elementOperand(esize) })

const same = (esize: 16 | 32 | 64, rows: Readonly<Record<string, Facts & { readonly U: number; readonly opcode: number; readonly op: Binary }>>): readonly Insn[] =>
  encoding(
    TITLE,
    DIAGRAMS[esize] as Diagram,
    named(esize, rows),
    (m, f, { op }) => m.writeV(f.Rd, esize, op(m, esize, esize, m.readV(f.Rn), readElement(m, esize, f), () => m.readV(f.Rd))),
    { fp: true, syntax: syntaxOf(esize) },
  )

const widening = (esize: 16 | 32): readonly Insn[] => encoding(
  TITLE,
  DIAGRAMS[esize] as Diagram,
  named(esize, LONG),
  (m, f, { op }) => {
    const wide = esize === 16 ? 32 : 64
    const a = m.vextend(narrow(esize), m.readV(f.Rn), 0, true)
    const b = m.vextend(narrow(esize), readElement(m, esize, f), 0, true)
    m.writeV(f.Rd, wide, op(m, twice(esize), wide, a, b, () => m.readV(f.Rd)))
  },
  { fp: true, syntax: syntaxOf(esize, esize === 16 ? 32 : 64) },
)

/** Scalars multiplied by one element. */
export const simdScalarIndexed: readonly Insn[] = [
  ...([16, 32] as const).flatMap((esize) => [...same(esize, HIGH), ...widening(esize)]),
  ...([32, 64] as const).flatMap((esize) => same(esize, FLOATING_POINT)),
]
