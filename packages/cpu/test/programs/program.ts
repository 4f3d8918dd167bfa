/** Random whole programs, each from its number alone: registers, words, what interrupts it and where it goes on after faults. */

import { randomV, randomX } from '../isa/execution-cases.ts'
import { Random } from '../isa/random.ts'
import { BASE_VA, CODE_PAGES, CODE_VA, DATA_VA, EL1_ALIAS, FRAME, FRAME_BYTES, SECOND_VA } from './layout.ts'
import { type ProgramKind, ProgramWriter } from './program-writer.ts'
import { REGISTER } from './random-word.ts'

/** A program and the state that it starts from. */
export interface WholeProgram {
  /** What it is made from: the seed. */
  readonly number: number
  readonly kind: ProgramKind
  readonly isEl1: boolean
  readonly hasTimer: boolean
  /** Index of the first word in the pages of code. */
  readonly slot: number
  readonly words: readonly number[]
  /** The frame's first bytes, without the address to finish at. */
  readonly frame: Uint32Array
}

/** Twenty numbers in a row have these kinds; of five hundred one is hot. */
const KINDS: readonly ProgramKind[] = [
  ...Array<ProgramKind>(4).fill('block5'),
  ...Array<ProgramKind>(3).fill('block100'),
  ...Array<ProgramKind>(5).fill('control'),
  ...Array<ProgramKind>(3).fill('patch'),
  ...Array<ProgramKind>(3).fill('faults'),
  ...Array<ProgramKind>(2).fill('interrupts'),
]
const HOT_EVERY = 500

/** The kind of a number's program. */
export function kindOf(number: number): ProgramKind {
  if (number % HOT_EVERY === HOT_EVERY - 1) return 'hot'
  return KINDS[number % KINDS.length] as ProgramKind
}

const PAGE_WORDS = 1024

/** Most programs have the border of two pages somewhere inside. */
function randomSlot(random: Random, length: number): number {
  const last = CODE_PAGES * PAGE_WORDS - length
  if (random.oneIn(3)) return random.below(last)
  const border = PAGE_WORDS * (1 + random.below(CODE_PAGES - 1))
  return Math.min(last, border - random.below(length))
}

/** An address that random accesses start from: mostly well inside the window. */
function randomBase(random: Random): number {
  switch (random.below(12)) {
    case 0:
      return SECOND_VA + 16 * random.below(256)
    case 1:
      return DATA_VA + 16 * random.below(256 * 7)
    case 2:
      return DATA_VA + 4096 * random.below(8) - 16 + random.below(32)
    case 3:
      return DATA_VA + 0x800 + random.below(0x2000)
    default:
      return DATA_VA + 0x800 + 16 * random.below(0x200)
  }
}

/** The program of a number. */
export function wholeProgram(number: number): WholeProgram {
  const random = new Random(number ^ 0x5eed_0000)
  const kind = kindOf(number)
  const hasTimer = kind === 'interrupts'
  const isEl1 = random.oneIn(3)
  const writer = new ProgramWriter(random, kind, isEl1)
  writer.write()
  const slot = randomSlot(random, writer.length)
  const words = writer.finish(slot)

  const frame = new Uint32Array(FRAME_BYTES / 4)
  const set = (offset: number, value: number): void => {
    frame[offset >>> 2] = value % 0x1_0000_0000
    frame[(offset >>> 2) + 1] = Math.floor(value / 0x1_0000_0000)
  }
  for (let n = 0; n < 31; n++) randomX(random, frame, (FRAME.x >>> 2) + n * 2)
  for (let n = 0; n < 32; n++) randomV(random, frame, (FRAME.v >>> 2) + n * 4)
  for (const n of REGISTER.bases) set(FRAME.x + n * 8, randomBase(random))
  set(FRAME.x + REGISTER.anchor * 8, DATA_VA + 0x800 + 16 * random.below(0x200))
  set(FRAME.x + REGISTER.returns * 8, 500)
  set(FRAME.x + REGISTER.index * 8, 8 * random.below(64))
  set(FRAME.x + REGISTER.counter * 8, kind === 'hot' ? 26_000 + random.below(8000) : random.below(writer.maxCount))
  for (const offset of [FRAME.SP_EL0, FRAME.SP_EL1]) set(offset, DATA_VA + 0x800 + 16 * random.below(0x200))
  const alias = isEl1 ? EL1_ALIAS : 0
  set(FRAME.ELR, CODE_VA + alias + 4 * slot)
  const mode = isEl1 ? (random.oneIn(4) ? 4 : 5) : 0
  const PAN = isEl1 && random.oneIn(8) ? 1 << 22 : 0
  set(FRAME.SPSR, random.below(16) * 2 ** 28 + (PAN | (hasTimer ? 0x340 : 0x3c0) | mode))
  // RMode, FZ, DN, AHP.
  set(FRAME.FPCR, random.oneIn(3) ? 0 : random.below(32) << 22)
  set(FRAME.FPSR, random.oneIn(2) ? 0 : random.u32() & 0x0800_009f)
  randomX(random, frame, FRAME.TPIDR_EL0 >>> 2)
  set(FRAME.hasTimer, hasTimer ? 1 : 0)
  writer.landings().forEach((address, i) => {
    set(FRAME.landings + i * 8, address)
  })
  set(FRAME.random, random.u32() + BASE_VA)
  return { number, kind, isEl1, hasTimer, slot, words, frame }
}
