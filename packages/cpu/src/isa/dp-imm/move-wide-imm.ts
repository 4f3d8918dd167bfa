/** Move wide (immediate). [ARM] C4.1.92. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Width } from '../ops.ts'
import { soleHalfword } from '../shared/bit-masks.ts'
import { bySf, formatNumber, gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

const wide = (imm16: number, hw: number): bigint => BigInt(imm16) << BigInt(16 * hw)

/** `#imm{, lsl #shift}`. */
const imm: Syntax = {
  pattern: `${NUMBER}(?:, ?lsl ${NUMBER})?`,
  format: (f) => `${formatNumber(f.imm16 as number)}${f.hw ? `, lsl #${16 * f.hw}` : ''}`,
  parse: (text, known) => {
    const [number = '', shift = '0'] = text.split(/, ?lsl /)
    const value = Number(parseNumber(number))
    const hw = Number(parseNumber(shift)) / 16
    const isGood = value >= 0 && value < 0x10000 && Number.isInteger(hw) && hw >= 0 && hw < bySf(known) / 16
    return isGood ? { imm16: value, hw } : undefined
  },
}
const fits = (value: bigint, w: Width): boolean => value === BigInt.asUintN(w, value) || value === BigInt.asIntN(w, value)
const zeroed: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber(BigInt.asIntN(bySf(f), wide(f.imm16 as number, f.hw as number))),
  parse: (text, known) => {
    const [value, w] = [parseNumber(text), bySf(known)]
    return fits(value, w) ? soleHalfword(BigInt.asUintN(w, value), w) : undefined
  },
}
const inverted: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber(BigInt.asIntN(bySf(f), ~wide(f.imm16 as number, f.hw as number))),
  parse: (text, known) => {
    const [value, w] = [parseNumber(text), bySf(known)]
    if (!fits(value, w) || soleHalfword(BigInt.asUintN(w, value), w)) return undefined
    return soleHalfword(BigInt.asUintN(w, ~value), w)
  },
}
const isMovz = (f: FieldValues): boolean => f.imm16 !== 0 || f.hw === 0
const isMovn = (f: FieldValues): boolean => isMovz(f) && !(f.sf === 0 && f.imm16 === 0xffff)
const isAllocated = (f: FieldValues): boolean => f.sf === 1 || f.hw === undefined || f.hw < 2

export const moveWideImm: readonly Insn[] = encoding(
  'Move wide (immediate)',
  'sf opc:2 100101 hw!:2 imm16:16 Rd:5',
  {
    MOVN: { opc: 0, where: isAllocated, see: 'C6.2 MOVN', asm: 'movn {Rd}, {imm}', aliases: [{ asm: 'mov {Rd}, {inverted}', when: isMovn }] },
    MOVZ: { opc: 2, where: isAllocated, see: 'C6.2 MOVZ', asm: 'movz {Rd}, {imm}', aliases: [{ asm: 'mov {Rd}, {zeroed}', when: isMovz }] },
    MOVK: { opc: 3, where: isAllocated, see: 'C6.2 MOVK', asm: 'movk {Rd}, {imm}' },
  },
  (m, { sf, opc, hw, imm16, Rd }) => {
    const w = sf ? 64 : 32
    const value = m.derive(w, (i, h) => (opc ? wide(i as number, h as number) : ~wide(i as number, h as number)), imm16, hw)
    if (opc !== 3) m.writeX(Rd, w, value)
    else m.writeX(Rd, w, m.or(m.and(m.readX(Rd, w), m.derive(w, (h) => ~wide(0xffff, h as number), hw)), value))
  },
  { syntax: { Rd: gpr('Rd'), imm, zeroed, inverted } },
)
