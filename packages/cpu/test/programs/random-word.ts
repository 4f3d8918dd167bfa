/** Random instructions for programs: any row that goes straight on, kept off the registers by which a program finds its way. */

import { operandOf, recordInsn } from '../../src/ir/record.ts'
import type { FieldPlace, FieldValues, Insn } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import type { Random } from '../isa/random.ts'
import { randomWord, selectorCombinations } from '../isa/words.ts'
import { isStoreExclusive } from './result.ts'

/** Registers that random instructions leave alone, and what for. */
export const REGISTER = {
  /** Counts returns down, of which some may go where another return is. */
  returns: 21,
  /** Small and a multiple of 8: an offset. */
  index: 22,
  scratch: 23,
  scratch2: 24,
  /** Counts loops down. */
  counter: 25,
  /** Addresses of data, mostly. */
  bases: [26, 27, 29],
  /** A multiple of 16 well inside the window; nothing writes it. */
  anchor: 28,
} as const
const FIRST_RESERVED = 21

/**
 * Rows that programs have in a fixed form, or not at all.
 * - LDAPR: QEMU 7.2 does not check its alignment, so it comes with an aligned address.
 * - System registers: some are the supervisor's.
 */
const FIXED_FORM = /^(LDAPR|(MRS|MSR)_)/
/** A store-exclusive succeeds unless an interrupt came between, and so is compared where there are none. */
const EXCLUSIVE = /^(LDA?X|STL?X)[RP]/

/** A row with selectors, and what matters of its meaning. */
interface Form {
  readonly insn: Insn
  readonly selectors: FieldValues
  /** Fields whose X register is written, or with `plus` 1 the one behind it. */
  readonly written: readonly { readonly name: string; readonly plus: number; readonly isSp: boolean }[]
  /** The field of an address register. */
  readonly base: FieldPlace | undefined
  readonly isWrittenBack: boolean
}

/** What kinds of rows there are, for programs of one mostly. */
export type RowGroup = 'integer' | 'memory' | 'fp' | 'vectorMemory'

function formOf(insn: Insn, selectors: FieldValues): Form {
  const { effects, commits } = recordInsn(insn, selectors)
  const isMemory = effects.some(({ kind }) => kind === 'access')
  // DC ZVA has its address in Rt.
  const base = isMemory ? insn.fields.find(({ name }) => name === (insn.name === 'DC_ZVA' ? 'Rt' : 'Rn')) : undefined
  const written = commits.flatMap((c) =>
    c.kind === 'x'
      ? [{ name: operandOf(c.operand).name, plus: c.role === 'next' ? 1 : 0, isSp: c.role === 'sp' }]
      : c.kind === 'lr'
        ? [{ name: 'LR', plus: 0, isSp: false }]
        : [],
  )
  return { insn, selectors, written, base, isWrittenBack: written.some(({ name }) => name === base?.name) }
}

const rows: Record<RowGroup, Insn[]> = { integer: [], memory: [], fp: [], vectorMemory: [] }
// By name: recorded answers survive when rows move in the table.
for (const insn of [...instructionTable].sort((a, b) => (a.name < b.name ? -1 : 1))) {
  const selectors = selectorCombinations(insn)[0]
  if (!selectors || FIXED_FORM.test(insn.name)) continue
  const { terminator, effects } = recordInsn(insn, selectors)
  if (terminator.kind !== 'next') continue
  const isMemory = effects.some(({ kind }) => kind === 'access')
  rows[insn.isFp ? (isMemory ? 'vectorMemory' : 'fp') : isMemory ? 'memory' : 'integer'].push(insn)
}
const all = Object.values(rows).flat()

/** How many rows random instructions are of. */
export const rowCount: number = all.length

const formsOf = new Map<Insn, Form[]>()
function forms(insn: Insn): readonly Form[] {
  let known = formsOf.get(insn)
  if (!known) {
    known = selectorCombinations(insn).map((selectors) => formOf(insn, selectors))
    formsOf.set(insn, known)
  }
  return known
}

/** A random instruction; `literal` where its address must be made from where it lies. */
export interface RandomInsn {
  readonly word: number
  readonly isLiteral: boolean
}

/** @param hasInterrupts no exclusives, whose success would depend on the time */
export function randomInsn(random: Random, group: RowGroup | undefined, hasInterrupts: boolean): RandomInsn {
  while (true) {
    const insn = random.pick(group ? rows[group] : all)
    if (hasInterrupts && EXCLUSIVE.test(insn.name)) continue
    const form = random.pick(forms(insn))
    const word = randomWord(insn, form.selectors, random)
    if (word === undefined) continue
    const aimed = aim(form, word, random)
    if (isHarmless(form, aimed))
      return { word: aimed, isLiteral: form.base === undefined && /literal/i.test(insn.title) }
  }
}

function fieldOf(word: number, place: FieldPlace): number {
  return (word >>> place.lsb) & place.mask
}

function withField(word: number, place: FieldPlace, value: number): number {
  return ((word & ~(place.mask << place.lsb)) | ((value & place.mask) << place.lsb)) >>> 0
}

/** Points an access near the pages of data, mostly. */
function aim(form: Form, random: number, r: Random): number {
  const { insn, base, isWrittenBack } = form
  if (!base) return random
  let word = random
  word = withField(word, base, baseRegister(form, r))
  const place = (name: string): FieldPlace | undefined => insn.fields.find((f) => f.name === name)
  const Rm = place('Rm')
  if (Rm && !r.oneIn(12) && !(isWrittenBack && fieldOf(word, Rm) === 31)) word = withField(word, Rm, REGISTER.index)
  const imm12 = place('imm12')
  if (imm12 && !r.oneIn(8)) word = withField(word, imm12, r.below(64))
  return word
}

function baseRegister({ insn, base, isWrittenBack }: Form, r: Random): number {
  if (isWrittenBack) return r.pick(REGISTER.bases)
  // One that faults is left out of the comparison: see reasonNotCompared.
  if (isStoreExclusive(insn.match)) return REGISTER.anchor
  if (r.oneIn(8) && base?.name === 'Rn') return 31
  return r.oneIn(EXCLUSIVE.test(insn.name) ? 2 : 4) ? REGISTER.anchor : r.pick(REGISTER.bases)
}

function isHarmless(form: Form, word: number): boolean {
  return form.written.every(({ name, plus, isSp }) => {
    if (name === 'LR') return false
    const place = form.insn.fields.find((f) => f.name === name)
    if (!place) return true
    const n = fieldOf(word, place) + plus
    // SP stays a multiple of 16, as QEMU does not check it.
    if (n === 31) return !isSp
    if (name === form.base?.name) return n !== 31
    return n < FIRST_RESERVED
  })
}
