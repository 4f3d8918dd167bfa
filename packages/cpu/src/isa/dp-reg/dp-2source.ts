/** Data-processing (2 source). [ARM] C4.1.95. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import type { Bits, Ops, Size } from '../ops.ts'
import { gpr } from '../syntax.ts'

const syntax = { Rd: gpr('Rd'), Rn: gpr('Rn'), Rm: gpr('Rm'), Wd: gpr('Rd', 32), Wn: gpr('Rn', 32), Wm: gpr('Rm', 32), Xm: gpr('Rm', 64) }
const feature = 'FEAT_CRC32'

export const dp2source: readonly Insn[] = [
  ...encoding<'sf 0 0 11010110 Rm:5 opcode:6 Rn:5 Rd:5', { readonly of: (m: Ops, a: Bits, b: Bits) => Bits }>(
    'Data-processing (2 source)',
    'sf 0 0 11010110 Rm:5 opcode:6 Rn:5 Rd:5',
    {
      UDIV: { opcode: 2,  of: (m, a, b) => m.udiv(a, b), see: 'C6.2 UDIV', asm: 'udiv {Rd}, {Rn}, {Rm}' },
      SDIV: { opcode: 3,  of: (m, a, b) => m.sdiv(a, b), see: 'C6.2 SDIV', asm: 'sdiv {Rd}, {Rn}, {Rm}' },
      LSLV: { opcode: 8,  of: (m, a, b) => m.lsl(a, b),  see: 'C6.2 LSLV', asm: 'lslv {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'lsl {Rd}, {Rn}, {Rm}', when: () => true }] },
      LSRV: { opcode: 9,  of: (m, a, b) => m.lsr(a, b),  see: 'C6.2 LSRV', asm: 'lsrv {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'lsr {Rd}, {Rn}, {Rm}', when: () => true }] },
      ASRV: { opcode: 10, of: (m, a, b) => m.asr(a, b),  see: 'C6.2 ASRV', asm: 'asrv {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'asr {Rd}, {Rn}, {Rm}', when: () => true }] },
      RORV: { opcode: 11, of: (m, a, b) => m.ror(a, b),  see: 'C6.2 RORV', asm: 'rorv {Rd}, {Rn}, {Rm}', aliases: [{ asm: 'ror {Rd}, {Rn}, {Rm}', when: () => true }] },
    },
    (m, { sf, Rm, Rn, Rd }, row) => {
      const w = sf ? 64 : 32
      m.writeX(Rd, w, row.of(m, m.readX(Rn, w), m.readX(Rm, w)))
    },
    { syntax },
  ),
  ...encoding(
    'Data-processing (2 source)',
    'sf 0 0 11010110 Rm:5 010 C sz:2 Rn:5 Rd:5',
    {
      CRC32B:  { sf: 0, C: 0, sz: 0, feature, see: 'C6.2 CRC32B',  asm: 'crc32b {Wd}, {Wn}, {Wm}' },
      CRC32H:  { sf: 0, C: 0, sz: 1, feature, see: 'C6.2 CRC32H',  asm: 'crc32h {Wd}, {Wn}, {Wm}' },
      CRC32W:  { sf: 0, C: 0, sz: 2, feature, see: 'C6.2 CRC32W',  asm: 'crc32w {Wd}, {Wn}, {Wm}' },
      CRC32X:  { sf: 1, C: 0, sz: 3, feature, see: 'C6.2 CRC32X',  asm: 'crc32x {Wd}, {Wn}, {Xm}' },
      CRC32CB: { sf: 0, C: 1, sz: 0, feature, see: 'C6.2 CRC32CB', asm: 'crc32cb {Wd}, {Wn}, {Wm}' },
      CRC32CH: { sf: 0, C: 1, sz: 1, feature, see: 'C6.2 CRC32CH', asm: 'crc32ch {Wd}, {Wn}, {Wm}' },
      CRC32CW: { sf: 0, C: 1, sz: 2, feature, see: 'C6.2 CRC32CW', asm: 'crc32cw {Wd}, {Wn}, {Wm}' },
      CRC32CX: { sf: 1, C: 1, sz: 3, feature, see: 'C6.2 CRC32CX', asm: 'crc32cx {Wd}, {Wn}, {Xm}' },
    },
    (m, { sf, C, sz, Rm, Rn, Rd }) => {
      m.writeX(Rd, 32, m.crc32(m.readX(Rn, 32), m.readX(Rm, sf ? 64 : 32), (1 << sz) as Size, C === 1))
    },
    { syntax },
  ),
]
