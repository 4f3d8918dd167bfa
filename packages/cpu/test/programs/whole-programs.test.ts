/**
 * Whole programs at EL0 and EL1 (blocks, loops, calls, stores into code, faults, interrupts) leave the state that qemu-system-aarch64 left
 * them in, interpreted and translated. The answers were recorded by tools/program-oracle/record-programs.ts; all of them are compared by
 * whole-programs.slow.test.ts.
 */

import { describe, expect, it } from 'vitest'
import { instructionTable } from '../../src/isa/index.ts'
import { testSeed } from '../isa/random.ts'
import { decoder } from '../isa/words.ts'
import { asUsual, atOnce, Comparison, soon } from './comparison.ts'
import { GROUP, hashGroup, readDigests } from './digests.ts'
import { kindOf, wholeProgram } from './program.ts'
import { rowCount } from './random-word.ts'

const TIME_MS = 12_000
const digests = readDigests()
const groups = digests.answers.length / GROUP
const first = testSeed() % groups

describe('whole programs', () => {
  it('behavior: interpreter, translator and QEMU leave the same state', () => {
    const comparison = new Comparison(digests, [atOnce, soon, asUsual])
    const end = performance.now() + TIME_MS
    for (let i = 0; i < groups && performance.now() < end; i++)
      expect(comparison.group((first + i) % groups).join('\n')).toBe('')
    const { programs, exceptions, interrupts, notCompared, regions } = comparison
    const facts = `${exceptions} exceptions, ${interrupts} interrupts, ${regions} regions, ${notCompared} not compared`
    console.info(`${programs} programs from ${first * GROUP}: ${facts}, ARMVISOR_SEED=${first}, ${digests.tool}`)
    expect(regions).toBeGreaterThan(programs / 4)
    expect(exceptions).toBeGreaterThan(programs)
    expect(notCompared).toBeLessThan(programs / 20)
  }, 300_000)

  it('default: the recorded programs are those of today', () => {
    for (const group of [0, first, groups - 1])
      expect(hashGroup(group), 'run tools/program-oracle/record-programs.ts').toBe(digests.questions[group])
  })

  it('default: at least 100 000 programs are recorded, and nearly all compared', () => {
    expect(digests.answers.length).toBeGreaterThanOrEqual(100_000)
    expect(digests.answers.filter((answer) => answer === 0).length).toBeLessThan(digests.answers.length / 20)
  })

  it('default: a few thousand programs have every row that goes straight on, and every kind', () => {
    const kinds = new Set<string>()
    const names = new Set<string>()
    for (let number = 0; number < 2000; number++) {
      kinds.add(kindOf(number))
      for (const word of wholeProgram(number).words) names.add(decoder.decode(word)?.name ?? '')
    }
    expect([...kinds].sort()).toEqual(['block100', 'block5', 'control', 'faults', 'hot', 'interrupts', 'patch'])
    const missing = instructionTable.filter(({ name }) => !names.has(name)).map(({ name }) => name)
    expect(missing.length).toBeLessThanOrEqual(instructionTable.length - rowCount)
  })
})
