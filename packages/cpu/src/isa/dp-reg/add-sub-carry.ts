/** Add/subtract (with carry). [ARM] C4.1.95. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { gpr } from '../syntax.ts'

const fromZr = (f: FieldValues): boolean => f.Rn === 31

export const addSubCarry: readonly Insn[] = encoding(
  'Add/subtract (with carry)',
  'sf op S 11010000 Rm:5 000000 Rn:5 Rd:5',
  {
    ADC:  { op: 0, S: 0, see: 'C6.2 ADC',  asm: 'adc {Rd}, {Rn}, {Rm}' },
    ADCS: { op: 0, S: 1, see: 'C6.2 ADCS', asm: 'adcs {Rd}, {Rn}, {Rm}' },
    SBC:  { op: 1, S: 0, see: 'C6.2 SBC',  asm: 'sbc {Rd}, {Rn}, {Rm}',  aliases: [{ asm: 'ngc {Rd}, {Rm}', when: fromZr, fields: { Rn: 31 } }] },
    SBCS: { op: 1, S: 1, see: 'C6.2 SBCS', asm: 'sbcs {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'ngcs {Rd}, {Rm}', when: fromZr, fields: { Rn: 31 } }] },
  },
  (m, { sf, op, S, Rm, Rn, Rd }) => {
    const w = sf ? 64 : 32
    const b = m.readX(Rm, w)
    const { result, nzcv } = m.addWithCarry(m.readX(Rn, w), op ? m.not(b) : b, m.carry())
    if (S) m.setNZCV(nzcv())
    m.writeX(Rd, w, result)
  },
  { syntax: { Rd: gpr('Rd'), Rn: gpr('Rn'), Rm: gpr('Rm') } },
)
