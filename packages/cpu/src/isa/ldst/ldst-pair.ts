/**
 * Load/store pair, all index modes, integer registers. [ARM] C4.1.96.
 *
 * CONSTRAINED UNPREDICTABLE, as QEMU does: a load to the same register twice leaves the first word, a base that is loaded too keeps the
 * written-back address, a base that is stored too is stored with its old value.
 */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn, type Operand } from '../dsl.ts'
import type { Ops } from '../ops.ts'
import { gpr } from '../syntax.ts'
import { optional, signedBytes, signedOffset } from './addressing.ts'

interface PairFields {
  readonly opc: number
  readonly L: number
  readonly imm7: Operand
  readonly Rt2: Operand
  readonly Rn: Operand
  readonly Rt: Operand
}

function pair(m: Ops, f: PairFields, mode: 'offset' | 'pre' | 'post'): void {
  const { opc, L, imm7, Rt2, Rn, Rt } = f
  const bytes = opc === 2 ? 8 : 4
  const w = opc === 2 ? 64 : 32
  const base = m.readXSP(Rn, 64)
  const moved = m.add(base, m.derive(64, signedBytes(7, bytes), imm7))
  const range = m.access(mode === 'post' ? base : moved, 2 * bytes, L ? 'load' : 'store', { base: Rn })
  if (L) {
    const first = m.loadAt(range, 0, bytes)
    const second = m.loadAt(range, bytes, bytes)
    const isSigned = opc === 1
    m.writeX(Rt2, isSigned ? 64 : w, isSigned ? m.signExtend(second, 32, 64) : second)
    m.writeX(Rt, isSigned ? 64 : w, isSigned ? m.signExtend(first, 32, 64) : first)
  } else {
    m.storeAt(range, 0, bytes, m.readX(Rt, w))
    m.storeAt(range, bytes, bytes, m.readX(Rt2, w))
  }
  if (mode !== 'offset') m.writeXSP(Rn, 64, moved)
}
const widthOf = (f: FieldValues): 32 | 64 => (f.opc === 0 ? 32 : 64)
const offset = signedOffset('imm7', 7, (f) => (f.opc === 2 ? 8 : 4))
const syntax = { Rt: gpr('Rt', widthOf), Rt2: gpr('Rt2', widthOf), RnSP: gpr('Rn', 64, true), offset, optionalOffset: optional('imm7', offset) }

export const ldstPair: readonly Insn[] = [
  ...encoding(
    'Load/store no-allocate pair (offset)',
    'opc:2 101 0 000 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STNP_32: { opc: 0, L: 0, see: 'C6.2 STNP', asm: 'stnp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
      LDNP_32: { opc: 0, L: 1, see: 'C6.2 LDNP', asm: 'ldnp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
      STNP_64: { opc: 2, L: 0, see: 'C6.2 STNP', asm: 'stnp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
      LDNP_64: { opc: 2, L: 1, see: 'C6.2 LDNP', asm: 'ldnp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
    },
    (m, f) => pair(m, f, 'offset'),
    { syntax },
  ),
  ...encoding(
    'Load/store register pair (post-indexed)',
    'opc:2 101 0 001 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STP_post_32: { opc: 0, L: 0, see: 'C6.2 STP',   asm: 'stp {Rt}, {Rt2}, [{RnSP}], {offset}' },
      LDP_post_32: { opc: 0, L: 1, see: 'C6.2 LDP',   asm: 'ldp {Rt}, {Rt2}, [{RnSP}], {offset}' },
      LDPSW_post:  { opc: 1, L: 1, see: 'C6.2 LDPSW', asm: 'ldpsw {Rt}, {Rt2}, [{RnSP}], {offset}' },
      STP_post_64: { opc: 2, L: 0, see: 'C6.2 STP',   asm: 'stp {Rt}, {Rt2}, [{RnSP}], {offset}' },
      LDP_post_64: { opc: 2, L: 1, see: 'C6.2 LDP',   asm: 'ldp {Rt}, {Rt2}, [{RnSP}], {offset}' },
    },
    (m, f) => pair(m, f, 'post'),
    { syntax },
  ),
  ...encoding(
    'Load/store register pair (offset)',
    'opc:2 101 0 010 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STP_32: { opc: 0, L: 0, see: 'C6.2 STP',   asm: 'stp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
      LDP_32: { opc: 0, L: 1, see: 'C6.2 LDP',   asm: 'ldp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
      LDPSW:  { opc: 1, L: 1, see: 'C6.2 LDPSW', asm: 'ldpsw {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
      STP_64: { opc: 2, L: 0, see: 'C6.2 STP',   asm: 'stp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
      LDP_64: { opc: 2, L: 1, see: 'C6.2 LDP',   asm: 'ldp {Rt}, {Rt2}, [{RnSP}{optionalOffset}]' },
    },
    (m, f) => pair(m, f, 'offset'),
    { syntax },
  ),
  ...encoding(
    'Load/store register pair (pre-indexed)',
    'opc:2 101 0 011 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STP_pre_32: { opc: 0, L: 0, see: 'C6.2 STP',   asm: 'stp {Rt}, {Rt2}, [{RnSP}, {offset}]!' },
      LDP_pre_32: { opc: 0, L: 1, see: 'C6.2 LDP',   asm: 'ldp {Rt}, {Rt2}, [{RnSP}, {offset}]!' },
      LDPSW_pre:  { opc: 1, L: 1, see: 'C6.2 LDPSW', asm: 'ldpsw {Rt}, {Rt2}, [{RnSP}, {offset}]!' },
      STP_pre_64: { opc: 2, L: 0, see: 'C6.2 STP',   asm: 'stp {Rt}, {Rt2}, [{RnSP}, {offset}]!' },
      LDP_pre_64: { opc: 2, L: 1, see: 'C6.2 LDP',   asm: 'ldp {Rt}, {Rt2}, [{RnSP}, {offset}]!' },
    },
    (m, f) => pair(m, f, 'pre'),
    { syntax },
  ),
]
