/** Fields of instruction words, as the table's rows and its vocabulary speak of them. */

declare const operandBrand: unique symbol

/** A field that `exec` may only hand on to {@link Ops}: a register number or an immediate. */
export interface Operand {
  readonly [operandBrand]: true
}

/** All fields of one instruction word as plain numbers: what rows' predicates and the text forms see. */
export type FieldValues = Readonly<Record<string, number>>
