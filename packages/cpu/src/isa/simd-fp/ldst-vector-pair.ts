/** Loads and stores of pairs of SIMD&FP registers. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { encoding, type FieldValues, type Insn, type Operand } from '../dsl.ts'
import type { Bits, Ops } from '../ops.ts'
import { gpr, type Syntax, sint } from '../syntax.ts'
import { optionalOffset } from './load-store-vector.ts'
import { type Names, sreg } from './vector-syntax.ts'

const letterByOpc: Names = [['s', { opc: 0 }], ['d', { opc: 1 }], ['q', { opc: 2 }]]
const bytesOf = (opc: number): 4 | 8 | 16 => (4 << opc) as 4 | 8 | 16
const isAllocated = (f: FieldValues): boolean => f.opc !== 3
const imm = sint('imm7', 7, (f) => bytesOf(f.opc as number))
const syntax: Readonly<Record<string, Syntax>> = {
  Rt: sreg('Rt', letterByOpc),
  Rt2: sreg('Rt2', letterByOpc),
  RnSP: gpr('Rn', 64, true),
  imm,
  offset: optionalOffset(imm, { imm7: 0 }),
}

/**
 * Loads or stores both registers. Where a load names one register twice (CONSTRAINED UNPREDICTABLE) the second value stays:
 * the later write wins.
 */
function transferPair(m: Ops, t: { readonly opc: number; readonly L: number; readonly Rt: Operand; readonly Rt2: Operand; readonly Rn: Operand; readonly address: Bits }): void {
  const { L, Rt, Rt2, Rn, address } = t
  const bytes = bytesOf(t.opc)
  const range = m.access(address, bytes * 2, L ? 'load' : 'store', { base: Rn })
  for (const [i, register] of [Rt, Rt2].entries()) {
    const at = i * bytes
    if (bytes === 16) {
      if (L) m.writeV(register, 128, m.loadVecAt(range, at))
      else m.storeVecAt(range, at, m.readV(register))
    } else {
      const bits = bytes === 8 ? 64 : 32
      if (L) m.writeS(register, bits, m.loadAt(range, at, bytes))
      else m.storeAt(range, at, bytes, m.readS(register, bits))
    }
  }
}

/** Byte offset of the pair. */
function pairOffset(m: Ops, opc: number, imm7: Operand): Bits {
  return m.simm(imm7, 7, 64, opc + 2)
}

export const ldstVectorPair: readonly Insn[] = [
  ...encoding(
    'Load/store no-allocate pair (offset)',
    'opc:2 101 1 000 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STNP_fp: { L: 0, where: isAllocated, see: 'C7.2 STNP (SIMD&FP)', asm: 'stnp {Rt}, {Rt2}, [{RnSP}{offset}]' },
      LDNP_fp: { L: 1, where: isAllocated, see: 'C7.2 LDNP (SIMD&FP)', asm: 'ldnp {Rt}, {Rt2}, [{RnSP}{offset}]' },
    },
    (m, { opc, L, imm7, Rt2, Rn, Rt }) => transferPair(m, { opc, L, Rt, Rt2, Rn, address: m.add(m.readXSP(Rn, 64), pairOffset(m, opc, imm7)) }),
    { fp: true, syntax },
  ),
  ...encoding(
    'Load/store register pair (post-indexed)',
    'opc:2 101 1 001 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STP_fp_post: { L: 0, where: isAllocated, see: 'C7.2 STP (SIMD&FP)', asm: 'stp {Rt}, {Rt2}, [{RnSP}], {imm}' },
      LDP_fp_post: { L: 1, where: isAllocated, see: 'C7.2 LDP (SIMD&FP)', asm: 'ldp {Rt}, {Rt2}, [{RnSP}], {imm}' },
    },
    (m, { opc, L, imm7, Rt2, Rn, Rt }) => {
      const address = m.readXSP(Rn, 64)
      transferPair(m, { opc, L, Rt, Rt2, Rn, address })
      m.writeXSP(Rn, 64, m.add(address, pairOffset(m, opc, imm7)))
    },
    { fp: true, syntax },
  ),
  ...encoding(
    'Load/store register pair (offset)',
    'opc:2 101 1 010 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STP_fp_offset: { L: 0, where: isAllocated, see: 'C7.2 STP (SIMD&FP)', asm: 'stp {Rt}, {Rt2}, [{RnSP}{offset}]' },
      LDP_fp_offset: { L: 1, where: isAllocated, see: 'C7.2 LDP (SIMD&FP)', asm: 'ldp {Rt}, {Rt2}, [{RnSP}{offset}]' },
    },
    (m, { opc, L, imm7, Rt2, Rn, Rt }) => transferPair(m, { opc, L, Rt, Rt2, Rn, address: m.add(m.readXSP(Rn, 64), pairOffset(m, opc, imm7)) }),
    { fp: true, syntax },
  ),
  ...encoding(
    'Load/store register pair (pre-indexed)',
    'opc:2 101 1 011 L imm7:7 Rt2:5 Rn:5 Rt:5',
    {
      STP_fp_pre: { L: 0, where: isAllocated, see: 'C7.2 STP (SIMD&FP)', asm: 'stp {Rt}, {Rt2}, [{RnSP}, {imm}]!' },
      LDP_fp_pre: { L: 1, where: isAllocated, see: 'C7.2 LDP (SIMD&FP)', asm: 'ldp {Rt}, {Rt2}, [{RnSP}, {imm}]!' },
    },
    (m, { opc, L, imm7, Rt2, Rn, Rt }) => {
      const address = m.add(m.readXSP(Rn, 64), pairOffset(m, opc, imm7))
      transferPair(m, { opc, L, Rt, Rt2, Rn, address })
      m.writeXSP(Rn, 64, address)
    },
    { fp: true, syntax },
  ),
]
