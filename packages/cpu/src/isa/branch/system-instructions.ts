/** System instructions: SYS, SYSL and their aliases. [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { type Alias, encoding, type FieldValues, type Insn } from '../dsl.ts'
import { SYS_NAMES, type SysName, sysEncoding } from '../shared/sys-names.ts'
import { gpr, type Syntax, uint } from '../syntax.ts'

const encodingOf = (op1 = 0, CRn = 0, CRm = 0, op2 = 0): number => (1 << 14) | sysEncoding(op1, CRn, CRm, op2)
const nameOf = (f: FieldValues): SysName | undefined => SYS_NAMES.get(sysEncoding(f.op1 as number, f.CRn as number, f.CRm as number, f.op2 as number))

/** The operations of one mnemonic that take a register, or those that do not and leave Rt as 31. */
function named(mnemonic: SysName['mnemonic'], hasRegister: boolean): { readonly alias: Alias; readonly name: string; readonly operation: Syntax } {
  const name = `${mnemonic}${hasRegister ? '' : 'All'}`
  const codes = new Map([...SYS_NAMES].filter(([, n]) => n.mnemonic === mnemonic && n.hasRegister === hasRegister).map(([code, n]) => [n.operation, code]))
  const operation: Syntax = {
    pattern: `(?:${[...codes.keys()].join('|')})`,
    format: (f) => nameOf(f)?.operation ?? '',
    parse: (text) => {
      const code = codes.get(text)
      return code === undefined ? undefined : { op1: code >> 11, CRn: (code >> 7) & 15, CRm: (code >> 3) & 15, op2: code & 7 }
    },
  }
  const when = (f: FieldValues): boolean => {
    const found = nameOf(f)
    return found?.mnemonic === mnemonic && found.hasRegister === hasRegister && (hasRegister || f.Rt === 31)
  }
  const asm = `${mnemonic} {${name}}`
  return { alias: hasRegister ? { asm: `${asm}, {Rt}`, when } : { asm, when, fields: { Rt: 31 } }, name, operation }
}
const operations = [named('ic', true), named('ic', false), named('dc', true), named('at', true), named('tlbi', true), named('tlbi', false)]
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
      SYS: { see: 'C6.2 SYS', asm: 'sys {op1}, {CRn}, {CRm}, {op2}{optionalRt}', aliases: operations.map((o) => o.alias) },
    },
    (m, { op1, CRn, CRm, op2, Rt }) => m.sys(Rt, encodingOf, op1, CRn, CRm, op2),
    { syntax: { ...syntax, ...Object.fromEntries(operations.map((o) => [o.name, o.operation])) } },
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
