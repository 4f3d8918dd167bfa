/**
 * Load/store exclusive register and pair, load/store ordered. [ARM] C4.1.96.
 *
 * Register fields that are (1)(1)(1)(1)(1) in the manual are ignored (CONSTRAINED UNPREDICTABLE, as QEMU does); a load of a pair to the
 * same register leaves the second word. FEAT_LOR's LDLAR and STLLR are not implemented.
 */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { implied } from '../shared/implied.ts'
import { gpr } from '../syntax.ts'
import { loadStoreRegister } from './load-store-register.ts'

const widthOf = (f: FieldValues): 32 | 64 => (f.size === 3 || f.sz === 1 ? 64 : 32)
const syntax = {
  Ws: gpr('Rs', 32), Rt: gpr('Rt', widthOf), Rt2: gpr('Rt2', widthOf), RnSP: gpr('Rn', 64, true),
  noRs: implied({ Rs: 31 }), noRt2: implied({ Rt2: 31 }),
}

export const ldstExclusive: readonly Insn[] = [
  ...encoding(
    'Load/store exclusive register',
    'size:2 001000 0 L 0 Rs:5 o0 Rt2:5 Rn:5 Rt:5',
    {
      STXRB:    { size: 0, L: 0, o0: 0, see: 'C6.2 STXRB',  asm: 'stxrb {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      STLXRB:   { size: 0, L: 0, o0: 1, see: 'C6.2 STLXRB', asm: 'stlxrb {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      STXRH:    { size: 1, L: 0, o0: 0, see: 'C6.2 STXRH',  asm: 'stxrh {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      STLXRH:   { size: 1, L: 0, o0: 1, see: 'C6.2 STLXRH', asm: 'stlxrh {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      STXR_32:  { size: 2, L: 0, o0: 0, see: 'C6.2 STXR',   asm: 'stxr {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      STLXR_32: { size: 2, L: 0, o0: 1, see: 'C6.2 STLXR',  asm: 'stlxr {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      STXR_64:  { size: 3, L: 0, o0: 0, see: 'C6.2 STXR',   asm: 'stxr {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      STLXR_64: { size: 3, L: 0, o0: 1, see: 'C6.2 STLXR',  asm: 'stlxr {Ws}, {Rt}, [{RnSP}]{noRt2}' },
      LDXRB:    { size: 0, L: 1, o0: 0, see: 'C6.2 LDXRB',  asm: 'ldxrb {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDAXRB:   { size: 0, L: 1, o0: 1, see: 'C6.2 LDAXRB', asm: 'ldaxrb {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDXRH:    { size: 1, L: 1, o0: 0, see: 'C6.2 LDXRH',  asm: 'ldxrh {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDAXRH:   { size: 1, L: 1, o0: 1, see: 'C6.2 LDAXRH', asm: 'ldaxrh {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDXR_32:  { size: 2, L: 1, o0: 0, see: 'C6.2 LDXR',   asm: 'ldxr {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDAXR_32: { size: 2, L: 1, o0: 1, see: 'C6.2 LDAXR',  asm: 'ldaxr {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDXR_64:  { size: 3, L: 1, o0: 0, see: 'C6.2 LDXR',   asm: 'ldxr {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDAXR_64: { size: 3, L: 1, o0: 1, see: 'C6.2 LDAXR',  asm: 'ldaxr {Rt}, [{RnSP}]{noRs}{noRt2}' },
    },
    (m, { size, L, Rs, Rn, Rt }) => {
      const bytes = (1 << size) as Size
      const w = size === 3 ? 64 : 32
      const address = m.readXSP(Rn, 64)
      if (L) m.writeX(Rt, w, m.loadExclusive(address, bytes, { base: Rn }))
      else m.writeX(Rs, 32, m.storeExclusive(address, bytes, m.readX(Rt, w), { base: Rn }))
    },
    { syntax },
  ),
  ...encoding(
    'Load/store exclusive pair',
    '1 sz 001000 0 L 1 Rs:5 o0 Rt2:5 Rn:5 Rt:5',
    {
      STXP_32:  { sz: 0, L: 0, o0: 0, see: 'C6.2 STXP',  asm: 'stxp {Ws}, {Rt}, {Rt2}, [{RnSP}]' },
      STLXP_32: { sz: 0, L: 0, o0: 1, see: 'C6.2 STLXP', asm: 'stlxp {Ws}, {Rt}, {Rt2}, [{RnSP}]' },
      STXP_64:  { sz: 1, L: 0, o0: 0, see: 'C6.2 STXP',  asm: 'stxp {Ws}, {Rt}, {Rt2}, [{RnSP}]' },
      STLXP_64: { sz: 1, L: 0, o0: 1, see: 'C6.2 STLXP', asm: 'stlxp {Ws}, {Rt}, {Rt2}, [{RnSP}]' },
      LDXP_32:  { sz: 0, L: 1, o0: 0, see: 'C6.2 LDXP',  asm: 'ldxp {Rt}, {Rt2}, [{RnSP}]{noRs}' },
      LDAXP_32: { sz: 0, L: 1, o0: 1, see: 'C6.2 LDAXP', asm: 'ldaxp {Rt}, {Rt2}, [{RnSP}]{noRs}' },
      LDXP_64:  { sz: 1, L: 1, o0: 0, see: 'C6.2 LDXP',  asm: 'ldxp {Rt}, {Rt2}, [{RnSP}]{noRs}' },
      LDAXP_64: { sz: 1, L: 1, o0: 1, see: 'C6.2 LDAXP', asm: 'ldaxp {Rt}, {Rt2}, [{RnSP}]{noRs}' },
    },
    (m, { sz, L, Rs, Rt2, Rn, Rt }) => {
      const [bytes, w] = sz ? ([8, 64] as const) : ([4, 32] as const)
      const address = m.readXSP(Rn, 64)
      if (L) {
        const [first, second] = m.loadExclusivePair(address, bytes, { base: Rn })
        m.writeX(Rt, w, first)
        m.writeX(Rt2, w, second)
      } else m.writeX(Rs, 32, m.storeExclusivePair(address, bytes, [m.readX(Rt, w), m.readX(Rt2, w)], { base: Rn }))
    },
    { syntax },
  ),
  ...encoding(
    'Load/store ordered',
    'size:2 001000 1 L 0 Rs:5 1 Rt2:5 Rn:5 Rt:5',
    {
      STLRB:   { size: 0, L: 0, see: 'C6.2 STLRB', asm: 'stlrb {Rt}, [{RnSP}]{noRs}{noRt2}' },
      STLRH:   { size: 1, L: 0, see: 'C6.2 STLRH', asm: 'stlrh {Rt}, [{RnSP}]{noRs}{noRt2}' },
      STLR_32: { size: 2, L: 0, see: 'C6.2 STLR',  asm: 'stlr {Rt}, [{RnSP}]{noRs}{noRt2}' },
      STLR_64: { size: 3, L: 0, see: 'C6.2 STLR',  asm: 'stlr {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDARB:   { size: 0, L: 1, see: 'C6.2 LDARB', asm: 'ldarb {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDARH:   { size: 1, L: 1, see: 'C6.2 LDARH', asm: 'ldarh {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDAR_32: { size: 2, L: 1, see: 'C6.2 LDAR',  asm: 'ldar {Rt}, [{RnSP}]{noRs}{noRt2}' },
      LDAR_64: { size: 3, L: 1, see: 'C6.2 LDAR',  asm: 'ldar {Rt}, [{RnSP}]{noRs}{noRt2}' },
    },
    (m, { size, L, Rn, Rt }) => {
      loadStoreRegister(m, { bytes: (1 << size) as Size, opc: L, Rt, address: m.readXSP(Rn, 64), options: { base: Rn, ordered: true } })
    },
    { syntax },
  ),
]
