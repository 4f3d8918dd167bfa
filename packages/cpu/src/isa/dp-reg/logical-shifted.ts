/**
 * Logical (shifted register). [ARM] C4.1.95.
 *
 * Most uses shift by nothing: those words have rows of their own, whose handlers have no shift.
 */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn, type Operand } from '../dsl.ts'
import type { Bits, Ops, Width } from '../ops.ts'
import { isShiftInRange, shiftOf, shiftReg } from '../shared/shifted-register.ts'
import { gpr } from '../syntax.ts'

function logical(m: Ops, f: { w: Width; opc: number; N: number; Rn: Operand; Rd: Operand; operand: Bits }): void {
  const { w, opc, N, Rd } = f
  const a = m.readX(f.Rn, w)
  const b = N ? m.not(f.operand) : f.operand
  const result = opc === 1 ? m.or(a, b) : opc === 2 ? m.xor(a, b) : m.and(a, b)
  if (opc === 3) m.setNZCV(m.logicalFlags(result))
  m.writeX(Rd, w, result)
}
const fromZr = (f: FieldValues): boolean => f.Rn === 31
const toZr = (f: FieldValues): boolean => f.Rd === 31
const where = isShiftInRange
const order = 1
const registers = { Rd: gpr('Rd'), Rn: gpr('Rn'), Rm: gpr('Rm') }

export const logicalShifted: readonly Insn[] = [
  ...encoding(
    'Logical (shifted register)',
    'sf opc:2 01010 shift:2 N Rm:5 imm6:6 Rn:5 Rd:5',
    {
      AND_shift:  { opc: 0, N: 0, where, see: 'C6.2 AND (shifted register)',  asm: 'and {Rd}, {Rn}, {Rm}{shift}' },
      BIC_shift:  { opc: 0, N: 1, where, see: 'C6.2 BIC (shifted register)',  asm: 'bic {Rd}, {Rn}, {Rm}{shift}' },
      ORR_shift:  { opc: 1, N: 0, where, see: 'C6.2 ORR (shifted register)',  asm: 'orr {Rd}, {Rn}, {Rm}{shift}' },
      ORN_shift:  { opc: 1, N: 1, where, see: 'C6.2 ORN (shifted register)',  asm: 'orn {Rd}, {Rn}, {Rm}{shift}', aliases: [{ asm: 'mvn {Rd}, {Rm}{shift}', when: fromZr, fields: { Rn: 31 } }] },
      EOR_shift:  { opc: 2, N: 0, where, see: 'C6.2 EOR (shifted register)',  asm: 'eor {Rd}, {Rn}, {Rm}{shift}' },
      EON_shift:  { opc: 2, N: 1, where, see: 'C6.2 EON (shifted register)',  asm: 'eon {Rd}, {Rn}, {Rm}{shift}' },
      ANDS_shift: { opc: 3, N: 0, where, see: 'C6.2 ANDS (shifted register)', asm: 'ands {Rd}, {Rn}, {Rm}{shift}', aliases: [{ asm: 'tst {Rn}, {Rm}{shift}', when: toZr, fields: { Rd: 31 } }] },
      BICS_shift: { opc: 3, N: 1, where, see: 'C6.2 BICS (shifted register)', asm: 'bics {Rd}, {Rn}, {Rm}{shift}' },
    },
    (m, { sf, opc, shift, N, Rm, imm6, Rn, Rd }) => {
      const w = sf ? 64 : 32
      logical(m, { w, opc, N, Rn, Rd, operand: shiftReg(m, Rm, shift, imm6, w) })
    },
    { syntax: { ...registers, shift: shiftOf(4) } },
  ),
  ...encoding(
    'Logical (shifted register)',
    'sf opc:2 01010 00 N Rm:5 000000 Rn:5 Rd:5',
    {
      AND_reg:  { opc: 0, N: 0, order, see: 'C6.2 AND (shifted register)',  asm: 'and {Rd}, {Rn}, {Rm}' },
      BIC_reg:  { opc: 0, N: 1, order, see: 'C6.2 BIC (shifted register)',  asm: 'bic {Rd}, {Rn}, {Rm}' },
      ORR_reg:  { opc: 1, N: 0, order, see: 'C6.2 ORR (shifted register)',  asm: 'orr {Rd}, {Rn}, {Rm}' },
      ORN_reg:  { opc: 1, N: 1, order, see: 'C6.2 ORN (shifted register)',  asm: 'orn {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'mvn {Rd}, {Rm}', when: fromZr, fields: { Rn: 31 } }] },
      EOR_reg:  { opc: 2, N: 0, order, see: 'C6.2 EOR (shifted register)',  asm: 'eor {Rd}, {Rn}, {Rm}' },
      EON_reg:  { opc: 2, N: 1, order, see: 'C6.2 EON (shifted register)',  asm: 'eon {Rd}, {Rn}, {Rm}' },
      ANDS_reg: { opc: 3, N: 0, order, see: 'C6.2 ANDS (shifted register)', asm: 'ands {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'tst {Rn}, {Rm}', when: toZr, fields: { Rd: 31 } }] },
      BICS_reg: { opc: 3, N: 1, order, see: 'C6.2 BICS (shifted register)', asm: 'bics {Rd}, {Rn}, {Rm}' },
    },
    (m, { sf, opc, N, Rm, Rn, Rd }) => {
      const w = sf ? 64 : 32
      logical(m, { w, opc, N, Rn, Rd, operand: m.readX(Rm, w) })
    },
    { syntax: registers },
  ),
  ...encoding(
    'Logical (shifted register)',
    'sf 01 01010 00 0 Rm:5 000000 11111 Rd:5',
    {
      MOV_reg: { order: 2, see: 'C6.2 MOV (register)', asm: 'mov {Rd}, {Rm}' },
    },
    (m, { sf, Rm, Rd }) => m.writeX(Rd, sf ? 64 : 32, m.readX(Rm, sf ? 64 : 32)),
    { syntax: registers },
  ),
]
