/**
 * Every row does to registers, flags, memory, FPSR and PC what QEMU's user mode did, faults included; in the interpreter and as
 * a translated block. The answers were recorded by tools/isa-oracle/record-execution.ts, whose `--explain ROW#n` shows a case.
 */

import { describe, expect, it } from 'vitest'
import { instructionTable } from '../../src/isa/index.ts'
import { casesOf, excludedFrom, hashQuestions, readExecution } from './execution-fixture.ts'
import { Executor } from './executor.ts'
import { hashOutcome, SIGNAL } from './outcome.ts'

const RECORD = 'run tools/isa-oracle/record-execution.ts'
const fixture = readExecution()
const rows = instructionTable.filter((insn) => !excludedFrom(insn))

/** Translating takes longer than running: of each row's cases one in this many is translated. */
const BLOCK_STRIDE = process.env['ARMVISOR_SLOW'] === '1' ? 1 : 7

function compare(
  how: 'interpreter' | 'block',
  stride: number,
): { readonly problems: string[]; readonly compared: number } {
  const executor = new Executor()
  const problems: string[] = []
  let compared = 0
  for (const insn of rows) {
    const recorded = fixture.rows.get(insn.name)
    if (!recorded) {
      problems.push(`${insn.name}: not recorded, ${RECORD}`)
      continue
    }
    const wrong: number[] = []
    let i = -1
    for (const question of casesOf(insn)) {
      i++
      if (i % stride !== 0) continue
      const outcome = executor.run(question, how)
      const expected = recorded.answers[i]
      compared++
      if (expected !== 0) {
        if (hashOutcome(outcome) !== expected) wrong.push(i)
        continue
      }
      // Ours does all or nothing.
      const isUntouched =
        outcome.changes.length === 0 &&
        outcome.x.every((word, n) => word === question.x[n]) &&
        outcome.v.every((word, n) => word === question.v[n])
      if (outcome.signal !== SIGNAL.SEGV || !isUntouched) wrong.push(i)
    }
    if (wrong.length > 0) {
      const isStale = hashQuestions(insn) !== recorded.questions
      problems.push(
        isStale
          ? `${insn.name}: other questions than recorded, ${RECORD}`
          : `${insn.name}: ${wrong.length} of ${i + 1}: #${wrong.slice(0, 4).join(' #')}`,
      )
    }
  }
  return { problems, compared }
}

describe('execution', () => {
  it('default: the interpreter does what QEMU does', () => {
    const { problems, compared } = compare('interpreter', 1)
    console.info(`interpreter: ${compared} cases of ${rows.length} rows, ${fixture.tool}`)
    expect(problems).toEqual([])
  }, 120_000)

  it('default: translated blocks do what QEMU does', () => {
    const { problems, compared } = compare('block', BLOCK_STRIDE)
    console.info(`blocks: ${compared} cases of ${rows.length} rows`)
    expect(problems).toEqual([])
  }, 900_000)

  it('default: at least 200 cases a row are compared, 8 of each selector combination', () => {
    const few = [...fixture.rows].filter(([, { answers }]) => answers.filter((answer) => answer !== 0).length < 200)
    expect(few.map(([name]) => name)).toEqual([])
  })

  it('default: every recorded row exists', () => {
    const names = new Set(rows.map(({ name }) => name))
    expect([...fixture.rows.keys()].filter((name) => !names.has(name))).toEqual([])
  })
})
