/** Numbers the interpreter's handlers: one for each row, selector combination and specialised operand. */

import { type Decoder, fieldsOf } from '../decode/decoder.ts'
import type { Builder } from '../ir/builder.ts'
import { recordInsn } from '../ir/record.ts'
import { type FieldPlace, type FieldValues, fieldValue, type Insn } from '../isa/dsl.ts'
import { HANDLER_FIRST, type SlotPlan } from './record-layout.ts'

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

/** Fields that a row leaves free and that pick the handler. */
function specialised(insn: Insn): readonly FieldPlace[] {
  if (!SPECIALISE_COND.has(insn.name)) return insn.selectors
  return [...insn.selectors, ...insn.operands.filter((o) => o.name === 'cond')]
}

/** The instruction word's part that picks its handler. */
function handlerValues(insn: Insn, word: number): FieldValues {
  const values: Record<string, number> = { ...insn.fixed }
  for (const place of specialised(insn)) values[place.name] = fieldValue(word, place)
  return values
}

/** All handler numbers given out so far. */
export class HandlerSet {
  readonly #decoder: Decoder
  readonly #byKey = new Map<string, Handler>()
  readonly #byRow = new Map<Insn, { readonly mask: number; readonly handlers: Map<number, Handler> }>()
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
    return { handler: this.#ofRow(insn, word), fields: fieldsOf(insn, word) }
  }

  /** Words of one row with equal selector bits share a handler: found by those bits, since boots decode hundreds of thousands. */
  #ofRow(insn: Insn, word: number): Handler {
    let row = this.#byRow.get(insn)
    if (!row) {
      const mask = specialised(insn).reduce((bits, place) => bits | ((2 ** place.width - 1) << place.lsb), 0)
      row = { mask, handlers: new Map() }
      this.#byRow.set(insn, row)
    }
    const bits = word & row.mask
    const known = row.handlers.get(bits)
    if (known) return known
    const handler = this.get(insn, handlerValues(insn, word))
    row.handlers.set(bits, handler)
    return handler
  }

  /** Numbers every allocated selector combination of a row. */
  enumerate(insn: Insn): void {
    const free = specialised(insn)
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
