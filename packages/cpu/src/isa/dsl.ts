/**
 * The language of the instruction table: one `encoding` per encoding class of the manual. [ARM] C4.
 *
 * A diagram is the class's 32 bits in the manual's order: `0`/`1` fixed, `?` ignored, `name` one bit, `name:n` n bits.
 * Fields named `R…`, `imm…`, `cond`, `nzcv` are operands: opaque to `exec`, because a generator may leave them to run time.
 * Every other field is a selector: a number that `exec` may test. `name!:n` makes a field an operand whatever its name.
 */

import type { FieldValues, Operand } from './fields.ts'
import type { Ops } from './ops.ts'
import type { Syntax } from './syntax.ts'

export type { FieldValues, Operand } from './fields.ts'

type Strip<N extends string> = N extends `${infer M}!` ? M : N
type FieldOf<T extends string> = T extends `${'0' | '1' | '?'}${string}`
  ? never
  : T extends ''
    ? never
    : T extends `${infer N}:${string}`
      ? N
      : T
type FieldsOf<D extends string> = D extends `${infer T} ${infer Rest}` ? FieldOf<T> | FieldsOf<Rest> : FieldOf<D>
type KindOf<N extends string> = N extends `${string}!` | `R${string}` | `imm${string}` | 'cond' | 'nzcv'
  ? Operand
  : number

/** The fields of a diagram, as `exec` sees them. */
export type Fields<D extends string> = { readonly [N in FieldsOf<D> as Strip<N>]: KindOf<N> }

/** A preferred spelling: used by the disassembler when `when` holds, understood by the assembler always. */
export interface Alias {
  readonly asm: string
  readonly when: (f: FieldValues) => boolean
  /** Fields that the spelling leaves out, for the assembler. */
  readonly fields?: FieldValues
}

/** Armv8-A features that gate rows, by the manual's names. */
export type Feature =
  | 'FEAT_LSE'
  | 'FEAT_CRC32'
  | 'FEAT_LRCPC'
  | 'FEAT_AES'
  | 'FEAT_PMULL'
  | 'FEAT_SHA1'
  | 'FEAT_SHA256'
  | 'FEAT_PAN'

/** What a row may say besides the selector values that it fixes. */
export interface RowFacts {
  /** Section of the manual. */
  readonly see: string
  /**
   * Text form: mnemonic and operands with `{name}` placeholders, each a key of the class's or row's `syntax`.
   * Optional parts are aliases, or a syntax whose text may be empty (pattern ending in `?`, with its own leading comma).
   */
  readonly asm: string
  /** Placeholders of this row, over those of its class. */
  readonly syntax?: Readonly<Record<string, Syntax>>
  readonly aliases?: readonly Alias[]
  readonly feature?: Feature
  /** Holds for the selector combinations that are allocated; tested over selectors only. */
  readonly where?: (f: FieldValues) => boolean
  /** Nothing behind the instruction runs without a jump to it: decoding ahead stops here. */
  readonly endsRun?: boolean
  /** Rows of higher order win where two rows overlap; the default is 0. */
  readonly order?: number
}

type SelectorOf<D extends string> = {
  [N in FieldsOf<D> as KindOf<N> extends number ? Strip<N> : never]?: number
}

/** A row: facts, fixed selectors, and whatever else its class's `exec` reads from it. */
export type Row<D extends string, Extra> = RowFacts & SelectorOf<D> & Extra

/** A field's place in the word. */
export interface FieldPlace {
  readonly name: string
  readonly lsb: number
  readonly width: number
  /** `width` ones. */
  readonly mask: number
  readonly isOperand: boolean
}

/** One row of the finished table. */
export interface Insn extends RowFacts {
  /** Row name: the manual's mnemonic and variant, `ADD_imm`. */
  readonly name: string
  /** Title of the encoding class. */
  readonly title: string
  readonly diagram: string
  readonly mask: number
  readonly match: number
  /** All fields in diagram order, the fixed selectors included. */
  readonly fields: readonly FieldPlace[]
  /** Selectors that this row leaves free. */
  readonly selectors: readonly FieldPlace[]
  readonly operands: readonly FieldPlace[]
  /** Selector values that the row fixes. */
  readonly fixed: FieldValues
  readonly syntax: Readonly<Record<string, Syntax>>
  /** Traps when FP/SIMD access is disabled. */
  readonly isFp: boolean
  readonly exec: (m: Ops, fields: Readonly<Record<string, number | Operand>>) => void
}

/** A diagram that is not 32 bits, repeats a field, or a row that fixes what is not there. */
class DiagramError extends Error {
  override readonly name = 'DiagramError'
  constructor(facts: { readonly title: string; readonly diagram: string; readonly problem: string }) {
    super(`${facts.title}: ${facts.problem} in "${facts.diagram}"`)
  }
}

interface ParsedDiagram {
  readonly mask: number
  readonly match: number
  readonly fields: readonly FieldPlace[]
}

/** Parses a diagram. @throws {DiagramError} */
export function parseDiagram(title: string, diagram: string): ParsedDiagram {
  const fields: FieldPlace[] = []
  let at = 32
  let mask = 0
  let match = 0
  for (const token of diagram.split(/\s+/).filter(Boolean)) {
    if (/^[01?]+$/.test(token)) {
      for (const bit of token) {
        at--
        if (bit !== '?') mask |= 1 << at
        if (bit === '1') match |= 1 << at
      }
      continue
    }
    const parts = /^([A-Za-z]\w*)(!?)(?::(\d+))?$/.exec(token)
    if (!parts) throw new DiagramError({ title, diagram, problem: `token "${token}" is no bit string and no field` })
    const [, name = '', bang = '', digits] = parts
    const width = digits ? Number(digits) : 1
    at -= width
    if (fields.some((f) => f.name === name))
      throw new DiagramError({ title, diagram, problem: `field ${name} occurs twice` })
    const isOperand = bang === '!' || /^(R|imm|cond$|nzcv$)/.test(name)
    fields.push({ name, lsb: at, width, mask: 2 ** width - 1, isOperand })
  }
  if (at !== 0) throw new DiagramError({ title, diagram, problem: `${32 - at} bits instead of 32` })
  return { mask, match, fields }
}

/** Value of a field in an instruction word. */
export function fieldValue(word: number, place: FieldPlace): number {
  return (word >>> place.lsb) & place.mask
}

const FACTS = new Set(['see', 'asm', 'aliases', 'feature', 'where', 'order', 'syntax', 'endsRun'])

/**
 * Makes the rows of one encoding class. `exec` is the meaning of all of them; it gets the row itself as third argument, so that
 * rows may carry what tells them apart.
 * @throws {DiagramError}
 */
export function encoding<const D extends string, Extra extends object = object>(
  title: string,
  diagram: D,
  rows: { readonly [name: string]: Row<D, Extra> },
  exec: (m: Ops, f: Fields<D>, row: Row<D, Extra>) => void,
  options: { readonly fp?: boolean; readonly syntax?: Readonly<Record<string, Syntax>> } = {},
): readonly Insn[] {
  const parsed = parseDiagram(title, diagram)
  return Object.entries(rows).map(([name, row]): Insn => {
    let { mask, match } = parsed
    const fixed: Record<string, number> = {}
    for (const place of parsed.fields) {
      const value = (row as Record<string, unknown>)[place.name]
      if (place.isOperand || value === undefined || FACTS.has(place.name)) continue
      if (typeof value !== 'number' || value >= 2 ** place.width) {
        throw new DiagramError({
          title,
          diagram,
          problem: `row ${name}: ${place.name}=${value} does not fit ${place.width} bits`,
        })
      }
      fixed[place.name] = value
      mask |= (2 ** place.width - 1) << place.lsb
      match |= value << place.lsb
    }
    return {
      name,
      title,
      diagram,
      mask: mask >>> 0,
      match: match >>> 0,
      fields: parsed.fields,
      selectors: parsed.fields.filter((f) => !f.isOperand && !(f.name in fixed)),
      operands: parsed.fields.filter((f) => f.isOperand),
      fixed,
      isFp: options.fp ?? false,
      see: row.see,
      asm: row.asm,
      syntax: { ...options.syntax, ...row.syntax },
      ...(row.aliases && { aliases: row.aliases }),
      ...(row.feature && { feature: row.feature }),
      ...(row.where && { where: row.where }),
      ...(row.endsRun && { endsRun: true }),
      ...(row.order && { order: row.order }),
      exec: (m, f) => exec(m, f as unknown as Fields<D>, row),
    }
  })
}
