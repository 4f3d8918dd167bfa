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

/** Registers that Linux reads or writes at every turn, and whose access is a load or a store: a row each. */
const STORED_READS = [
  'CurrentEL', 'DAIF', 'SP_EL0', 'ELR_EL1', 'SPSR_EL1', 'ESR_EL1', 'FAR_EL1', 'PAR_EL1', 'VBAR_EL1', 'SCTLR_EL1', 'TCR_EL1', 'TTBR0_EL1', 'TTBR1_EL1',
  'CONTEXTIDR_EL1', 'TPIDR_EL1', 'TPIDR_EL0', 'TPIDRRO_EL0',
]
const STORED_WRITES = [
  'DAIF', 'SP_EL0', 'ELR_EL1', 'SPSR_EL1', 'ESR_EL1', 'FAR_EL1', 'PAR_EL1', 'VBAR_EL1', 'CONTEXTIDR_EL1', 'TPIDR_EL1', 'TPIDR_EL0', 'TPIDRRO_EL0',
]
const stored = (mnemonic: 'MRS' | 'MSR', name: string): readonly Insn[] => {
  const code = sysRegEncodingOf(name.toLowerCase()) as number
  const L = mnemonic === 'MRS' ? 1 : 0
  const asm = L ? `mrs {Rt}, ${name.toLowerCase()}` : `msr ${name.toLowerCase()}, {Rt}`
  return encoding(
    `System register move (${name})`,
    '1101010100 L 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5',
    { [`${mnemonic}_${name}`]: { L, ...fieldsOf(code), order: 1, see: L ? 'C6.2 MRS' : 'C6.2 MSR (register)', asm } },
    (m, { Rt }) => (L ? m.readStoredSysReg(Rt, code) : m.writeStoredSysReg(Rt, code)),
    { syntax: { Rt: gpr('Rt', 64) } },
  )
}

export const systemRegisterMove: readonly Insn[] = [
  ...STORED_READS.flatMap((name) => stored('MRS', name)),
  ...STORED_WRITES.flatMap((name) => stored('MSR', name)),
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
