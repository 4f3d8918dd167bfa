/** Load register (literal), integer registers. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { wordOffset, wordTarget } from '../shared/word-target.ts'
import { gpr } from '../syntax.ts'
import { loadStoreRegister } from './load-store-register.ts'
import { prefetchOperation } from './prefetch-operation.ts'

export const loadLiteral: readonly Insn[] = encoding(
  'Load register (literal)',
  'opc:2 011 0 00 imm19:19 Rt:5',
  {
    LDR_lit_32: { opc: 0, see: 'C6.2 LDR (literal)',   asm: 'ldr {Rt}, {target}' },
    LDR_lit_64: { opc: 1, see: 'C6.2 LDR (literal)',   asm: 'ldr {Rt}, {target}' },
    LDRSW_lit:  { opc: 2, see: 'C6.2 LDRSW (literal)', asm: 'ldrsw {Rt}, {target}' },
    PRFM_lit:   { opc: 3, see: 'C6.2 PRFM (literal)',  asm: 'prfm {prefetch}, {target}' },
  },
  (m, { opc, imm19, Rt }) => {
    // Prefetches do nothing and never fault.
    if (opc === 3) return
    const address = m.add(m.pc(), m.derive(64, wordOffset(19), imm19))
    const bytes: Size = opc === 1 ? 8 : 4
    loadStoreRegister(m, { bytes, opc: opc === 2 ? 2 : 1, Rt, address, options: {} })
  },
  { syntax: { Rt: gpr('Rt', (f) => (f.opc === 0 ? 32 : 64)), target: wordTarget('imm19', 19), prefetch: prefetchOperation } },
)
