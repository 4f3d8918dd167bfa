/** Load/store register (unscaled immediate), integer registers. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { optional, signedBytes, signedOffset, transferRegisters } from './addressing.ts'
import { loadStoreRegister } from './load-store-register.ts'
import { prefetchOperation } from './prefetch-operation.ts'

export const ldstUnscaledImm: readonly Insn[] = encoding(
  'Load/store register (unscaled immediate)',
  'size:2 111 0 00 opc:2 0 imm9:9 00 Rn:5 Rt:5',
  {
    STURB:     { size: 0, opc: 0, see: 'C6.2 STURB',  asm: 'sturb {Rt}, [{RnSP}{offset}]' },
    LDURB:     { size: 0, opc: 1, see: 'C6.2 LDURB',  asm: 'ldurb {Rt}, [{RnSP}{offset}]' },
    LDURSB_64: { size: 0, opc: 2, see: 'C6.2 LDURSB', asm: 'ldursb {Rt}, [{RnSP}{offset}]' },
    LDURSB_32: { size: 0, opc: 3, see: 'C6.2 LDURSB', asm: 'ldursb {Rt}, [{RnSP}{offset}]' },
    STURH:     { size: 1, opc: 0, see: 'C6.2 STURH',  asm: 'sturh {Rt}, [{RnSP}{offset}]' },
    LDURH:     { size: 1, opc: 1, see: 'C6.2 LDURH',  asm: 'ldurh {Rt}, [{RnSP}{offset}]' },
    LDURSH_64: { size: 1, opc: 2, see: 'C6.2 LDURSH', asm: 'ldursh {Rt}, [{RnSP}{offset}]' },
    LDURSH_32: { size: 1, opc: 3, see: 'C6.2 LDURSH', asm: 'ldursh {Rt}, [{RnSP}{offset}]' },
    STUR_32:   { size: 2, opc: 0, see: 'C6.2 STUR',   asm: 'stur {Rt}, [{RnSP}{offset}]' },
    LDUR_32:   { size: 2, opc: 1, see: 'C6.2 LDUR',   asm: 'ldur {Rt}, [{RnSP}{offset}]' },
    LDURSW:    { size: 2, opc: 2, see: 'C6.2 LDURSW', asm: 'ldursw {Rt}, [{RnSP}{offset}]' },
    STUR_64:   { size: 3, opc: 0, see: 'C6.2 STUR',   asm: 'stur {Rt}, [{RnSP}{offset}]' },
    LDUR_64:   { size: 3, opc: 1, see: 'C6.2 LDUR',   asm: 'ldur {Rt}, [{RnSP}{offset}]' },
    PRFUM:    { size: 3, opc: 2, see: 'C6.2 PRFUM',  asm: 'prfum {prefetch}, [{RnSP}{offset}]' },
  },
  (m, { size, opc, imm9, Rn, Rt }) => {
    // Prefetches do nothing and never fault.
    if (size === 3 && opc === 2) return
    const address = m.add(m.readXSP(Rn, 64), m.derive(64, signedBytes(9), imm9))
    loadStoreRegister(m, { bytes: (2 ** size) as Size, opc, Rt, address, options: { base: Rn } })
  },
  { syntax: { ...transferRegisters, offset: optional('imm9', signedOffset('imm9', 9)), prefetch: prefetchOperation } },
)
