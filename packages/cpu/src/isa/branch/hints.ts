/** Hints. [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { type Alias, encoding, type Insn } from '../dsl.ts'
import { HINT_NAMES } from '../shared/hint-names.ts'
import { uint } from '../syntax.ts'

const names: readonly Alias[] = [...HINT_NAMES].map(([imm7, asm]) => ({ asm, when: (f) => f.imm7 === imm7, fields: { imm7 } }))

export const hints: readonly Insn[] = [
  ...encoding(
    'Hints',
    '11010101000000110010 imm7:7 11111',
    {
      // Unallocated hints and those of features that this CPU does not have are NOPs.
      HINT: { see: 'C6.2 HINT', asm: 'hint {imm}', aliases: names },
    },
    () => {},
    { syntax: { imm: uint('imm7', 7) } },
  ),
  ...encoding(
    'Hints',
    '11010101000000110010 CRm:4 op2:3 11111',
    {
      YIELD: { CRm: 0, op2: 1, order: 1, see: 'C6.2 YIELD', asm: 'yield' },
      WFE:   { CRm: 0, op2: 2, order: 1, see: 'C6.2 WFE',   asm: 'wfe' },
      WFI:   { CRm: 0, op2: 3, order: 1, see: 'C6.2 WFI',   asm: 'wfi' },
      SEV:   { CRm: 0, op2: 4, order: 1, see: 'C6.2 SEV',   asm: 'sev' },
      SEVL:  { CRm: 0, op2: 5, order: 1, see: 'C6.2 SEVL',  asm: 'sevl' },
    },
    (m, { op2 }) => m.wait((['YIELD', 'WFE', 'WFI', 'SEV', 'SEVL'] as const)[op2 - 1] as 'YIELD'),
  ),
]
