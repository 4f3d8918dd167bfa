/** The recorded answers: for each row the hash of its questions, and of each answer 32 bits. */

import type { Insn } from '../../src/isa/dsl.ts'
import { CaseMaker, excludedFrom, windowContents } from './execution-cases.ts'
import { readFixture } from './fixture-file.ts'
import { hashCase } from './outcome.ts'

/** What is recorded of one row. */
export interface RecordedRow {
  /** Of all its cases; other questions have other answers. */
  readonly questions: number
  /** Hash of each outcome; 0 where QEMU did a part of what it then gave up. */
  readonly answers: Uint32Array
}

export interface ExecutionFixture {
  readonly tool: string
  readonly rows: ReadonlyMap<string, RecordedRow>
}

/** JSON head with its length before it, then all answers in the order of the head's rows. */
export function encodeExecution(fixture: ExecutionFixture): Buffer {
  const rows = [...fixture.rows].map(([name, { questions, answers }]) => [name, questions, answers.length])
  const head = Buffer.from(JSON.stringify({ tool: fixture.tool, rows }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  return Buffer.concat([
    length,
    head,
    ...[...fixture.rows.values()].map(({ answers }) =>
      Buffer.from(answers.buffer, answers.byteOffset, answers.byteLength),
    ),
  ])
}

function decodeExecution(bytes: Buffer): ExecutionFixture {
  const length = bytes.readUInt32LE(0)
  const head = JSON.parse(bytes.subarray(4, 4 + length).toString()) as {
    tool: string
    rows: [string, number, number][]
  }
  const all = new Uint32Array(new Uint8Array(bytes.subarray(4 + length)).buffer)
  let at = 0
  const rows = head.rows.map(([name, questions, count]): [string, RecordedRow] => {
    const answers = all.subarray(at, (at += count))
    return [name, { questions, answers }]
  })
  return { tool: head.tool, rows: new Map(rows) }
}

export function readExecution(): ExecutionFixture {
  return decodeExecution(readFixture('execution.bin.gz'))
}

const window = windowContents()

/** A row's cases; each is valid until the next. */
export function casesOf(insn: Insn): Generator<ReturnType<CaseMaker['cases']> extends Generator<infer C> ? C : never> {
  return new CaseMaker(insn, window).cases()
}

/** The hash of a row's questions. */
export function hashQuestions(insn: Insn): number {
  let hash = 0
  for (const question of casesOf(insn)) hash = hashCase(hash, question.words, question)
  return hash >>> 0
}

export { excludedFrom }
