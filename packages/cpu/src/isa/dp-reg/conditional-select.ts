/** Conditional select. [ARM] C4.1.95. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { condition, invertedCondition } from '../shared/condition.ts'
import { gpr, type Syntax } from '../syntax.ts'

/** AL and NV have no opposite, so the aliases that invert the condition leave them out. */
const canInvert = (f: FieldValues): boolean => (f.cond as number) < 14
const isSet = (f: FieldValues): boolean => canInvert(f) && f.Rn === 31 && f.Rm === 31
const isSame = (f: FieldValues): boolean => canInvert(f) && f.Rn === f.Rm
const isSameNotZr = (f: FieldValues): boolean => isSame(f) && f.Rn !== 31
const zr = { Rn: 31, Rm: 31 }
const Rn = gpr('Rn')
/** One source register stands for both. */
const both: Syntax = {
  ...Rn,
  parse: (...args) => {
    const found = Rn.parse(...args)
    return found && { ...found, Rm: found.Rn as number }
  },
}

export const conditionalSelect: readonly Insn[] = encoding(
  'Conditional select',
  'sf op 0 11010100 Rm:5 cond:4 0 o2 Rn:5 Rd:5',
  {
    CSEL:  { op: 0, o2: 0, see: 'C6.2 CSEL',  asm: 'csel {Rd}, {Rn}, {Rm}, {cond}' },
    CSINC: { op: 0, o2: 1, see: 'C6.2 CSINC', asm: 'csinc {Rd}, {Rn}, {Rm}, {cond}', aliases: [
      { asm: 'cset {Rd}, {inverted}', when: isSet, fields: zr },
      { asm: 'cinc {Rd}, {both}, {inverted}', when: isSameNotZr },
    ] },
    CSINV: { op: 1, o2: 0, see: 'C6.2 CSINV', asm: 'csinv {Rd}, {Rn}, {Rm}, {cond}', aliases: [
      { asm: 'csetm {Rd}, {inverted}', when: isSet, fields: zr },
      { asm: 'cinv {Rd}, {both}, {inverted}', when: isSameNotZr },
    ] },
    CSNEG: { op: 1, o2: 1, see: 'C6.2 CSNEG', asm: 'csneg {Rd}, {Rn}, {Rm}, {cond}', aliases: [{ asm: 'cneg {Rd}, {both}, {inverted}', when: isSame }] },
  },
  (m, { sf, op, o2, Rm, cond, Rn, Rd }) => {
    const w = sf ? 64 : 32
    const b = m.readX(Rm, w)
    const inverted = op ? m.not(b) : b
    const otherwise = o2 ? (op ? m.neg(b) : m.add(b, m.const(1, w))) : inverted
    m.writeX(Rd, w, m.select(m.conditionHolds(cond), m.readX(Rn, w), otherwise))
  },
  { syntax: { Rd: gpr('Rd'), Rn, Rm: gpr('Rm'), both, cond: condition, inverted: invertedCondition } },
)
