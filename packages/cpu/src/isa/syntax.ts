/** Text forms of operands: each placeholder of an `asm` template names one of these. [ARM] C1.2. */

import type { FieldValues } from './fields.ts'

/** What a text form may look at besides the fields. */
export interface SyntaxContext {
  /** Address of the instruction: PC-relative operands are written as absolute addresses. */
  readonly pc: bigint
}

/** One operand's text form, both ways. */
export interface Syntax {
  /** Regular expression source (no capturing groups) that its text matches. */
  readonly pattern: string
  readonly format: (f: FieldValues, context: SyntaxContext) => string
  /** The fields that the text determines, or undefined where it cannot be encoded. `known` holds what is determined so far. */
  readonly parse: (text: string, known: FieldValues, context: SyntaxContext) => FieldValues | undefined
}

/** Regular expression source of a number: `#12`, `0x10`, `-4`. */
export const NUMBER: string = '#?[-+]?(?:0x[0-9a-f]+|[0-9]+)'

/** Parses `#12`, `0x10`, `-4`. */
export function parseNumber(text: string): bigint {
  const body = text.replace('#', '')
  const negative = body.startsWith('-')
  const value = BigInt(body.replace(/^[-+]/, ''))
  return negative ? -value : value
}

/** Numbers as the field writes them: decimal below ten, hexadecimal above. */
export function formatNumber(value: bigint | number): string {
  const v = BigInt(value)
  const magnitude = v < 0n ? -v : v
  const text = magnitude < 10n ? magnitude.toString() : `0x${magnitude.toString(16)}`
  return `#${v < 0n ? '-' : ''}${text}`
}

type WidthOf = 32 | 64 | ((f: FieldValues) => 32 | 64)

/** Where a class has `sf` it decides; without, 64 bits. */
export const bySf = (f: FieldValues): 32 | 64 => (f.sf === 0 ? 32 : 64)

/** A general-purpose register. @param sp whether 31 is SP (else ZR). The width must follow from selectors, or the text fixes `sf`. */
export function gpr(field: string, width: WidthOf = bySf, sp = false): Syntax {
  const widthOf = (f: FieldValues): 32 | 64 => (typeof width === 'function' ? width(f) : width)
  const n31 = (w: 32 | 64): string => (sp ? (w === 64 ? 'sp' : 'wsp') : w === 64 ? 'xzr' : 'wzr')
  return {
    pattern: sp ? '(?:[xw](?:[12]?[0-9]|30)|w?sp|lr|fp)' : '(?:[xw](?:[12]?[0-9]|30)|[xw]zr|lr|fp)',
    format: (f) => {
      const w = widthOf(f)
      const n = f[field] as number
      return n === 31 ? n31(w) : `${w === 64 ? 'x' : 'w'}${n}`
    },
    parse: (text, known) => {
      const name = text === 'lr' ? 'x30' : text === 'fp' ? 'x29' : text
      const w = name === 'sp' || name.startsWith('x') ? 64 : 32
      const found: Record<string, number> = { [field]: /^[xw]\d/.test(name) ? Number(name.slice(1)) : 31 }
      if (width === bySf && known.sf === undefined) found.sf = w === 64 ? 1 : 0
      else if (widthOf({ ...known, ...found }) !== w) return undefined
      return found
    },
  }
}

/** An unsigned integer of a field, scaled by a constant or by selectors. */
export function uint(field: string, bits: number, scale: number | ((f: FieldValues) => number) = 1): Syntax {
  const scaleOf = (f: FieldValues): number => (typeof scale === 'function' ? scale(f) : scale)
  return {
    pattern: NUMBER,
    format: (f) => formatNumber((f[field] as number) * scaleOf(f)),
    parse: (text, known) => {
      const value = Number(parseNumber(text)) / scaleOf(known)
      return Number.isInteger(value) && value >= 0 && value < 2 ** bits ? { [field]: value } : undefined
    },
  }
}

/** A two's-complement integer of a field, scaled. */
export function sint(field: string, bits: number, scale: number | ((f: FieldValues) => number) = 1): Syntax {
  const scaleOf = (f: FieldValues): number => (typeof scale === 'function' ? scale(f) : scale)
  const half = 2 ** (bits - 1)
  return {
    pattern: NUMBER,
    format: (f) => {
      const raw = f[field] as number
      return formatNumber((raw >= half ? raw - 2 * half : raw) * scaleOf(f))
    },
    parse: (text, known) => {
      const value = Number(parseNumber(text)) / scaleOf(known)
      if (!Number.isInteger(value) || value < -half || value >= half) return undefined
      return { [field]: value < 0 ? value + 2 * half : value }
    },
  }
}

/** One of a list of words, by the field's value. Absent entries cannot be written. */
export function keyword(field: string, words: readonly (string | undefined)[]): Syntax {
  return {
    pattern: `(?:${words.filter((w) => w !== undefined).join('|')})`,
    format: (f) => words[f[field] as number] ?? `<${field}=${f[field]}>`,
    parse: (text) => {
      const value = words.indexOf(text)
      return value < 0 ? undefined : { [field]: value }
    },
  }
}

/** A PC-relative target, written as the absolute address. `offsetOf` and `encode` convert between byte offset and fields. */
export function target(
  offsetOf: (f: FieldValues) => number,
  encode: (offset: number) => FieldValues | undefined,
  page = false,
): Syntax {
  const base = (pc: bigint): bigint => (page ? pc & ~0xfffn : pc)
  return {
    pattern: NUMBER,
    format: (f, { pc }) => `#0x${BigInt.asUintN(64, base(pc) + BigInt(offsetOf(f))).toString(16)}`,
    parse: (text, _known, { pc }) => encode(Number(BigInt.asIntN(64, parseNumber(text) - base(pc)))),
  }
}
