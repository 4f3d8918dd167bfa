/** Memory for tests of code that uses the engine: it checks references, leaks and break-before-make. */

export { ArrayMemory, type ArrayMemoryOptions, TableMemoryError } from './testing/array-memory.ts'
export { BreakBeforeMakeError, BreakBeforeMakeLog, type TableEvent } from './testing/break-before-make.ts'
