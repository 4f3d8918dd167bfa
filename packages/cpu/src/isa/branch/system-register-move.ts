/** System register move: MRS and MSR (register). [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { sysRegEncodingOf, sysRegName } from '../shared/sysreg-names.ts'
import { gpr, type Syntax } from '../syntax.ts'

const encodingOf = (o0 = 0, op1 = 0, CRn = 0, CRm = 0, op2 = 0): number => ((2 | o0) << 14) | (op1 << 11) | (CRn << 7) | (CRm << 3) | op2
const fieldsOf = (encoding: number): FieldValues => ({
  o0: (encoding >> 14) & 1,
  op1: (encoding >> 11) & 7,
  CRn: (encoding >> 7) & 15,
  CRm: (encoding >> 3) & 15,
  op2: encoding & 7,
})
const register = (isWrite: boolean): Syntax => ({
  pattern: '[a-z][a-z0-9_]*',
  format: (f) => sysRegName(encodingOf(f.o0, f.op1, f.CRn, f.CRm, f.op2), isWrite),
  parse: (text) => {
    const encoding = sysRegEncodingOf(text)
    return encoding === undefined ? undefined : fieldsOf(encoding)
  },
})

/** Registers that Linux reads at every turn, and whose reading is a load: a row each. */
const storedRead = (name: string, [op0 = 0, op1 = 0, CRn = 0, CRm = 0, op2 = 0]: readonly number[], anywhere: boolean): readonly Insn[] =>
  encoding(
    `System register move (${name})`,
    '1101010100 1 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    { [`MRS_${name}`]: { o0: op0 & 1, op1, CRn, CRm, op2, order: 1, see: 'C6.2 MRS', asm: `mrs {Rt}, ${name.toLowerCase()}` } },
    (m, f) => m.writeX(f.Rt, 64, m.readStoredSysReg(encodingOf(op0 & 1, op1, CRn, CRm, op2), anywhere)),
    { syntax: { Rt: gpr('Rt', 64) } },
  )

export const systemRegisterMove: readonly Insn[] = [
  ...storedRead('SP_EL0', [3, 0, 4, 1, 0], false),
  ...storedRead('TPIDR_EL1', [3, 0, 13, 0, 4], false),
  ...storedRead('TPIDR_EL0', [3, 3, 13, 0, 2], true),
  ...storedRead('TPIDRRO_EL0', [3, 3, 13, 0, 3], true),
  ...storedRead('DAIF', [3, 3, 4, 2, 1], false),
  ...encoding(
  'System register move',
  '1101010100 L 1 o0!:1 op1!:3 CRn!:4 CRm!:4 op2!:3 Rt:5',
  {
    MSR_reg: { L: 0, see: 'C6.2 MSR (register)', asm: 'msr {register}, {Rt}', syntax: { register: register(true) } },
    MRS:     { L: 1, see: 'C6.2 MRS',            asm: 'mrs {Rt}, {register}', syntax: { register: register(false) } },
  },
  (m, { L, o0, op1, CRn, CRm, op2, Rt }) => {
    if (L) m.readSysReg(Rt, encodingOf, o0, op1, CRn, CRm, op2)
    else m.writeSysReg(Rt, encodingOf, o0, op1, CRn, CRm, op2)
  },
  { syntax: { Rt: gpr('Rt', 64) } },
),
]
