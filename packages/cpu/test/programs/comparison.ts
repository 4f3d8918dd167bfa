/** Runs programs interpreted and translated, compares the results with each other and with what was recorded, and says what differs. */

import { defaultJitOptions, type JitOptions } from '../../src/jit/translator.ts'
import { type Digests, GROUP, hashGroup } from './digests.ts'
import { ProgramMachine } from './machine.ts'
import { type WholeProgram, wholeProgram } from './program.ts'
import { describeProgram, differences, hashResult, type ProgramResult } from './result.ts'
import { shrink } from './shrink.ts'

const RECORD = 'run tools/program-oracle/record-programs.ts'

/** Translates whatever is reached, at once. */
export const atOnce: JitOptions = { threshold: 1, batch: 1 }
/** Leaves some of it to the interpreter, and so changes between the two in the middle of things. */
export const soon: JitOptions = { threshold: 3, batch: 2 }
/** As a machine has it: what is hot. */
export const asUsual: JitOptions = defaultJitOptions

/** The machines that programs are compared on. */
export class Comparison {
  readonly #digests: Digests
  readonly #interpreter = new ProgramMachine()
  readonly #translators: ProgramMachine[]
  programs = 0
  exceptions = 0
  interrupts = 0
  /** Programs whose result QEMU cannot confirm. */
  notCompared = 0

  /** @param translators for each group of programs, one after the other */
  constructor(digests: Digests, translators: readonly JitOptions[]) {
    this.#digests = digests
    this.#translators = translators.map((options) => new ProgramMachine(options))
  }

  /** Regions that were translated. */
  get regions(): number {
    return this.#translators.reduce((sum, { cpu }) => sum + (cpu.statistics.jit?.regions ?? 0), 0)
  }

  /** Compares a group of programs; lines about the first that is wrong, or none. */
  group(group: number): string[] {
    const translator = this.#translators[group % this.#translators.length] as ProgramMachine
    for (let number = group * GROUP; number < (group + 1) * GROUP; number++) {
      const problem = this.#program(number, translator)
      if (problem.length > 0) return problem
    }
    return []
  }

  #program(number: number, translator: ProgramMachine): string[] {
    const program = wholeProgram(number)
    const expected = this.#digests.answers[number]
    const interpreted = this.#interpreter.run(program)
    const hash = hashResult(interpreted)
    this.programs++
    this.exceptions += interpreted.log.length / 8
    this.interrupts += interpreted.interrupts
    if (expected === 0) this.notCompared++
    else if (expected !== hash) return this.#notAsRecorded(program, interpreted)
    if (hashResult(translator.run(program)) === hash) return []
    return this.#notAsInterpreted(program, translator)
  }

  #notAsRecorded(program: WholeProgram, result: ProgramResult): string[] {
    const { number } = program
    const group = Math.floor(number / GROUP)
    if (hashGroup(group) !== this.#digests.questions[group]) return [`other programs than recorded: ${RECORD}`]
    const facts = `program ${number}: the interpreter leaves another state than ${this.#digests.tool} did`
    return [
      facts,
      `tools/program-oracle/compare-programs.ts --program ${number} shows both`,
      ...describeProgram(program, result),
    ]
  }

  #notAsInterpreted(program: WholeProgram, translator: ProgramMachine): string[] {
    const isWrong = (candidate: WholeProgram): boolean => {
      try {
        return hashResult(this.#interpreter.run(candidate)) !== hashResult(translator.run(candidate))
      } catch {
        return false
      }
    }
    const short = isWrong(program) ? shrink(program, isWrong) : program
    const interpreted = this.#interpreter.run(short)
    return [
      `program ${program.number}: the translated state is not the interpreted`,
      ...describeProgram(short, interpreted),
      'translated, interpreted:',
      ...differences(translator.run(short), interpreted),
    ]
  }
}
