/** How the register offset of a load or store is written. [ARM] C1.3.3. */

import type { FieldValues } from '../dsl.ts'
import { EXTENSIONS } from '../shared/extended-register.ts'
import { gpr, NUMBER, parseNumber, type Syntax } from '../syntax.ts'

/** Only extensions of 32- and 64-bit registers are allocated. */
export const isOffsetAllocated = (f: FieldValues): boolean => f.option === undefined || (f.option & 2) !== 0

const Rm = gpr('Rm', (f) => ((f.option as number) & 1 ? 64 : 32))

/** `x2`, `x2, lsl #3`, `w2, sxtw #3`. @param log2Bytes what S shifts by. */
export function registerOffset(log2Bytes: (f: FieldValues) => number): Syntax {
  return {
    pattern: `${Rm.pattern}(?:, ?(?:lsl ${NUMBER}|(?:uxtw|sxtw|sxtx)(?: ${NUMBER})?))?`,
    format: (f, context) => {
      const register = Rm.format(f, context)
      const amount = f.S ? ` #${log2Bytes(f)}` : ''
      if (f.option === 3) return f.S ? `${register}, lsl${amount}` : register
      return `${register}, ${EXTENSIONS[f.option as number]}${amount}`
    },
    parse: (text, known, context) => {
      const [register = '', extension = ''] = text.split(/, ?/)
      const [word = 'lsl', number] = extension.split(' ')
      const option = word === '' || word === 'lsl' ? 3 : EXTENSIONS.indexOf(word)
      const found = Rm.parse(register, { ...known, option }, context)
      if (!found) return undefined
      if (number === undefined) return { ...found, option, S: 0 }
      const amount = Number(parseNumber(number))
      const shift = log2Bytes(known)
      // For bytes `#0` written out is the form with S set; for the rest it is the one without.
      if (amount === shift) return { ...found, option, S: 1 }
      return amount === 0 ? { ...found, option, S: 0 } : undefined
    },
  }
}
