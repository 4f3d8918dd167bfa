/** Advanced SIMD vector × indexed element. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn, type Operand } from '../dsl.ts'
import type { ESize, Ops, Vec } from '../ops.ts'
import type { Syntax } from '../syntax.ts'
import { fpArithmetic, fpMla, fpMls } from './shared-fp.ts'
import { doublingMulHigh, doublingMulLong, doublingMulLongAccumulate, mla, mls, mul } from './shared-integer.ts'
import { type Binary, bitsOf, narrow, splatLane, twice } from './shared-lanes.ts'
import { named } from './shift-imm.ts'
import { arrangement, byQ, type ElementIndex, two, velement, vreg } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const element = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()} (by element)`, asm: `${mnemonic} {Vd}, {Vn}, {Em}` })
const long = (mnemonic: string): Facts =>
  ({ see: `C7.2 ${mnemonic.toUpperCase()}, ${mnemonic.toUpperCase()}2 (by element)`, asm: `${mnemonic}{two} {Wd}, {Vn}, {Em}` })

/** Index H:L:M of halfwords, H:L of words, H of doublewords; the register has the bits that are left. */
const PLACES: Readonly<Record<16 | 32 | 64, ElementIndex>> = {
  16: {
    index: (f) => (f.H as number) * 4 + (f.L as number) * 2 + (f.M as number),
    fields: (i) => (i < 8 ? { H: i >> 2, L: (i >> 1) & 1, M: i & 1 } : undefined),
  },
  32: {
    index: (f) => (f.H as number) * 2 + (f.L as number),
    fields: (i) => (i < 4 ? { H: i >> 1, L: i & 1 } : undefined),
  },
  64: {
    index: (f) => f.H as number,
    fields: (i) => (i < 2 ? { H: i } : undefined),
  },
}

/** The element operand. Halfwords are taken from V0 to V15 only. */
export function elementOperand(esize: 16 | 32 | 64): Syntax {
  const one = velement('Rm', { 16: 'h', 32: 's', 64: 'd' }[esize], PLACES[esize])
  if (esize !== 16) return one
  return {
    ...one,
    parse: (text, known, context) => {
      const found = one.parse(text, known, context)
      return found && (found.Rm as number) < 16 ? found : undefined
    },
  }
}

/** The element of a diagram, in all lanes. */
export function readElement(m: Ops, esize: ESize, f: { readonly Rm: Operand; readonly H: Operand; readonly L: Operand; readonly M: Operand }): Vec {
  const bits = { 8: [], 16: [f.H, f.L, f.M], 32: [f.H, f.L], 64: [f.H] }[esize]
  return splatLane(m, m.readV(f.Rm), esize, (...b) => b.reduce((index, bit) => index * 2 + bit, 0), ...bits)
}

/** By element size: the element's number takes what the register's leaves. */
const DIAGRAMS = {
  16: '0 Q U 01111 01 L! M! Rm:4 opcode:4 H! 0 Rn:5 Rd:5',
  32: '0 Q U 01111 10 L! Rm:5 opcode:4 H! 0 Rn:5 Rd:5',
  64: '0 Q U 01111 11 0 Rm:5 opcode:4 H! 0 Rn:5 Rd:5',
} as const
type Diagram = (typeof DIAGRAMS)[16 | 32 | 64]

const SAME_SIZE = {
  MUL_element:      { U: 0, opcode: 0b1000, op: mul, ...element('mul') },
  SQDMULH_element:  { U: 0, opcode: 0b1100, op: doublingMulHigh(false), ...element('sqdmulh') },
  SQRDMULH_element: { U: 0, opcode: 0b1101, op: doublingMulHigh(true), ...element('sqrdmulh') },
  MLA_element:      { U: 1, opcode: 0b0000, op: mla, ...element('mla') },
  MLS_element:      { U: 1, opcode: 0b0100, op: mls, ...element('mls') },
}

const FLOATING_POINT = {
  FMLA_element:  { U: 0, opcode: 0b0001, op: fpMla, ...element('fmla') },
  FMLS_element:  { U: 0, opcode: 0b0101, op: fpMls, ...element('fmls') },
  FMUL_element:  { U: 0, opcode: 0b1001, op: fpArithmetic('mul'), ...element('fmul') },
  FMULX_element: { U: 1, opcode: 0b1001, op: fpArithmetic('mulx'), ...element('fmulx') },
}

const LONG = {
  SMLAL_element:   { U: 0, opcode: 0b0010, op: mla, ...long('smlal') },
  SQDMLAL_element: { U: 0, opcode: 0b0011, op: doublingMulLongAccumulate(false), ...long('sqdmlal') },
  SMLSL_element:   { U: 0, opcode: 0b0110, op: mls, ...long('smlsl') },
  SQDMLSL_element: { U: 0, opcode: 0b0111, op: doublingMulLongAccumulate(true), ...long('sqdmlsl') },
  SMULL_element:   { U: 0, opcode: 0b1010, op: mul, ...long('smull') },
  SQDMULL_element: { U: 0, opcode: 0b1011, op: doublingMulLong, ...long('sqdmull') },
  UMLAL_element:   { U: 1, opcode: 0b0010, op: mla, ...long('umlal') },
  UMLSL_element:   { U: 1, opcode: 0b0110, op: mls, ...long('umlsl') },
  UMULL_element:   { U: 1, opcode: 0b1010, op: mul, ...long('umull') },
}

const TITLE = 'Advanced SIMD vector × indexed element'
const syntaxOf = (esize: 16 | 32 | 64): Readonly<Record<string, Syntax>> =>
  ({ Vd: vreg('Rd', byQ(esize)), Vn: vreg('Rn', byQ(esize)), Em: elementOperand(esize) })

const same = (esize: 16 | 32 | 64, rows: Readonly<Record<string, Facts & { readonly U: number; readonly opcode: number; readonly op: Binary }>>): readonly Insn[] =>
  encoding(
    TITLE,
    DIAGRAMS[esize] as Diagram,
    // Doublewords need the whole vector.
    named(esize, rows, esize === 64 ? (f) => f.Q === 1 : undefined),
    (m, f, { op }) => {
      const bits = bitsOf(f.Q)
      m.writeV(f.Rd, bits, op(m, esize, bits, m.readV(f.Rn), readElement(m, esize, f), () => m.readV(f.Rd)))
    },
    { fp: true, syntax: syntaxOf(esize) },
  )

const widening = (esize: 16 | 32): readonly Insn[] => encoding(
  TITLE,
  DIAGRAMS[esize] as Diagram,
  named(esize, LONG),
  (m, f, { op }) => {
    const a = m.vextend(narrow(esize), m.readV(f.Rn), f.Q ? 1 : 0, !f.U)
    const b = m.vextend(narrow(esize), readElement(m, esize, f), 0, !f.U)
    m.writeV(f.Rd, 128, op(m, twice(esize), 128, a, b, () => m.readV(f.Rd)))
  },
  { fp: true, syntax: { ...syntaxOf(esize), two, Wd: vreg('Rd', arrangement(128, esize === 16 ? 32 : 64)) } },
)

/** Vectors multiplied by one element. */
export const simdIndexed: readonly Insn[] = [
  ...([16, 32] as const).flatMap((esize) => [...same(esize, SAME_SIZE), ...widening(esize)]),
  ...([32, 64] as const).flatMap((esize) => same(esize, FLOATING_POINT)),
]
