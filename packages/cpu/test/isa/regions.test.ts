/** Random programs with loops and branches leave the same state in the interpreter and as translated regions. */

import { describe, expect, it } from 'vitest'
import { assembleLine } from '../../src/asm/assemble-line.ts'
import { fieldsOf } from '../../src/decode/decoder.ts'
import { disassemble } from '../../src/disasm/disassemble.ts'
import { recordInsn } from '../../src/ir/record.ts'
import type { Insn } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import { type Case, CODE_VA, WINDOW_BYTES, WINDOW_VA } from './execution-cases.ts'
import { Executor } from './executor.ts'
import { describeOutcome, hashOutcome } from './outcome.ts'
import { Random, testSeed } from './random.ts'
import { randomWord, selectorCombinations } from './words.ts'

const TIME_MS = process.env['ARMVISOR_SLOW'] === '1' ? 300_000 : 10_000
/** Taken branches that a program may take; each loop runs a few hundred times at most. */
const BUDGET = 100_000

/** Registers that hold addresses in the window; x25 counts iterations. Nothing else writes them. */
const BASES = [26, 27, 28, 29]
const COUNTER = 25
/** Hold addresses of code, and words to store there. */
const SCRATCH = [23, 24]
const RESERVED = [...SCRATCH, COUNTER, ...BASES, 30]
/** How a block ends, and in how many instructions. */
const END_LENGTHS = { none: 0, forward: 1, loop: 2, call: 1, jump: 4, callIndirect: 4, patch: 4, exclusive: 4 } as const
type End = keyof typeof END_LENGTHS
const WRITTEN_FIELDS = ['Rd', 'Rt', 'Rt2', 'Rs']
const CONDITIONS = ['eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le']

/** Integer rows make most of a program, since control flow and flags are what regions are about. */
const straight = instructionTable.filter((insn) => {
  const selectors = selectorCombinations(insn)[0]
  if (selectors === undefined) return false
  const { terminator, effects } = recordInsn(insn, selectors)
  // What EL0 must not do faults at once, and shows little.
  return terminator.kind === 'next' && !effects.some(({ kind }) => kind === 'require')
})
const integer = straight.filter((insn) => !insn.isFp)

function straightWord(random: Random): number {
  while (true) {
    const insn: Insn = random.pick(random.oneIn(6) ? straight : integer)
    const word = randomWord(insn, random.pick(selectorCombinations(insn)), random)
    if (word === undefined) continue
    const isMemory = recordInsn(insn, fieldsOf(insn, word)).effects.some(({ kind }) => kind === 'access')
    const place = insn.fields.find(({ name }) => name === 'Rn')
    const aimed = isMemory && place ? ((word & ~(31 << place.lsb)) | (random.pick(BASES) << place.lsb)) >>> 0 : word
    // Each access may fault, and programs that end early show little.
    if (isMemory && random.oneIn(2)) continue
    // Most register offsets would lead away from the window, and a program that faults at once shows little.
    if (isMemory && insn.fields.some(({ name }) => name === 'Rm') && !random.oneIn(20)) continue
    const fields = fieldsOf(insn, aimed)
    // CASP writes the register after Rs too.
    const written = WRITTEN_FIELDS.flatMap((name) =>
      name in fields ? [fields[name] as number, (fields[name] as number) + 1] : [],
    )
    if (!written.some((n) => RESERVED.includes(n))) return aimed
  }
}

/**
 * Blocks of straight code; each ends in a branch forwards, a loop backwards, a call of a subroutine behind the program, a jump or a call
 * to one of two addresses, a store into the program, an exclusive load and store, or nothing.
 */
function program(random: Random): Case {
  const slot = random.below(700)
  const blockCount = 2 + random.below(8)
  const bodies = Array.from({ length: blockCount }, () =>
    Array.from({ length: random.below(6) }, () => straightWord(random)),
  )
  const ends = Array.from({ length: blockCount }, (_, n): End => {
    if (random.oneIn(3)) return 'loop'
    if (random.oneIn(3)) return random.pick(['call', 'callIndirect'])
    if (random.oneIn(4) || n === 0) return random.pick(['none', 'none', 'patch', 'exclusive'])
    return random.pick(['forward', 'jump'])
  })
  const subroutines = Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: random.below(5) }, () => straightWord(random)),
  )
  const starts: number[] = []
  let at = 0
  bodies.forEach((body, n) => {
    starts.push(at)
    at += body.length + END_LENGTHS[ends[n] as End]
  })
  starts.push(at)
  // Behind the end, which is a BRK.
  at++
  const entries = subroutines.map((body) => {
    const entry = at
    at += body.length + 1
    return entry
  })
  const words: number[] = []
  const address = (index: number): bigint => BigInt(CODE_VA + 4 * (slot + index))
  const emit = (text: string): void => {
    words.push(assembleLine(text, address(words.length)))
  }
  const hex = (index: number): string => `#0x${address(index).toString(16)}`
  const [first, second] = SCRATCH
  bodies.forEach((body, n) => {
    words.push(...body)
    const end = ends[n] as End
    if (end === 'none') return
    if (end === 'call') {
      emit(`bl ${hex(random.pick(entries))}`)
      return
    }
    if (end === 'jump' || end === 'callIndirect') {
      // Both ways forwards, so that the program ends.
      const target = (): number =>
        end === 'jump' ? (starts[n + 1 + random.below(blockCount - n)] as number) : random.pick(entries)
      emit(`adr x${first}, ${hex(target())}`)
      emit(`adr x${second}, ${hex(target())}`)
      emit(`csel x${second}, x${first}, x${second}, ${random.pick(CONDITIONS)}`)
      emit(`${end === 'jump' ? 'br' : 'blr'} x${second}`)
      return
    }
    if (end === 'exclusive') {
      const base = random.pick(BASES)
      const register = random.pick(['w', 'x'])
      emit(`ldxr ${register}${first}, [x${base}]`)
      emit(random.pick([`add x${first}, x${first}, #1`, `str w${first}, [x${base}]`, `add x${second}, x${base}, #8`]))
      emit(
        `stxr w${second}, ${random.oneIn(8) ? 'w' : register}${first}, [x${random.oneIn(4) ? random.pick(BASES) : base}]`,
      )
      emit(random.pick(['clrex', `add x${random.below(20)}, x${second}, x${first}`]))
      return
    }
    if (end === 'patch') {
      const word = straightWord(random)
      emit(`movz w${first}, #${word & 0xffff}`)
      emit(`movk w${first}, #${word >>> 16}, lsl #16`)
      // Not over what ends a block: a loop might go on for ever. Without any body the MOVZ is.
      const bodyAt = random.pick([...starts.keys()].filter((i) => bodies[i]?.length))
      emit(`adr x${second}, ${hex(bodyAt === undefined ? words.length - 2 : (starts[bodyAt] as number))}`)
      emit(`str w${first}, [x${second}]`)
      return
    }
    const isLoop = end === 'loop'
    if (isLoop) emit(`subs x${COUNTER}, x${COUNTER}, #1`)
    const to = isLoop ? random.below(n + 1) : n + 1 + random.below(blockCount - n)
    const target = hex(starts[to] as number)
    const register = random.below(23)
    const text = isLoop
      ? `b.gt ${target}`
      : random.pick([
          `b.${random.pick(CONDITIONS)} ${target}`,
          `cbz x${register}, ${target}`,
          `cbnz w${register}, ${target}`,
          `tbz x${register}, #${random.below(64)}, ${target}`,
          `tbnz w${register}, #${random.below(32)}, ${target}`,
          `b ${target}`,
        ])
    emit(text)
  })
  words.push(assembleLine('brk #0'))
  for (const body of subroutines) words.push(...body, assembleLine('ret'))
  const x = Uint32Array.from({ length: 64 }, () => (random.oneIn(3) ? random.below(64) : random.u32()))
  for (const n of [...BASES, 31]) {
    x[n * 2] = (WINDOW_VA + 16 * random.below(WINDOW_BYTES / 16)) % 0x1_0000_0000
    x[n * 2 + 1] = Math.floor(WINDOW_VA / 0x1_0000_0000)
  }
  x[COUNTER * 2] = 1 + random.below(60)
  x[COUNTER * 2 + 1] = 0
  const v = Uint32Array.from({ length: 128 }, () =>
    random.oneIn(4) ? 0x3f80_0000 + random.below(1 << 20) : random.u32(),
  )
  return { words, slot, nzcv: (random.below(16) << 28) >>> 0, fpcr: random.below(32) << 22, fpsr: 0, x, v }
}

describe('random programs with control flow', () => {
  it('behavior: the interpreter and translated regions agree', () => {
    const seed = testSeed()
    const random = new Random(seed)
    const interpreter = new Executor()
    // The first translates before it knows where indirect branches go.
    const translators = [1, 4].map((threshold) => new Executor({ threshold, batch: 1 }))
    const end = performance.now() + TIME_MS
    let count = 0
    let faults = 0
    while (performance.now() < end) {
      const next = program(random)
      const outcome = interpreter.run(next, undefined, BUDGET)
      const hash = hashOutcome(outcome)
      if (outcome.signal !== 5) faults++
      const translated = random.pick(translators)
      const other = translated.run(next, undefined, BUDGET)
      if (hashOutcome(other) !== hash) {
        const source = next.words.map((word, i) => {
          const pc = BigInt(CODE_VA + 4 * (next.slot + i))
          return `${pc.toString(16)} ${word.toString(16).padStart(8, '0')} ${disassemble(word, { pc })}`
        })
        const facts = [`ARMVISOR_SEED=${seed}, program ${count}`, ...source, 'region:', ...describeOutcome(other, next)]
        expect.fail(
          [...facts, 'interpreter:', ...describeOutcome(interpreter.run(next, undefined, BUDGET), next)].join('\n'),
        )
      }
      count++
    }
    const regions = translators.map(({ cpu }) => cpu.statistics.jit?.regions ?? 0)
    console.info(`${count} programs, ${faults} with a fault, ${regions.join(' and ')} regions, ARMVISOR_SEED=${seed}`)
    for (const made of regions) expect(made).toBeGreaterThan(count / 8)
    expect(faults).toBeLessThan((count * 2) / 3)
  }, 360_000)
})
