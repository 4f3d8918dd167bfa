/** Load/store register (unsigned immediate), integer registers. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { loadStoreRegister } from './load-store-register.ts'
import { gpr, type Syntax, uint } from '../syntax.ts'

/** Register width by size and opc: 64 bits for LDR/STR X and sign-extending loads to X. */
const widthOf = (f: FieldValues): 32 | 64 => (f.opc === 2 || f.size === 3 ? 64 : 32)
/** `[Xn|SP]` or `[Xn|SP, #imm]`. */
const offset: Syntax = {
  ...uint('imm12', 12, (f) => 2 ** (f.size as number)),
  pattern: '(?:, ?#?(?:0x[0-9a-f]+|[0-9]+))?',
}
const scaled = uint('imm12', 12, (f) => 2 ** (f.size as number))
const optionalOffset: Syntax = {
  pattern: offset.pattern,
  format: (f, c) => (f.imm12 === 0 ? '' : `, ${scaled.format(f, c)}`),
  parse: (text, known, c) => (text === '' ? { imm12: 0 } : scaled.parse(text.replace(/^, ?/, ''), known, c)),
}

export const ldstUnsignedImm: readonly Insn[] = encoding(
  'Load/store register (unsigned immediate)',
  'size:2 111 0 01 opc:2 imm12:12 Rn:5 Rt:5',
  {
    STRB_imm_unsigned:     { size: 0, opc: 0, see: 'C6.2.390 STRB (immediate)',  asm: 'strb {Rt}, [{RnSP}{offset}]' },
    LDRB_imm_unsigned:     { size: 0, opc: 1, see: 'C6.2.212 LDRB (immediate)',  asm: 'ldrb {Rt}, [{RnSP}{offset}]' },
    LDRSB_imm_unsigned_64: { size: 0, opc: 2, see: 'C6.2.216 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}{offset}]' },
    LDRSB_imm_unsigned_32: { size: 0, opc: 3, see: 'C6.2.216 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}{offset}]' },
    STRH_imm_unsigned:     { size: 1, opc: 0, see: 'C6.2.392 STRH (immediate)',  asm: 'strh {Rt}, [{RnSP}{offset}]' },
    LDRH_imm_unsigned:     { size: 1, opc: 1, see: 'C6.2.214 LDRH (immediate)',  asm: 'ldrh {Rt}, [{RnSP}{offset}]' },
    LDRSH_imm_unsigned_64: { size: 1, opc: 2, see: 'C6.2.218 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}{offset}]' },
    LDRSH_imm_unsigned_32: { size: 1, opc: 3, see: 'C6.2.218 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}{offset}]' },
    STR_imm_unsigned_32:   { size: 2, opc: 0, see: 'C6.2.388 STR (immediate)',   asm: 'str {Rt}, [{RnSP}{offset}]' },
    LDR_imm_unsigned_32:   { size: 2, opc: 1, see: 'C6.2.209 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}{offset}]' },
    LDRSW_imm_unsigned:    { size: 2, opc: 2, see: 'C6.2.220 LDRSW (immediate)', asm: 'ldrsw {Rt}, [{RnSP}{offset}]' },
    STR_imm_unsigned_64:   { size: 3, opc: 0, see: 'C6.2.388 STR (immediate)',   asm: 'str {Rt}, [{RnSP}{offset}]' },
    LDR_imm_unsigned_64:   { size: 3, opc: 1, see: 'C6.2.209 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}{offset}]' },
  },
  (m, { size, opc, imm12, Rn, Rt }) => {
    const bytes = 2 ** size as Size
    const address = m.add(m.readXSP(Rn, 64), m.derive(64, (v) => v * bytes, imm12))
    loadStoreRegister(m, { bytes, opc, Rt, address, options: { base: Rn } })
  },
  { syntax: { Rt: gpr('Rt', widthOf), RnSP: gpr('Rn', 64, true), offset: optionalOffset } },
)
