/** Add/subtract (extended register). [ARM] C4.1.95. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { EXTENSIONS, extendReg } from '../shared/extended-register.ts'
import { bySf, formatNumber, gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

const widthOfRm = (f: FieldValues): 32 | 64 => (f.sf === 1 && ((f.option as number) & 3) === 3 ? 64 : 32)
/** The extension that leaves a register of the instruction's width as it is. */
const plain = (f: FieldValues): number => (f.sf ? 3 : 2)
/** With SP as first operand or destination that extension is written `lsl`. */
const isWithSp = (f: FieldValues): boolean => f.Rn === 31 || (f.S === 0 && f.Rd === 31)
const Rm = gpr('Rm', widthOfRm)

/** `w1, uxtw #2`. */
const extended: Syntax = {
  pattern: `${Rm.pattern}(?:, ?(?:lsl ${NUMBER}|(?:${EXTENSIONS.join('|')})(?: ${NUMBER})?))?`,
  format: (f, context) => {
    const [option, amount] = [f.option as number, f.imm3 as number]
    const isPlain = option === plain(f) && isWithSp(f)
    const word = isPlain ? (amount ? ', lsl' : '') : `, ${EXTENSIONS[option]}`
    return `${Rm.format(f, context)}${word}${amount ? ` ${formatNumber(amount)}` : ''}`
  },
  parse: (text, known, context) => {
    const [register = '', extension = ''] = text.split(/, ?/)
    const [word = '', number = '0'] = extension.split(' ')
    if ((word === '' || word === 'lsl') && !isWithSp(known)) return undefined
    const option = word === '' || word === 'lsl' ? plain(known) : EXTENSIONS.indexOf(word)
    const imm3 = Number(parseNumber(number))
    const found = Rm.parse(register, { ...known, option }, context)
    return found && imm3 >= 0 && imm3 <= 4 ? { ...found, option, imm3 } : undefined
  },
}
const toZr = (f: FieldValues): boolean => f.Rd === 31
const where = (f: FieldValues): boolean => !((f.imm3 as number) > 4)
const to = { Rd: 31 }

export const addSubExtended: readonly Insn[] = encoding(
  'Add/subtract (extended register)',
  'sf op S 01011 00 1 Rm:5 option:3 imm3:3 Rn:5 Rd:5',
  {
    ADD_ext:  { op: 0, S: 0, where, see: 'C6.2 ADD (extended register)',  asm: 'add {RdSP}, {RnSP}, {extended}' },
    ADDS_ext: { op: 0, S: 1, where, see: 'C6.2 ADDS (extended register)', asm: 'adds {Rd}, {RnSP}, {extended}', aliases: [{ asm: 'cmn {RnSP}, {extended}', when: toZr, fields: to }] },
    SUB_ext:  { op: 1, S: 0, where, see: 'C6.2 SUB (extended register)',  asm: 'sub {RdSP}, {RnSP}, {extended}' },
    SUBS_ext: { op: 1, S: 1, where, see: 'C6.2 SUBS (extended register)', asm: 'subs {Rd}, {RnSP}, {extended}', aliases: [{ asm: 'cmp {RnSP}, {extended}', when: toZr, fields: to }] },
  },
  (m, { sf, op, S, Rm, option, imm3, Rn, Rd }) => {
    const w = sf ? 64 : 32
    const a = m.readXSP(Rn, w)
    const b = m.lsl(extendReg(m, Rm, option, w), m.imm(imm3, w))
    const { result, nzcv } = op ? m.subWithFlags(a, b) : m.addWithCarry(a, b, m.false())
    if (S) {
      m.setNZCV(nzcv())
      m.writeX(Rd, w, result)
    } else m.writeXSP(Rd, w, result)
  },
  { syntax: { Rd: gpr('Rd'), RdSP: gpr('Rd', bySf, true), RnSP: gpr('Rn', bySf, true), extended } },
)
