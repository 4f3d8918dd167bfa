/** Instruction words spread over the whole encoding space, whatever the table says of them. */

import type { Case } from './execution-cases.ts'
import { WINDOW_BYTES, WINDOW_VA } from './execution-cases.ts'
import { Random, seedOf } from './random.ts'

const PER_GROUP = 240

/** System instructions and exceptions do what the machine around them does; a branch to itself does not end. */
function isAskable(word: number): boolean {
  const isSystem = word >>> 22 === 0x354
  const isException = word >>> 24 === 0xd4
  const isImmediateBranch = (word & 0x7c00_0000) === 0x1400_0000 && (word & 0x03ff_ffff) === 0
  const isShortBranch = /^(34|35|36|37|54|b4|b5|b6|b7)$/.test((word >>> 24).toString(16)) && (word & 0x7_ffe0) === 0
  // BR, BLR, RET and their relatives: registers hold no code addresses here.
  const isRegisterBranch = word >>> 25 === 0x6b
  return !isSystem && !isException && !isImmediateBranch && !isShortBranch && !isRegisterBranch
}

/** The words: each value of the upper eleven bits with random others, half of them with the fields of data processing made regular. */
export function allocationWords(): Uint32Array {
  const random = new Random(seedOf('allocation'))
  const words: number[] = []
  for (let group = 0; group < 2048; group++) {
    for (let i = 0; i < PER_GROUP; i++) {
      let low = random.u32() & 0x1f_ffff
      // Rm, or the opcode in its place, small or all ones; Rt2 all ones.
      if (i & 1) low = (low & 0xffff) | (random.pick([0, 1, 16, 17, 24, 25, 31, random.below(32)]) << 16)
      if ((i & 3) === 3) low |= random.pick([31, 30, 16, 0]) << 10
      const word = ((group << 21) | low) >>> 0
      if (isAskable(word)) words.push(word)
    }
  }
  return Uint32Array.from(words)
}

/** A case of one word: all registers point into the window. */
export function allocationCase(word: number): Case {
  return { words: [word], slot: 512, nzcv: 0, fpcr: 0, fpsr: 0, x: REGISTERS, v: VECTORS }
}

const REGISTERS = new Uint32Array(64)
const VECTORS = new Uint32Array(128)
for (let n = 0; n < 32; n++) {
  REGISTERS[n * 2] = (WINDOW_VA + WINDOW_BYTES / 2) % 0x1_0000_0000
  REGISTERS[n * 2 + 1] = Math.floor(WINDOW_VA / 0x1_0000_0000)
}
