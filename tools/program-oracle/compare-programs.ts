/**
 * Compares our CPU with QEMU on whole programs, directly: `pnpm exec tsx --conditions @armvisor/source tools/program-oracle/compare-programs.ts`.
 *
 *   --from N --count N   these programs (default: 1000 that no recording has, chosen by the clock)
 *   --program N          one program: listing, shortened, and what differs
 *   --threshold N        also the translator with this threshold (default: 1; 0: the interpreter alone)
 */

import { parseArgs } from 'node:util'
import {
  describeProgram,
  differences,
  hashResult,
  ProgramMachine,
  type ProgramResult,
  reasonNotCompared,
  shrink,
  type WholeProgram,
  wholeProgram,
} from './programs.ts'
import { QemuMachine } from './qemu.ts'

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    count: { type: 'string', default: '1000' },
    program: { type: 'string' },
    threshold: { type: 'string', default: '1' },
  },
})
const BATCH = 5000
const threshold = Number(values.threshold)
const qemu = new QemuMachine()
const interpreter = new ProgramMachine()
const translator = threshold > 0 ? new ProgramMachine({ threshold, batch: 1 }) : undefined

/** What differs, by who. */
function problems(program: WholeProgram, theirs: ProgramResult): string[] {
  const interpreted = interpreter.run(program)
  const found: string[] = []
  if (!reasonNotCompared(program, interpreted) && hashResult(interpreted) !== hashResult(theirs))
    found.push('interpreter, QEMU:', ...differences(interpreted, theirs))
  const translated = translator?.run(program)
  if (translated && hashResult(translated) !== hashResult(interpreted))
    found.push('translator, interpreter:', ...differences(translated, interpreted))
  return found
}

function isWrong(program: WholeProgram): boolean {
  try {
    // First whether it ends: QEMU would wait for it.
    interpreter.run(program)
  } catch {
    return false
  }
  return problems(program, qemu.run([program])[0] as ProgramResult).length > 0
}

function show(program: WholeProgram): void {
  const theirs = qemu.run([program])[0] as ProgramResult
  console.log([...describeProgram(program, interpreter.run(program)), ...problems(program, theirs)].join('\n'))
}

if (values.program !== undefined) {
  const program = wholeProgram(Number(values.program))
  if (isWrong(program)) show(shrink(program, isWrong))
  else show(program)
} else {
  const from = Number(values.from ?? 100_000 + (Date.now() % 2 ** 31))
  const count = Number(values.count)
  let wrong = 0
  for (let at = from; at < from + count; at += BATCH) {
    const programs = Array.from({ length: Math.min(BATCH, from + count - at) }, (_, i) => wholeProgram(at + i))
    const theirs = qemu.run(programs)
    programs.forEach((program, i) => {
      const found = problems(program, theirs[i] as ProgramResult)
      if (found.length === 0) return
      wrong++
      console.log(`program ${program.number}, ${program.kind}: ${found.slice(0, 4).join('; ')}`)
    })
    console.log(`programs ${from} to ${at + programs.length - 1}: ${wrong} differ`)
  }
  if (wrong > 0) process.exitCode = 1
}
qemu.close()
