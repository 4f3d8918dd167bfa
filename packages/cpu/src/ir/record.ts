/** Runs a row's `exec` with selectors as numbers and operands as names or, where known, values. */

import type { FieldValues, Insn, Operand } from '../isa/dsl.ts'
import type { KnownBefore } from './build/flags.ts'
import { Builder } from './builder.ts'

/** An operand as the consumers see it: its field's name and, for a consumer with constant operands, its value. */
export interface NamedOperand {
  readonly name: string
  readonly value?: number
}

/** What an {@link Operand} really is. */
export function operandOf(operand: Operand): NamedOperand {
  return operand as unknown as NamedOperand
}

/** Records an instruction. `values` must hold every selector; operands found in it become constants. */
export function recordInsn(insn: Insn, values: FieldValues, known?: KnownBefore): Builder {
  const fields: Record<string, number | Operand> = {}
  for (const place of insn.fields) {
    const value = values[place.name]
    if (!place.isOperand) fields[place.name] = value as number
    else
      fields[place.name] = (value === undefined
        ? { name: place.name }
        : { name: place.name, value }) as unknown as Operand
  }
  const builder = new Builder(known)
  insn.exec(builder, fields)
  return builder
}
