/** Floating-point compare, conditional compare and conditional select. [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { condition } from '../shared/condition.ts'
import { uint } from '../syntax.ts'
import { formatOfType, isSingleOrDouble, typedRegisters } from './fp-type.ts'

export const fpCompare: readonly Insn[] = [
  ...encoding(
    'Floating-point compare',
    '00011110 ftype:2 1 Rm:5 001000 Rn:5 signalAll 0000',
    {
      FCMP_reg:  { signalAll: 0, where: isSingleOrDouble, see: 'C7.2 FCMP',  asm: 'fcmp {Rn}, {Rm}' },
      FCMPE_reg: { signalAll: 1, where: isSingleOrDouble, see: 'C7.2 FCMPE', asm: 'fcmpe {Rn}, {Rm}' },
    },
    (m, { ftype, Rm, Rn, signalAll }) => {
      const format = formatOfType(ftype)
      m.setNZCV(m.fpCompare(format, m.readS(Rn, format), m.readS(Rm, format), signalAll === 1))
    },
    { fp: true, syntax: typedRegisters },
  ),
  ...encoding(
    'Floating-point compare',
    // Rm should be zero; what it holds is ignored.
    '00011110 ftype:2 1 ????? 001000 Rn:5 signalAll 1000',
    {
      FCMP_zero:  { signalAll: 0, where: isSingleOrDouble, see: 'C7.2 FCMP',  asm: 'fcmp {Rn}, #0.0' },
      FCMPE_zero: { signalAll: 1, where: isSingleOrDouble, see: 'C7.2 FCMPE', asm: 'fcmpe {Rn}, #0.0' },
    },
    (m, { ftype, Rn, signalAll }) => {
      const format = formatOfType(ftype)
      m.setNZCV(m.fpCompare(format, m.readS(Rn, format), m.const(0, format === 64 ? 64 : 32), signalAll === 1))
    },
    { fp: true, syntax: typedRegisters },
  ),
  ...encoding(
    'Floating-point conditional compare',
    '00011110 ftype:2 1 Rm:5 cond:4 01 Rn:5 op nzcv:4',
    {
      FCCMP:  { op: 0, where: isSingleOrDouble, see: 'C7.2 FCCMP',  asm: 'fccmp {Rn}, {Rm}, {nzcv}, {cond}' },
      FCCMPE: { op: 1, where: isSingleOrDouble, see: 'C7.2 FCCMPE', asm: 'fccmpe {Rn}, {Rm}, {nzcv}, {cond}' },
    },
    (m, { ftype, Rm, cond, Rn, op, nzcv }) => {
      const format = formatOfType(ftype)
      const holds = m.conditionHolds(cond)
      const zero = m.const(0, format === 64 ? 64 : 32)
      // Where the condition fails nothing may be signalled: zeros are compared, and the answer is dropped.
      const compared = m.fpCompare(format, m.select(holds, m.readS(Rn, format), zero), m.select(holds, m.readS(Rm, format), zero), op === 1)
      m.setNZCV(m.selectNzcv(holds, compared, m.nzcvImm(nzcv)))
    },
    { fp: true, syntax: { ...typedRegisters, nzcv: uint('nzcv', 4), cond: condition } },
  ),
  ...encoding(
    'Floating-point conditional select',
    '00011110 ftype:2 1 Rm:5 cond:4 11 Rn:5 Rd:5',
    {
      FCSEL: { where: isSingleOrDouble, see: 'C7.2 FCSEL', asm: 'fcsel {Rd}, {Rn}, {Rm}, {cond}' },
    },
    (m, { ftype, Rm, cond, Rn, Rd }) => {
      const format = formatOfType(ftype)
      m.writeS(Rd, format, m.select(m.conditionHolds(cond), m.readS(Rn, format), m.readS(Rm, format)))
    },
    { fp: true, syntax: { ...typedRegisters, cond: condition } },
  ),
]
