/**
 * Every row does to registers, flags, memory, FPSR and PC what QEMU's user mode did, faults included; in the interpreter and as
 * a translated region. The answers were recorded by tools/isa-oracle/record-execution.ts, whose `--explain ROW#n` shows a case.
 */

import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Insn } from '../../src/isa/dsl.ts'
import { instructionTable } from '../../src/isa/index.ts'
import { type Case, EXCLUDED } from './execution-cases.ts'
import { casesOf, excludedFrom, hashQuestions, readExecution } from './execution-fixture.ts'
import { Executor } from './executor.ts'
import { hashOutcome, type Outcome, SIGNAL } from './outcome.ts'
import { testSeed } from './random.ts'
import { selectorCombinations } from './words.ts'

const RECORD = 'run tools/isa-oracle/record-execution.ts'
const fixture = readExecution()
const rows = instructionTable.filter((insn) => !excludedFrom(insn))

/** Translating takes longer than running: of each row's cases one in this many is translated. */
const REGION_STRIDE = process.env['ARMVISOR_SLOW'] === '1' ? 1 : 5
/** Which of them: others each time. */
const REGION_FIRST = testSeed() % REGION_STRIDE
const isTranslated = (i: number): boolean => i % REGION_STRIDE === REGION_FIRST

/** Ours does all or nothing where QEMU stopped halfway. */
function isAllOrNothing(outcome: Outcome, { x, v }: Case): boolean {
  if (outcome.signal !== SIGNAL.SEGV || outcome.changes.length > 0) return false
  return outcome.x.every((word, n) => word === x[n]) && outcome.v.every((word, n) => word === v[n])
}

class Comparison {
  readonly problems: string[] = []
  compared = 0
  /** Outcomes by signal. */
  readonly signals: Record<number, number> = {}

  /** Compares a row; one whose meaning throws is one more problem. */
  row(insn: Insn, run: (question: Case, i: number) => Outcome | undefined): void {
    try {
      this.#compare(insn, run)
    } catch (error) {
      this.problems.push(`${insn.name}: ${error}`)
    }
  }

  /** Compares a row's cases; `run` gets a case and its number, and an outcome of none for those it leaves out. */
  #compare(insn: Insn, run: (question: Case, i: number) => Outcome | undefined): void {
    const recorded = fixture.rows.get(insn.name)
    if (!recorded) {
      this.problems.push(`${insn.name}: not recorded, ${RECORD}`)
      return
    }
    const wrong: number[] = []
    let i = -1
    for (const question of casesOf(insn)) {
      const outcome = run(question, ++i)
      if (!outcome) continue
      this.compared++
      this.signals[outcome.signal] = (this.signals[outcome.signal] ?? 0) + 1
      const expected = recorded.answers[i]
      if (expected === 0 ? !isAllOrNothing(outcome, question) : hashOutcome(outcome) !== expected) wrong.push(i)
    }
    if (i + 1 === recorded.answers.length && wrong.length === 0) return
    const isStale = hashQuestions(insn) !== recorded.questions
    const facts = `${wrong.length} of ${i + 1}: #${wrong.slice(0, 4).join(' #')}`
    this.problems.push(isStale ? `${insn.name}: other questions than recorded, ${RECORD}` : `${insn.name}: ${facts}`)
  }
}

describe('execution', () => {
  it('default: the interpreter does what QEMU does', () => {
    const executor = new Executor()
    const comparison = new Comparison()
    for (const insn of rows) comparison.row(insn, (question) => executor.run(question))
    const facts = `${comparison.compared} cases of ${rows.length} rows, signals ${JSON.stringify(comparison.signals)}`
    console.info(`interpreter: ${facts}, ${fixture.tool}`)
    expect(comparison.problems).toEqual([])
  }, 120_000)

  it('default: translated regions do what QEMU does', () => {
    const executor = new Executor()
    const comparison = new Comparison()
    let translated = 0
    for (const insn of rows) {
      const chosen = [...casesOf(insn)].filter((_, i) => isTranslated(i))
      const regions = executor.translate(chosen)
      translated += regions.filter((region) => region).length
      comparison.row(insn, (question, i) =>
        isTranslated(i) ? executor.run(question, regions[(i - REGION_FIRST) / REGION_STRIDE]) : undefined,
      )
    }
    console.info(
      `regions: ${translated} of ${comparison.compared} cases of ${rows.length} rows, ARMVISOR_SEED=${REGION_FIRST}`,
    )
    expect(comparison.problems).toEqual([])
    expect(translated).toBeGreaterThan(comparison.compared * 0.9)
  }, 900_000)

  it('default: at least 200 cases a row are compared, 8 of each selector combination', () => {
    const few = rows.filter((insn) => {
      const answers = fixture.rows.get(insn.name)?.answers ?? new Uint32Array()
      return answers.filter((answer) => answer !== 0).length < Math.max(200, 8 * selectorCombinations(insn).length)
    })
    expect(few.map(({ name }) => name)).toEqual([])
  })

  it('default: what is left out is listed, and covered elsewhere', () => {
    const reasons = new Set(instructionTable.map(excludedFrom).filter((reason) => reason !== undefined))
    expect([...reasons].sort()).toEqual(EXCLUDED.map(([, reason]) => reason).sort())
    for (const reason of reasons) {
      for (const [file] of reason.matchAll(/[\w-]+\.test\.ts/g))
        expect(existsSync(new URL(`../${file}`, import.meta.url))).toBe(true)
    }
  })

  it('default: every recorded row exists', () => {
    const names = new Set(rows.map(({ name }) => name))
    expect([...fixture.rows.keys()].filter((name) => !names.has(name))).toEqual([])
  })
})
