/** Advanced SIMD modified immediate: MOVI, MVNI, ORR, BIC and FMOV (vector, immediate). [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn, type Operand } from '../dsl.ts'
import type { Bits, Ops, Vec } from '../ops.ts'
import { NUMBER, parseNumber, type Syntax } from '../syntax.ts'
import { advSimdExpandImm, fpConstant } from './modified-immediate.ts'
import { byQ, sreg, vreg } from './vector-syntax.ts'

const imm8Of = (f: FieldValues): number => ((f.imm3 as number) << 5) | (f.imm5 as number)
const fieldsOf = (imm8: number): FieldValues => ({ imm3: imm8 >> 5, imm5: imm8 & 31 })

/** `#0x5`, `#0x5, lsl #8`, `#0x5, msl #16`; `steps` are the shifts by the field `sh`. */
function shifted(name: 'lsl' | 'msl', steps: readonly number[]): Syntax {
  return {
    pattern: `${NUMBER}(?:, ?${name} #?[0-9]+)?`,
    format: (f) => {
      const by = steps[(f.sh ?? 0) as number] as number
      return `#0x${imm8Of(f).toString(16)}${by ? `, ${name} #${by}` : ''}`
    },
    parse: (text) => {
      const [number = '', shift] = text.split(new RegExp(`, ?${name} `))
      const sh = steps.indexOf(shift === undefined ? 0 : Number(parseNumber(shift)))
      const value = Number(parseNumber(number))
      if (sh < 0 || value < 0 || value > 255) return undefined
      return steps.length > 1 ? { ...fieldsOf(value), sh } : fieldsOf(value)
    },
  }
}

/** Eight bits, each standing for a byte of zeros or ones. */
const byteMask: Syntax = {
  pattern: NUMBER,
  format: (f) => `#0x${advSimdExpandImm(1, 14, imm8Of(f)).toString(16).padStart(16, '0')}`,
  parse: (text) => {
    const value = BigInt.asUintN(64, parseNumber(text))
    let imm8 = 0
    for (let bit = 0; bit < 8; bit++) {
      const byte = Number((value >> BigInt(bit * 8)) & 0xffn)
      if (byte === 0xff) imm8 |= 1 << bit
      else if (byte !== 0) return undefined
    }
    return fieldsOf(imm8)
  },
}

/** The constant, repeated over the vector. `cmodeOf` gives cmode from what `sh` holds. */
function constant(m: Ops, op: number, cmodeOf: (sh: number) => number, imm3: Operand, imm5: Operand, sh?: Operand): Vec {
  const value: Bits = m.derive(64, (high, low, by = 0) => advSimdExpandImm(op, cmodeOf(by), (high << 5) | low), imm3, imm5, ...(sh ? [sh] : []))
  return m.splat(value, 64)
}

interface Meaning {
  readonly apply: (m: Ops, imm: Vec, Vd: () => Vec) => Vec
}
const move: Meaning['apply'] = (_m, imm) => imm
const moveNot: Meaning['apply'] = (m, imm) => m.vnot(imm)
const orr: Meaning['apply'] = (m, imm, Vd) => m.vor(Vd(), imm)
const bic: Meaning['apply'] = (m, imm, Vd) => m.vbic(Vd(), imm)

export const simdModifiedImmediate: readonly Insn[] = [
  ...encoding<'0 Q op 0111100000 imm3:3 0 sh!:2 isRead 01 imm5:5 Rd:5', Meaning>(
    'Advanced SIMD modified immediate',
    '0 Q op 0111100000 imm3:3 0 sh!:2 isRead 01 imm5:5 Rd:5',
    {
      MOVI_32:     { op: 0, isRead: 0, apply: move,    see: 'C7.2 MOVI',                    asm: 'movi {Vd}, {imm}' },
      ORR_imm_32:  { op: 0, isRead: 1, apply: orr,     see: 'C7.2 ORR (vector, immediate)', asm: 'orr {Vd}, {imm}' },
      MVNI_32:     { op: 1, isRead: 0, apply: moveNot, see: 'C7.2 MVNI',                    asm: 'mvni {Vd}, {imm}' },
      BIC_imm_32:  { op: 1, isRead: 1, apply: bic,     see: 'C7.2 BIC (vector, immediate)',  asm: 'bic {Vd}, {imm}' },
    },
    (m, { Q, imm3, sh, imm5, Rd }, { apply }) => m.writeV(Rd, Q ? 128 : 64, apply(m, constant(m, 0, (by) => by << 1, imm3, imm5, sh), () => m.readV(Rd))),
    { fp: true, syntax: { Vd: vreg('Rd', byQ(32)), imm: shifted('lsl', [0, 8, 16, 24]) } },
  ),
  ...encoding<'0 Q op 0111100000 imm3:3 10 sh!:1 isRead 01 imm5:5 Rd:5', Meaning>(
    'Advanced SIMD modified immediate',
    '0 Q op 0111100000 imm3:3 10 sh!:1 isRead 01 imm5:5 Rd:5',
    {
      MOVI_16:     { op: 0, isRead: 0, apply: move,    see: 'C7.2 MOVI',                    asm: 'movi {Vd}, {imm}' },
      ORR_imm_16:  { op: 0, isRead: 1, apply: orr,     see: 'C7.2 ORR (vector, immediate)', asm: 'orr {Vd}, {imm}' },
      MVNI_16:     { op: 1, isRead: 0, apply: moveNot, see: 'C7.2 MVNI',                    asm: 'mvni {Vd}, {imm}' },
      BIC_imm_16:  { op: 1, isRead: 1, apply: bic,     see: 'C7.2 BIC (vector, immediate)',  asm: 'bic {Vd}, {imm}' },
    },
    (m, { Q, imm3, sh, imm5, Rd }, { apply }) => m.writeV(Rd, Q ? 128 : 64, apply(m, constant(m, 0, (by) => 8 | (by << 1), imm3, imm5, sh), () => m.readV(Rd))),
    { fp: true, syntax: { Vd: vreg('Rd', byQ(16)), imm: shifted('lsl', [0, 8]) } },
  ),
  ...encoding<'0 Q op 0111100000 imm3:3 110 sh!:1 01 imm5:5 Rd:5', Meaning>(
    'Advanced SIMD modified immediate',
    '0 Q op 0111100000 imm3:3 110 sh!:1 01 imm5:5 Rd:5',
    {
      MOVI_32_ones: { op: 0, apply: move,    see: 'C7.2 MOVI', asm: 'movi {Vd}, {imm}' },
      MVNI_32_ones: { op: 1, apply: moveNot, see: 'C7.2 MVNI', asm: 'mvni {Vd}, {imm}' },
    },
    (m, { Q, imm3, sh, imm5, Rd }, { apply }) => m.writeV(Rd, Q ? 128 : 64, apply(m, constant(m, 0, (by) => 12 | by, imm3, imm5, sh), () => m.readV(Rd))),
    { fp: true, syntax: { Vd: vreg('Rd', byQ(32)), imm: shifted('msl', [8, 16]) } },
  ),
  ...encoding(
    'Advanced SIMD modified immediate',
    '0 Q op 0111100000 imm3:3 1110 01 imm5:5 Rd:5',
    {
      MOVI_8:  { op: 0,       see: 'C7.2 MOVI', asm: 'movi {Vd}, {imm}',  syntax: { Vd: vreg('Rd', byQ(8)), imm: shifted('lsl', [0]) } },
      MOVI_D:  { op: 1, Q: 0, see: 'C7.2 MOVI', asm: 'movi {Vd}, {mask}', syntax: { Vd: sreg('Rd', 'd') } },
      MOVI_2D: { op: 1, Q: 1, see: 'C7.2 MOVI', asm: 'movi {Vd}, {mask}', syntax: { Vd: vreg('Rd', '2d') } },
    },
    (m, { Q, op, imm3, imm5, Rd }) => m.writeV(Rd, Q ? 128 : 64, constant(m, op, () => 14, imm3, imm5)),
    { fp: true, syntax: { mask: byteMask } },
  ),
  ...encoding(
    'Advanced SIMD modified immediate',
    '0 Q op 0111100000 imm3:3 1111 01 imm5:5 Rd:5',
    {
      FMOV_vector_imm_32: { op: 0,       see: 'C7.2 FMOV (vector, immediate)', asm: 'fmov {Vd}, {imm}', syntax: { Vd: vreg('Rd', byQ(32)) } },
      FMOV_vector_imm_64: { op: 1, Q: 1, see: 'C7.2 FMOV (vector, immediate)', asm: 'fmov {Vd}, {imm}', syntax: { Vd: vreg('Rd', '2d') } },
    },
    (m, { Q, op, imm3, imm5, Rd }) => m.writeV(Rd, Q ? 128 : 64, constant(m, op, () => 15, imm3, imm5)),
    { fp: true, syntax: { imm: fpConstant(imm8Of, fieldsOf) } },
  ),
]
