/** PC-relative addressing. [ARM] C4.1.92. */
// biome-ignore-all format: the columns are the table

import { encoding, type Insn } from '../dsl.ts'
import { gpr, type Syntax, target } from '../syntax.ts'

/** The 21-bit signed immediate, in units of `scale` bytes, as an absolute address. */
const address = (scale: number): Syntax => target(
  (f) => signed(f.immlo as number, f.immhi as number) * scale,
  (offset) => {
    const units = offset / scale
    if (!Number.isInteger(units) || units < -0x100000 || units >= 0x100000) return undefined
    return { immlo: units & 3, immhi: (units >> 2) & 0x7ffff }
  },
  scale !== 1,
)
const signed = (immlo: number, immhi: number): number => ((immhi << 13) >> 11) | immlo

export const pcRelAddressing: readonly Insn[] = encoding(
  'PC-rel. addressing',
  'op immlo:2 10000 immhi:19 Rd:5',
  {
    ADR:  { op: 0, see: 'C6.2 ADR',  asm: 'adr {Rd}, {address}',  syntax: { address: address(1) } },
    ADRP: { op: 1, see: 'C6.2 ADRP', asm: 'adrp {Rd}, {address}', syntax: { address: address(4096) } },
  },
  (m, { op, immlo, immhi, Rd }) => {
    const base = op ? m.and(m.pc(), m.const(-4096, 64)) : m.pc()
    m.writeX(Rd, 64, m.add(base, m.derive(64, (lo, hi) => signed(lo as number, hi as number) * (op ? 4096 : 1), immlo, immhi)))
  },
  { syntax: { Rd: gpr('Rd', 64) } },
)
