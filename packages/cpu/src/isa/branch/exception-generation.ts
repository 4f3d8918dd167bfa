/** Exception generation, and the permanently undefined instruction. [ARM] C4.1.94, C4.1.88. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { ExceptionKind } from '../ops.ts'
import { uint } from '../syntax.ts'

const D = '11010100 opc:3 imm16:16 op2:3 LL:2'
const syntax = { imm: uint('imm16', 16) }

export const exceptionGeneration: readonly Insn[] = [
  ...encoding<typeof D, { readonly raises: ExceptionKind }>(
    'Exception generation',
    D,
    {
      SVC:   { opc: 0, op2: 0, LL: 1, raises: 'SVC', see: 'C6.2 SVC', asm: 'svc {imm}' },
      HVC:   { opc: 0, op2: 0, LL: 2, raises: 'HVC', see: 'C6.2 HVC', asm: 'hvc {imm}' },
      SMC:   { opc: 0, op2: 0, LL: 3, raises: 'SMC', see: 'C6.2 SMC', asm: 'smc {imm}' },
      BRK:   { opc: 1, op2: 0, LL: 0, raises: 'BRK', endsRun: true, see: 'C6.2 BRK', asm: 'brk {imm}' },
      HLT:   { opc: 2, op2: 0, LL: 0, raises: 'HLT', endsRun: true, see: 'C6.2 HLT', asm: 'hlt {imm}' },
      // UNDEFINED outside Debug state, which this CPU never enters.
      DCPS1: { opc: 5, op2: 0, LL: 1, raises: 'UNDEFINED', see: 'C6.2 DCPS1', asm: 'dcps1 {imm}', aliases: [{ asm: 'dcps1', when: (f) => f.imm16 === 0, fields: { imm16: 0 } }] },
      DCPS2: { opc: 5, op2: 0, LL: 2, raises: 'UNDEFINED', see: 'C6.2 DCPS2', asm: 'dcps2 {imm}', aliases: [{ asm: 'dcps2', when: (f) => f.imm16 === 0, fields: { imm16: 0 } }] },
      DCPS3: { opc: 5, op2: 0, LL: 3, raises: 'UNDEFINED', see: 'C6.2 DCPS3', asm: 'dcps3 {imm}', aliases: [{ asm: 'dcps3', when: (f) => f.imm16 === 0, fields: { imm16: 0 } }] },
    },
    (m, { imm16 }, row) => m.exception(row.raises, imm16),
    { syntax },
  ),
  ...encoding(
    'Reserved',
    '0000000000000000 imm16:16',
    {
      UDF: { see: 'C6.2 UDF', asm: 'udf {imm}' },
    },
    (m, { imm16 }) => m.exception('UNDEFINED', imm16),
    { syntax },
  ),
]
