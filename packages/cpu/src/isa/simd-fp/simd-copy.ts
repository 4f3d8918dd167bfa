/** Advanced SIMD copy and scalar copy: DUP, INS, SMOV, UMOV. [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { ESize } from '../ops.ts'
import { gpr, type Syntax } from '../syntax.ts'
import { byQ, type ElementIndex, LETTERS, type Names, sreg, velement, vreg } from './vector-syntax.ts'

/** Bits of imm5 by element size: the index stands above the lowest set bit, which tells the size. */
const INDEX_BITS = { 8: 'i!:4 1', 16: 'i!:3 10', 32: 'i!:2 100', 64: 'i!:1 1000' } as const
/** The same where only the size counts. */
const SIZE_BITS = { 8: '????1', 16: '???10', 32: '??100', 64: '?1000' } as const
/** Bits of imm4 as a second index; what lies below it is ignored. */
const SOURCE_BITS = { 8: 'j!:4', 16: 'j!:3 ?', 32: 'j!:2 ??', 64: 'j!:1 ???' } as const

/** A diagram written for bytes, with the bits of another element size. */
function diagramFor<const D extends string>(diagram: D, esize: ESize): D {
  return diagram.replace(INDEX_BITS[8], INDEX_BITS[esize]).replace(SIZE_BITS[8], SIZE_BITS[esize]).replace(SOURCE_BITS[8], SOURCE_BITS[esize]) as D
}

function place(field: 'i' | 'j', esize: ESize): ElementIndex {
  return { index: (f) => f[field] as number, fields: (index) => (index < 128 / esize ? { [field]: index } : undefined) }
}

const element = (field: string, esize: ESize, index: 'i' | 'j' = 'i'): Syntax => velement(field, LETTERS[esize], place(index, esize))
/** Arrangements of a whole register; a lone doubleword is no vector here. */
const arrangements = (esize: ESize): Names => byQ(esize).filter(([, f]) => esize < 64 || f.Q === 1)
const isVector = (esize: ESize) => (f: FieldValues): boolean => esize < 64 || f.Q === 1
const always = (): boolean => true
const itself = (v: number): number => v

/** A general-purpose register whose width is Q. */
const byQRegister = gpr('Rd', (f) => (f.Q ? 64 : 32))
const RdByQ: Syntax = {
  ...byQRegister,
  parse: (text, known, context) => {
    const Q = text.startsWith('w') ? 0 : 1
    const found = byQRegister.parse(text, { ...known, Q }, context)
    return found && { ...found, Q }
  },
}

const ofSize = (esize: ESize): readonly Insn[] => [
  ...encoding(
    'Advanced SIMD scalar copy',
    diagramFor('01011110000 i!:4 1 0 0000 1 Rn:5 Rd:5', esize),
    {
      [`DUP_element_scalar_${esize}`]: {
        see: 'C7.2 DUP (element)', asm: 'dup {Sd}, {Vn}', aliases: [{ asm: 'mov {Sd}, {Vn}', when: always }],
      },
    },
    (m, { i, Rn, Rd }) => m.writeS(Rd, esize, m.laneAt(m.readV(Rn), esize, itself, i)),
    { fp: true, syntax: { Sd: sreg('Rd', LETTERS[esize]), Vn: element('Rn', esize) } },
  ),
  ...encoding(
    'Advanced SIMD copy',
    diagramFor('0 Q 001110000 i!:4 1 0 0000 1 Rn:5 Rd:5', esize),
    {
      [`DUP_element_${esize}`]: { where: isVector(esize), see: 'C7.2 DUP (element)', asm: 'dup {Vd}, {Vn}' },
    },
    (m, { Q, i, Rn, Rd }) => m.writeV(Rd, Q ? 128 : 64, m.splat(m.laneAt(m.readV(Rn), esize, itself, i), esize)),
    { fp: true, syntax: { Vd: vreg('Rd', arrangements(esize)), Vn: element('Rn', esize) } },
  ),
  ...encoding(
    'Advanced SIMD copy',
    diagramFor('0 Q 001110000 ????1 0 0001 1 Rn:5 Rd:5', esize),
    {
      [`DUP_general_${esize}`]: { where: isVector(esize), see: 'C7.2 DUP (general)', asm: 'dup {Vd}, {Rn}' },
    },
    (m, { Q, Rn, Rd }) => m.writeV(Rd, Q ? 128 : 64, m.splat(m.readX(Rn, esize === 64 ? 64 : 32), esize)),
    { fp: true, syntax: { Vd: vreg('Rd', arrangements(esize)), Rn: gpr('Rn', esize === 64 ? 64 : 32) } },
  ),
  ...encoding(
    'Advanced SIMD copy',
    diagramFor('01001110000 i!:4 1 0 0011 1 Rn:5 Rd:5', esize),
    {
      [`INS_general_${esize}`]: {
        see: 'C7.2 INS (general)', asm: 'ins {Vd}, {Rn}', aliases: [{ asm: 'mov {Vd}, {Rn}', when: always }],
      },
    },
    (m, { i, Rn, Rd }) => m.writeV(Rd, 128, m.setLaneAt(m.readV(Rd), esize, m.readX(Rn, esize === 64 ? 64 : 32), itself, i)),
    { fp: true, syntax: { Vd: element('Rd', esize), Rn: gpr('Rn', esize === 64 ? 64 : 32) } },
  ),
  ...encoding(
    'Advanced SIMD copy',
    diagramFor('01101110000 i!:4 1 0 j!:4 1 Rn:5 Rd:5', esize),
    {
      [`INS_element_${esize}`]: {
        see: 'C7.2 INS (element)', asm: 'ins {Vd}, {Vn}', aliases: [{ asm: 'mov {Vd}, {Vn}', when: always }],
      },
    },
    (m, { i, j, Rn, Rd }) => m.writeV(Rd, 128, m.setLaneAt(m.readV(Rd), esize, m.laneAt(m.readV(Rn), esize, itself, j), itself, i)),
    { fp: true, syntax: { Vd: element('Rd', esize), Vn: element('Rn', esize, 'j') } },
  ),
  ...(esize === 64 ? [] : encoding(
    'Advanced SIMD copy',
    diagramFor('0 Q 001110000 i!:4 1 0 0101 1 Rn:5 Rd:5', esize),
    {
      [`SMOV_${esize}`]: { where: (f: FieldValues) => esize < 32 || f.Q === 1, see: 'C7.2 SMOV', asm: 'smov {Rd}, {Vn}' },
    },
    (m, { Q, i, Rn, Rd }) => {
      const w = Q ? 64 : 32
      m.writeX(Rd, w, m.signExtend(m.laneAt(m.readV(Rn), esize, itself, i), esize, w))
    },
    { fp: true, syntax: { Rd: RdByQ, Vn: element('Rn', esize) } },
  )),
  ...encoding(
    'Advanced SIMD copy',
    diagramFor('0 Q 001110000 i!:4 1 0 0111 1 Rn:5 Rd:5', esize),
    {
      [`UMOV_${esize}`]: {
        Q: esize === 64 ? 1 : 0, see: 'C7.2 UMOV', asm: 'umov {Rd}, {Vn}',
        aliases: [{ asm: 'mov {Rd}, {Vn}', when: () => esize >= 32 }],
      },
    },
    (m, { Q, i, Rn, Rd }) => m.writeX(Rd, Q ? 64 : 32, m.laneAt(m.readV(Rn), esize, itself, i)),
    { fp: true, syntax: { Rd: RdByQ, Vn: element('Rn', esize) } },
  ),
]

export const simdCopy: readonly Insn[] = ([8, 16, 32, 64] as const).flatMap(ofSize)
