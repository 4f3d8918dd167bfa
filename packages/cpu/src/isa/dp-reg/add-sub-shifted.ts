/**
 * Add/subtract (shifted register). [ARM] C4.1.95.
 *
 * As for the logical instructions, words that shift by nothing have rows of their own.
 */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn, type Operand } from '../dsl.ts'
import type { Bits, Ops, Width } from '../ops.ts'
import { isShiftInRange, shiftOf, shiftReg } from '../shared/shifted-register.ts'
import { gpr } from '../syntax.ts'

function addSub(m: Ops, f: { w: Width; op: number; S: number; Rn: Operand; Rd: Operand; operand: Bits }): void {
  const a = m.readX(f.Rn, f.w)
  const { result, nzcv } = f.op ? m.subWithFlags(a, f.operand) : m.addWithCarry(a, f.operand, m.false())
  if (f.S) m.setNZCV(nzcv())
  m.writeX(f.Rd, f.w, result)
}
const fromZr = (f: FieldValues): boolean => f.Rn === 31
const toZr = (f: FieldValues): boolean => f.Rd === 31
const where = (f: FieldValues): boolean => f.shift !== 3 && isShiftInRange(f)
const order = 1
const registers = { Rd: gpr('Rd'), Rn: gpr('Rn'), Rm: gpr('Rm') }
const from = { Rn: 31 }
const to = { Rd: 31 }

export const addSubShifted: readonly Insn[] = [
  ...encoding(
    'Add/subtract (shifted register)',
    'sf op S 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5',
    {
      ADD_shift:  { op: 0, S: 0, where, see: 'C6.2 ADD (shifted register)',  asm: 'add {Rd}, {Rn}, {Rm}{shift}' },
      ADDS_shift: { op: 0, S: 1, where, see: 'C6.2 ADDS (shifted register)', asm: 'adds {Rd}, {Rn}, {Rm}{shift}', aliases: [{ asm: 'cmn {Rn}, {Rm}{shift}', when: toZr, fields: to }] },
      SUB_shift:  { op: 1, S: 0, where, see: 'C6.2 SUB (shifted register)',  asm: 'sub {Rd}, {Rn}, {Rm}{shift}',  aliases: [{ asm: 'neg {Rd}, {Rm}{shift}', when: fromZr, fields: from }] },
      SUBS_shift: { op: 1, S: 1, where, see: 'C6.2 SUBS (shifted register)', asm: 'subs {Rd}, {Rn}, {Rm}{shift}', aliases: [
        { asm: 'cmp {Rn}, {Rm}{shift}', when: toZr, fields: to },
        { asm: 'negs {Rd}, {Rm}{shift}', when: fromZr, fields: from },
      ] },
    },
    (m, { sf, op, S, shift, Rm, imm6, Rn, Rd }) => {
      const w = sf ? 64 : 32
      addSub(m, { w, op, S, Rn, Rd, operand: shiftReg(m, Rm, shift, imm6, w) })
    },
    { syntax: { ...registers, shift: shiftOf(3) } },
  ),
  ...encoding(
    'Add/subtract (shifted register)',
    'sf op S 01011 00 0 Rm:5 000000 Rn:5 Rd:5',
    {
      ADD_reg:  { op: 0, S: 0, order, see: 'C6.2 ADD (shifted register)',  asm: 'add {Rd}, {Rn}, {Rm}' },
      ADDS_reg: { op: 0, S: 1, order, see: 'C6.2 ADDS (shifted register)', asm: 'adds {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'cmn {Rn}, {Rm}', when: toZr, fields: to }] },
      SUB_reg:  { op: 1, S: 0, order, see: 'C6.2 SUB (shifted register)',  asm: 'sub {Rd}, {Rn}, {Rm}',  aliases: [{ asm: 'neg {Rd}, {Rm}', when: fromZr, fields: from }] },
      SUBS_reg: { op: 1, S: 1, order, see: 'C6.2 SUBS (shifted register)', asm: 'subs {Rd}, {Rn}, {Rm}', aliases: [
        { asm: 'cmp {Rn}, {Rm}', when: toZr, fields: to },
        { asm: 'negs {Rd}, {Rm}', when: fromZr, fields: from },
      ] },
    },
    (m, { sf, op, S, Rm, Rn, Rd }) => {
      const w = sf ? 64 : 32
      addSub(m, { w, op, S, Rn, Rd, operand: m.readX(Rm, w) })
    },
    { syntax: registers },
  ),
]
