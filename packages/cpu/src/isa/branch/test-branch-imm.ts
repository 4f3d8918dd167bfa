/** Test and branch (immediate). [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { wordOffset, wordTarget } from '../shared/word-target.ts'
import { formatNumber, gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

const bit: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber((f.b5 as number) * 32 + (f.b40 as number)),
  parse: (text, known) => {
    const n = Number(parseNumber(text))
    return n >= 0 && n < (known.b5 === 0 ? 32 : 64) ? { b40: n & 31, b5: n >> 5 } : undefined
  },
}
const [W, X] = [gpr('Rt', 32), gpr('Rt', 64)]
/** W register for bits 0..31, X register above. An X register may be written for a low bit too and is the same encoding. */
const Rt: Syntax = {
  pattern: W.pattern,
  format: (f, context) => (f.b5 ? X : W).format(f, context),
  parse: (text, known, context) => {
    if (!text.startsWith('w')) return X.parse(text, known, context)
    const found = W.parse(text, known, context)
    return found && { ...found, b5: 0 }
  },
}

export const testBranchImm: readonly Insn[] = encoding(
  'Test and branch (immediate)',
  'b5!:1 011011 op b40!:5 imm14:14 Rt:5',
  {
    TBZ:  { op: 0, see: 'C6.2 TBZ',  asm: 'tbz {Rt}, {bit}, {target}' },
    TBNZ: { op: 1, see: 'C6.2 TBNZ', asm: 'tbnz {Rt}, {bit}, {target}' },
  },
  (m, { b5, op, b40, imm14, Rt }) => {
    const mask = m.derive(64, (high, low) => 1n << BigInt((high as number) * 32 + (low as number)), b5, b40)
    const isClear = m.isZero(m.and(m.readX(Rt, 64), mask))
    m.branchRelative(wordOffset(14), [imm14], { when: op ? m.notB(isClear) : isClear })
  },
  { syntax: { Rt, bit, target: wordTarget('imm14', 14) } },
)
