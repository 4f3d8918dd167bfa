/** Conversion between floating-point and integer or fixed-point, and FMOV between register files. [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Rounding } from '../ops.ts'
import { formatNumber, gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'
import { formatOfType, isSingleOrDouble, letterByType } from './fp-type.ts'
import { sreg, velement } from './vector-syntax.ts'

const ROUNDINGS: readonly Rounding[] = ['tieeven', 'posinf', 'neginf', 'zero']

/** `v0.d[1]`, the upper half of a register. */
const upperHalf = (field: string): Syntax => velement(field, 'd', { index: () => 1, fields: (index) => (index === 1 ? {} : undefined) })

/** `#fbits`, which is 64 - scale. */
const fbits: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber(64 - (f.scale as number)),
  parse: (text) => {
    const scale = 64 - Number(parseNumber(text))
    return scale >= 0 && scale < 64 ? { scale } : undefined
  },
}
/** At most as many fraction bits as the integer register has. */
const isScaleAllocated = (f: FieldValues): boolean => isSingleOrDouble(f) && (f.sf === 1 || f.scale === undefined || f.scale >= 32)

const toInteger = { Rd: gpr('Rd'), Rn: sreg('Rn', letterByType), fbits }
const fromInteger = { Rd: sreg('Rd', letterByType), Rn: gpr('Rn'), fbits }

export const fpIntegerConversion: readonly Insn[] = [
  ...encoding(
    'Conversion between floating-point and integer',
    'sf 0011110 ftype:2 1 rmode:2 00 isUnsigned 000000 Rn:5 Rd:5',
    {
      FCVTNS_int: { rmode: 0, isUnsigned: 0, where: isSingleOrDouble, see: 'C7.2 FCVTNS (scalar)', asm: 'fcvtns {Rd}, {Rn}' },
      FCVTNU_int: { rmode: 0, isUnsigned: 1, where: isSingleOrDouble, see: 'C7.2 FCVTNU (scalar)', asm: 'fcvtnu {Rd}, {Rn}' },
      FCVTPS_int: { rmode: 1, isUnsigned: 0, where: isSingleOrDouble, see: 'C7.2 FCVTPS (scalar)', asm: 'fcvtps {Rd}, {Rn}' },
      FCVTPU_int: { rmode: 1, isUnsigned: 1, where: isSingleOrDouble, see: 'C7.2 FCVTPU (scalar)', asm: 'fcvtpu {Rd}, {Rn}' },
      FCVTMS_int: { rmode: 2, isUnsigned: 0, where: isSingleOrDouble, see: 'C7.2 FCVTMS (scalar)', asm: 'fcvtms {Rd}, {Rn}' },
      FCVTMU_int: { rmode: 2, isUnsigned: 1, where: isSingleOrDouble, see: 'C7.2 FCVTMU (scalar)', asm: 'fcvtmu {Rd}, {Rn}' },
      FCVTZS_int: { rmode: 3, isUnsigned: 0, where: isSingleOrDouble, see: 'C7.2 FCVTZS (scalar, integer)', asm: 'fcvtzs {Rd}, {Rn}' },
      FCVTZU_int: { rmode: 3, isUnsigned: 1, where: isSingleOrDouble, see: 'C7.2 FCVTZU (scalar, integer)', asm: 'fcvtzu {Rd}, {Rn}' },
    },
    (m, { sf, ftype, rmode, isUnsigned, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const format = formatOfType(ftype)
      m.writeX(Rd, w, m.fpToFixed(format, w, isUnsigned === 0, m.readS(Rn, format), ROUNDINGS[rmode] as Rounding, 0))
    },
    { fp: true, syntax: toInteger },
  ),
  ...encoding(
    'Conversion between floating-point and integer',
    'sf 0011110 ftype:2 1 00 10 isUnsigned 000000 Rn:5 Rd:5',
    {
      FCVTAS_int: { isUnsigned: 0, where: isSingleOrDouble, see: 'C7.2 FCVTAS (scalar)', asm: 'fcvtas {Rd}, {Rn}' },
      FCVTAU_int: { isUnsigned: 1, where: isSingleOrDouble, see: 'C7.2 FCVTAU (scalar)', asm: 'fcvtau {Rd}, {Rn}' },
    },
    (m, { sf, ftype, isUnsigned, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const format = formatOfType(ftype)
      m.writeX(Rd, w, m.fpToFixed(format, w, isUnsigned === 0, m.readS(Rn, format), 'tieaway', 0))
    },
    { fp: true, syntax: toInteger },
  ),
  ...encoding(
    'Conversion between floating-point and integer',
    'sf 0011110 ftype:2 1 00 01 isUnsigned 000000 Rn:5 Rd:5',
    {
      SCVTF_int: { isUnsigned: 0, where: isSingleOrDouble, see: 'C7.2 SCVTF (scalar, integer)', asm: 'scvtf {Rd}, {Rn}' },
      UCVTF_int: { isUnsigned: 1, where: isSingleOrDouble, see: 'C7.2 UCVTF (scalar, integer)', asm: 'ucvtf {Rd}, {Rn}' },
    },
    (m, { sf, ftype, isUnsigned, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const format = formatOfType(ftype)
      m.writeS(Rd, format, m.fixedToFp(format, w, isUnsigned === 0, m.readX(Rn, w), 0))
    },
    { fp: true, syntax: fromInteger },
  ),
  ...encoding(
    'Conversion between floating-point and integer',
    '00011110 00 1 00 11 toFp 000000 Rn:5 Rd:5',
    {
      FMOV_to_general_32:   { toFp: 0, see: 'C7.2 FMOV (general)', asm: 'fmov {Wd}, {Sn}' },
      FMOV_from_general_32: { toFp: 1, see: 'C7.2 FMOV (general)', asm: 'fmov {Sd}, {Wn}' },
    },
    (m, { toFp, Rn, Rd }) => {
      if (toFp) m.writeS(Rd, 32, m.readX(Rn, 32))
      else m.writeX(Rd, 32, m.readS(Rn, 32))
    },
    { fp: true, syntax: { Wd: gpr('Rd', 32), Wn: gpr('Rn', 32), Sd: sreg('Rd', 's'), Sn: sreg('Rn', 's') } },
  ),
  ...encoding(
    'Conversion between floating-point and integer',
    '10011110 01 1 00 11 toFp 000000 Rn:5 Rd:5',
    {
      FMOV_to_general_64:   { toFp: 0, see: 'C7.2 FMOV (general)', asm: 'fmov {Xd}, {Dn}' },
      FMOV_from_general_64: { toFp: 1, see: 'C7.2 FMOV (general)', asm: 'fmov {Dd}, {Xn}' },
    },
    (m, { toFp, Rn, Rd }) => {
      if (toFp) m.writeS(Rd, 64, m.readX(Rn, 64))
      else m.writeX(Rd, 64, m.readS(Rn, 64))
    },
    { fp: true, syntax: { Xd: gpr('Rd', 64), Xn: gpr('Rn', 64), Dd: sreg('Rd', 'd'), Dn: sreg('Rn', 'd') } },
  ),
  ...encoding(
    'Conversion between floating-point and integer',
    '10011110 10 1 01 11 toFp 000000 Rn:5 Rd:5',
    {
      FMOV_to_general_upper:   { toFp: 0, see: 'C7.2 FMOV (general)', asm: 'fmov {Xd}, {Vn}' },
      FMOV_from_general_upper: { toFp: 1, see: 'C7.2 FMOV (general)', asm: 'fmov {Vd}, {Xn}' },
    },
    (m, { toFp, Rn, Rd }) => {
      if (toFp) m.writeV(Rd, 128, m.setLane(m.readV(Rd), 64, 1, m.readX(Rn, 64)))
      else m.writeX(Rd, 64, m.laneU(m.readV(Rn), 64, 1))
    },
    { fp: true, syntax: { Xd: gpr('Rd', 64), Xn: gpr('Rn', 64), Vd: upperHalf('Rd'), Vn: upperHalf('Rn') } },
  ),
  ...encoding(
    'Conversion between floating-point and fixed-point',
    'sf 0011110 ftype:2 0 00 01 isUnsigned scale!:6 Rn:5 Rd:5',
    {
      SCVTF_fixed: { isUnsigned: 0, where: isScaleAllocated, see: 'C7.2 SCVTF (scalar, fixed-point)', asm: 'scvtf {Rd}, {Rn}, {fbits}' },
      UCVTF_fixed: { isUnsigned: 1, where: isScaleAllocated, see: 'C7.2 UCVTF (scalar, fixed-point)', asm: 'ucvtf {Rd}, {Rn}, {fbits}' },
    },
    (m, { sf, ftype, isUnsigned, scale, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const format = formatOfType(ftype)
      m.writeS(Rd, format, m.fixedToFp(format, w, isUnsigned === 0, m.readX(Rn, w), scale, (v) => 64 - v))
    },
    { fp: true, syntax: fromInteger },
  ),
  ...encoding(
    'Conversion between floating-point and fixed-point',
    'sf 0011110 ftype:2 0 11 00 isUnsigned scale!:6 Rn:5 Rd:5',
    {
      FCVTZS_fixed: { isUnsigned: 0, where: isScaleAllocated, see: 'C7.2 FCVTZS (scalar, fixed-point)', asm: 'fcvtzs {Rd}, {Rn}, {fbits}' },
      FCVTZU_fixed: { isUnsigned: 1, where: isScaleAllocated, see: 'C7.2 FCVTZU (scalar, fixed-point)', asm: 'fcvtzu {Rd}, {Rn}, {fbits}' },
    },
    (m, { sf, ftype, isUnsigned, scale, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const format = formatOfType(ftype)
      m.writeX(Rd, w, m.fpToFixed(format, w, isUnsigned === 0, m.readS(Rn, format), 'zero', scale, (v) => 64 - v))
    },
    { fp: true, syntax: toInteger },
  ),
]
