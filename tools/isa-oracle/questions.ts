/** The questions, and the form of the answers: those of packages/cpu/test/isa, where the CPU is compared with what is recorded here. */

// @boundaries-ignore the tests own the questions, and nothing that is published may export them
export { allocationCase, allocationWords } from '../../packages/cpu/test/isa/allocation-words.ts'
// @boundaries-ignore as above
export { type Case, CODE_VA, WINDOW_VA, windowContents } from '../../packages/cpu/test/isa/execution-cases.ts'
// @boundaries-ignore as above
export {
  casesOf,
  encodeExecution,
  excludedFrom,
  type RecordedRow,
  readExecution,
} from '../../packages/cpu/test/isa/execution-fixture.ts'
// @boundaries-ignore as above
export { Executor } from '../../packages/cpu/test/isa/executor.ts'
// @boundaries-ignore as above
export {
  DISASSEMBLY_BASE,
  type DisassemblyFixture,
  disassemblyWords,
  fingerprint,
  fixturePath,
} from '../../packages/cpu/test/isa/fixture-file.ts'
// @boundaries-ignore as above
export {
  describeOutcome,
  emptyOutcome,
  hashCase,
  hashOutcome,
  type Outcome,
  SIGNAL,
} from '../../packages/cpu/test/isa/outcome.ts'
