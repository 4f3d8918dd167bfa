/** Compare and branch (immediate). [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { wordOffset, wordTarget } from '../shared/word-target.ts'
import { gpr } from '../syntax.ts'

export const compareBranchImm: readonly Insn[] = encoding(
  'Compare and branch (immediate)',
  'sf 011010 op imm19:19 Rt:5',
  {
    CBZ:  { op: 0, see: 'C6.2 CBZ',  asm: 'cbz {Rt}, {target}' },
    CBNZ: { op: 1, see: 'C6.2 CBNZ', asm: 'cbnz {Rt}, {target}' },
  },
  (m, { sf, op, imm19, Rt }) => {
    const isZero = m.isZero(m.readX(Rt, sf ? 64 : 32))
    m.branchRelative(wordOffset(19), [imm19], { when: op ? m.notB(isZero) : isZero })
  },
  { syntax: { Rt: gpr('Rt'), target: wordTarget('imm19', 19) } },
)
