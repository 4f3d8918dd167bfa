/** Load/store register (unsigned immediate), integer registers. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { optional, transferRegisters, unsignedOffset } from './addressing.ts'
import { loadStoreRegister } from './load-store-register.ts'
import { prefetchOperation } from './prefetch-operation.ts'

const offset = optional('imm12', unsignedOffset('imm12', 12, (f) => 2 ** (f.size as number)))

export const ldstUnsignedImm: readonly Insn[] = encoding(
  'Load/store register (unsigned immediate)',
  'size:2 111 0 01 opc:2 imm12:12 Rn:5 Rt:5',
  {
    STRB_imm_unsigned:     { size: 0, opc: 0, see: 'C6.2 STRB (immediate)',  asm: 'strb {Rt}, [{RnSP}{offset}]' },
    LDRB_imm_unsigned:     { size: 0, opc: 1, see: 'C6.2 LDRB (immediate)',  asm: 'ldrb {Rt}, [{RnSP}{offset}]' },
    LDRSB_imm_unsigned_64: { size: 0, opc: 2, see: 'C6.2 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}{offset}]' },
    LDRSB_imm_unsigned_32: { size: 0, opc: 3, see: 'C6.2 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}{offset}]' },
    STRH_imm_unsigned:     { size: 1, opc: 0, see: 'C6.2 STRH (immediate)',  asm: 'strh {Rt}, [{RnSP}{offset}]' },
    LDRH_imm_unsigned:     { size: 1, opc: 1, see: 'C6.2 LDRH (immediate)',  asm: 'ldrh {Rt}, [{RnSP}{offset}]' },
    LDRSH_imm_unsigned_64: { size: 1, opc: 2, see: 'C6.2 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}{offset}]' },
    LDRSH_imm_unsigned_32: { size: 1, opc: 3, see: 'C6.2 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}{offset}]' },
    STR_imm_unsigned_32:   { size: 2, opc: 0, see: 'C6.2 STR (immediate)',   asm: 'str {Rt}, [{RnSP}{offset}]' },
    LDR_imm_unsigned_32:   { size: 2, opc: 1, see: 'C6.2 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}{offset}]' },
    LDRSW_imm_unsigned:    { size: 2, opc: 2, see: 'C6.2 LDRSW (immediate)', asm: 'ldrsw {Rt}, [{RnSP}{offset}]' },
    STR_imm_unsigned_64:   { size: 3, opc: 0, see: 'C6.2 STR (immediate)',   asm: 'str {Rt}, [{RnSP}{offset}]' },
    LDR_imm_unsigned_64:   { size: 3, opc: 1, see: 'C6.2 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}{offset}]' },
    PRFM_imm:             { size: 3, opc: 2, see: 'C6.2 PRFM (immediate)',       asm: 'prfm {prefetch}, [{RnSP}{offset}]' },
  },
  (m, { size, opc, imm12, Rn, Rt }) => {
    // Prefetches do nothing and never fault.
    if (size === 3 && opc === 2) return
    const bytes = 2 ** size as Size
    const address = m.add(m.readXSP(Rn, 64), m.derive(64, (v) => v * bytes, imm12))
    loadStoreRegister(m, { bytes, opc, Rt, address, options: { base: Rn } })
  },
  { syntax: { ...transferRegisters, offset, prefetch: prefetchOperation } },
)
