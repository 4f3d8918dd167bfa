/** The programs, and our CPU that runs them: those of packages/cpu/test/programs, where what is recorded here is compared with. */

// @boundaries-ignore the tests own the programs, and nothing that is published may export them
export { digestsPath, encodeDigests, GROUP, hashGroup } from '../../packages/cpu/test/programs/digests.ts'
// @boundaries-ignore as above
export { FRAME, FRAME_BYTES, LOG_ENTRY_BYTES } from '../../packages/cpu/test/programs/layout.ts'
// @boundaries-ignore as above
export { CONTROL, ProgramMachine, pristineMemory } from '../../packages/cpu/test/programs/machine.ts'
// @boundaries-ignore as above
export { type WholeProgram, wholeProgram } from '../../packages/cpu/test/programs/program.ts'
// @boundaries-ignore as above
export {
  describeProgram,
  differences,
  hashResult,
  type ProgramResult,
  reasonNotCompared,
} from '../../packages/cpu/test/programs/result.ts'
// @boundaries-ignore as above
export { shrink } from '../../packages/cpu/test/programs/shrink.ts'
// @boundaries-ignore as above
export { supervisorImage } from '../../packages/cpu/test/programs/supervisor.ts'
