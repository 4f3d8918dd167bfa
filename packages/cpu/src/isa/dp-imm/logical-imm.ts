/** Logical (immediate). [ARM] C4.1.92. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Width } from '../ops.ts'
import { decodeBitMask, encodeBitMask, isMoveWide } from '../shared/bit-masks.ts'
import { bySf, formatNumber, gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

/** The value that a word's fields stand for; `where` keeps reserved combinations out. */
const patternOf = (f: FieldValues): bigint => decodeBitMask(f.N as number, f.imms as number, f.immr as number, bySf(f)) as bigint
const isAllocated = (f: FieldValues): boolean => f.imms === undefined || patternOf(f) !== undefined

/** Only values that fit the width: no more bits than it has, or sign-extended. */
function parseMask(text: string, w: Width): FieldValues | undefined {
  const value = parseNumber(text)
  return value === BigInt.asUintN(w, value) || value === BigInt.asIntN(w, value) ? encodeBitMask(value, w) : undefined
}

const imm: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber(patternOf(f)),
  parse: (text, known) => parseMask(text, bySf(known)),
}
const moved: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber(BigInt.asIntN(bySf(f), patternOf(f))),
  parse: (text, known) => {
    const found = parseMask(text, bySf(known))
    return found && !isMoveWide(parseNumber(text), bySf(known)) ? found : undefined
  },
}
const isMove = (f: FieldValues): boolean => f.Rn === 31 && !isMoveWide(patternOf(f), bySf(f))

export const logicalImm: readonly Insn[] = encoding(
  'Logical (immediate)',
  'sf opc:2 100100 N! immr:6 imms:6 Rn:5 Rd:5',
  {
    AND_imm:  { opc: 0, where: isAllocated, see: 'C6.2 AND (immediate)',  asm: 'and {RdSP}, {Rn}, {imm}' },
    ORR_imm:  { opc: 1, where: isAllocated, see: 'C6.2 ORR (immediate)',  asm: 'orr {RdSP}, {Rn}, {imm}', aliases: [{ asm: 'mov {RdSP}, {moved}', when: isMove, fields: { Rn: 31 } }] },
    EOR_imm:  { opc: 2, where: isAllocated, see: 'C6.2 EOR (immediate)',  asm: 'eor {RdSP}, {Rn}, {imm}' },
    ANDS_imm: { opc: 3, where: isAllocated, see: 'C6.2 ANDS (immediate)', asm: 'ands {Rd}, {Rn}, {imm}',  aliases: [{ asm: 'tst {Rn}, {imm}', when: (f) => f.Rd === 31, fields: { Rd: 31 } }] },
  },
  (m, { sf, opc, N, immr, imms, Rn, Rd }) => {
    const w = sf ? 64 : 32
    const a = m.readX(Rn, w)
    const b = m.derive(w, (n, s, r) => decodeBitMask(n as number, s as number, r as number, w) as bigint, N, imms, immr)
    const result = opc === 1 ? m.or(a, b) : opc === 2 ? m.xor(a, b) : m.and(a, b)
    if (opc === 3) {
      m.setNZCV(m.logicalFlags(result))
      m.writeX(Rd, w, result)
    } else m.writeXSP(Rd, w, result)
  },
  { syntax: { Rd: gpr('Rd'), RdSP: gpr('Rd', bySf, true), Rn: gpr('Rn'), imm, moved } },
)
