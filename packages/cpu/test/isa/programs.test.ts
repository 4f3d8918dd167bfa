/** Random programs of a few instructions leave the same state in the interpreter and as one translated region. */

import { describe, expect, it } from 'vitest'
import { fieldsOf } from '../../src/decode/decoder.ts'
import { disassemble } from '../../src/disasm/disassemble.ts'
import { recordInsn } from '../../src/ir/record.ts'
import type { Insn } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import { type Case, WINDOW_BYTES, WINDOW_VA } from './execution-cases.ts'
import { Executor } from './executor.ts'
import { describeOutcome, emptyOutcome, hashOutcome } from './outcome.ts'
import { Random, testSeed } from './random.ts'
import { randomWord, selectorCombinations } from './words.ts'

const LENGTH = 5
const BATCH = 64
const TIME_MS = process.env['ARMVISOR_SLOW'] === '1' ? 120_000 : 8_000

/** Registers that hold addresses in the window, and are written by write-back only. */
const BASES = [26, 27, 28, 29]

/** Rows that go straight on and depend on nothing but registers and memory. */
function isUsable(insn: Insn): boolean {
  const selectors = selectorCombinations(insn)[0]
  return selectors !== undefined && recordInsn(insn, selectors).terminator.kind === 'next'
}

const rows = instructionTable.filter(isUsable)

/** Registers that an instruction writes, where that can be said from its fields alone. */
const writtenFields = ['Rd', 'Rt', 'Rt2', 'Rs']

/** A word whose base is one of the address registers and which leaves those alone. */
function instruction(random: Random): number {
  while (true) {
    const insn = random.pick(rows)
    const word = randomWord(insn, random.pick(selectorCombinations(insn)), random)
    if (word === undefined) continue
    const recorded = recordInsn(insn, fieldsOf(insn, word))
    const isMemory = recorded.effects.some(({ kind }) => kind === 'access')
    const place = insn.fields.find(({ name }) => name === 'Rn')
    const aimed = isMemory && place ? ((word & ~(31 << place.lsb)) | (random.pick(BASES) << place.lsb)) >>> 0 : word
    const fields = fieldsOf(insn, aimed)
    const isSpoiler = writtenFields.some((name) => name in fields && BASES.includes(fields[name] as number))
    if (!isSpoiler) return aimed
  }
}

function program(random: Random): Case {
  const x = new Uint32Array(64)
  const v = new Uint32Array(128)
  for (let i = 0; i < 128; i++) v[i] = random.oneIn(4) ? 0x3f80_0000 + random.below(1 << 20) : random.u32()
  for (let n = 0; n < 32; n++) {
    x[n * 2] = random.oneIn(3) ? random.below(64) : random.u32()
    x[n * 2 + 1] = random.oneIn(2) ? 0 : random.u32()
  }
  for (const n of [...BASES, 31]) {
    x[n * 2] = (WINDOW_VA + 16 * random.below(WINDOW_BYTES / 16)) % 0x1_0000_0000
    x[n * 2 + 1] = Math.floor(WINDOW_VA / 0x1_0000_0000)
  }
  const words = Array.from({ length: LENGTH }, () => instruction(random))
  return {
    words,
    slot: random.below(1000),
    nzcv: (random.below(16) << 28) >>> 0,
    fpcr: random.below(32) << 22,
    fpsr: 0,
    x,
    v,
  }
}

describe('random programs', () => {
  it('behavior: the interpreter and a translated region agree', () => {
    const seed = testSeed()
    const random = new Random(seed)
    const executor = new Executor()
    const end = performance.now() + TIME_MS
    let count = 0
    let faults = 0
    while (performance.now() < end) {
      const programs = Array.from({ length: BATCH }, () => program(random))
      const blocks = executor.translate(programs)
      programs.forEach((next, i) => {
        const outcome = executor.run(next)
        const hash = hashOutcome(outcome)
        if (outcome.signal !== 5) faults++
        const text = describeOutcome(outcome, next)
        const block = executor.run(next, blocks[i])
        if (hashOutcome(block) !== hash) {
          const source = next.words.map((word) => `${word.toString(16).padStart(8, '0')} ${disassemble(word)}`)
          const facts = [
            `ARMVISOR_SEED=${seed}, program ${count}`,
            ...source,
            'interpreter:',
            ...text,
            'block:',
            ...describeOutcome(block, next),
          ]
          expect.fail(
            [...facts, 'before:', ...describeOutcome({ ...emptyOutcome(), x: next.x, v: next.v }, emptyOutcome())].join(
              '\n',
            ),
          )
        }
        count++
      })
    }
    console.info(`${count} programs, ${faults} with a fault, ARMVISOR_SEED=${seed}`)
    expect(count).toBeGreaterThan(BATCH)
    expect(faults).toBeLessThan(count / 2)
  }, 180_000)
})
