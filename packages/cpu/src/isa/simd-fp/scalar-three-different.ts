/** Advanced SIMD scalar three different. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { doublingMulLong, doublingMulLongAccumulate } from './shared-integer.ts'
import { esizeOf, is16Or32, narrow, twice } from './shared-lanes.ts'
import { letterBySize, sreg, wideLetterBySize } from './vector-syntax.ts'

/** Scalars twice as wide as their sources. */
export const simdScalarThreeDifferent: readonly Insn[] = encoding(
  'Advanced SIMD scalar three different',
  '01 0 11110 size:2 1 Rm:5 opcode:4 00 Rn:5 Rd:5',
  {
    SQDMLAL_scalar: { opcode: 0b1001, op: doublingMulLongAccumulate(false), where: is16Or32, see: 'C7.2 SQDMLAL', asm: 'sqdmlal {Wd}, {Vn}, {Vm}' },
    SQDMLSL_scalar: { opcode: 0b1011, op: doublingMulLongAccumulate(true), where: is16Or32, see: 'C7.2 SQDMLSL', asm: 'sqdmlsl {Wd}, {Vn}, {Vm}' },
    SQDMULL_scalar: { opcode: 0b1101, op: doublingMulLong, where: is16Or32, see: 'C7.2 SQDMULL', asm: 'sqdmull {Wd}, {Vn}, {Vm}' },
  },
  (m, { size, Rm, Rn, Rd }, { op }) => {
    const esize = narrow(esizeOf(size))
    const wide = twice(esize)
    const a = m.vextend(esize, m.readV(Rn), 0, true)
    m.writeV(Rd, wide, op(m, wide, wide, a, m.vextend(esize, m.readV(Rm), 0, true), () => m.readV(Rd)))
  },
  { fp: true, syntax: { Wd: sreg('Rd', wideLetterBySize), Vn: sreg('Rn', letterBySize), Vm: sreg('Rm', letterBySize) } },
)
