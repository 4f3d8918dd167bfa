/** TLB maintenance as the guest does it, and what the lookups of generated code would find. */

import { expect } from 'vitest'
import { LAYOUT, TLB_ENTRIES, TLB_ENTRY_BYTES, TLB_SET_BYTES } from '../src/state.ts'
import { sysRegEncoding } from '../src/sysreg/encoding.ts'
import type { Fixture } from './system-fixture.ts'

const TLBI = {
  VMALLE1: [7, 0],
  VAE1: [7, 1],
  ASIDE1: [7, 2],
  VAAE1: [7, 3],
  VALE1: [7, 5],
  VAALE1: [7, 7],
  VMALLE1IS: [3, 0],
} as const

/** Executes a TLBI. */
export function tlbi(f: Fixture, name: keyof typeof TLBI, value = 0n): void {
  const [CRm, op2] = TLBI[name]
  f.state.set64(LAYOUT.arg0, value)
  expect(f.system.sys(sysRegEncoding(1, 0, 8, CRm, op2))).toBe(0)
}

/** Offset of a set from the block: 0..5 data (regime × read, write), 6 and 7 exec (EL0, EL1). */
function setAt(f: Fixture, set: number): number {
  const user = f.state.get32(LAYOUT.userTlbBase)
  if (set >= 6) return set === 6 ? user + 2 * TLB_SET_BYTES : LAYOUT.execTlb
  return set < 2 ? user + set * TLB_SET_BYTES : LAYOUT.tlb + (set - 2) * TLB_SET_BYTES
}

/** What the inline lookup would find in a set, see {@link setAt}. */
export function hit(f: Fixture, set: number, va: bigint): number | undefined {
  const entry = f.state.base + setAt(f, set) + Number((va >> 12n) & BigInt(TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES
  if (f.memory.u64[entry >>> 3] !== (va & ~0xfffn)) return undefined
  return ((f.memory.u32[(entry + 8) >>> 2] as number) + (set < 6 ? Number(va & 0xffff_ffffn) : 0)) >>> 0
}

/** Xt of TLBI by VA. */
export const operand = (va: bigint, asid = 0n) => ((va >> 12n) & 0xfff_ffff_ffffn) | (asid << 48n)
