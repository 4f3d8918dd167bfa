/** Load/store register (register offset), integer registers. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { extendReg } from '../shared/extended-register.ts'
import { transferRegisters } from './addressing.ts'
import { loadStoreRegister } from './load-store-register.ts'
import { prefetchOperation } from './prefetch-operation.ts'
import { isOffsetAllocated, registerOffset } from './register-offset.ts'

const where = isOffsetAllocated

export const ldstRegisterOffset: readonly Insn[] = encoding(
  'Load/store register (register offset)',
  'size:2 111 0 00 opc:2 1 Rm:5 option:3 S 10 Rn:5 Rt:5',
  {
    STRB_reg:     { size: 0, opc: 0, where, see: 'C6.2 STRB (register)',  asm: 'strb {Rt}, [{RnSP}, {offset}]' },
    LDRB_reg:     { size: 0, opc: 1, where, see: 'C6.2 LDRB (register)',  asm: 'ldrb {Rt}, [{RnSP}, {offset}]' },
    LDRSB_reg_64: { size: 0, opc: 2, where, see: 'C6.2 LDRSB (register)', asm: 'ldrsb {Rt}, [{RnSP}, {offset}]' },
    LDRSB_reg_32: { size: 0, opc: 3, where, see: 'C6.2 LDRSB (register)', asm: 'ldrsb {Rt}, [{RnSP}, {offset}]' },
    STRH_reg:     { size: 1, opc: 0, where, see: 'C6.2 STRH (register)',  asm: 'strh {Rt}, [{RnSP}, {offset}]' },
    LDRH_reg:     { size: 1, opc: 1, where, see: 'C6.2 LDRH (register)',  asm: 'ldrh {Rt}, [{RnSP}, {offset}]' },
    LDRSH_reg_64: { size: 1, opc: 2, where, see: 'C6.2 LDRSH (register)', asm: 'ldrsh {Rt}, [{RnSP}, {offset}]' },
    LDRSH_reg_32: { size: 1, opc: 3, where, see: 'C6.2 LDRSH (register)', asm: 'ldrsh {Rt}, [{RnSP}, {offset}]' },
    STR_reg_32:   { size: 2, opc: 0, where, see: 'C6.2 STR (register)',   asm: 'str {Rt}, [{RnSP}, {offset}]' },
    LDR_reg_32:   { size: 2, opc: 1, where, see: 'C6.2 LDR (register)',   asm: 'ldr {Rt}, [{RnSP}, {offset}]' },
    LDRSW_reg:    { size: 2, opc: 2, where, see: 'C6.2 LDRSW (register)', asm: 'ldrsw {Rt}, [{RnSP}, {offset}]' },
    STR_reg_64:   { size: 3, opc: 0, where, see: 'C6.2 STR (register)',   asm: 'str {Rt}, [{RnSP}, {offset}]' },
    LDR_reg_64:   { size: 3, opc: 1, where, see: 'C6.2 LDR (register)',   asm: 'ldr {Rt}, [{RnSP}, {offset}]' },
    PRFM_reg:     { size: 3, opc: 2, where, see: 'C6.2 PRFM (register)',  asm: 'prfm {prefetch}, [{RnSP}, {offset}]' },
  },
  (m, { size, opc, Rm, option, S, Rn, Rt }) => {
    // Prefetches do nothing and never fault.
    if (size === 3 && opc === 2) return
    const offset = m.lsl(extendReg(m, Rm, option, 64), m.const(S ? size : 0, 64))
    const address = m.add(m.readXSP(Rn, 64), offset)
    loadStoreRegister(m, { bytes: (2 ** size) as Size, opc, Rt, address, options: { base: Rn } })
  },
  { syntax: { ...transferRegisters, offset: registerOffset((f) => f.size as number), prefetch: prefetchOperation } },
)
