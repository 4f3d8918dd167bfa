/** Advanced SIMD across lanes. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { ESize, FpBinary } from '../ops.ts'
import { fpAcross } from './shared-fp.ts'
import { add, maximum, minimum, pairwiseAddLong } from './shared-integer.ts'
import { bitsOf, esizeOf, foldLanes, twice } from './shared-lanes.ts'
import { bySizeQ, letterBySize, sreg, vreg, wideLetterBySize } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const row = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}`, asm: `${mnemonic} {Vd}, {Vn}` })
/** At least four lanes. */
const hasFour = (f: FieldValues): boolean => f.size !== 3 && (f.size !== 2 || f.Q === 1)
const Vn = vreg('Rn', bySizeQ)

const integer: readonly Insn[] = encoding(
  'Advanced SIMD across lanes',
  '0 Q U 01110 size:2 11000 opcode:5 10 Rn:5 Rd:5',
  {
    SADDLV_vector: { U: 0, opcode: 0b00011, op: add, isLong: true, where: hasFour, ...row('saddlv'), syntax: { Vd: sreg('Rd', wideLetterBySize) } },
    SMAXV_vector:  { U: 0, opcode: 0b01010, op: maximum(true), isLong: false, where: hasFour, ...row('smaxv') },
    SMINV_vector:  { U: 0, opcode: 0b11010, op: minimum(true), isLong: false, where: hasFour, ...row('sminv') },
    ADDV_vector:   { U: 0, opcode: 0b11011, op: add, isLong: false, where: hasFour, ...row('addv') },
    UADDLV_vector: { U: 1, opcode: 0b00011, op: add, isLong: true, where: hasFour, ...row('uaddlv'), syntax: { Vd: sreg('Rd', wideLetterBySize) } },
    UMAXV_vector:  { U: 1, opcode: 0b01010, op: maximum(false), isLong: false, where: hasFour, ...row('umaxv') },
    UMINV_vector:  { U: 1, opcode: 0b11010, op: minimum(false), isLong: false, where: hasFour, ...row('uminv') },
  },
  (m, { Q, U, size, Rn, Rd }, { op, isLong }) => {
    const bits = bitsOf(Q)
    const narrow = esizeOf(size)
    const n = m.readV(Rn)
    // The first step of a long sum widens.
    const esize: ESize = isLong ? twice(narrow) : narrow
    const v = isLong ? pairwiseAddLong(!U)(m, narrow, bits, n, () => n) : n
    m.writeV(Rd, esize, foldLanes(m, esize, bits, v, (a, b) => op(m, esize, bits, a, b, () => a)))
  },
  { fp: true, syntax: { Vd: sreg('Rd', letterBySize), Vn } },
)

const floatingPoint: readonly Insn[] = encoding(
  'Advanced SIMD across lanes',
  '0 1 1 01110 a 0 11000 opcode:5 10 Rn:5 Rd:5',
  {
    FMAXNMV_vector: { a: 0, opcode: 0b01100, op: 'maxnm' as FpBinary, ...row('fmaxnmv') },
    FMAXV_vector:   { a: 0, opcode: 0b01111, op: 'max' as FpBinary, ...row('fmaxv') },
    FMINNMV_vector: { a: 1, opcode: 0b01100, op: 'minnm' as FpBinary, ...row('fminnmv') },
    FMINV_vector:   { a: 1, opcode: 0b01111, op: 'min' as FpBinary, ...row('fminv') },
  },
  (m, { Rn, Rd }, { op }) => m.writeS(Rd, 32, fpAcross(m, op, m.readV(Rn))),
  { fp: true, syntax: { Vd: sreg('Rd', 's'), Vn: vreg('Rn', '4s') } },
)

/** A vector reduced to one element. */
export const simdAcrossLanes: readonly Insn[] = [...integer, ...floatingPoint]
