/** Load/store register (unprivileged). [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { optional, signedBytes, signedOffset, transferRegisters } from './addressing.ts'
import { loadStoreRegister } from './load-store-register.ts'

export const ldstUnprivileged: readonly Insn[] = encoding(
  'Load/store register (unprivileged)',
  'size:2 111 0 00 opc:2 0 imm9:9 10 Rn:5 Rt:5',
  {
    STTRB:     { size: 0, opc: 0, see: 'C6.2 STTRB',  asm: 'sttrb {Rt}, [{RnSP}{offset}]' },
    LDTRB:     { size: 0, opc: 1, see: 'C6.2 LDTRB',  asm: 'ldtrb {Rt}, [{RnSP}{offset}]' },
    LDTRSB_64: { size: 0, opc: 2, see: 'C6.2 LDTRSB', asm: 'ldtrsb {Rt}, [{RnSP}{offset}]' },
    LDTRSB_32: { size: 0, opc: 3, see: 'C6.2 LDTRSB', asm: 'ldtrsb {Rt}, [{RnSP}{offset}]' },
    STTRH:     { size: 1, opc: 0, see: 'C6.2 STTRH',  asm: 'sttrh {Rt}, [{RnSP}{offset}]' },
    LDTRH:     { size: 1, opc: 1, see: 'C6.2 LDTRH',  asm: 'ldtrh {Rt}, [{RnSP}{offset}]' },
    LDTRSH_64: { size: 1, opc: 2, see: 'C6.2 LDTRSH', asm: 'ldtrsh {Rt}, [{RnSP}{offset}]' },
    LDTRSH_32: { size: 1, opc: 3, see: 'C6.2 LDTRSH', asm: 'ldtrsh {Rt}, [{RnSP}{offset}]' },
    STTR_32:   { size: 2, opc: 0, see: 'C6.2 STTR',   asm: 'sttr {Rt}, [{RnSP}{offset}]' },
    LDTR_32:   { size: 2, opc: 1, see: 'C6.2 LDTR',   asm: 'ldtr {Rt}, [{RnSP}{offset}]' },
    LDTRSW:    { size: 2, opc: 2, see: 'C6.2 LDTRSW', asm: 'ldtrsw {Rt}, [{RnSP}{offset}]' },
    STTR_64:   { size: 3, opc: 0, see: 'C6.2 STTR',   asm: 'sttr {Rt}, [{RnSP}{offset}]' },
    LDTR_64:   { size: 3, opc: 1, see: 'C6.2 LDTR',   asm: 'ldtr {Rt}, [{RnSP}{offset}]' },
  },
  (m, { size, opc, imm9, Rn, Rt }) => {
    const address = m.add(m.readXSP(Rn, 64), m.derive(64, signedBytes(9), imm9))
    loadStoreRegister(m, { bytes: (2 ** size) as Size, opc, Rt, address, options: { base: Rn, unprivileged: true } })
  },
  { syntax: { ...transferRegisters, offset: optional('imm9', signedOffset('imm9', 9)) } },
)
