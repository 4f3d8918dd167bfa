/** Advanced SIMD scalar pairwise. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { FpBinary } from '../ops.ts'
import { formatOf } from './shared-lanes.ts'
import { letterBySz, sreg, vreg } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const row = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()} (scalar)`, asm: `${mnemonic} {Vd}, {Vn}` })

const integer: readonly Insn[] = encoding(
  'Advanced SIMD scalar pairwise',
  '01 0 11110 11 11000 11011 10 Rn:5 Rd:5',
  {
    ADDP_scalar: { ...row('addp') },
  },
  (m, { Rn, Rd }) => {
    const n = m.readV(Rn)
    m.writeS(Rd, 64, m.add(m.laneU(n, 64, 0), m.laneU(n, 64, 1)))
  },
  { fp: true, syntax: { Vd: sreg('Rd', 'd'), Vn: vreg('Rn', '2d') } },
)

const floatingPoint: readonly Insn[] = encoding(
  'Advanced SIMD scalar pairwise',
  '01 1 11110 a sz 11000 opcode:5 10 Rn:5 Rd:5',
  {
    FMAXNMP_scalar: { a: 0, opcode: 0b01100, op: 'maxnm' as FpBinary, ...row('fmaxnmp') },
    FADDP_scalar:   { a: 0, opcode: 0b01101, op: 'add' as FpBinary, ...row('faddp') },
    FMAXP_scalar:   { a: 0, opcode: 0b01111, op: 'max' as FpBinary, ...row('fmaxp') },
    FMINNMP_scalar: { a: 1, opcode: 0b01100, op: 'minnm' as FpBinary, ...row('fminnmp') },
    FMINP_scalar:   { a: 1, opcode: 0b01111, op: 'min' as FpBinary, ...row('fminp') },
  },
  (m, { sz, Rn, Rd }, { op }) => {
    const format = formatOf(sz)
    const n = m.readV(Rn)
    m.writeS(Rd, format, m.fpBinary(op, format, m.laneU(n, format, 0), m.laneU(n, format, 1)))
  },
  { fp: true, syntax: { Vd: sreg('Rd', letterBySz), Vn: vreg('Rn', [['2s', { sz: 0 }], ['2d', { sz: 1 }]]) } },
)

/** Two lanes of one register reduced to one. */
export const simdScalarPairwise: readonly Insn[] = [...integer, ...floatingPoint]
