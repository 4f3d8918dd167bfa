/** Hints. [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { HINT_NAMES } from '../shared/hint-names.ts'
import { formatNumber, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

const number: Syntax = {
  pattern: `hint ${NUMBER}`,
  format: (f) => `hint ${formatNumber(f.imm7 as number)}`,
  parse: (text) => {
    const imm7 = Number(parseNumber(text.slice('hint '.length)))
    return imm7 >= 0 && imm7 < 128 ? { imm7 } : undefined
  },
}
const name: Syntax = {
  pattern: `(?:${[...HINT_NAMES.values()].join('|')})`,
  format: (f) => HINT_NAMES.get(f.imm7 as number) as string,
  parse: (text) => {
    const found = [...HINT_NAMES].find(([, word]) => word === text)
    return found && { imm7: found[0] }
  },
}

export const hints: readonly Insn[] = [
  ...encoding(
    'Hints',
    '11010101000000110010 imm7:7 11111',
    {
      // Unallocated hints and those of features that this CPU does not have are NOPs.
      HINT: { see: 'C6.2 HINT', asm: '{number}', aliases: [{ asm: '{name}', when: (f) => HINT_NAMES.has(f.imm7 as number) }] },
    },
    () => {},
    { syntax: { number, name } },
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
