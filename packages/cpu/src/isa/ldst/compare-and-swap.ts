/** Compare and swap, and compare and swap pair. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { type Alias, encoding, type FieldValues, type Insn } from '../dsl.ts'
import type { Size } from '../ops.ts'
import { gpr, type Syntax } from '../syntax.ts'
import { ordered } from './ordering.ts'

const widthOf = (f: FieldValues): 32 | 64 => (f.size === 3 || f.sz === 1 ? 64 : 32)
/** The register after `field`, which is even. */
function next(field: string): Syntax {
  const register = gpr('n', widthOf)
  const shifted = (f: FieldValues): FieldValues => ({ ...f, n: (f[field] as number) + 1 })
  return {
    pattern: register.pattern,
    format: (f, context) => register.format(shifted(f), context),
    parse: (text, known, context) => (register.parse(text, known, context)?.n === (known[field] as number) + 1 ? {} : undefined),
  }
}
const syntax = {
  Rs: gpr('Rs', widthOf), RsNext: next('Rs'), Rt: gpr('Rt', widthOf), RtNext: next('Rt'), RnSP: gpr('Rn', 64, true),
}
/** All orderings of `name` + suffix + `rest`. */
const cas = (name: string, rest: string): { readonly asm: string; readonly aliases: readonly Alias[] } => ({
  asm: name + rest,
  aliases: ordered('L', 'o0', (suffix) => name + suffix + rest),
})
const feature = 'FEAT_LSE'
const isEven = (f: FieldValues): boolean => (((f.Rs ?? 0) | (f.Rt ?? 0)) & 1) === 0

export const compareAndSwap: readonly Insn[] = [
  ...encoding(
    'Compare and swap',
    'size:2 001000 1 L!:1 1 Rs:5 o0!:1 11111 Rn:5 Rt:5',
    {
      CASB:   { size: 0, feature, see: 'C6.2 CASB', ...cas('cas', 'b {Rs}, {Rt}, [{RnSP}]') },
      CASH:   { size: 1, feature, see: 'C6.2 CASH', ...cas('cas', 'h {Rs}, {Rt}, [{RnSP}]') },
      CAS_32: { size: 2, feature, see: 'C6.2 CAS',  ...cas('cas', ' {Rs}, {Rt}, [{RnSP}]') },
      CAS_64: { size: 3, feature, see: 'C6.2 CAS',  ...cas('cas', ' {Rs}, {Rt}, [{RnSP}]') },
    },
    (m, { size, Rs, Rn, Rt }) => {
      const w = size === 3 ? 64 : 32
      m.writeX(Rs, w, m.memCas(m.readXSP(Rn, 64), (1 << size) as Size, m.readX(Rs, w), m.readX(Rt, w), { base: Rn }))
    },
    { syntax },
  ),
  ...encoding(
    'Compare and swap pair',
    '0 sz 001000 0 L!:1 1 Rs:5 o0!:1 11111 Rn:5 Rt:5',
    {
      CASP_32: { sz: 0, feature, where: isEven, see: 'C6.2 CASP', ...cas('casp', ' {Rs}, {RsNext}, {Rt}, {RtNext}, [{RnSP}]') },
      CASP_64: { sz: 1, feature, where: isEven, see: 'C6.2 CASP', ...cas('casp', ' {Rs}, {RsNext}, {Rt}, {RtNext}, [{RnSP}]') },
    },
    (m, { sz, Rs, Rn, Rt }) => {
      const [bytes, w] = sz ? ([8, 64] as const) : ([4, 32] as const)
      const expected = [m.readX(Rs, w), m.readXNext(Rs, w)] as const
      const desired = [m.readX(Rt, w), m.readXNext(Rt, w)] as const
      const [first, second] = m.memCasPair(m.readXSP(Rn, 64), bytes, expected, desired, { base: Rn })
      m.writeX(Rs, w, first)
      m.writeXNext(Rs, w, second)
    },
    { syntax },
  ),
]
