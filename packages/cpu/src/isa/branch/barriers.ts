/** Barriers and CLREX. [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { keyword, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

/** Domains and access types by CRm; the others have numbers only. */
const OPTIONS = [undefined, 'oshld', 'oshst', 'osh', undefined, 'nshld', 'nshst', 'nsh', undefined, 'ishld', 'ishst', 'ish', undefined, 'ld', 'st', 'sy'] as const
const named = keyword('CRm', OPTIONS)
const number: Syntax = {
  pattern: NUMBER,
  format: (f) => `#${f.CRm === undefined ? 15 : f.CRm < 10 ? f.CRm : `0x${f.CRm.toString(16)}`}`,
  parse: (text) => {
    const CRm = Number(parseNumber(text))
    return CRm >= 0 && CRm < 16 ? { CRm } : undefined
  },
}
const option: Syntax = {
  pattern: `(?:${named.pattern}|${NUMBER})`,
  format: (f, context) => (OPTIONS[f.CRm as number] ? named : number).format(f, context),
  parse: (text, known, context) => (/\d/.test(text) ? number : named).parse(text, known, context),
}
const isFull = (f: FieldValues): boolean => f.CRm === 15
const full = { CRm: 15 }

export const barriers: readonly Insn[] = encoding(
  'Barriers',
  '11010101000000110011 CRm!:4 op2:3 11111',
  {
    CLREX: { op2: 2, see: 'C6.2 CLREX', asm: 'clrex {number}', aliases: [{ asm: 'clrex', when: isFull, fields: full }] },
    DSB:   { op2: 4, see: 'C6.2 DSB',   asm: 'dsb {option}',   aliases: [
      { asm: 'ssbb', when: (f) => f.CRm === 0, fields: { CRm: 0 } },
      { asm: 'pssbb', when: (f) => f.CRm === 4, fields: { CRm: 4 } },
    ] },
    DMB:   { op2: 5, see: 'C6.2 DMB',   asm: 'dmb {option}' },
    ISB:   { op2: 6, see: 'C6.2 ISB',   asm: 'isb {number}',   aliases: [{ asm: 'isb', when: isFull, fields: full }, { asm: 'isb sy', when: isFull, fields: full }] },
  },
  (m, { op2 }) => {
    if (op2 === 2) m.clearExclusive()
    else m.barrier((['DSB', 'DMB', 'ISB'] as const)[op2 - 4] as 'DSB')
  },
  { syntax: { number, option } },
)
