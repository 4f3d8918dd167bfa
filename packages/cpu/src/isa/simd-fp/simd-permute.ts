/** Advanced SIMD extract, table lookup and permute. [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { type Syntax, uint } from '../syntax.ts'
import { byQ, bySizeQ, vlist, vreg } from './vector-syntax.ts'

const BYTE_NUMBERS = 0x0f0e0d0c0b0a09080706050403020100n
const bytewise: Readonly<Record<string, Syntax>> = { Vd: vreg('Rd', byQ(8)), Vn: vreg('Rn', byQ(8)), Vm: vreg('Rm', byQ(8)) }

const extract: readonly Insn[] = encoding(
  'Advanced SIMD extract',
  '0 Q 101110 00 0 Rm:5 0 imm4:4 0 Rn:5 Rd:5',
  {
    EXT: { where: (f) => f.Q === 1 || f.imm4 === undefined || f.imm4 < 8, see: 'C7.2 EXT', asm: 'ext {Vd}, {Vn}, {Vm}, {imm}' },
  },
  (m, { Q, Rm, imm4, Rn, Rd }) => {
    const [low, high] = [m.readV(Rn), m.readV(Rm)]
    const from = m.vadd(8, m.splat(m.imm(imm4, 32), 8), m.constVec(BYTE_NUMBERS))
    if (!Q) {
      const pair = m.vshuffle(low, high, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23])
      m.writeV(Rd, 64, m.vtbl(pair, from))
      return
    }
    // Numbers out of 0..15 look up zero: each register gives its part.
    const sixteen = m.constVec(0x10101010101010101010101010101010n)
    m.writeV(Rd, 128, m.vor(m.vtbl(low, from), m.vtbl(high, m.vsub(8, from, sixteen))))
  },
  { fp: true, syntax: { ...bytewise, imm: uint('imm4', 4) } },
)

const allBytes = (value: number): bigint => BigInt(value) * 0x01010101010101010101010101010101n

const tableLookup: readonly Insn[] = encoding(
  'Advanced SIMD table lookup',
  '0 Q 001110 00 0 Rm:5 0 len:2 op 00 Rn:5 Rd:5',
  Object.fromEntries(
    [0, 1, 2, 3].flatMap((len) =>
      (['TBL', 'TBX'] as const).map((mnemonic, op) => [
        `${mnemonic}_${len + 1}`,
        {
          len,
          op,
          see: op ? 'C7.2 TBX' : 'C7.2 TBL',
          asm: `${mnemonic.toLowerCase()} {Vd}, {list}, {Vm}`,
          syntax: { list: vlist('Rn', len + 1, '16b') },
        },
      ]),
    ),
  ),
  (m, { Q, Rm, len, op, Rn, Rd }) => {
    const indices = m.readV(Rm)
    let found = m.vtbl(m.readV(Rn), indices)
    for (let i = 1; i <= len; i++) {
      found = m.vor(found, m.vtbl(m.readV(Rn, i), m.vsub(8, indices, m.constVec(allBytes(16 * i)))))
    }
    // TBX leaves the bytes whose index is out of range as they are.
    const result = op ? m.vbsl(m.vcmp(8, 'hs', indices, m.constVec(allBytes(16 * (len + 1)))), m.readV(Rd), found) : found
    m.writeV(Rd, Q ? 128 : 64, result)
  },
  { fp: true, syntax: bytewise },
)

interface Permutation {
  /** Element `e` of `n` elements comes from this element of the first operand, or of the second with `n` added. */
  readonly from: (e: number, n: number) => number
}

const isArrangementAllocated = (f: FieldValues): boolean => f.size !== 3 || f.Q === 1

const permute: readonly Insn[] = encoding<'0 Q 001110 size:2 0 Rm:5 0 opcode:3 10 Rn:5 Rd:5', Permutation>(
  'Advanced SIMD permute',
  '0 Q 001110 size:2 0 Rm:5 0 opcode:3 10 Rn:5 Rd:5',
  {
    UZP1: { opcode: 1, where: isArrangementAllocated, from: (e) => 2 * e,                               see: 'C7.2 UZP1', asm: 'uzp1 {Vd}, {Vn}, {Vm}' },
    TRN1: { opcode: 2, where: isArrangementAllocated, from: (e, n) => (e & ~1) + (e & 1 ? n : 0),       see: 'C7.2 TRN1', asm: 'trn1 {Vd}, {Vn}, {Vm}' },
    ZIP1: { opcode: 3, where: isArrangementAllocated, from: (e, n) => (e >> 1) + (e & 1 ? n : 0),       see: 'C7.2 ZIP1', asm: 'zip1 {Vd}, {Vn}, {Vm}' },
    UZP2: { opcode: 5, where: isArrangementAllocated, from: (e) => 2 * e + 1,                           see: 'C7.2 UZP2', asm: 'uzp2 {Vd}, {Vn}, {Vm}' },
    TRN2: { opcode: 6, where: isArrangementAllocated, from: (e, n) => (e | 1) + (e & 1 ? n : 0),        see: 'C7.2 TRN2', asm: 'trn2 {Vd}, {Vn}, {Vm}' },
    ZIP2: { opcode: 7, where: isArrangementAllocated, from: (e, n) => n / 2 + (e >> 1) + (e & 1 ? n : 0), see: 'C7.2 ZIP2', asm: 'zip2 {Vd}, {Vn}, {Vm}' },
  },
  (m, { Q, size, Rm, Rn, Rd }, { from }) => {
    const bytes = 1 << size
    const elements = (Q ? 16 : 8) / bytes
    const positions = Array.from({ length: 16 }, (_, b) => {
      if (b >= elements * bytes) return 0
      const source = from(Math.floor(b / bytes), elements)
      return (source < elements ? source : source - elements + 16 / bytes) * bytes + (b % bytes)
    })
    m.writeV(Rd, Q ? 128 : 64, m.vshuffle(m.readV(Rn), m.readV(Rm), positions))
  },
  { fp: true, syntax: { Vd: vreg('Rd', bySizeQ), Vn: vreg('Rn', bySizeQ), Vm: vreg('Rm', bySizeQ) } },
)

export const simdPermute: readonly Insn[] = [...extract, ...tableLookup, ...permute]
