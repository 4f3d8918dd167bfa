/** Text forms of SIMD and floating-point registers: `v0.16b`, `v0.s[1]`, `d0`, `{v0.8h, v1.8h}`. [ARM] C1.2.5. */

import type { FieldValues } from '../dsl.ts'
import { keyword, type Syntax } from '../syntax.ts'

/**
 * Names that fields stand for, in order of preference: `[['8b', { Q: 0, size: 0 }], ['16b', { Q: 1, size: 0 }], …]`.
 * A name is written for the first entry whose fields all hold, and read as the first entry that contradicts no known field.
 */
export type Names = readonly (readonly [name: string, fields: FieldValues])[]

/** Element sizes by the letter of their registers. */
export const LETTERS = { 8: 'b', 16: 'h', 32: 's', 64: 'd', 128: 'q' } as const

/** Name of an arrangement: `arrangement(128, 8)` is `16b`. */
export const arrangement = (bits: 64 | 128, esize: 8 | 16 | 32 | 64 | 128): string => `${bits / esize}${LETTERS[esize]}`

/** The arrangements of one element size, by Q. */
export const byQ = (esize: 8 | 16 | 32 | 64): Names => [
  [arrangement(64, esize), { Q: 0 }],
  [arrangement(128, esize), { Q: 1 }],
]

/** All arrangements by `size` and Q: what is not allocated is never asked for. */
export const bySizeQ: Names = ([8, 16, 32, 64] as const).flatMap((esize, size) =>
  byQ(esize).map(([name, fields]) => [name, { ...fields, size }] as const),
)

/** Arrangements of lanes twice as wide as `size` says: always 128 bits. */
export const wideBySize: Names = [
  ['8h', { size: 0 }],
  ['4s', { size: 1 }],
  ['2d', { size: 2 }],
]

/** Floating-point arrangements by `sz` and Q. */
export const bySzQ: Names = ([32, 64] as const).flatMap((esize, sz) =>
  byQ(esize).map(([name, fields]) => [name, { ...fields, sz }] as const),
)

/** Whether `fields` contradicts nothing in `known`. */
const agrees = (fields: FieldValues, known: FieldValues): boolean =>
  Object.entries(fields).every(([k, v]) => known[k] === undefined || known[k] === v)

const writeName = (names: Names, f: FieldValues): string =>
  names.find(([, fields]) => Object.entries(fields).every(([k, v]) => f[k] === v))?.[0] ?? '<?>'

const readName = (names: Names, text: string, known: FieldValues): FieldValues | undefined =>
  names.find(([name, fields]) => name === text && agrees(fields, known))?.[1]

const alternatives = (names: Names): string =>
  `(?:${[...new Set(names.map(([name]) => name))].sort((a, b) => b.length - a.length).join('|')})`

const namesOf = (names: string | Names): Names => (typeof names === 'string' ? [[names, {}]] : names)

const NUMBER = '(?:[12]?[0-9]|3[01])'

/** A vector register with its arrangement, `v0.16b`. */
export function vreg(field: string, arrangements: string | Names): Syntax {
  const names = namesOf(arrangements)
  return {
    pattern: `v${NUMBER}\\.${alternatives(names)}`,
    format: (f) => `v${f[field]}.${writeName(names, f)}`,
    parse: (text, known) => {
      const [register = '', name = ''] = text.split('.')
      const fields = readName(names, name, known)
      const found = { ...fields, [field]: Number(register.slice(1)) }
      return fields && agrees(found, known) ? found : undefined
    },
  }
}

/** A scalar register, `d0`. `letters` is one letter, or the letters that fields stand for. */
export function sreg(field: string, letters: 'b' | 'h' | 's' | 'd' | 'q' | Names): Syntax {
  const names = namesOf(letters)
  return {
    pattern: `${alternatives(names)}${NUMBER}`,
    format: (f) => `${writeName(names, f)}${f[field]}`,
    parse: (text, known) => {
      const fields = readName(names, text.slice(0, 1), known)
      const found = { ...fields, [field]: Number(text.slice(1)) }
      return fields && agrees(found, known) ? found : undefined
    },
  }
}

/** Scalar letters by `size`: b, h, s, d. */
export const letterBySize: Names = ['b', 'h', 's', 'd'].map((letter, size) => [letter, { size }])

/** Letters twice as wide as `size` says: h, s, d. */
export const wideLetterBySize: Names = ['h', 's', 'd'].map((letter, size) => [letter, { size }])

/** Scalar letters by `sz`: s, d. */
export const letterBySz: Names = ['s', 'd'].map((letter, sz) => [letter, { sz }])

/** Where an element's index lies. */
export interface ElementIndex {
  readonly index: (f: FieldValues) => number
  /** Fields of an index, or undefined where it is out of range. */
  readonly fields: (index: number, known: FieldValues) => FieldValues | undefined
}

/** An element of a vector register, `v0.s[1]`. */
export function velement(field: string, letters: string | Names, place: ElementIndex): Syntax {
  const names = namesOf(letters)
  return {
    pattern: `v${NUMBER}\\.${alternatives(names)}\\[[0-9]+\\]`,
    format: (f) => `v${f[field]}.${writeName(names, f)}[${place.index(f)}]`,
    parse: (text, known) => {
      const [, number, name = '', index] = /^v(\d+)\.(\w+)\[(\d+)\]$/.exec(text) ?? []
      const fields = readName(names, name, known)
      if (!fields) return undefined
      const rest = place.fields(Number(index), { ...known, ...fields })
      const found = { ...fields, ...rest, [field]: Number(number) }
      return rest && agrees(found, known) ? found : undefined
    },
  }
}

/**
 * A list of consecutive registers, `{v0.16b, v1.16b}`; read as `{v0.16b-v1.16b}` too. With `place` the list names
 * single elements, `{v0.s, v1.s}[1]`, and the names are letters.
 */
export function vlist(field: string, count: number, arrangements: string | Names, place?: ElementIndex): Syntax {
  const names = namesOf(arrangements)
  const one = `v${NUMBER}\\.${alternatives(names)}`
  return {
    pattern: `\\{ ?${one}(?:(?:, ?| ?- ?)${one})* ?\\}${place ? '\\[[0-9]+\\]' : ''}`,
    format: (f) => {
      const name = writeName(names, f)
      const registers = Array.from({ length: count }, (_, i) => `v${((f[field] as number) + i) & 31}.${name}`)
      return `{${registers.join(', ')}}${place ? `[${place.index(f)}]` : ''}`
    },
    parse: (text, known) => {
      const members = [...text.matchAll(/v(\d+)\.(\w+)/g)].map(([, n, name]) => ({
        n: Number(n),
        name: name as string,
      }))
      const first = members[0]
      if (!first || members.some(({ name }) => name !== first.name)) return undefined
      const last = members.at(-1) as { n: number }
      const isRange = text.includes('-')
      if (members.length !== (isRange ? 2 : count) || ((last.n - first.n) & 31) !== count - 1) return undefined
      if (!isRange && members.some(({ n }, i) => n !== ((first.n + i) & 31))) return undefined
      const fields = readName(names, first.name, known)
      if (!fields) return undefined
      const index = place ? place.fields(Number(/\[(\d+)\]$/.exec(text)?.[1]), { ...known, ...fields }) : {}
      const found = { ...fields, ...index, [field]: first.n }
      return index && agrees(found, known) ? found : undefined
    },
  }
}

/** The `2` of a mnemonic that works on the upper half of its registers: `saddl{two}`. */
export const two: Syntax = keyword('Q', ['', '2'])
