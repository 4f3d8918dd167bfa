/**
 * Records what QEMU's user mode makes of single instructions, for packages/cpu/test/isa. Needs aarch64-linux-gnu-gcc and
 * qemu-aarch64-static: `pnpm exec tsx --conditions @armvisor/source tools/isa-oracle/record-execution.ts`
 *
 * The CPU is neoverse-n1: it has every feature that rows are gated by and neither SVE nor pointer authentication, which would give other
 * meanings to hints. With `--only ROW,…` the other rows' answers stay; with `--explain ROW#n` the case, QEMU's outcome and ours are
 * printed instead.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { disassemble } from '../../packages/cpu/src/disasm/disassemble.ts'
import type { Insn } from '../../packages/cpu/src/isa/dsl.ts'
import { instructionTable } from '../../packages/cpu/src/isa/index.ts'
import { type Case, CODE_VA, WINDOW_VA, windowContents } from '../../packages/cpu/test/isa/execution-cases.ts'
import {
  casesOf,
  encodeExecution,
  excludedFrom,
  type RecordedRow,
  readExecution,
} from '../../packages/cpu/test/isa/execution-fixture.ts'
import { type Block, Executor } from '../../packages/cpu/test/isa/executor.ts'
import { fixturePath } from '../../packages/cpu/test/isa/fixture-file.ts'
import {
  describeOutcome,
  emptyOutcome,
  hashCase,
  hashOutcome,
  type Outcome,
  SIGNAL,
} from '../../packages/cpu/test/isa/outcome.ts'

const QUESTION_BYTES = 32 + 256 + 512
const ANSWER_BYTES = 32 + 256 + 512
const QEMU = ['qemu-aarch64-static', '-cpu', 'neoverse-n1']

const { values } = parseArgs({ options: { only: { type: 'string' }, explain: { type: 'string' } } })
const folder = mkdtempSync(join(tmpdir(), 'isa-oracle-'))
const program = join(folder, 'oracle')
execFileSync('aarch64-linux-gnu-gcc', [
  '-O1',
  '-Wall',
  '-Werror',
  '-static',
  '-o',
  program,
  fileURLToPath(new URL('oracle.c', import.meta.url)),
])

/** struct header of oracle.c. */
function header(): Buffer {
  const vas = Buffer.alloc(16)
  vas.writeBigUInt64LE(BigInt(CODE_VA), 0)
  vas.writeBigUInt64LE(BigInt(WINDOW_VA), 8)
  return Buffer.concat([vas, new Uint8Array(windowContents().buffer)])
}

/** struct question. */
function question({ words, slot, nzcv, fpcr, fpsr, x, v }: Case): Uint8Array {
  const all = new Uint32Array(QUESTION_BYTES / 4)
  all.set([words.length, slot, words[0] as number, words[1] ?? 0, nzcv, fpcr, fpsr, 0])
  all.set(x, 8)
  all.set(v, 72)
  return new Uint8Array(all.buffer)
}

/** Outcomes from struct answer and the changes behind each. */
function* outcomes(bytes: Buffer): Generator<Outcome> {
  const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  const o = emptyOutcome()
  for (let at = 0; at < words.length; ) {
    const w = words.subarray(at, at + ANSWER_BYTES / 4)
    const changes = w[1] as number
    o.signal = w[0] as number
    o.address.set(w.subarray(2, 4))
    o.pc.set(w.subarray(4, 6))
    o.nzcv = w[6] as number
    o.fpsr = w[7] as number
    o.x.set(w.subarray(8, 72))
    o.v.set(w.subarray(72, 200))
    at += ANSWER_BYTES / 4
    o.changes.length = 0
    o.changes.push(...words.subarray(at, at + 2 * changes))
    at += 2 * changes
    yield o
  }
}

/** A fault after a part of the instruction took effect: QEMU does an access of several registers piecewise. */
function isPartial(before: Case, o: Outcome): boolean {
  if (o.signal !== SIGNAL.SEGV && o.signal !== SIGNAL.BUS) return false
  if (o.pc[0] !== (CODE_VA + 4 * (before.slot + before.words.length - 1)) % 0x1_0000_0000) return false
  return (
    o.changes.length > 0 || o.x.some((word, i) => word !== before.x[i]) || o.v.some((word, i) => word !== before.v[i])
  )
}

function ask(insn: Insn): { readonly answers: Buffer; readonly cases: number } {
  const input = [header()]
  let cases = 0
  for (const next of casesOf(insn)) {
    input.push(Buffer.from(question(next)))
    cases++
  }
  const { stdout, stderr, status, signal } = spawnSync(QEMU[0] as string, [...QEMU.slice(1), program], {
    input: Buffer.concat(input),
    maxBuffer: 1 << 30,
  })
  if (status !== 0) throw new Error(`${insn.name}: the oracle ended with ${status ?? signal}: ${stderr}`)
  return { answers: stdout, cases }
}

function record(insn: Insn): RecordedRow {
  const { answers, cases } = ask(insn)
  const hashes = new Uint32Array(cases)
  const outcome = outcomes(answers)
  let questions = 0
  let i = 0
  for (const next of casesOf(insn)) {
    const answer = outcome.next().value as Outcome | undefined
    if (!answer) throw new Error(`${insn.name}: ${i} answers to ${cases} questions`)
    hashes[i++] = next.words.length === 1 && isPartial(next, answer) ? 0 : hashOutcome(answer)
    questions = hashCase(questions, next.words, next)
  }
  return { questions: questions >>> 0, answers: hashes }
}

function explain(name: string, index: number): void {
  const insn = instructionTable.find((row) => row.name === name)
  if (!insn) throw new Error(`no row is called ${name}`)
  const outcome = outcomes(ask(insn).answers)
  const executor = new Executor()
  let i = 0
  for (const next of casesOf(insn)) {
    const theirs = outcome.next().value as Outcome
    if (i++ !== index) continue
    const pc = CODE_VA + 4 * next.slot
    next.words.forEach((word, n) => {
      console.log(`0x${word.toString(16).padStart(8, '0')} ${disassemble(word, { pc: BigInt(pc + 4 * n) })}`)
    })
    console.log(
      `pc 0x${pc.toString(16)}, nzcv ${(next.nzcv >>> 28).toString(2)}, fpcr 0x${next.fpcr.toString(16)}, fpsr 0x${next.fpsr.toString(16)}`,
    )
    const zero = emptyOutcome()
    console.log(
      'before:',
      describeOutcome({ ...zero, x: next.x, v: next.v }, zero)
        .slice(1)
        .join('\n  '),
    )
    console.log('QEMU:', describeOutcome(theirs, next).join('\n  '))
    const block = executor.translate([next])[0] as Block
    console.log('interpreter:', describeOutcome(executor.run(next), next).join('\n  '))
    console.log('block:', describeOutcome(executor.run(next, block), next).join('\n  '))
  }
  throw new Error(`${name} has ${i} cases`)
}

if (values.explain) {
  const [name = '', index] = values.explain.split('#')
  explain(name, Number(index))
} else {
  const only = values.only?.split(',')
  const known = existsSync(fixturePath('execution.bin.gz')) ? readExecution().rows : new Map<string, RecordedRow>()
  const rows = new Map<string, RecordedRow>()
  for (const insn of instructionTable) {
    if (excludedFrom(insn)) continue
    const old = known.get(insn.name)
    rows.set(insn.name, only && old && !only.includes(insn.name) ? old : record(insn))
  }
  const tool = `${execFileSync(QEMU[0] as string, ['--version'], { encoding: 'utf8' }).split('\n')[0]}, ${QEMU.slice(1).join(' ')}`
  const bytes = gzipSync(encodeExecution({ tool, rows }), { level: 9 })
  writeFileSync(fixturePath('execution.bin.gz'), bytes)
  const all = [...rows.values()].flatMap(({ answers }) => [...answers])
  console.log(
    `${rows.size} rows, ${all.length} answers, ${all.filter((a) => a === 0).length} partial, ${bytes.length} bytes, ${tool}`,
  )
}
rmSync(folder, { recursive: true })
