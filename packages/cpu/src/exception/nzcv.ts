/** The condition flags between their unpacked form in memory and bits 31:28 of SPSR or NZCV. */

import { type CpuState, LAYOUT } from '../state.ts'

/** NZCV at bits 31:28, unsigned. */
export function readNzcv(state: CpuState): number {
  const n = state.get32(LAYOUT.n + 4) >>> 31
  const z = (state.get32(LAYOUT.z) | state.get32(LAYOUT.z + 4)) === 0 ? 1 : 0
  const c = state.get32(LAYOUT.c) ? 1 : 0
  const v = state.get32(LAYOUT.v + 4) >>> 31
  return ((n << 31) | (z << 30) | (c << 29) | (v << 28)) >>> 0
}

/** Sets the flags from bits 31:28. */
export function writeNzcv(state: CpuState, word: number): void {
  state.set32(LAYOUT.n, 0)
  state.set32(LAYOUT.n + 4, word & 0x80000000)
  state.set32(LAYOUT.z, word & 0x40000000 ? 0 : 1)
  state.set32(LAYOUT.z + 4, 0)
  state.set32(LAYOUT.c, (word >>> 29) & 1)
  state.set32(LAYOUT.v, 0)
  state.set32(LAYOUT.v + 4, word & 0x10000000 ? 0x80000000 : 0)
}
