/** Extract. [ARM] C4.1.92. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { gpr, uint } from '../syntax.ts'

const isInRange = (f: FieldValues): boolean => f.sf === 1 || !((f.imms as number) >= 32)
const isRotation = (f: FieldValues): boolean => isInRange(f) && f.Rn === f.Rm
const syntax = { Rd: gpr('Rd'), Rn: gpr('Rn'), Rm: gpr('Rm'), lsb: uint('imms', 6) }
/** `ror` names one source register for both. */
const both = {
  ...gpr('Rn'),
  parse: (...args: Parameters<typeof syntax.Rn.parse>): FieldValues | undefined => {
    const found = syntax.Rn.parse(...args)
    return found && { ...found, Rm: found.Rn as number }
  },
}

export const extract: readonly Insn[] = [
  ...encoding(
    'Extract',
    'sf 00 100111 N 0 Rm:5 imms:6 Rn:5 Rd:5',
    {
      EXTR_32: { sf: 0, N: 0, where: isInRange, see: 'C6.2 EXTR', asm: 'extr {Rd}, {Rn}, {Rm}, {lsb}' },
      EXTR_64: { sf: 1, N: 1, where: isInRange, see: 'C6.2 EXTR', asm: 'extr {Rd}, {Rn}, {Rm}, {lsb}' },
    },
    (m, { sf, Rm, imms, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const low = m.lsr(m.readX(Rm, w), m.imm(imms, w))
      // In two steps, because a shift by the whole width (lsb = 0) would be one by nothing.
      const high = m.lsl(m.lsl(m.readX(Rn, w), m.const(1, w)), m.derive(32, (s) => w - 1 - (s as number), imms))
      m.writeX(Rd, w, m.or(high, low))
    },
    { syntax },
  ),
  ...encoding(
    'Extract',
    'sf 00 100111 N 0 Rm:5 imms:6 Rn:5 Rd:5',
    {
      ROR_imm_32: { sf: 0, N: 0, order: 1, where: isRotation, see: 'C6.2 ROR (immediate)', asm: 'ror {Rd}, {both}, {lsb}' },
      ROR_imm_64: { sf: 1, N: 1, order: 1, where: isRotation, see: 'C6.2 ROR (immediate)', asm: 'ror {Rd}, {both}, {lsb}' },
    },
    (m, { sf, imms, Rn, Rd }) => {
      const w = sf ? 64 : 32
      m.writeX(Rd, w, m.ror(m.readX(Rn, w), m.imm(imms, w)))
    },
    { syntax: { ...syntax, both } },
  ),
]
