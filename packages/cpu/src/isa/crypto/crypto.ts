/** Cryptographic AES, three-register SHA and two-register SHA. [ARM] C4.1.97. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Ops } from '../ops.ts'
import { sreg, vreg } from '../simd-fp/vector-syntax.ts'

type CryptoName = Parameters<Ops['crypto']>[0]
interface Named {
  readonly does: CryptoName
}

const bytes = { Vd: vreg('Rd', '16b'), Vn: vreg('Rn', '16b') }
const words = { Vd: vreg('Rd', '4s'), Vn: vreg('Rn', '4s'), Vm: vreg('Rm', '4s') }
const hash = { Qd: sreg('Rd', 'q'), Qn: sreg('Rn', 'q'), Sd: sreg('Rd', 's'), Sn: sreg('Rn', 's'), ...words }

export const crypto: readonly Insn[] = [
  ...encoding<'01001110 00 10100 opcode:5 10 Rn:5 Rd:5', Named>(
    'Cryptographic AES',
    '01001110 00 10100 opcode:5 10 Rn:5 Rd:5',
    {
      AESE: { opcode: 4, does: 'AESE', feature: 'FEAT_AES', see: 'C7.2 AESE', asm: 'aese {Vd}, {Vn}' },
      AESD: { opcode: 5, does: 'AESD', feature: 'FEAT_AES', see: 'C7.2 AESD', asm: 'aesd {Vd}, {Vn}' },
    },
    (m, { Rn, Rd }, { does }) => m.writeV(Rd, 128, m.crypto(does, m.readV(Rd), m.readV(Rn))),
    { fp: true, syntax: bytes },
  ),
  ...encoding<'01001110 00 10100 opcode:5 10 Rn:5 Rd:5', Named>(
    'Cryptographic AES',
    '01001110 00 10100 opcode:5 10 Rn:5 Rd:5',
    {
      AESMC:  { opcode: 6, does: 'AESMC',  feature: 'FEAT_AES', see: 'C7.2 AESMC',  asm: 'aesmc {Vd}, {Vn}' },
      AESIMC: { opcode: 7, does: 'AESIMC', feature: 'FEAT_AES', see: 'C7.2 AESIMC', asm: 'aesimc {Vd}, {Vn}' },
    },
    (m, { Rn, Rd }, { does }) => m.writeV(Rd, 128, m.crypto(does, m.readV(Rn))),
    { fp: true, syntax: bytes },
  ),
  ...encoding<'01011110 00 0 Rm:5 0 opcode:3 00 Rn:5 Rd:5', Named>(
    'Cryptographic three-register SHA',
    '01011110 00 0 Rm:5 0 opcode:3 00 Rn:5 Rd:5',
    {
      SHA1C:     { opcode: 0, does: 'SHA1C',     feature: 'FEAT_SHA1',   see: 'C7.2 SHA1C',     asm: 'sha1c {Qd}, {Sn}, {Vm}' },
      SHA1P:     { opcode: 1, does: 'SHA1P',     feature: 'FEAT_SHA1',   see: 'C7.2 SHA1P',     asm: 'sha1p {Qd}, {Sn}, {Vm}' },
      SHA1M:     { opcode: 2, does: 'SHA1M',     feature: 'FEAT_SHA1',   see: 'C7.2 SHA1M',     asm: 'sha1m {Qd}, {Sn}, {Vm}' },
      SHA1SU0:   { opcode: 3, does: 'SHA1SU0',   feature: 'FEAT_SHA1',   see: 'C7.2 SHA1SU0',   asm: 'sha1su0 {Vd}, {Vn}, {Vm}' },
      SHA256H:   { opcode: 4, does: 'SHA256H',   feature: 'FEAT_SHA256', see: 'C7.2 SHA256H',   asm: 'sha256h {Qd}, {Qn}, {Vm}' },
      SHA256H2:  { opcode: 5, does: 'SHA256H2',  feature: 'FEAT_SHA256', see: 'C7.2 SHA256H2',  asm: 'sha256h2 {Qd}, {Qn}, {Vm}' },
      SHA256SU1: { opcode: 6, does: 'SHA256SU1', feature: 'FEAT_SHA256', see: 'C7.2 SHA256SU1', asm: 'sha256su1 {Vd}, {Vn}, {Vm}' },
    },
    (m, { Rm, Rn, Rd }, { does }) => m.writeV(Rd, 128, m.crypto(does, m.readV(Rd), m.readV(Rn), m.readV(Rm))),
    { fp: true, syntax: hash },
  ),
  ...encoding(
    'Cryptographic two-register SHA',
    '01011110 00 10100 00000 10 Rn:5 Rd:5',
    {
      SHA1H: { feature: 'FEAT_SHA1', see: 'C7.2 SHA1H', asm: 'sha1h {Sd}, {Sn}' },
    },
    (m, { Rn, Rd }) => m.writeS(Rd, 32, m.ror(m.readS(Rn, 32), m.const(2, 32))),
    { fp: true, syntax: hash },
  ),
  ...encoding<'01011110 00 10100 opcode:5 10 Rn:5 Rd:5', Named>(
    'Cryptographic two-register SHA',
    '01011110 00 10100 opcode:5 10 Rn:5 Rd:5',
    {
      SHA1SU1:   { opcode: 1, does: 'SHA1SU1',   feature: 'FEAT_SHA1',   see: 'C7.2 SHA1SU1',   asm: 'sha1su1 {Vd}, {Vn}' },
      SHA256SU0: { opcode: 2, does: 'SHA256SU0', feature: 'FEAT_SHA256', see: 'C7.2 SHA256SU0', asm: 'sha256su0 {Vd}, {Vn}' },
    },
    (m, { Rn, Rd }, { does }) => m.writeV(Rd, 128, m.crypto(does, m.readV(Rd), m.readV(Rn))),
    { fp: true, syntax: hash },
  ),
]
