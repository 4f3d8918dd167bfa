/** Instruction words to text, from the instruction table. */

import { Decoder, fieldsOf } from '../decode/decoder.ts'
import type { FieldValues, Insn } from '../isa/dsl.ts'
import { instructionTable } from '../isa/index.ts'
import type { SyntaxContext } from '../isa/syntax.ts'
import { type TemplatePart, templateParts } from './template.ts'

/** Where an instruction lies. */
export interface DisassembleOptions {
  /** Its address; PC-relative operands are shown as absolute addresses. The default is 0. */
  readonly pc?: bigint
}

interface Form {
  readonly parts: readonly TemplatePart[]
  readonly when: (f: FieldValues) => boolean
}

const forms = new Map<Insn, readonly Form[]>()

/** A row's spellings, the preferred ones first. */
function formsOf(insn: Insn): readonly Form[] {
  const known = forms.get(insn)
  if (known) return known
  const made = [...(insn.aliases ?? []), { asm: insn.asm, when: () => true }].map(
    ({ asm, when }): Form => ({ parts: templateParts(insn, asm), when }),
  )
  forms.set(insn, made)
  return made
}

let decoder: Decoder | undefined

/** The row of an instruction word, or undefined where nothing is allocated. */
export function decodeWord(word: number): Insn | undefined {
  decoder ??= new Decoder(instructionTable)
  return decoder.decode(word >>> 0)
}

/** Text of a row with given fields. */
function formatInsn(insn: Insn, fields: FieldValues, context: SyntaxContext): string {
  const form = formsOf(insn).find((f) => f.when(fields)) as Form
  return form.parts
    .map((part) => (typeof part === 'string' ? part : part.syntax.format(fields, context)))
    .join('')
    .trimEnd()
}

/**
 * Disassembles one A64 instruction word; what is not allocated reads `.inst 0x…`.
 * @example
 * ```ts
 * disassemble(0x91000400) // 'add x0, x0, #1'
 * ```
 */
export function disassemble(word: number, options: DisassembleOptions = {}): string {
  const insn = decodeWord(word)
  if (!insn) return `.inst 0x${(word >>> 0).toString(16).padStart(8, '0')}`
  return formatInsn(insn, fieldsOf(insn, word), { pc: options.pc ?? 0n })
}
