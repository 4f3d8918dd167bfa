/** Splits an `asm` template into literal text and placeholders. */

import type { Insn } from '../isa/dsl.ts'
import type { Syntax } from '../isa/syntax.ts'

/** Literal text, or an operand's text form. */
export type TemplatePart = string | { readonly name: string; readonly syntax: Syntax }

/** A template that names a placeholder its row does not define. */
class TemplateError extends Error {
  override readonly name = 'TemplateError'
  constructor(facts: { readonly row: string; readonly placeholder: string; readonly asm: string }) {
    super(`${facts.row}: "${facts.asm}" uses {${facts.placeholder}}, which its syntax does not define`)
  }
}

/** The parts of a template, in order. @throws {TemplateError} */
export function templateParts(insn: Insn, asm: string): readonly TemplatePart[] {
  return asm
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) => {
      if (!part.startsWith('{') || !part.endsWith('}')) return part
      const name = part.slice(1, -1)
      const syntax = insn.syntax[name]
      if (!syntax) throw new TemplateError({ row: insn.name, placeholder: name, asm })
      return { name, syntax }
    })
}
