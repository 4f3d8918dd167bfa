/** The second operand of shifted-register instructions. [ARM] J1 ShiftReg. */

import type { FieldValues, Operand } from '../dsl.ts'
import type { Bits, Ops, Width } from '../ops.ts'
import { bySf, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'] as const

/** Shift amounts of 32 and more are reserved where the registers are 32 bits wide. */
export const isShiftInRange = (f: FieldValues): boolean => f.sf === 1 || !((f.imm6 as number) >= 32)

/** `shift` as in the encoding: 0 LSL, 1 LSR, 2 ASR, 3 ROR. */
export function shiftReg(m: Ops, Rm: Operand, shift: number, imm6: Operand, w: Width): Bits {
  const [value, amount] = [m.readX(Rm, w), m.imm(imm6, w)]
  if (shift === 0) return m.lsl(value, amount)
  if (shift === 1) return m.lsr(value, amount)
  return shift === 2 ? m.asr(value, amount) : m.ror(value, amount)
}

/** `, lsl #3`. @param kinds how many of LSL, LSR, ASR, ROR the class has. */
export function shiftOf(kinds: 3 | 4): Syntax {
  const words = SHIFTS.slice(0, kinds)
  return {
    pattern: `, ?(?:${words.join('|')}) ${NUMBER}`,
    format: (f) => `, ${SHIFTS[f.shift as number]} #${f.imm6}`,
    parse: (text, known) => {
      const [word = '', number = ''] = text.replace(/^, ?/, '').split(' ')
      const imm6 = Number(parseNumber(number))
      return imm6 >= 0 && imm6 < bySf(known) ? { shift: (words as readonly string[]).indexOf(word), imm6 } : undefined
    },
  }
}
