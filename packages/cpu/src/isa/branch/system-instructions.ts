/** System instructions: SYS, SYSL and their aliases. [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { SYS_NAMES, sysEncoding } from '../shared/sys-names.ts'
import { gpr, type Syntax, uint } from '../syntax.ts'

const encodingOf = (op1 = 0, CRn = 0, CRm = 0, op2 = 0): number => (1 << 14) | sysEncoding(op1, CRn, CRm, op2)
const nameOf = (f: FieldValues) => SYS_NAMES.get(sysEncoding(f.op1 as number, f.CRn as number, f.CRm as number, f.op2 as number))
/** An operation that takes no register has an alias only where Rt is 31. */
const isNamed = (hasRegister: boolean) => (f: FieldValues): boolean => {
  const name = nameOf(f)
  return name !== undefined && name.hasRegister === hasRegister && (hasRegister || f.Rt === 31)
}

/** `dc cvac`, for the operations with or without a register. */
function operation(hasRegister: boolean): Syntax {
  const found = [...SYS_NAMES].filter(([, n]) => n.hasRegister === hasRegister).map(([code, n]) => [`${n.mnemonic} ${n.operation}`, code] as const)
  const codes: ReadonlyMap<string, number> = new Map(found)
  return {
    pattern: `(?:${[...codes.keys()].join('|')})`,
    format: (f) => {
      const name = nameOf(f)
      return `${name?.mnemonic} ${name?.operation}`
    },
    parse: (text) => {
      const code = codes.get(text)
      return code === undefined ? undefined : { op1: code >> 11, CRn: (code >> 7) & 15, CRm: (code >> 3) & 15, op2: code & 7 }
    },
  }
}
/** `c7`. */
const cr = (field: 'CRn' | 'CRm'): Syntax => ({
  pattern: 'c(?:1[0-5]|[0-9])',
  format: (f) => `c${f[field]}`,
  parse: (text) => ({ [field]: Number(text.slice(1)) }),
})
const Rt = gpr('Rt', 64)
/** `, x0`; 31 is left out. */
const optionalRt: Syntax = {
  pattern: `(?:, ?${Rt.pattern})?`,
  format: (f, context) => (f.Rt === 31 ? '' : `, ${Rt.format(f, context)}`),
  parse: (text, known, context) => (text === '' ? { Rt: 31 } : Rt.parse(text.replace(/^, ?/, ''), known, context)),
}
const syntax = { Rt, optionalRt, op1: uint('op1', 3), CRn: cr('CRn'), CRm: cr('CRm'), op2: uint('op2', 3) }

export const systemInstructions: readonly Insn[] = [
  ...encoding(
    'System instructions',
    '1101010100 0 01 op1!:3 CRn!:4 CRm!:4 op2!:3 Rt:5',
    {
      SYS: { see: 'C6.2 SYS', asm: 'sys {op1}, {CRn}, {CRm}, {op2}{optionalRt}', aliases: [
        { asm: '{withRegister}, {Rt}', when: isNamed(true) },
        { asm: '{withoutRegister}', when: isNamed(false), fields: { Rt: 31 } },
      ] },
    },
    (m, { op1, CRn, CRm, op2, Rt }) => m.sys(Rt, encodingOf, op1, CRn, CRm, op2),
    { syntax: { ...syntax, withRegister: operation(true), withoutRegister: operation(false) } },
  ),
  ...encoding(
    'System instructions',
    '1101010100 1 01 op1!:3 CRn!:4 CRm!:4 op2!:3 Rt:5',
    {
      // None is defined before FEAT_THE and FEAT_D128; the implementation defined space has none here.
      SYSL: { see: 'C6.2 SYSL', asm: 'sysl {Rt}, {op1}, {CRn}, {CRm}, {op2}' },
    },
    (m) => m.exception('UNDEFINED', 0),
    { syntax },
  ),
  ...encoding(
    'System instructions',
    '1101010100 0 01 011 0111 0100 001 Rt:5',
    {
      DC_ZVA: { order: 1, see: 'C5.3 DC ZVA', asm: 'dc zva, {Rt}' },
    },
    (m, { Rt }) => {
      const address = m.readX(Rt, 64)
      // The whole block lies in one page; a fault reports the address that the register holds.
      m.access(address, 1, 'store', { zva: true })
      const block = m.access(m.and(address, m.const(-64, 64)), 64, 'store', { zva: true })
      for (let offset = 0; offset < 64; offset += 8) m.storeAt(block, offset, 8, m.const(0, 64))
    },
    { syntax: { Rt } },
  ),
]
