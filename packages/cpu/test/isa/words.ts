/** Random instruction words of a row, spread over its selector combinations. */

import { encodeInsn } from '../../src/asm/assemble-line.ts'
import { Decoder } from '../../src/decode/decoder.ts'
import type { FieldPlace, FieldValues, Insn } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import type { Random } from './random.ts'

export const decoder: Decoder = new Decoder(instructionTable)

/** How often a row's random fields are drawn again before it is given up as unreachable. */
const MAX_TRIES = 20_000

/** The selector combinations of a row that its `where` allows, as far as selectors decide. */
export function selectorCombinations(insn: Insn): FieldValues[] {
  const combinations: FieldValues[] = []
  const count = 2 ** insn.selectors.reduce((bits, f) => bits + f.width, 0)
  for (let n = 0; n < count; n++) {
    const values: Record<string, number> = { ...insn.fixed }
    let rest = n
    for (const place of insn.selectors) {
      values[place.name] = rest & (2 ** place.width - 1)
      rest >>>= place.width
    }
    if (!insn.where || insn.where(values)) combinations.push(values)
  }
  return combinations
}

/** A random value of an operand: register 31, equal registers, zero and all ones come more often than by chance. */
function randomOperand(place: FieldPlace, values: Readonly<Record<string, number>>, random: Random): number {
  const all = 2 ** place.width
  if (place.name.startsWith('R')) {
    if (random.oneIn(10)) return all - 1
    const other = Object.keys(values).filter((name) => name.startsWith('R'))
    if (other.length > 0 && random.oneIn(8)) return values[random.pick(other)] as number
    return random.below(all)
  }
  if (random.oneIn(6)) return random.pick([0, 1, all - 1, all / 2, all / 2 - 1, all - 2]) & (all - 1)
  return random.below(all)
}

/** A word of a row with given selectors whose other fields are random, or undefined where there is none. */
export function randomWord(insn: Insn, selectors: FieldValues, random: Random): number | undefined {
  for (let i = 0; i < MAX_TRIES; i++) {
    const values: Record<string, number> = { ...selectors }
    for (const place of insn.operands) values[place.name] = randomOperand(place, values, random)
    const word = encodeInsn(insn, values)
    if (decoder.decode(word) === insn) return word
    // Most rows that other rows cut into are hit by plain chance.
    if (i > 50) {
      for (const place of insn.operands) values[place.name] = random.below(2 ** place.width)
      const plain = encodeInsn(insn, values)
      if (decoder.decode(plain) === insn) return plain
    }
  }
  return undefined
}

/** At least `count` random words of a row, and as many of each selector combination as of any other. */
export function randomWords(insn: Insn, count: number, random: Random): number[] {
  const words: number[] = []
  let combinations = selectorCombinations(insn)
  while (words.length < count && combinations.length > 0) {
    combinations = combinations.filter((selectors) => {
      const word = randomWord(insn, selectors, random)
      if (word !== undefined) words.push(word)
      return word !== undefined
    })
  }
  return words
}
