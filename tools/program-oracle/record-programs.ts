/**
 * Records what QEMU makes of whole programs, for packages/cpu/test/programs. Needs aarch64-linux-gnu-gcc and qemu-system-aarch64:
 * `pnpm exec tsx --conditions @armvisor/source tools/program-oracle/record-programs.ts`
 *
 * To be run after the instruction table got rows or the programs changed. Says where our interpreter differs; compare-programs.ts shows how.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  digestsPath,
  encodeDigests,
  GROUP,
  hashGroup,
  hashResult,
  ProgramMachine,
  type ProgramResult,
  reasonNotCompared,
  wholeProgram,
} from './programs.ts'
import { QemuMachine } from './qemu.ts'

const COUNT = 100_000
const BATCH = 5000

const qemu = new QemuMachine()
const ours = new ProgramMachine()
const answers = new Uint32Array(COUNT)
const reasons: Record<string, number> = {}
for (let from = 0; from < COUNT; from += BATCH) {
  const programs = Array.from({ length: BATCH }, (_, i) => wholeProgram(from + i))
  // Ours first: a program that did not end would keep QEMU for ever.
  const results = programs.map((program) => ours.run(program))
  const theirs = qemu.run(programs)
  programs.forEach((program, i) => {
    const result = results[i] as ProgramResult
    const reason = reasonNotCompared(program, result)
    if (reason) reasons[reason] = (reasons[reason] ?? 0) + 1
    else {
      answers[from + i] = hashResult(theirs[i] as ProgramResult)
      if (answers[from + i] !== hashResult(result)) console.log(`program ${program.number}: ours differs`)
    }
  })
  console.log(`${from + BATCH} programs, not compared: ${JSON.stringify(reasons)}`)
}
const questions = Uint32Array.from({ length: COUNT / GROUP }, (_, group) => hashGroup(group))
mkdirSync(dirname(digestsPath), { recursive: true })
writeFileSync(digestsPath, encodeDigests({ tool: qemu.version, questions, answers }))
qemu.close()
