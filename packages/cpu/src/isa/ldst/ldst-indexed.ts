/**
 * Load/store register (immediate post-indexed) and (immediate pre-indexed), integer registers. [ARM] C4.1.96.
 *
 * Where Rt is the base as well, a load leaves the address in it and a store writes its old value (CONSTRAINED UNPREDICTABLE, as QEMU does).
 */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn, type Operand } from '../dsl.ts'
import type { Ops, Size } from '../ops.ts'
import { signedBytes, signedOffset, transferRegisters } from './addressing.ts'
import { loadStoreRegister } from './load-store-register.ts'

function indexed(m: Ops, f: { size: number; opc: number; imm9: Operand; Rn: Operand; Rt: Operand }, isPre: boolean): void {
  const { size, opc, Rn, Rt } = f
  const base = m.readXSP(Rn, 64)
  const moved = m.add(base, m.derive(64, signedBytes(9), f.imm9))
  loadStoreRegister(m, { bytes: (2 ** size) as Size, opc, Rt, address: isPre ? moved : base, options: { base: Rn }, hasWriteBack: true })
  m.writeXSP(Rn, 64, moved)
}
const syntax = { ...transferRegisters, offset: signedOffset('imm9', 9) }

export const ldstIndexed: readonly Insn[] = [
  ...encoding(
    'Load/store register (immediate post-indexed)',
    'size:2 111 0 00 opc:2 0 imm9:9 01 Rn:5 Rt:5',
    {
      STRB_imm_post:     { size: 0, opc: 0, see: 'C6.2 STRB (immediate)',  asm: 'strb {Rt}, [{RnSP}], {offset}' },
      LDRB_imm_post:     { size: 0, opc: 1, see: 'C6.2 LDRB (immediate)',  asm: 'ldrb {Rt}, [{RnSP}], {offset}' },
      LDRSB_imm_post_64: { size: 0, opc: 2, see: 'C6.2 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}], {offset}' },
      LDRSB_imm_post_32: { size: 0, opc: 3, see: 'C6.2 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}], {offset}' },
      STRH_imm_post:     { size: 1, opc: 0, see: 'C6.2 STRH (immediate)',  asm: 'strh {Rt}, [{RnSP}], {offset}' },
      LDRH_imm_post:     { size: 1, opc: 1, see: 'C6.2 LDRH (immediate)',  asm: 'ldrh {Rt}, [{RnSP}], {offset}' },
      LDRSH_imm_post_64: { size: 1, opc: 2, see: 'C6.2 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}], {offset}' },
      LDRSH_imm_post_32: { size: 1, opc: 3, see: 'C6.2 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}], {offset}' },
      STR_imm_post_32:   { size: 2, opc: 0, see: 'C6.2 STR (immediate)',   asm: 'str {Rt}, [{RnSP}], {offset}' },
      LDR_imm_post_32:   { size: 2, opc: 1, see: 'C6.2 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}], {offset}' },
      LDRSW_imm_post:    { size: 2, opc: 2, see: 'C6.2 LDRSW (immediate)', asm: 'ldrsw {Rt}, [{RnSP}], {offset}' },
      STR_imm_post_64:   { size: 3, opc: 0, see: 'C6.2 STR (immediate)',   asm: 'str {Rt}, [{RnSP}], {offset}' },
      LDR_imm_post_64:   { size: 3, opc: 1, see: 'C6.2 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}], {offset}' },
    },
    (m, f) => indexed(m, f, false),
    { syntax },
  ),
  ...encoding(
    'Load/store register (immediate pre-indexed)',
    'size:2 111 0 00 opc:2 0 imm9:9 11 Rn:5 Rt:5',
    {
      STRB_imm_pre:     { size: 0, opc: 0, see: 'C6.2 STRB (immediate)',  asm: 'strb {Rt}, [{RnSP}, {offset}]!' },
      LDRB_imm_pre:     { size: 0, opc: 1, see: 'C6.2 LDRB (immediate)',  asm: 'ldrb {Rt}, [{RnSP}, {offset}]!' },
      LDRSB_imm_pre_64: { size: 0, opc: 2, see: 'C6.2 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}, {offset}]!' },
      LDRSB_imm_pre_32: { size: 0, opc: 3, see: 'C6.2 LDRSB (immediate)', asm: 'ldrsb {Rt}, [{RnSP}, {offset}]!' },
      STRH_imm_pre:     { size: 1, opc: 0, see: 'C6.2 STRH (immediate)',  asm: 'strh {Rt}, [{RnSP}, {offset}]!' },
      LDRH_imm_pre:     { size: 1, opc: 1, see: 'C6.2 LDRH (immediate)',  asm: 'ldrh {Rt}, [{RnSP}, {offset}]!' },
      LDRSH_imm_pre_64: { size: 1, opc: 2, see: 'C6.2 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}, {offset}]!' },
      LDRSH_imm_pre_32: { size: 1, opc: 3, see: 'C6.2 LDRSH (immediate)', asm: 'ldrsh {Rt}, [{RnSP}, {offset}]!' },
      STR_imm_pre_32:   { size: 2, opc: 0, see: 'C6.2 STR (immediate)',   asm: 'str {Rt}, [{RnSP}, {offset}]!' },
      LDR_imm_pre_32:   { size: 2, opc: 1, see: 'C6.2 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}, {offset}]!' },
      LDRSW_imm_pre:    { size: 2, opc: 2, see: 'C6.2 LDRSW (immediate)', asm: 'ldrsw {Rt}, [{RnSP}, {offset}]!' },
      STR_imm_pre_64:   { size: 3, opc: 0, see: 'C6.2 STR (immediate)',   asm: 'str {Rt}, [{RnSP}, {offset}]!' },
      LDR_imm_pre_64:   { size: 3, opc: 1, see: 'C6.2 LDR (immediate)',   asm: 'ldr {Rt}, [{RnSP}, {offset}]!' },
    },
    (m, f) => indexed(m, f, true),
    { syntax },
  ),
]
