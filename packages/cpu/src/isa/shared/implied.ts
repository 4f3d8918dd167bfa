/** Fields that no text shows. */

import type { FieldValues } from '../dsl.ts'
import type { Syntax } from '../syntax.ts'

/** An operand without text: assembling gives the fields these values, disassembling ignores them. */
export function implied(fields: FieldValues): Syntax {
  return { pattern: '', format: () => '', parse: () => fields }
}
