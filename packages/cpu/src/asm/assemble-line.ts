/** Text to instruction words, from the same templates that the disassembler prints. */

import { Decoder, fieldsOf } from '../decode/decoder.ts'
import { type TemplatePart, templateParts } from '../disasm/template.ts'
import type { Alias, FieldValues, Insn } from '../isa/dsl.ts'
import { instructionTable } from '../isa/index.ts'
import type { SyntaxContext } from '../isa/syntax.ts'

/** Text that is no instruction of the table. */
export class AssembleError extends Error {
  override readonly name = 'AssembleError'
  readonly text: string
  readonly problem: string
  constructor(facts: { readonly text: string; readonly problem: string }) {
    super(`"${facts.text}": ${facts.problem}`)
    this.text = facts.text
    this.problem = facts.problem
  }
}

interface Candidate {
  readonly insn: Insn
  readonly parts: readonly TemplatePart[]
  readonly pattern: RegExp
  /** Fields that the spelling implies. */
  readonly fields: FieldValues
  /** Whether the spelling is meant for the fields found. */
  readonly when: (f: FieldValues) => boolean
}

function literalPattern(text: string): string {
  return text
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/ ?, ?/g, '\\s*,\\s*')
    .replace(/ /g, '\\s+')
    .replace(/(\\\[|\\\]|\\\{|\\\}|!)/g, '\\s*$1\\s*')
}

function candidate(insn: Insn, { asm, fields = {}, when }: Alias): Candidate {
  const parts = templateParts(insn, asm)
  const source = parts
    .map((part) => (typeof part === 'string' ? literalPattern(part) : `(${part.syntax.pattern})`))
    .join('')
  return { insn, parts, when, fields: { ...insn.fixed, ...fields }, pattern: new RegExp(`^${source}$`) }
}

/** The part of a mnemonic that candidates are found by: its letters, as the digits may be an operand's (`saddl2`). */
function mnemonicKey(text: string): string {
  return (/^[a-z]*/.exec(text) as RegExpExecArray)[0]
}

let index: Map<string, Candidate[]> | undefined
let decoder: Decoder | undefined

function candidates(key: string): readonly Candidate[] {
  if (!index) {
    index = new Map()
    for (const insn of instructionTable) {
      for (const form of [{ asm: insn.asm, when: () => true }, ...(insn.aliases ?? [])]) {
        const list = index.get(mnemonicKey(form.asm)) ?? []
        index.set(mnemonicKey(form.asm), list)
        list.push(candidate(insn, form))
      }
    }
  }
  return index.get(key) ?? []
}

/** The word of a row with given fields; fields not given are zero. */
export function encodeInsn(insn: Insn, fields: FieldValues): number {
  let word = insn.match
  for (const place of insn.fields) {
    const value = fields[place.name] ?? 0
    word |= value << place.lsb
  }
  return word >>> 0
}

/** Tries one spelling. */
function match(c: Candidate, text: string, context: SyntaxContext): number | undefined {
  const found = c.pattern.exec(text)
  if (!found) return undefined
  const known: Record<string, number> = { ...c.fields }
  let group = 0
  for (const part of c.parts) {
    if (typeof part === 'string') continue
    group++
    const fields = part.syntax.parse((found[group] ?? '').trim(), known, context)
    if (!fields) return undefined
    for (const [name, value] of Object.entries(fields)) {
      if (known[name] !== undefined && known[name] !== value) return undefined
      known[name] = value
    }
  }
  if (c.insn.fields.some((p) => (known[p.name] ?? 0) >= 2 ** p.width)) return undefined
  const word = encodeInsn(c.insn, known)
  decoder ??= new Decoder(instructionTable)
  return isWordOf(c.insn, decoder.decode(word)) && c.when(fieldsOf(c.insn, word)) ? word : undefined
}

/** A word may have a row of higher order, which is a case of this one: `ubfx w2, w3, #28, #4` is decoded as `lsr w2, w3, #28`. */
function isWordOf(insn: Insn, decoded: Insn | undefined): boolean {
  return decoded === insn || (decoded?.order ?? 0) > (insn.order ?? 0)
}

/**
 * Assembles one instruction. @param pc its address, for PC-relative operands.
 * @throws {AssembleError}
 * @example
 * ```ts
 * assembleLine('add x0, x0, #1') // 0x91000400
 * ```
 */
export function assembleLine(text: string, pc = 0n): number {
  const line = text.trim().toLowerCase().replace(/\s+/g, ' ')
  const inst = /^\.inst (0x[0-9a-f]+|\d+)$/.exec(line)
  if (inst) return Number(inst[1]) >>> 0
  const key = mnemonicKey(line)
  const list = candidates(key)
  if (list.length === 0) throw new AssembleError({ text, problem: `no instruction is called ${key || 'that'}` })
  for (const c of list) {
    const word = match(c, line, { pc })
    if (word !== undefined) return word
  }
  throw new AssembleError({ text, problem: `${key} takes no such operands` })
}
