/** Load/store register (unscaled immediate), integer registers. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { type Alias, encoding, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { parseNumber, type Syntax } from '../syntax.ts'
import { optional, signedBytes, signedOffset, transferRegisters } from './addressing.ts'
import { loadStoreRegister } from './load-store-register.ts'
import { prefetchOperation } from './prefetch-operation.ts'

const offset = signedOffset('imm9', 9)
/** An offset that only the unscaled form has: for those, the plain mnemonic means it too. */
const onlyUnscaled: Syntax = {
  ...offset,
  parse: (text, known, context) => {
    const bytes = Number(parseNumber(text))
    return bytes >= 0 && bytes % 2 ** (known.size as number) === 0 ? undefined : offset.parse(text, known, context)
  },
}
function unscaled(name: string, plain: string): { readonly asm: string; readonly aliases: readonly Alias[] } {
  const asm = `${name} {Rt}, [{RnSP}{offset}]`
  // The first is always preferred; the second is for the assembler.
  return { asm, aliases: [asm, `${plain} {Rt}, [{RnSP}, {onlyUnscaled}]`].map((spelling) => ({ asm: spelling, when: () => true })) }
}

export const ldstUnscaledImm: readonly Insn[] = encoding(
  'Load/store register (unscaled immediate)',
  'size:2 111 0 00 opc:2 0 imm9:9 00 Rn:5 Rt:5',
  {
    STURB:     { size: 0, opc: 0, see: 'C6.2 STURB',  ...unscaled('sturb', 'strb') },
    LDURB:     { size: 0, opc: 1, see: 'C6.2 LDURB',  ...unscaled('ldurb', 'ldrb') },
    LDURSB_64: { size: 0, opc: 2, see: 'C6.2 LDURSB', ...unscaled('ldursb', 'ldrsb') },
    LDURSB_32: { size: 0, opc: 3, see: 'C6.2 LDURSB', ...unscaled('ldursb', 'ldrsb') },
    STURH:     { size: 1, opc: 0, see: 'C6.2 STURH',  ...unscaled('sturh', 'strh') },
    LDURH:     { size: 1, opc: 1, see: 'C6.2 LDURH',  ...unscaled('ldurh', 'ldrh') },
    LDURSH_64: { size: 1, opc: 2, see: 'C6.2 LDURSH', ...unscaled('ldursh', 'ldrsh') },
    LDURSH_32: { size: 1, opc: 3, see: 'C6.2 LDURSH', ...unscaled('ldursh', 'ldrsh') },
    STUR_32:   { size: 2, opc: 0, see: 'C6.2 STUR',   ...unscaled('stur', 'str') },
    LDUR_32:   { size: 2, opc: 1, see: 'C6.2 LDUR',   ...unscaled('ldur', 'ldr') },
    LDURSW:    { size: 2, opc: 2, see: 'C6.2 LDURSW', ...unscaled('ldursw', 'ldrsw') },
    STUR_64:   { size: 3, opc: 0, see: 'C6.2 STUR',   ...unscaled('stur', 'str') },
    LDUR_64:   { size: 3, opc: 1, see: 'C6.2 LDUR',   ...unscaled('ldur', 'ldr') },
    PRFUM:     { size: 3, opc: 2, see: 'C6.2 PRFUM',  asm: 'prfum {prefetch}, [{RnSP}{offset}]' },
  },
  (m, { size, opc, imm9, Rn, Rt }) => {
    // Prefetches do nothing and never fault.
    if (size === 3 && opc === 2) return
    const address = m.add(m.readXSP(Rn, 64), m.derive(64, signedBytes(9), imm9))
    loadStoreRegister(m, { bytes: (2 ** size) as Size, opc, Rt, address, options: { base: Rn } })
  },
  { syntax: { ...transferRegisters, offset: optional('imm9', offset), onlyUnscaled, prefetch: prefetchOperation } },
)
