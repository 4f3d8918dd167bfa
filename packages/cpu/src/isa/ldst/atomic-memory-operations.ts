/** Atomic memory operations, and LDAPR, which lies among them. [ARM] C4.1.96. */
// biome-ignore-all format: the columns are the table

import { type Alias, encoding, type FieldValues, type Insn, type Row } from '../dsl.ts'
import type { Bits, Ops, Size } from '../ops.ts'
import { gpr } from '../syntax.ts'
import { loadStoreRegister } from './load-store-register.ts'
import { ordered } from './ordering.ts'

const D = 'size:2 111 0 00 A!:1 R!:1 1 Rs:5 o3 opc:3 00 Rn:5 Rt:5'

/** What memory gets, from what it held and Rs; both as wide as the register, `bits` of them in memory. */
interface Update {
  readonly update: (m: Ops, old: Bits, Rs: Bits, bits: number) => Bits
}

/** The greater (or less) one as the manual's Max and Min: compared as `bits` wide integers. */
function extreme(isSigned: boolean, isMax: boolean): Update['update'] {
  return (m, old, Rs, bits) => {
    const w = bits === 64 ? 64 : 32
    const wide = (v: Bits): Bits => (isSigned ? m.signExtend(v, bits, w) : m.zeroExtend(v, bits, w))
    const isLess = isSigned ? m.ltS(wide(old), wide(Rs)) : m.ltU(wide(old), wide(Rs))
    return isMax ? m.select(isLess, Rs, old) : m.select(isLess, old, Rs)
  }
}

const SIZES = [['B', 0, ''], ['H', 1, ''], ['', 2, '_32'], ['', 3, '_64']] as const

/** `stadd`, `staddl`: the operation without its result. An acquire of what nobody reads is written as the load. */
function stores(name: string, rest: string): readonly Alias[] {
  return [0, 1].map((R) => ({
    asm: `${name.replace(/^ld/, 'st')}${R ? 'l' : ''}${rest} {Rs}, [{RnSP}]`,
    when: (f) => f.A === 0 && f.R === R && f.Rt === 31,
    fields: { A: 0, R, Rt: 31 },
  }))
}

/** The four sizes of an operation. */
function sizes(name: string, o3: number, opc: number, update: Update['update']): Record<string, Row<typeof D, Update>> {
  return Object.fromEntries(SIZES.map(([letter, size, variant]) => {
    const [stem, rest] = [name.toLowerCase(), letter.toLowerCase()]
    const spell = (suffix: string): string => `${stem}${suffix}${rest} {Rs}, {Rt}, [{RnSP}]`
    const row: Row<typeof D, Update> = {
      size, o3, opc, update,
      feature: 'FEAT_LSE',
      see: `C6.2 ${name}${letter}`,
      asm: spell(''),
      aliases: [...(o3 === 0 ? stores(stem, rest) : []), ...ordered('A', 'R', spell)],
    }
    return [`${name}${letter}${variant}`, row]
  }))
}

const widthOf = (f: FieldValues): 32 | 64 => (f.size === 3 ? 64 : 32)
const registers = { Rs: gpr('Rs', widthOf), Rt: gpr('Rt', widthOf), RnSP: gpr('Rn', 64, true) }

export const atomicMemoryOperations: readonly Insn[] = [
  ...encoding<typeof D, Update>(
    'Atomic memory operations',
    D,
    {
      ...sizes('LDADD',  0, 0, (m, old, Rs) => m.add(old, Rs)),
      ...sizes('LDCLR',  0, 1, (m, old, Rs) => m.and(old, m.not(Rs))),
      ...sizes('LDEOR',  0, 2, (m, old, Rs) => m.xor(old, Rs)),
      ...sizes('LDSET',  0, 3, (m, old, Rs) => m.or(old, Rs)),
      ...sizes('LDSMAX', 0, 4, extreme(true, true)),
      ...sizes('LDSMIN', 0, 5, extreme(true, false)),
      ...sizes('LDUMAX', 0, 6, extreme(false, true)),
      ...sizes('LDUMIN', 0, 7, extreme(false, false)),
      ...sizes('SWP',    1, 0, (_m, _old, Rs) => Rs),
    },
    (m, { size, Rs, Rn, Rt }, { update }) => {
      const w = size === 3 ? 64 : 32
      const source = m.readX(Rs, w)
      m.writeX(Rt, w, m.memAtomic(m.readXSP(Rn, 64), (1 << size) as Size, (old) => update(m, old, source, 8 << size), { base: Rn }))
    },
    { syntax: registers },
  ),
  ...encoding(
    'Atomic memory operations',
    'size:2 111 0 00 1 0 1 11111 1 100 00 Rn:5 Rt:5',
    {
      LDAPRB:   { size: 0, feature: 'FEAT_LRCPC', see: 'C6.2 LDAPRB', asm: 'ldaprb {Rt}, [{RnSP}]' },
      LDAPRH:   { size: 1, feature: 'FEAT_LRCPC', see: 'C6.2 LDAPRH', asm: 'ldaprh {Rt}, [{RnSP}]' },
      LDAPR_32: { size: 2, feature: 'FEAT_LRCPC', see: 'C6.2 LDAPR',  asm: 'ldapr {Rt}, [{RnSP}]' },
      LDAPR_64: { size: 3, feature: 'FEAT_LRCPC', see: 'C6.2 LDAPR',  asm: 'ldapr {Rt}, [{RnSP}]' },
    },
    (m, { size, Rn, Rt }) => {
      loadStoreRegister(m, { bytes: (1 << size) as Size, opc: 1, Rt, address: m.readXSP(Rn, 64), options: { base: Rn, ordered: true } })
    },
    { syntax: registers },
  ),
]
