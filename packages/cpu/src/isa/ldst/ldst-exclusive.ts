/**
 * Load/store exclusive register and pair, load/store ordered. [ARM] C4.1.96.
 *
 * Register fields that are (1)(1)(1)(1)(1) in the manual are ignored (CONSTRAINED UNPREDICTABLE, as QEMU does); a load of a pair to the
 * same register leaves the second word. FEAT_LOR's LDLAR and STLLR are not implemented.
 */
// biome-ignore-all format: the columns are the table

import { type Alias, encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { gpr } from '../syntax.ts'
import { loadStoreRegister } from './load-store-register.ts'

const widthOf = (f: FieldValues): 32 | 64 => (f.size === 3 || f.sz === 1 ? 64 : 32)
const syntax = { Ws: gpr('Rs', 32), Rt: gpr('Rt', widthOf), Rt2: gpr('Rt2', widthOf), RnSP: gpr('Rn', 64, true) }

/** The one spelling of an instruction with register fields that it leaves out: all ones there. */
function spelled(asm: string, ...leftOut: readonly string[]): { readonly asm: string; readonly aliases: readonly Alias[] } {
  return { asm, aliases: [{ asm, when: () => true, fields: Object.fromEntries(leftOut.map((name) => [name, 31])) }] }
}

export const ldstExclusive: readonly Insn[] = [
  ...encoding(
    'Load/store exclusive register',
    'size:2 001000 0 L 0 Rs:5 o0 Rt2:5 Rn:5 Rt:5',
    {
      STXRB:    { size: 0, L: 0, o0: 0, see: 'C6.2 STXRB',  ...spelled('stxrb {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      STLXRB:   { size: 0, L: 0, o0: 1, see: 'C6.2 STLXRB', ...spelled('stlxrb {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      STXRH:    { size: 1, L: 0, o0: 0, see: 'C6.2 STXRH',  ...spelled('stxrh {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      STLXRH:   { size: 1, L: 0, o0: 1, see: 'C6.2 STLXRH', ...spelled('stlxrh {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      STXR_32:  { size: 2, L: 0, o0: 0, see: 'C6.2 STXR',   ...spelled('stxr {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      STLXR_32: { size: 2, L: 0, o0: 1, see: 'C6.2 STLXR',  ...spelled('stlxr {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      STXR_64:  { size: 3, L: 0, o0: 0, see: 'C6.2 STXR',   ...spelled('stxr {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      STLXR_64: { size: 3, L: 0, o0: 1, see: 'C6.2 STLXR',  ...spelled('stlxr {Ws}, {Rt}, [{RnSP}]', 'Rt2') },
      LDXRB:    { size: 0, L: 1, o0: 0, see: 'C6.2 LDXRB',  ...spelled('ldxrb {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDAXRB:   { size: 0, L: 1, o0: 1, see: 'C6.2 LDAXRB', ...spelled('ldaxrb {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDXRH:    { size: 1, L: 1, o0: 0, see: 'C6.2 LDXRH',  ...spelled('ldxrh {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDAXRH:   { size: 1, L: 1, o0: 1, see: 'C6.2 LDAXRH', ...spelled('ldaxrh {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDXR_32:  { size: 2, L: 1, o0: 0, see: 'C6.2 LDXR',   ...spelled('ldxr {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDAXR_32: { size: 2, L: 1, o0: 1, see: 'C6.2 LDAXR',  ...spelled('ldaxr {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDXR_64:  { size: 3, L: 1, o0: 0, see: 'C6.2 LDXR',   ...spelled('ldxr {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDAXR_64: { size: 3, L: 1, o0: 1, see: 'C6.2 LDAXR',  ...spelled('ldaxr {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
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
      LDXP_32:  { sz: 0, L: 1, o0: 0, see: 'C6.2 LDXP',  ...spelled('ldxp {Rt}, {Rt2}, [{RnSP}]', 'Rs') },
      LDAXP_32: { sz: 0, L: 1, o0: 1, see: 'C6.2 LDAXP', ...spelled('ldaxp {Rt}, {Rt2}, [{RnSP}]', 'Rs') },
      LDXP_64:  { sz: 1, L: 1, o0: 0, see: 'C6.2 LDXP',  ...spelled('ldxp {Rt}, {Rt2}, [{RnSP}]', 'Rs') },
      LDAXP_64: { sz: 1, L: 1, o0: 1, see: 'C6.2 LDAXP', ...spelled('ldaxp {Rt}, {Rt2}, [{RnSP}]', 'Rs') },
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
      STLRB:   { size: 0, L: 0, see: 'C6.2 STLRB', ...spelled('stlrb {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      STLRH:   { size: 1, L: 0, see: 'C6.2 STLRH', ...spelled('stlrh {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      STLR_32: { size: 2, L: 0, see: 'C6.2 STLR',  ...spelled('stlr {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      STLR_64: { size: 3, L: 0, see: 'C6.2 STLR',  ...spelled('stlr {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDARB:   { size: 0, L: 1, see: 'C6.2 LDARB', ...spelled('ldarb {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDARH:   { size: 1, L: 1, see: 'C6.2 LDARH', ...spelled('ldarh {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDAR_32: { size: 2, L: 1, see: 'C6.2 LDAR',  ...spelled('ldar {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
      LDAR_64: { size: 3, L: 1, see: 'C6.2 LDAR',  ...spelled('ldar {Rt}, [{RnSP}]', 'Rs', 'Rt2') },
    },
    (m, { size, L, Rn, Rt }) => {
      loadStoreRegister(m, { bytes: (1 << size) as Size, opc: L, Rt, address: m.readXSP(Rn, 64), options: { base: Rn, ordered: true } })
    },
    { syntax },
  ),
]
