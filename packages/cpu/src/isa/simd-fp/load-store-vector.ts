/** What the loads and stores of one SIMD&FP register share. [ARM] C7.2 LDR, STR (SIMD&FP). */

import type { FieldValues, Operand } from '../dsl.ts'
import type { Bits, ESize, Ops, Size } from '../ops.ts'
import { gpr, NUMBER, type Syntax, sint } from '../syntax.ts'
import { type Names, sreg } from './vector-syntax.ts'

/** Bytes of the register by `size` and the upper bit of `opc`. */
export const transferBytes = (f: FieldValues): number => (f.q ? 16 : 2 ** (f.size as number))

/** Row predicate: sizes B to D, and Q as size 0 with the upper bit of `opc` set. */
export const isSizeAllocated = (f: FieldValues): boolean => f.q === 0 || f.size === 0

const letterBySizeQ: Names = [
  ['b', { size: 0, q: 0 }],
  ['h', { size: 1, q: 0 }],
  ['s', { size: 2, q: 0 }],
  ['d', { size: 3, q: 0 }],
  ['q', { size: 0, q: 1 }],
]

/** Placeholders of the classes with `size`, `q`, `Rn` and `Rt`. */
export const transferSyntax: Readonly<Record<string, Syntax>> = {
  Rt: sreg('Rt', letterBySizeQ),
  RnSP: gpr('Rn', 64, true),
  simm: sint('imm9', 9),
}

/** An offset that is left out when zero, with the comma before it. */
export function optionalOffset(offset: Syntax, zero: FieldValues): Syntax {
  return {
    pattern: `(?:, ?${NUMBER})?`,
    format: (f, c) => (Object.keys(zero).every((name) => f[name] === 0) ? '' : `, ${offset.format(f, c)}`),
    parse: (text, known, c) => (text === '' ? zero : offset.parse(text.replace(/^, ?/, ''), known, c)),
  }
}

/** Loads or stores one register; the access has no valid syndrome. `base` is absent for literals. */
export function transferVector(
  m: Ops,
  t: {
    readonly bytes: number
    readonly L: number
    readonly Rt: Operand
    readonly address: Bits
    readonly base?: Operand
  },
): void {
  const { bytes, L, Rt, address } = t
  const options = t.base ? { base: t.base } : {}
  if (bytes === 16) {
    if (L) m.writeV(Rt, 128, m.loadVec(address, options))
    else m.storeVec(address, m.readV(Rt), options)
    return
  }
  const bits = (bytes * 8) as ESize
  if (L) m.writeS(Rt, bits, m.load(address, bytes as Size, options))
  else m.store(address, bytes as Size, m.readS(Rt, bits), options)
}
