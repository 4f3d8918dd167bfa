/** Data-processing (3 source). [ARM] C4.1.95. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { implied } from '../shared/implied.ts'
import { gpr } from '../syntax.ts'

const isProduct = (f: FieldValues): boolean => f.Ra === 31
const zr = { Ra: 31 }

export const dp3source: readonly Insn[] = encoding(
  'Data-processing (3 source)',
  'sf 00 11011 op31:3 Rm:5 o0 Ra:5 Rn:5 Rd:5',
  {
    MADD:   { op31: 0, o0: 0,        see: 'C6.2 MADD',   asm: 'madd {Rd}, {Rn}, {Rm}, {Ra}',   aliases: [{ asm: 'mul {Rd}, {Rn}, {Rm}',    when: isProduct, fields: zr }] },
    MSUB:   { op31: 0, o0: 1,        see: 'C6.2 MSUB',   asm: 'msub {Rd}, {Rn}, {Rm}, {Ra}',   aliases: [{ asm: 'mneg {Rd}, {Rn}, {Rm}',   when: isProduct, fields: zr }] },
    SMADDL: { op31: 1, o0: 0, sf: 1, see: 'C6.2 SMADDL', asm: 'smaddl {Rd}, {Wn}, {Wm}, {Ra}', aliases: [{ asm: 'smull {Rd}, {Wn}, {Wm}',  when: isProduct, fields: zr }] },
    SMSUBL: { op31: 1, o0: 1, sf: 1, see: 'C6.2 SMSUBL', asm: 'smsubl {Rd}, {Wn}, {Wm}, {Ra}', aliases: [{ asm: 'smnegl {Rd}, {Wn}, {Wm}', when: isProduct, fields: zr }] },
    SMULH:  { op31: 2, o0: 0, sf: 1, see: 'C6.2 SMULH',  asm: 'smulh {Rd}, {Rn}, {Rm}{noRa}' },
    UMADDL: { op31: 5, o0: 0, sf: 1, see: 'C6.2 UMADDL', asm: 'umaddl {Rd}, {Wn}, {Wm}, {Ra}', aliases: [{ asm: 'umull {Rd}, {Wn}, {Wm}',  when: isProduct, fields: zr }] },
    UMSUBL: { op31: 5, o0: 1, sf: 1, see: 'C6.2 UMSUBL', asm: 'umsubl {Rd}, {Wn}, {Wm}, {Ra}', aliases: [{ asm: 'umnegl {Rd}, {Wn}, {Wm}', when: isProduct, fields: zr }] },
    UMULH:  { op31: 6, o0: 0, sf: 1, see: 'C6.2 UMULH',  asm: 'umulh {Rd}, {Rn}, {Rm}{noRa}' },
  },
  (m, { sf, op31, Rm, o0, Ra, Rn, Rd }) => {
    const w = sf ? 64 : 32
    // SMULH and UMULH have Ra as (1)(1)(1)(1)(1): other values are CONSTRAINED UNPREDICTABLE and ignored here.
    if (op31 === 2) return m.writeX(Rd, 64, m.smulh(m.readX(Rn, 64), m.readX(Rm, 64)))
    if (op31 === 6) return m.writeX(Rd, 64, m.umulh(m.readX(Rn, 64), m.readX(Rm, 64)))
    const factor = (r: typeof Rn) => (op31 === 0 ? m.readX(r, w) : op31 === 1 ? m.signExtend(m.readX(r, 32), 32, 64) : m.zeroExtend(m.readX(r, 32), 32, 64))
    const product = m.mul(factor(Rn), factor(Rm))
    const a = m.readX(Ra, w)
    m.writeX(Rd, w, o0 ? m.sub(a, product) : m.add(a, product))
  },
  { syntax: { Rd: gpr('Rd'), Rn: gpr('Rn'), Rm: gpr('Rm'), Ra: gpr('Ra'), Wn: gpr('Rn', 32), Wm: gpr('Rm', 32), noRa: implied(zr) } },
)
