/** Data-processing (1 source). [ARM] C4.1.95. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { gpr } from '../syntax.ts'

export const dp1source: readonly Insn[] = encoding(
  'Data-processing (1 source)',
  'sf 1 0 11010110 00000 opcode:6 Rn:5 Rd:5',
  {
    RBIT:   { opcode: 0,        see: 'C6.2 RBIT',  asm: 'rbit {Rd}, {Rn}' },
    REV16:  { opcode: 1,        see: 'C6.2 REV16', asm: 'rev16 {Rd}, {Rn}' },
    REV_32: { opcode: 2, sf: 0, see: 'C6.2 REV',   asm: 'rev {Rd}, {Rn}' },
    REV32:  { opcode: 2, sf: 1, see: 'C6.2 REV32', asm: 'rev32 {Rd}, {Rn}' },
    REV_64: { opcode: 3, sf: 1, see: 'C6.2 REV',   asm: 'rev {Rd}, {Rn}' },
    CLZ:    { opcode: 4,        see: 'C6.2 CLZ',   asm: 'clz {Rd}, {Rn}' },
    CLS:    { opcode: 5,        see: 'C6.2 CLS',   asm: 'cls {Rd}, {Rn}' },
  },
  (m, { sf, opcode, Rn, Rd }) => {
    const w = sf ? 64 : 32
    const a = m.readX(Rn, w)
    if (opcode === 0) m.writeX(Rd, w, m.rbit(a))
    else if (opcode < 4) m.writeX(Rd, w, m.rev(a, (8 << opcode) as 16 | 32 | 64))
    else if (opcode === 4) m.writeX(Rd, w, m.clz(a))
    else {
      // Every bit compared with its neighbour above; the top bit, compared with itself, is the one too many.
      const one = m.const(1, w)
      m.writeX(Rd, w, m.sub(m.clz(m.xor(a, m.asr(a, one))), one))
    }
  },
  { syntax: { Rd: gpr('Rd'), Rn: gpr('Rn') } },
)
