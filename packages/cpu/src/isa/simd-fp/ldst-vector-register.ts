/** Loads and stores of one SIMD&FP register: immediate, register and literal addressing. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Bits } from '../ops.ts'
import { wordTarget } from '../shared/word-target.ts'
import { type Syntax, uint } from '../syntax.ts'
import { isSizeAllocated, optionalOffset, transferBytes, transferSyntax, transferVector } from './load-store-vector.ts'
import { type Names, sreg } from './vector-syntax.ts'

const scaled = optionalOffset(uint('imm12', 12, transferBytes), { imm12: 0 })
const unscaled = optionalOffset(transferSyntax.simm as Syntax, { imm9: 0 })

const EXTENDS = [undefined, undefined, 'uxtw', 'lsl', undefined, undefined, 'sxtw', 'sxtx'] as const
/** `x1`, `x1, lsl #3`, `w1, sxtw #3`: a shift of zero is written when the S bit says so. */
const index: Syntax = {
  pattern: '(?:[xw](?:[12]?[0-9]|30)|[xw]zr)(?:, ?(?:lsl|uxtw|sxtw|sxtx)(?: #?[0-4])?)?',
  format: (f) => {
    const isWord = ((f.option as number) & 1) === 0
    const register = `${isWord ? 'w' : 'x'}${f.Rm === 31 ? 'zr' : f.Rm}`
    if (f.option === 3 && f.S === 0) return register
    return `${register}, ${EXTENDS[f.option as number]}${f.S ? ` #${Math.log2(transferBytes(f))}` : ''}`
  },
  parse: (text, known) => {
    const [register = '', extend = 'lsl'] = text.split(/, ?/)
    const [name, amount] = extend.split(' ')
    const option = EXTENDS.indexOf(name as 'lsl')
    if (register.startsWith('w') !== ((option & 1) === 0)) return undefined
    const shift = Number((amount ?? '0').replace('#', ''))
    const S = amount === undefined ? 0 : 1
    if (S && shift !== Math.log2(transferBytes(known)) && shift !== 0) return undefined
    return { Rm: register.endsWith('zr') ? 31 : Number(register.slice(1)), option, S: S && shift === Math.log2(transferBytes(known)) ? 1 : 0 }
  },
}
/** Options 2, 3, 6 and 7 extend a word or take a doubleword. */
const isOptionAllocated = (f: FieldValues): boolean => isSizeAllocated(f) && ((f.option as number) & 2) !== 0

const letterByOpc: Names = [['s', { opc: 0 }], ['d', { opc: 1 }], ['q', { opc: 2 }]]

export const ldstVectorRegister: readonly Insn[] = [
  ...encoding(
    'Load/store register (unsigned immediate)',
    'size:2 111 1 01 q L imm12:12 Rn:5 Rt:5',
    {
      STR_fp_imm_unsigned: { L: 0, where: isSizeAllocated, see: 'C7.2 STR (immediate, SIMD&FP)', asm: 'str {Rt}, [{RnSP}{offset}]' },
      LDR_fp_imm_unsigned: { L: 1, where: isSizeAllocated, see: 'C7.2 LDR (immediate, SIMD&FP)', asm: 'ldr {Rt}, [{RnSP}{offset}]' },
    },
    (m, { size, q, L, imm12, Rn, Rt }) => {
      const bytes = transferBytes({ size, q })
      const address = m.add(m.readXSP(Rn, 64), m.derive(64, (v) => v * bytes, imm12))
      transferVector(m, { bytes, L, Rt, address, base: Rn })
    },
    { fp: true, syntax: { ...transferSyntax, offset: scaled } },
  ),
  ...encoding(
    'Load/store register (unscaled immediate)',
    'size:2 111 1 00 q L 0 imm9:9 00 Rn:5 Rt:5',
    {
      STUR_fp: { L: 0, where: isSizeAllocated, see: 'C7.2 STUR (SIMD&FP)', asm: 'stur {Rt}, [{RnSP}{offset}]' },
      LDUR_fp: { L: 1, where: isSizeAllocated, see: 'C7.2 LDUR (SIMD&FP)', asm: 'ldur {Rt}, [{RnSP}{offset}]' },
    },
    (m, { size, q, L, imm9, Rn, Rt }) => {
      const address = m.add(m.readXSP(Rn, 64), m.simm(imm9, 9, 64))
      transferVector(m, { bytes: transferBytes({ size, q }), L, Rt, address, base: Rn })
    },
    { fp: true, syntax: { ...transferSyntax, offset: unscaled } },
  ),
  ...encoding(
    'Load/store register (immediate post-indexed)',
    'size:2 111 1 00 q L 0 imm9:9 01 Rn:5 Rt:5',
    {
      STR_fp_imm_post: { L: 0, where: isSizeAllocated, see: 'C7.2 STR (immediate, SIMD&FP)', asm: 'str {Rt}, [{RnSP}], {simm}' },
      LDR_fp_imm_post: { L: 1, where: isSizeAllocated, see: 'C7.2 LDR (immediate, SIMD&FP)', asm: 'ldr {Rt}, [{RnSP}], {simm}' },
    },
    (m, { size, q, L, imm9, Rn, Rt }) => {
      const address = m.readXSP(Rn, 64)
      transferVector(m, { bytes: transferBytes({ size, q }), L, Rt, address, base: Rn })
      m.writeXSP(Rn, 64, m.add(address, m.simm(imm9, 9, 64)))
    },
    { fp: true, syntax: transferSyntax },
  ),
  ...encoding(
    'Load/store register (immediate pre-indexed)',
    'size:2 111 1 00 q L 0 imm9:9 11 Rn:5 Rt:5',
    {
      STR_fp_imm_pre: { L: 0, where: isSizeAllocated, see: 'C7.2 STR (immediate, SIMD&FP)', asm: 'str {Rt}, [{RnSP}, {simm}]!' },
      LDR_fp_imm_pre: { L: 1, where: isSizeAllocated, see: 'C7.2 LDR (immediate, SIMD&FP)', asm: 'ldr {Rt}, [{RnSP}, {simm}]!' },
    },
    (m, { size, q, L, imm9, Rn, Rt }) => {
      const address = m.add(m.readXSP(Rn, 64), m.simm(imm9, 9, 64))
      transferVector(m, { bytes: transferBytes({ size, q }), L, Rt, address, base: Rn })
      m.writeXSP(Rn, 64, address)
    },
    { fp: true, syntax: transferSyntax },
  ),
  ...encoding(
    'Load/store register (register offset)',
    'size:2 111 1 00 q L 1 Rm:5 option:3 S!:1 10 Rn:5 Rt:5',
    {
      STR_fp_reg: { L: 0, where: isOptionAllocated, see: 'C7.2 STR (register, SIMD&FP)', asm: 'str {Rt}, [{RnSP}, {index}]' },
      LDR_fp_reg: { L: 1, where: isOptionAllocated, see: 'C7.2 LDR (register, SIMD&FP)', asm: 'ldr {Rt}, [{RnSP}, {index}]' },
    },
    (m, { size, q, L, Rm, option, S, Rn, Rt }) => {
      const bytes = transferBytes({ size, q })
      const isWord = (option & 1) === 0
      const word = (): Bits => m.readX(Rm, 32)
      const extended = !isWord ? m.readX(Rm, 64) : option & 4 ? m.signExtend(word(), 32, 64) : m.zeroExtend(word(), 32, 64)
      const amount = m.derive(32, (s) => s * Math.log2(bytes), S)
      transferVector(m, { bytes, L, Rt, address: m.add(m.readXSP(Rn, 64), m.lsl(extended, amount)), base: Rn })
    },
    { fp: true, syntax: { ...transferSyntax, index } },
  ),
  ...encoding(
    'Load register (literal)',
    'opc:2 011 1 00 imm19:19 Rt:5',
    {
      LDR_fp_literal: { where: (f) => f.opc !== 3, see: 'C7.2 LDR (literal, SIMD&FP)', asm: 'ldr {Rt}, {target}' },
    },
    (m, { opc, imm19, Rt }) => {
      transferVector(m, { bytes: 4 << opc, L: 1, Rt, address: m.add(m.pc(), m.simm(imm19, 19, 64, 2)) })
    },
    { fp: true, syntax: { Rt: sreg('Rt', letterByOpc), target: wordTarget('imm19', 19) } },
  ),
]
