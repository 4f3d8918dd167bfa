/** Makes a program that shows a mistake shorter: words that do not matter become NOP. */

import type { WholeProgram } from './program.ts'

const NOP = 0xd503_201f

/** @param isWrong whether a program still shows it; false where it does not end */
export function shrink(program: WholeProgram, isWrong: (program: WholeProgram) => boolean): WholeProgram {
  let words = program.words
  for (let size = words.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < words.length; at += size) {
      const shorter = words.map((word, i) => (i >= at && i < at + size ? NOP : word))
      if (shorter.some((word, i) => word !== words[i]) && isWrong({ ...program, words: shorter })) words = shorter
    }
  }
  return { ...program, words }
}
