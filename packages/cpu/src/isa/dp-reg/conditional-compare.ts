/** Conditional compare (register) and (immediate). [ARM] C4.1.95. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn, type Operand } from '../dsl.ts'
import type { Bits, Ops } from '../ops.ts'
import { condition } from '../shared/condition.ts'
import { gpr, uint } from '../syntax.ts'

function compare(m: Ops, f: { op: number; a: Bits; b: Bits; cond: Operand; nzcv: Operand }): void {
  const { nzcv } = f.op ? m.subWithFlags(f.a, f.b) : m.addWithCarry(f.a, f.b, m.false())
  m.setNZCV(m.selectNzcv(m.conditionHolds(f.cond), nzcv(), m.nzcvImm(f.nzcv)))
}
const syntax = { Rn: gpr('Rn'), Rm: gpr('Rm'), imm: uint('imm5', 5), nzcv: uint('nzcv', 4), cond: condition }

export const conditionalCompare: readonly Insn[] = [
  ...encoding(
    'Conditional compare (register)',
    'sf op 1 11010010 Rm:5 cond:4 0 0 Rn:5 0 nzcv:4',
    {
      CCMN_reg: { op: 0, see: 'C6.2 CCMN (register)', asm: 'ccmn {Rn}, {Rm}, {nzcv}, {cond}' },
      CCMP_reg: { op: 1, see: 'C6.2 CCMP (register)', asm: 'ccmp {Rn}, {Rm}, {nzcv}, {cond}' },
    },
    (m, { sf, op, Rm, cond, Rn, nzcv }) => {
      const w = sf ? 64 : 32
      compare(m, { op, a: m.readX(Rn, w), b: m.readX(Rm, w), cond, nzcv })
    },
    { syntax },
  ),
  ...encoding(
    'Conditional compare (immediate)',
    'sf op 1 11010010 imm5:5 cond:4 1 0 Rn:5 0 nzcv:4',
    {
      CCMN_imm: { op: 0, see: 'C6.2 CCMN (immediate)', asm: 'ccmn {Rn}, {imm}, {nzcv}, {cond}' },
      CCMP_imm: { op: 1, see: 'C6.2 CCMP (immediate)', asm: 'ccmp {Rn}, {imm}, {nzcv}, {cond}' },
    },
    (m, { sf, op, imm5, cond, Rn, nzcv }) => {
      const w = sf ? 64 : 32
      compare(m, { op, a: m.readX(Rn, w), b: m.imm(imm5, w), cond, nzcv })
    },
    { syntax },
  ),
]
