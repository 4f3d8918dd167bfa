/** Unconditional and conditional branch (immediate). [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { keyword, target, type Syntax } from '../syntax.ts'

/** Condition names by code. */
export const CONDITIONS = ['eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al', 'nv'] as const

/** A word-scaled signed offset field as an absolute target. */
export function wordTarget(field: string, bits: number): Syntax {
  const half = 2 ** (bits - 1)
  return target(
    (f: FieldValues) => (((f[field] as number) ^ half) - half) * 4,
    (offset) => {
      const words = offset / 4
      return Number.isInteger(words) && words >= -half && words < half ? { [field]: words < 0 ? words + 2 * half : words } : undefined
    },
  )
}

/** Byte offset of a word-scaled signed field. */
export const wordOffset = (bits: number) => (v: number): number => ((v << (32 - bits)) >> (32 - bits)) * 4

export const branchImm: readonly Insn[] = [
  ...encoding(
    'Unconditional branch (immediate)',
    'op 00101 imm26:26',
    {
      B:  { op: 0, see: 'C6.2.28 B',  asm: 'b {target}' },
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
    { syntax: { target: wordTarget('imm19', 19), cond: keyword('cond', CONDITIONS) } },
  ),
]
