/** Advanced SIMD scalar three same. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Syntax } from '../syntax.ts'
import { fpArithmetic, fpCompare, fpCompareAbsolute } from './shared-fp.ts'
import {
  add, compare, compareTest, doublingMulHigh, shiftByRegister, signedSaturatingAdd, signedSaturatingSub, sub, unsignedSaturatingAdd,
  unsignedSaturatingSub,
} from './shared-integer.ts'
import { type Binary, esizeOf, formatOf, is16Or32 } from './shared-lanes.ts'
import { letterBySize, letterBySz, type Names, sreg } from './vector-syntax.ts'

type Facts = { readonly see: string; readonly asm: string }
const row = (mnemonic: string): Facts => ({ see: `C7.2 ${mnemonic.toUpperCase()}`, asm: `${mnemonic} {Vd}, {Vn}, {Vm}` })
const registers = (names: Names): Readonly<Record<string, Syntax>> => ({ Vd: sreg('Rd', names), Vn: sreg('Rn', names), Vm: sreg('Rm', names) })
const D = 3
const shift = (signed: boolean, saturating: boolean, rounding: boolean): Binary => shiftByRegister({ signed, saturating, rounding })

const integer: readonly Insn[] = encoding(
  'Advanced SIMD scalar three same',
  '01 U 11110 size:2 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
  {
    SQADD_scalar:    { U: 0, opcode: 0b00001, op: signedSaturatingAdd, ...row('sqadd') },
    SQSUB_scalar:    { U: 0, opcode: 0b00101, op: signedSaturatingSub, ...row('sqsub') },
    CMGT_scalar:     { U: 0, opcode: 0b00110, size: D, op: compare('gt'), ...row('cmgt') },
    CMGE_scalar:     { U: 0, opcode: 0b00111, size: D, op: compare('ge'), ...row('cmge') },
    SSHL_scalar:     { U: 0, opcode: 0b01000, size: D, op: shift(true, false, false), ...row('sshl') },
    SQSHL_scalar:    { U: 0, opcode: 0b01001, op: shift(true, true, false), ...row('sqshl') },
    SRSHL_scalar:    { U: 0, opcode: 0b01010, size: D, op: shift(true, false, true), ...row('srshl') },
    SQRSHL_scalar:   { U: 0, opcode: 0b01011, op: shift(true, true, true), ...row('sqrshl') },
    ADD_scalar:      { U: 0, opcode: 0b10000, size: D, op: add, ...row('add') },
    CMTST_scalar:    { U: 0, opcode: 0b10001, size: D, op: compareTest, ...row('cmtst') },
    SQDMULH_scalar:  { U: 0, opcode: 0b10110, op: doublingMulHigh(false), where: is16Or32, ...row('sqdmulh') },
    UQADD_scalar:    { U: 1, opcode: 0b00001, op: unsignedSaturatingAdd, ...row('uqadd') },
    UQSUB_scalar:    { U: 1, opcode: 0b00101, op: unsignedSaturatingSub, ...row('uqsub') },
    CMHI_scalar:     { U: 1, opcode: 0b00110, size: D, op: compare('hi'), ...row('cmhi') },
    CMHS_scalar:     { U: 1, opcode: 0b00111, size: D, op: compare('hs'), ...row('cmhs') },
    USHL_scalar:     { U: 1, opcode: 0b01000, size: D, op: shift(false, false, false), ...row('ushl') },
    UQSHL_scalar:    { U: 1, opcode: 0b01001, op: shift(false, true, false), ...row('uqshl') },
    URSHL_scalar:    { U: 1, opcode: 0b01010, size: D, op: shift(false, false, true), ...row('urshl') },
    UQRSHL_scalar:   { U: 1, opcode: 0b01011, op: shift(false, true, true), ...row('uqrshl') },
    SUB_scalar:      { U: 1, opcode: 0b10000, size: D, op: sub, ...row('sub') },
    CMEQ_scalar:     { U: 1, opcode: 0b10001, size: D, op: compare('eq'), ...row('cmeq') },
    SQRDMULH_scalar: { U: 1, opcode: 0b10110, op: doublingMulHigh(true), where: is16Or32, ...row('sqrdmulh') },
  },
  (m, { size, Rm, Rn, Rd }, { op }) => {
    const esize = esizeOf(size)
    m.writeV(Rd, esize, op(m, esize, esize, m.readV(Rn), m.readV(Rm), () => m.readV(Rd)))
  },
  { fp: true, syntax: registers(letterBySize) },
)

const floatingPoint: readonly Insn[] = encoding(
  'Advanced SIMD scalar three same',
  '01 U 11110 a sz 1 Rm:5 opcode:5 1 Rn:5 Rd:5',
  {
    FMULX_scalar:   { U: 0, a: 0, opcode: 0b11011, op: fpArithmetic('mulx'), ...row('fmulx') },
    FCMEQ_scalar:   { U: 0, a: 0, opcode: 0b11100, op: fpCompare('eq'), ...row('fcmeq') },
    FRECPS_scalar:  { U: 0, a: 0, opcode: 0b11111, op: fpArithmetic('recps'), ...row('frecps') },
    FRSQRTS_scalar: { U: 0, a: 1, opcode: 0b11111, op: fpArithmetic('rsqrts'), ...row('frsqrts') },
    FCMGE_scalar:   { U: 1, a: 0, opcode: 0b11100, op: fpCompare('ge'), ...row('fcmge') },
    FACGE_scalar:   { U: 1, a: 0, opcode: 0b11101, op: fpCompareAbsolute('ge'), ...row('facge') },
    FABD_scalar:    { U: 1, a: 1, opcode: 0b11010, op: fpArithmetic('abd'), ...row('fabd') },
    FCMGT_scalar:   { U: 1, a: 1, opcode: 0b11100, op: fpCompare('gt'), ...row('fcmgt') },
    FACGT_scalar:   { U: 1, a: 1, opcode: 0b11101, op: fpCompareAbsolute('gt'), ...row('facgt') },
  },
  (m, { sz, Rm, Rn, Rd }, { op }) => {
    const esize = formatOf(sz)
    m.writeV(Rd, esize, op(m, esize, esize, m.readV(Rn), m.readV(Rm), () => m.readV(Rd)))
  },
  { fp: true, syntax: registers(letterBySz) },
)

/** Scalars of two sources. */
export const simdScalarThreeSame: readonly Insn[] = [...integer, ...floatingPoint]
