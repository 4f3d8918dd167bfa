/**
 * Bitfield. [ARM] C4.1.92.
 *
 * Shifts and extensions by immediates are aliases in the manual and rows here: they are common, and each is one host operation.
 */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import { bitfieldMask } from '../shared/bit-masks.ts'
import { bySf, formatNumber, gpr, NUMBER, parseNumber, type Syntax, uint } from '../syntax.ts'

const isInRange = (f: FieldValues): boolean => f.sf === 1 || !((f.immr as number) >= 32 || (f.imms as number) >= 32)
const isInsert = (f: FieldValues): boolean => (f.imms as number) < (f.immr as number)
const isLeftShift = (f: FieldValues): boolean => f.imms === undefined || (f.imms + 1 === f.immr && isInRange(f))

/** `#lsb, #width` where the low bits go to `lsb`. */
const insertion: Syntax = {
  pattern: `${NUMBER}, ?${NUMBER}`,
  format: (f) => `${formatNumber(-(f.immr as number) & (bySf(f) - 1))}, ${formatNumber((f.imms as number) + 1)}`,
  parse: (text, known) => {
    const [lsb, width] = text.split(',').map((t) => Number(parseNumber(t.trim()))) as [number, number]
    const w = bySf(known)
    return lsb >= 0 && lsb < w && width > 0 && lsb + width <= w ? { immr: -lsb & (w - 1), imms: width - 1 } : undefined
  },
}
/** `#lsb, #width` of what is taken out. */
const extraction: Syntax = {
  pattern: `${NUMBER}, ?${NUMBER}`,
  format: (f) => `${formatNumber(f.immr as number)}, ${formatNumber((f.imms as number) - (f.immr as number) + 1)}`,
  parse: (text, known) => {
    const [lsb, width] = text.split(',').map((t) => Number(parseNumber(t.trim()))) as [number, number]
    const w = bySf(known)
    return lsb >= 0 && lsb < w && width > 0 && lsb + width <= w ? { immr: lsb, imms: lsb + width - 1 } : undefined
  },
}
const leftShift: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber(bySf(f) - 1 - (f.imms as number)),
  parse: (text, known) => {
    const [shift, w] = [Number(parseNumber(text)), bySf(known)]
    return shift > 0 && shift < w ? { immr: w - shift, imms: w - 1 - shift } : undefined
  },
}
const rightShift: Syntax = {
  pattern: NUMBER,
  format: (f) => formatNumber(f.immr as number),
  parse: (text, known) => {
    const shift = Number(parseNumber(text))
    return shift >= 0 && shift < bySf(known) ? { immr: shift } : undefined
  },
}
const registers = { Rd: gpr('Rd'), Rn: gpr('Rn'), Wn: gpr('Rn', 32) }

/** Both widths of a row: N repeats sf. */
function widths<const R extends object>(name: string, row: R): Readonly<Record<string, R & { sf: number; N: number }>> {
  return { [`${name}_32`]: { ...row, sf: 0, N: 0 }, [`${name}_64`]: { ...row, sf: 1, N: 1 } }
}

export const bitfield: readonly Insn[] = [
  ...encoding(
    'Bitfield',
    'sf opc:2 100110 N immr:6 imms:6 Rn:5 Rd:5',
    {
      ...widths('SBFM', { opc: 0, where: isInRange, see: 'C6.2 SBFM', asm: 'sbfm {Rd}, {Rn}, {immr}, {imms}', aliases: [
        { asm: 'sbfiz {Rd}, {Rn}, {insertion}', when: isInsert },
        { asm: 'sbfx {Rd}, {Rn}, {extraction}', when: () => true },
      ] }),
      ...widths('BFM',  { opc: 1, where: isInRange, see: 'C6.2 BFM',  asm: 'bfm {Rd}, {Rn}, {immr}, {imms}', aliases: [
        { asm: 'bfc {Rd}, {insertion}', when: (f) => f.Rn === 31 && (isInsert(f) || f.immr === 0), fields: { Rn: 31 } },
        { asm: 'bfi {Rd}, {Rn}, {insertion}', when: isInsert },
        { asm: 'bfxil {Rd}, {Rn}, {extraction}', when: () => true },
      ] }),
      ...widths('UBFM', { opc: 2, where: isInRange, see: 'C6.2 UBFM', asm: 'ubfm {Rd}, {Rn}, {immr}, {imms}', aliases: [
        { asm: 'ubfiz {Rd}, {Rn}, {insertion}', when: isInsert },
        { asm: 'ubfx {Rd}, {Rn}, {extraction}', when: () => true },
      ] }),
    },
    (m, { sf, opc, immr, imms, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const source = m.readX(Rn, w)
      if (opc === 0) {
        // Left until the field's sign is the top bit, then right to its place.
        const left = m.derive(32, (s) => w - 1 - (s as number), imms)
        const right = m.derive(32, (r = 0, s = 0) => (s >= r ? w - 1 - s + r : r - 1 - s), immr, imms)
        m.writeX(Rd, w, m.asr(m.lsl(source, left), right))
        return
      }
      const rotated = m.ror(source, m.imm(immr, w))
      const mask = m.derive(w, (r, s) => bitfieldMask(r as number, s as number, w), immr, imms)
      if (opc === 2) m.writeX(Rd, w, m.and(rotated, mask))
      else {
        const old = m.readX(Rd, w)
        m.writeX(Rd, w, m.xor(old, m.and(m.xor(old, rotated), mask)))
      }
    },
    { syntax: { ...registers, insertion, extraction, immr: uint('immr', 6), imms: uint('imms', 6) } },
  ),
  ...encoding(
    'Bitfield',
    'sf opc:2 100110 N immr:6 top 11111 Rn:5 Rd:5',
    {
      ASR_imm_32: { sf: 0, opc: 0, N: 0, top: 0, order: 1, where: isInRange, see: 'C6.2 ASR (immediate)', asm: 'asr {Rd}, {Rn}, {rightShift}' },
      ASR_imm_64: { sf: 1, opc: 0, N: 1, top: 1, order: 1, where: isInRange, see: 'C6.2 ASR (immediate)', asm: 'asr {Rd}, {Rn}, {rightShift}' },
      LSR_imm_32: { sf: 0, opc: 2, N: 0, top: 0, order: 1, where: isInRange, see: 'C6.2 LSR (immediate)', asm: 'lsr {Rd}, {Rn}, {rightShift}' },
      LSR_imm_64: { sf: 1, opc: 2, N: 1, top: 1, order: 1, where: isInRange, see: 'C6.2 LSR (immediate)', asm: 'lsr {Rd}, {Rn}, {rightShift}' },
    },
    (m, { sf, opc, immr, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const shift = m.imm(immr, w)
      m.writeX(Rd, w, opc ? m.lsr(m.readX(Rn, w), shift) : m.asr(m.readX(Rn, w), shift))
    },
    { syntax: { ...registers, rightShift } },
  ),
  ...encoding(
    'Bitfield',
    'sf 10 100110 N immr:6 imms:6 Rn:5 Rd:5',
    {
      ...widths('LSL_imm', { order: 1, where: isLeftShift, see: 'C6.2 LSL (immediate)', asm: 'lsl {Rd}, {Rn}, {leftShift}' }),
    },
    (m, { sf, imms, Rn, Rd }) => {
      const w = sf ? 64 : 32
      m.writeX(Rd, w, m.lsl(m.readX(Rn, w), m.derive(32, (s) => w - 1 - (s as number), imms)))
    },
    { syntax: { ...registers, leftShift } },
  ),
  ...encoding(
    'Bitfield',
    'sf opc:2 100110 N 000000 top:6 Rn:5 Rd:5',
    {
      SXTB_32: { sf: 0, opc: 0, N: 0, top: 7,  order: 2, see: 'C6.2 SXTB', asm: 'sxtb {Rd}, {Wn}' },
      SXTB_64: { sf: 1, opc: 0, N: 1, top: 7,  order: 2, see: 'C6.2 SXTB', asm: 'sxtb {Rd}, {Wn}' },
      SXTH_32: { sf: 0, opc: 0, N: 0, top: 15, order: 2, see: 'C6.2 SXTH', asm: 'sxth {Rd}, {Wn}' },
      SXTH_64: { sf: 1, opc: 0, N: 1, top: 15, order: 2, see: 'C6.2 SXTH', asm: 'sxth {Rd}, {Wn}' },
      SXTW:    { sf: 1, opc: 0, N: 1, top: 31, order: 2, see: 'C6.2 SXTW', asm: 'sxtw {Rd}, {Wn}' },
      UXTB:    { sf: 0, opc: 2, N: 0, top: 7,  order: 2, see: 'C6.2 UXTB', asm: 'uxtb {Rd}, {Wn}' },
      UXTH:    { sf: 0, opc: 2, N: 0, top: 15, order: 2, see: 'C6.2 UXTH', asm: 'uxth {Rd}, {Wn}' },
    },
    (m, { sf, opc, top, Rn, Rd }) => {
      const w = sf ? 64 : 32
      const source = m.readX(Rn, 32)
      m.writeX(Rd, w, opc ? m.zeroExtend(source, top + 1, w) : m.signExtend(source, top + 1, w))
    },
    { syntax: registers },
  ),
]
