/** Floating-point immediate. [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { formatOfType, isSingleOrDouble, typedRegisters } from './fp-type.ts'
import { fpConstant, vfpExpandImm } from './modified-immediate.ts'

export const fpImmediate: readonly Insn[] = encoding(
  'Floating-point immediate',
  '00011110 ftype:2 1 imm8:8 100 00000 Rd:5',
  {
    FMOV_scalar_imm: { where: isSingleOrDouble, see: 'C7.2 FMOV (scalar, immediate)', asm: 'fmov {Rd}, {imm}' },
  },
  (m, { ftype, imm8, Rd }) => {
    const format = formatOfType(ftype)
    m.writeS(Rd, format, m.derive(format === 64 ? 64 : 32, (v) => vfpExpandImm(v, format), imm8))
  },
  { fp: true, syntax: { ...typedRegisters, imm: fpConstant((f) => f.imm8 as number, (imm8) => ({ imm8 })) } },
)
