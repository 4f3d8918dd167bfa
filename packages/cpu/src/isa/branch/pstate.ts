/** PSTATE: MSR (immediate). [ARM] C4.1.94. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { uint } from '../syntax.ts'

export const pstate: readonly Insn[] = encoding(
  'PSTATE',
  '1101010100000 op1:3 0100 CRm!:4 op2:3 11111',
  {
    MSR_imm_PAN:     { op1: 0, op2: 4, feature: 'FEAT_PAN', see: 'C6.2 MSR (immediate)', asm: 'msr pan, {imm}' },
    MSR_imm_SPSel:   { op1: 0, op2: 5, see: 'C6.2 MSR (immediate)', asm: 'msr spsel, {imm}' },
    MSR_imm_DAIFSet: { op1: 3, op2: 6, see: 'C6.2 MSR (immediate)', asm: 'msr daifset, {imm}' },
    MSR_imm_DAIFClr: { op1: 3, op2: 7, see: 'C6.2 MSR (immediate)', asm: 'msr daifclr, {imm}' },
  },
  (m, { op1, CRm, op2 }) => m.writePstate(CRm, (op1 << 3) | op2),
  { syntax: { imm: uint('CRm', 4) } },
)
