/**
 * Single instructions with random registers, flags and memory: the questions that QEMU was asked and that the tests ask again.
 *
 * What QEMU's user mode does otherwise than a CPU under Linux is avoided by construction:
 * - it checks no SP alignment: SP is a multiple of 16 where it is a base;
 * - it does not check the alignment of LDAPR: its addresses are aligned;
 * - a fault of DC ZVA reports the block's address, not the register's: there the address is a multiple of 64;
 * - a branch to itself would never end: there is none;
 * - a misaligned branch to where nothing is mapped is an alignment fault ([ARM] D1.3.5.5 puts it first), to QEMU a translation fault: there is none;
 * - it knows no HALF-precision flush (FZ16 is not among this CPU's features either): FPCR bit 19 stays 0;
 * - addresses beyond the lower half of the address space fault without their address: there are none.
 */

import { fieldsOf } from '../../src/decode/decoder.ts'
import type { Builder } from '../../src/ir/builder.ts'
import { recordInsn } from '../../src/ir/record.ts'
import type { Insn } from '../../src/isa/dsl.ts'
import { Random, seedOf } from './random.ts'
import { randomWord, selectorCombinations } from './words.ts'

const PAGE_BYTES = 4096
/** The page of code; every word of it that is not the case's is BRK. */
export const CODE_VA = 0x10_0000_0000
/** Two pages of data, nothing mapped on either side. */
export const WINDOW_VA: number = CODE_VA + 0x1_0000
export const WINDOW_BYTES: number = 2 * PAGE_BYTES
const WINDOW_END = WINDOW_VA + WINDOW_BYTES

/** Instructions and the state they start from. The arrays are those of the next case, too. */
export interface Case {
  readonly words: readonly number[]
  /** Index of the first word in the page of code. */
  readonly slot: number
  /** Flags in bits 31:28. */
  readonly nzcv: number
  readonly fpcr: number
  readonly fpsr: number
  /** X0..X30 and SP, 64 bits each, low word first. */
  readonly x: Uint32Array
  /** V0..V31, low word first. */
  readonly v: Uint32Array
}

/** A double's two words, from its bits. */
const double = (hi: number, lo = 0): readonly [number, number] => [lo, hi]
const DOUBLES: readonly (readonly [number, number])[] = [
  double(0),
  double(0x80000000),
  double(0x3ff00000),
  double(0xbff00000),
  double(0x7ff00000),
  double(0xfff00000),
  double(0x7ff80000),
  double(0xfff80000, 5),
  double(0x7ff00000, 1),
  double(0xfff40000, 7),
  double(0, 1),
  double(0x000fffff, 0xffffffff),
  double(0x00100000),
  double(0x7fefffff, 0xffffffff),
  double(0x3fe00000),
  double(0x3ff80000),
  double(0xc0040000),
  double(0x41e00000),
  double(0x41efffff, 0xffe00000),
  double(0x41f00000),
  double(0x43e00000),
  double(0xc3e00000),
  double(0x43f00000),
  double(0x43300000, 1),
  double(0x47efffff, 0xe0000000),
  double(0x38100000),
  double(0x36a00000),
  double(0x3fdfffff, 0xffffffff),
  double(0x40efffff),
  double(0x3f10000f),
]
const SINGLES: readonly number[] = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00005, 0x7f800001, 0xffa00007, 1,
  0x807fffff, 0x00800000, 0x7f7fffff, 0x3f000000, 0x3fc00000, 0xc0200000, 0x4f000000, 0x4effffff, 0x4f800000,
  0x5f000000, 0xdf000000, 0x5f800000, 0x4b000001, 0x477fe000, 0x477ff000, 0x38800000, 0x33800000, 0x3effffff,
  0xbf000000,
]
const HALVES: readonly number[] = [
  0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0xfe05, 0x7c01, 0xfd07, 1, 0x83ff, 0x0400, 0x7bff, 0x3800, 0x3e00,
  0xc100, 0x7800, 0x37ff,
]
const INTEGERS: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  -0x8000_0000_0000_0000n,
  -2n,
  0x8000n,
  0x7fn,
  0x80n,
  0xffff_0000_ffff_0000n,
  0x5555_5555_5555_5555n,
  0x0123_4567_89ab_cdefn,
]

/** A register with something that matters to integer instructions. */
export function randomX(random: Random, x: Uint32Array, at: number): void {
  let lo = random.u32()
  let hi = random.u32()
  switch (random.below(8)) {
    case 0: {
      const value = random.pick(INTEGERS)
      lo = Number(value & 0xffff_ffffn)
      hi = Number((value >> 32n) & 0xffff_ffffn)
      break
    }
    case 1:
      lo = random.below(256)
      hi = 0
      break
    case 2:
      lo = -1 - random.below(256)
      hi = -1
      break
    case 3:
      hi = (lo | 0) >> 31
      break
  }
  x[at] = lo
  x[at + 1] = hi
}

/** The upper word of a number of ordinary size: exponents near the bias meet each other. */
function nearby(random: Random, exponentBits: number, fractionBits: number): number {
  const bits = random.u32()
  const exponent = (1 << (exponentBits - 1)) - 9 + ((bits >>> 27) & 15)
  const fraction = bits & ((1 << fractionBits) - 1)
  return (((bits >>> 31) << (exponentBits + fractionBits)) | (exponent << fractionBits) | fraction) >>> 0
}

/** One lane of integers: extremes, small numbers of either sign, anything. */
function integerLane(random: Random, bits: number): number {
  const all = 2 ** bits
  switch (random.below(4)) {
    case 0:
      return random.pick([0, 1, all - 1, all / 2, all / 2 - 1])
    case 1:
      return random.below(Math.min(all, 4 * bits))
    case 2:
      return all - 1 - random.below(2 * bits)
    default:
      return random.below(all)
  }
}

/** A vector with something that matters to the instructions of some kind of lane. */
export function randomV(random: Random, v: Uint32Array, at: number): void {
  const style = random.below(8)
  const lane = random.pick([8, 16, 32])
  for (let word = 0; word < 4; word++) {
    switch (style) {
      case 0:
      case 1:
        v[at + word] = random.u32()
        break
      case 2:
      case 3:
        if (word & 1) break
        if (random.oneIn(2)) {
          const [lo, hi] = random.pick(DOUBLES)
          v[at + word] = lo
          v[at + word + 1] = hi
        } else {
          v[at + word] = random.oneIn(2) ? random.u32() : 0
          v[at + word + 1] = nearby(random, 11, 20)
        }
        break
      case 4:
      case 5:
        v[at + word] = random.oneIn(2) ? random.pick(SINGLES) : nearby(random, 8, 23)
        break
      case 6:
        for (let half = 0; half < 2; half++) {
          const value = random.oneIn(2) ? random.pick(HALVES) : nearby(random, 5, 10)
          v[at + word] = half ? (v[at + word] as number) | (value << 16) : value
        }
        break
      default: {
        let value = 0
        for (let shift = 0; shift < 32; shift += lane) value |= integerLane(random, lane) << shift
        v[at + word] = value
      }
    }
  }
}

/** What the window holds before every case. */
export function windowContents(): Uint32Array {
  const random = new Random(seedOf('window'))
  const words = new Uint32Array(WINDOW_BYTES / 4)
  for (let at = 0; at < words.length; at += 4) {
    if (random.oneIn(2)) randomV(random, words, at)
    else {
      randomX(random, words, at)
      randomX(random, words, at + 2)
    }
  }
  return words
}

/** What a row's meaning says about its cases. */
interface Traits {
  /** Bytes of the row's memory access, 0 without one. */
  readonly bytes: number
  readonly isOrdered: boolean
  readonly terminator: Builder['terminator']
}

function traitsOf(insn: Insn, word: number): Traits {
  const recorded = recordInsn(insn, fieldsOf(insn, word))
  const access = recorded.effects.find((effect) => effect.kind === 'access')
  return {
    bytes: access?.range.bytes ?? 0,
    isOrdered: access !== undefined && access.facts.alignBytes > 1,
    terminator: recorded.terminator,
  }
}

const IMMEDIATE = /^imm/

/** Makes one row's cases one after the other. */
export class CaseMaker {
  readonly #random: Random
  readonly #insn: Insn
  readonly #window: Uint32Array
  readonly #x = new Uint32Array(64)
  readonly #v = new Uint32Array(128)

  constructor(insn: Insn, window: Uint32Array) {
    this.#insn = insn
    this.#window = window
    this.#random = new Random(seedOf(`execution of ${insn.name}`))
    for (let n = 0; n < 32; n++) {
      randomX(this.#random, this.#x, n * 2)
      randomV(this.#random, this.#v, n * 4)
    }
  }

  /** All cases of the row; each is valid until the next is asked for. */
  *cases(): Generator<Case> {
    const combinations = selectorCombinations(this.#insn)
    const first = combinations[0]
    // Some accesses fault halfway in QEMU and are not compared.
    const isMemory = first !== undefined && recordInsn(this.#insn, first).effects.some(({ kind }) => kind === 'access')
    const count = Math.min(2048, Math.max(isMemory ? 256 : 210, combinations.length * 8))
    for (let made = 0; made < count; ) {
      const before = made
      for (const selectors of combinations) {
        const word = randomWord(this.#insn, selectors, this.#random)
        if (word === undefined) continue
        const next = this.#make(word)
        made++
        if (next) yield next
      }
      if (made === before) return
    }
  }

  #setX(n: number, value: number): void {
    this.#x[n * 2] = value % 0x1_0000_0000
    this.#x[n * 2 + 1] = Math.floor(value / 0x1_0000_0000)
  }

  /** Sets some fields of a word. */
  #with(word: number, values: Readonly<Record<string, number>>): number {
    let changed = word
    for (const { name, lsb, width } of this.#insn.fields) {
      const value = values[name]
      if (value === undefined) continue
      const mask = (2 ** width - 1) << lsb
      changed = (changed & ~mask) | ((value << lsb) & mask)
    }
    return changed >>> 0
  }

  #make(random: number): Case | undefined {
    const r = this.#random
    this.#registers(random)
    const slot = r.below(PAGE_BYTES / 4 - 4)
    const state = {
      slot,
      nzcv: (r.below(16) << 28) >>> 0,
      // RMode, FZ, DN, AHP.
      fpcr: r.oneIn(3) ? 0 : (r.below(32) << 22) >>> 0,
      // QC and the cumulative exceptions.
      fpsr: r.oneIn(2) ? 0 : r.u32() & 0x0800_009f,
      x: this.#x,
      v: this.#v,
    }
    const traits = traitsOf(this.#insn, random)
    const { terminator } = traits
    if (terminator.kind === 'relative') {
      const word = this.#branch(random, slot)
      return word === undefined ? undefined : { ...state, words: [word] }
    }
    if (terminator.kind === 'indirect') this.#aim(random, slot)
    if (traits.bytes === 0) return { ...state, words: [random] }
    if (this.#insn.fields.some(({ name }) => name === 'imm19'))
      return { ...state, words: [this.#literal(random, slot)] }
    return { ...state, words: this.#address(random, traits) }
  }

  /** New contents for the registers that a word names, those behind them, and a few others; the rest keep what they have. */
  #registers(word: number): void {
    const r = this.#random
    const { operands } = this.#insn
    const first = operands.filter(({ name }) => name.startsWith('R')).map(({ lsb }) => (word >>> lsb) & 31)
    for (const n of [...first, 31, r.below(32), r.below(32)]) {
      for (let next = 0; next < 4; next++) {
        if (next < 2) randomX(r, this.#x, ((n + next) & 31) * 2)
        randomV(r, this.#v, ((n + next) & 31) * 4)
      }
    }
    // Sometimes two have equal contents: comparisons shall find equality.
    if (first.length > 1 && r.oneIn(6)) {
      const [from, to] = [r.pick(first), r.pick(first)]
      this.#x.copyWithin(to * 2, from * 2, from * 2 + 2)
      this.#v.copyWithin(to * 4, from * 4, from * 4 + 4)
    }
  }

  /** Half of the PC-relative branches go to the page of code, none to itself. */
  #branch(word: number, slot: number): number | undefined {
    const r = this.#random
    const place = this.#insn.fields.find(({ name }) => IMMEDIATE.test(name) && name !== 'imm5')
    if (!place) return undefined
    const offset = r.oneIn(2) ? r.below(PAGE_BYTES / 4) - slot : undefined
    const branch = offset === undefined ? word : this.#with(word, { [place.name]: offset })
    return ((branch >>> place.lsb) & (2 ** place.width - 1)) === 0 ? undefined : branch
  }

  /** Points the branch register at code, sometimes between instructions, sometimes at nothing. */
  #aim(word: number, slot: number): void {
    const r = this.#random
    const Rn = (word >>> 5) & 31
    const isMapped = !r.oneIn(4)
    const page = CODE_VA + (isMapped ? 0 : PAGE_BYTES * (1 + r.below(8)))
    const target = page + 4 * r.below(PAGE_BYTES / 4) + (isMapped && r.oneIn(6) ? 1 + r.below(3) : 0)
    this.#setX(Rn, target === CODE_VA + 4 * slot ? target + 4 : target)
    // Register 31 is XZR here: address 0 has no code.
  }

  /** PC-relative loads reach the window, mostly. */
  #literal(word: number, slot: number): number {
    const r = this.#random
    if (r.oneIn(8)) return word
    const at = r.oneIn(4)
      ? r.pick([PAGE_BYTES - 4, PAGE_BYTES - 8, 0, WINDOW_BYTES - 4, WINDOW_BYTES - 8])
      : 4 * r.below(WINDOW_BYTES / 4)
    return this.#with(word, { imm19: (WINDOW_VA + at - CODE_VA - 4 * slot) / 4 })
  }

  /** Points the base register into the window, near its borders or outside; gives the words to run. */
  #address(random: number, { bytes, isOrdered }: Traits): number[] {
    const r = this.#random
    const fields = fieldsOf(this.#insn, random)
    // DC ZVA has its address in Rt.
    const Rn = (fields['Rn'] ?? fields['Rt']) as number
    const Rm = fields['Rm']
    // Aligned to 16 mostly.
    let grain = r.oneIn(isOrdered ? 12 : 4) && Rn !== 31 ? 1 : 16
    const place = r.below(16)
    let word = random
    let base = WINDOW_VA + PAGE_BYTES / 2 + r.below(PAGE_BYTES)
    if (place < 4) {
      // The offset does not matter where the place does.
      word = this.#withoutOffset(random)
      if (place === 0) base = WINDOW_VA + PAGE_BYTES - r.below(bytes + 1)
      else if (place === 1) base = WINDOW_END - r.below(bytes + 1)
      else if (place === 2) base = WINDOW_VA - 1 - r.below(bytes + 8)
      else base = WINDOW_END + r.below(2 * PAGE_BYTES)
      if (!isOrdered && Rn !== 31) grain = 1
    } else if (fields['imm12'] !== undefined && !r.oneIn(8)) {
      word = this.#with(random, { imm12: r.below(64) })
    }
    if (/^LDAPR/.test(this.#insn.name)) grain = 16
    if (this.#insn.name === 'DC_ZVA' && place < 4) grain = 64
    base -= base % grain
    if (Rm !== undefined && Rm !== 31 && (fields['option'] !== undefined || Rm !== Rn)) {
      const isWord = fields['option'] !== undefined && (fields['option'] & 1) === 0
      const index = place < 4 ? 0 : r.oneIn(4) ? -1 - r.below(64) : r.below(64)
      this.#x[Rm * 2] = index
      this.#x[Rm * 2 + 1] = isWord && r.oneIn(2) ? r.u32() : index >> 31
    }
    this.#setX(Rn, base)
    if (/^CAS/.test(this.#insn.name)) this.#expect(fields, base, bytes)
    if (/^STL?X[RP]/.test(this.#insn.name)) return this.#exclusive(word, base, bytes)
    return [word]
  }

  /** A word whose offset is zero, as far as the row allows it. */
  #withoutOffset(word: number): number {
    const zeros = Object.fromEntries(
      this.#insn.operands.filter(({ name }) => IMMEDIATE.test(name)).map(({ name }) => [name, 0]),
    )
    return this.#with(word, zeros)
  }

  /** Half of the compare-and-swaps find what they expect. */
  #expect(fields: Readonly<Record<string, number>>, base: number, bytes: number): void {
    const Rs = fields['Rs'] as number
    const Rn = fields['Rn'] as number
    const at = base - WINDOW_VA
    const isPair = /^CASP/.test(this.#insn.name)
    if (this.#random.oneIn(2) || at < 0 || at % 4 !== 0 || at + 16 > WINDOW_BYTES) return
    const memory = this.#window.subarray(at / 4)
    const halves: readonly number[] = bytes === 16 ? [0, 1, 2, 3] : isPair ? [0, 2] : bytes === 8 ? [0, 1] : [0]
    halves.forEach((place, i) => {
      const n = Rs + (place >> 1)
      if (n !== Rn && n < 31) this.#x[Rs * 2 + place] = memory[i] as number
    })
  }

  /** A store-exclusive behind its load-exclusive; sometimes the load was elsewhere or is missing. */
  #exclusive(store: number, base: number, bytes: number): number[] {
    const r = this.#random
    const Rn = (store >>> 5) & 31
    const isPair = /^STL?XP/.test(this.#insn.name)
    const free = Array.from({ length: 30 }, (_, n) => n).filter((n) => n !== Rn)
    const Rt = r.pick(free)
    const Rt2 = r.pick(free.filter((n) => n !== Rt))
    const other = r.pick(free.filter((n) => n !== Rt && n !== Rt2))
    const loadFrom = (register: number): number =>
      ((store & 0xffe0_7c00 & ~(31 << 10)) |
        (1 << 22) |
        (31 << 16) |
        ((isPair ? Rt2 : 31) << 10) |
        (register << 5) |
        Rt) >>>
      0
    const isInside = base >= WINDOW_VA && base + 2 * bytes <= WINDOW_END && base % bytes === 0
    if (!isInside || !r.oneIn(4)) return [loadFrom(Rn), store]
    if (r.oneIn(2)) return [store]
    this.#setX(other, base + bytes)
    return [loadFrom(other), store]
  }
}

/** Why a row has no cases here, and what covers it instead. */
export function excludedFrom(insn: Insn): string | undefined {
  const selectors = selectorCombinations(insn)[0]
  if (!selectors) return undefined
  const { terminator } = recordInsn(insn, selectors)
  // Accesses to stored system registers go straight on.
  if (terminator.kind !== 'system' && !/^M(RS|SR)_/.test(insn.name)) return undefined
  return EXCLUDED.find(([pattern]) => pattern.test(insn.name))?.[1]
}

/** What is left out: row names, the reason, and where it is tested. */
export const EXCLUDED: readonly (readonly [RegExp, string])[] = [
  [/^SVC/, 'a system call to the recording machine: exception-entry-and-return.test.ts'],
  [
    /^(MRS|MSR|SYS|SYSL)/,
    'the recording machine has other system registers: system-registers.test.ts, system-program.test.ts',
  ],
  [/^(WFI|WFE|SEV|SEVL)$/, 'nothing to see in user mode: exception-entry-and-return.test.ts'],
]
