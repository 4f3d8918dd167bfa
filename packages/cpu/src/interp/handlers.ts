/** Numbers the interpreter's handlers: one for each row, selector combination and specialised operand. */

import type { Decoder } from '../decode/decoder.ts'
import { fieldsOf } from '../decode/decoder.ts'
import { type FieldValues, fieldValue, type Insn } from '../isa/dsl.ts'
import { recordInsn } from '../ir/record.ts'
import type { Builder } from '../ir/builder.ts'
import { HANDLER_FIRST, RECORD_BYTES, type SlotPlan } from './record-layout.ts'

/** What a handler does, before code is generated for it. */
export interface HandlerKey {
  readonly insn: Insn
  /** Selectors, and operands that are constants in this handler. */
  readonly values: FieldValues
}

/** A handler with its number and, once generated, its record layout. */
export interface Handler extends HandlerKey {
  readonly number: number
  plan: SlotPlan | undefined
}

/** Rows whose `cond` is worth a handler for each condition: the branch decides where the loop goes. */
const SPECIALISE_COND = new Set(['B_cond'])

/** The instruction word's part that picks its handler. */
function handlerValues(insn: Insn, word: number): FieldValues {
  const values: Record<string, number> = { ...insn.fixed }
  for (const s of insn.selectors) values[s.name] = fieldValue(word, s)
  if (SPECIALISE_COND.has(insn.name)) for (const o of insn.operands) if (o.name === 'cond') values[o.name] = fieldValue(word, o)
  return values
}

/** All handler numbers given out so far. */
export class HandlerSet {
  readonly #decoder: Decoder
  readonly #byKey = new Map<string, Handler>()
  readonly all: Handler[] = []

  constructor(decoder: Decoder) {
    this.#decoder = decoder
  }

  /** The handler of a key, numbered on first sight. */
  get(insn: Insn, values: FieldValues): Handler {
    const key = `${insn.name}:${Object.values(values).join()}`
    const known = this.#byKey.get(key)
    if (known) return known
    const handler: Handler = { insn, values, number: HANDLER_FIRST + this.all.length, plan: undefined }
    this.all.push(handler)
    this.#byKey.set(key, handler)
    return handler
  }

  /** The handler of an instruction word, and its fields; undefined where nothing is allocated. */
  ofWord(word: number): { readonly handler: Handler; readonly fields: FieldValues } | undefined {
    const insn = this.#decoder.decode(word)
    if (!insn) return undefined
    return { handler: this.get(insn, handlerValues(insn, word)), fields: fieldsOf(insn, word) }
  }

  /** Numbers every allocated selector combination of a row. */
  enumerate(insn: Insn): void {
    const free = [...insn.selectors, ...(SPECIALISE_COND.has(insn.name) ? insn.operands.filter((o) => o.name === 'cond') : [])]
    const count = 2 ** free.reduce((bits, f) => bits + f.width, 0)
    for (let n = 0; n < count; n++) {
      const values: Record<string, number> = { ...insn.fixed }
      let rest = n
      for (const place of free) {
        values[place.name] = rest & (2 ** place.width - 1)
        rest >>>= place.width
      }
      if (!insn.where || insn.where(values)) this.get(insn, values)
    }
  }
}

/** Records a handler's meaning. */
export function recordHandler(handler: HandlerKey): Builder {
  return recordInsn(handler.insn, handler.values)
}

export { RECORD_BYTES }
