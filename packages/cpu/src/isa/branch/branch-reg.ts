/** Unconditional branch (register). [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { gpr } from '../syntax.ts'

export const branchReg: readonly Insn[] = [
  ...encoding(
    'Unconditional branch (register)',
    '1101011 opc:4 11111 000000 Rn:5 00000',
    {
      BR:  { opc: 0, endsRun: true, see: 'C6.2 BR',  asm: 'br {Rn}' },
      BLR: { opc: 1, see: 'C6.2 BLR', asm: 'blr {Rn}' },
      RET: { opc: 2, endsRun: true, see: 'C6.2 RET', asm: 'ret {Rn}', aliases: [{ asm: 'ret', when: (f) => f.Rn === 30, fields: { Rn: 30 } }] },
    },
    (m, { opc, Rn }) => {
      if (opc === 1) m.writeLR(m.add(m.pc(), m.const(4, 64)))
      m.branchTo(m.readX(Rn, 64), opc === 0 ? 'jump' : opc === 1 ? 'call' : 'return')
    },
    { syntax: { Rn: gpr('Rn', 64) } },
  ),
  ...encoding(
    'Unconditional branch (register)',
    '1101011 opc:4 11111 000000 11111 00000',
    {
      ERET: { opc: 4, endsRun: true, see: 'C6.2 ERET', asm: 'eret' },
      // UNDEFINED outside Debug state, which this CPU never enters.
      DRPS: { opc: 5, see: 'C6.2 DRPS', asm: 'drps' },
    },
    (m, { opc }) => (opc === 4 ? m.eret() : m.exception('UNDEFINED', 0)),
  ),
]
