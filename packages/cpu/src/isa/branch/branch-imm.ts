/** Unconditional and conditional branch (immediate). [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { condition } from '../shared/condition.ts'
import { wordOffset, wordTarget } from '../shared/word-target.ts'

export const branchImm: readonly Insn[] = [
  ...encoding(
    'Unconditional branch (immediate)',
    'op 00101 imm26:26',
    {
      B:  { op: 0, endsRun: true, see: 'C6.2.28 B',  asm: 'b {target}' },
      BL: { op: 1, see: 'C6.2.37 BL', asm: 'bl {target}' },
    },
    (m, { op, imm26 }) => m.branchRelative(wordOffset(26), [imm26], { link: op === 1 }),
    { syntax: { target: wordTarget('imm26', 26) } },
  ),
  ...encoding(
    'Conditional branch (immediate)',
    '0101010 0 imm19:19 0 cond:4',
    {
      B_cond: { see: 'C6.2.29 B.cond', asm: 'b.{cond} {target}' },
    },
    (m, { imm19, cond }) => m.branchRelative(wordOffset(19), [imm19], { when: m.conditionHolds(cond) }),
    { syntax: { target: wordTarget('imm19', 19), cond: condition } },
  ),
]
