/** Add/subtract (immediate). [ARM] C4.1.92. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { bySf, formatNumber, gpr, parseNumber, type Syntax } from '../syntax.ts'

/** `#imm{, lsl #12}`. */
const shifted: Syntax = {
  pattern: '#?(?:0x[0-9a-f]+|[0-9]+)(?:, ?lsl #(?:0|12|0xc))?',
  format: (f) => `${formatNumber(f.imm12 as number)}${f.sh ? ', lsl #12' : ''}`,
  parse: (text) => {
    const [number = '', shift] = text.split(/, ?lsl /)
    const value = Number(parseNumber(number))
    const sh = shift !== undefined && Number(parseNumber(shift)) === 12 ? 1 : 0
    if (value < 4096) return { imm12: value, sh }
    return shift === undefined && value % 4096 === 0 && value < 4096 * 4096 ? { imm12: value / 4096, sh: 1 } : undefined
  },
}
const toZr = (f: FieldValues): boolean => f.Rd === 31
const isMove = (f: FieldValues): boolean => f.imm12 === 0 && f.sh === 0
const none = { imm12: 0, sh: 0 }
/** SP and nothing else. */
const onlySp = (field: string): Syntax => ({ ...gpr(field, bySf, true), pattern: 'w?sp' })

export const addSubImm: readonly Insn[] = encoding(
  'Add/subtract (immediate)',
  'sf op S 100010 sh imm12:12 Rn:5 Rd:5',
  {
    ADD_imm:  { op: 0, S: 0, see: 'C6.2 ADD (immediate)',    asm: 'add {RdSP}, {RnSP}, {imm}', aliases: [
      { asm: 'mov {toSP}, {RnSP}', when: (f) => isMove(f) && f.Rd === 31, fields: none },
      { asm: 'mov {RdSP}, {fromSP}', when: (f) => isMove(f) && f.Rn === 31, fields: none },
    ] },
    ADDS_imm: { op: 0, S: 1, see: 'C6.2 ADDS (immediate)',  asm: 'adds {Rd}, {RnSP}, {imm}',  aliases: [{ asm: 'cmn {RnSP}, {imm}', when: toZr, fields: { Rd: 31 } }] },
    SUB_imm:  { op: 1, S: 0, see: 'C6.2 SUB (immediate)',  asm: 'sub {RdSP}, {RnSP}, {imm}' },
    SUBS_imm: { op: 1, S: 1, see: 'C6.2 SUBS (immediate)', asm: 'subs {Rd}, {RnSP}, {imm}',  aliases: [{ asm: 'cmp {RnSP}, {imm}', when: toZr, fields: { Rd: 31 } }] },
  },
  (m, { sf, op, S, sh, imm12, Rn, Rd }) => {
    const w = sf ? 64 : 32
    const a = m.readXSP(Rn, w)
    const b = m.imm(imm12, w, sh ? 12 : 0)
    const { result, nzcv } = op ? m.subWithFlags(a, b) : m.addWithCarry(a, b, m.false())
    if (S) {
      m.setNZCV(nzcv())
      m.writeX(Rd, w, result)
    } else m.writeXSP(Rd, w, result)
  },
  { syntax: { Rd: gpr('Rd'), RdSP: gpr('Rd', bySf, true), RnSP: gpr('Rn', bySf, true), toSP: onlySp('Rd'), fromSP: onlySp('Rn'), imm: shifted } },
)
