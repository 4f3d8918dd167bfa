/**
 * Records what QEMU's user mode makes of single instructions, for packages/cpu/test/isa. Needs aarch64-linux-gnu-gcc and
 * qemu-aarch64-static: `pnpm exec tsx --conditions @armvisor/source tools/isa-oracle/record-execution.ts`
 *
 * The CPU is neoverse-n1: it has every feature that rows are gated by and neither SVE nor pointer authentication, which would give other
 * meanings to hints. With `--only ROW,…` the other rows' answers stay; with `--explain ROW#n` the case, QEMU's outcome and ours are
 * printed instead.
 */

import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { disassemble, type Insn, instructionTable } from '@armvisor/cpu'
import { Oracle } from './oracle.ts'
import {
  type Case,
  CODE_VA,
  casesOf,
  describeOutcome,
  Executor,
  emptyOutcome,
  encodeExecution,
  excludedFrom,
  fixturePath,
  hashCase,
  hashOutcome,
  type Outcome,
  type RecordedRow,
  readExecution,
  SIGNAL,
} from './questions.ts'

const { values } = parseArgs({ options: { only: { type: 'string' }, explain: { type: 'string' } } })
const oracle = new Oracle('neoverse-n1')

/** A fault after a part of the instruction took effect: QEMU does an access of several registers piecewise. */
function isPartial(before: Case, o: Outcome): boolean {
  if (o.signal !== SIGNAL.SEGV && o.signal !== SIGNAL.BUS) return false
  if (o.pc[0] !== (CODE_VA + 4 * (before.slot + before.words.length - 1)) % 0x1_0000_0000) return false
  return (
    o.changes.length > 0 || o.x.some((word, i) => word !== before.x[i]) || o.v.some((word, i) => word !== before.v[i])
  )
}

function record(insn: Insn): RecordedRow {
  const outcome = oracle.ask(casesOf(insn))
  const hashes: number[] = []
  let questions = 0
  for (const next of casesOf(insn)) {
    const answer = outcome.next().value as Outcome | undefined
    if (!answer) throw new Error(`${insn.name}: fewer answers than questions`)
    hashes.push(next.words.length === 1 && isPartial(next, answer) ? 0 : hashOutcome(answer))
    questions = hashCase(questions, next.words, next)
  }
  return { questions: questions >>> 0, answers: Uint32Array.from(hashes) }
}

function explain(name: string, index: number): void {
  const insn = instructionTable.find((row) => row.name === name)
  if (!insn) throw new Error(`no row is called ${name}`)
  const outcome = oracle.ask(casesOf(insn))
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
    const [region] = executor.translate([next])
    console.log('interpreter:', describeOutcome(executor.run(next), next).join('\n  '))
    console.log('region:', describeOutcome(executor.run(next, region), next).join('\n  '))
    return
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
  const tool = oracle.version
  const bytes = gzipSync(encodeExecution({ tool, rows }), { level: 9 })
  writeFileSync(fixturePath('execution.bin.gz'), bytes)
  const all = [...rows.values()].flatMap(({ answers }) => [...answers])
  console.log(
    `${rows.size} rows, ${all.length} answers, ${all.filter((a) => a === 0).length} partial, ${bytes.length} bytes, ${tool}`,
  )
}
oracle.close()
