/** What a benchmark says instead of a stack: one sentence. */

/** It could not be done; exit status 1. `message` is a sentence without full stop, and the end of what a program printed. */
export class BenchError extends Error {
  override name = 'BenchError'
}

/** An argument that makes no sense; exit status 2. `message` is a sentence without full stop. */
export class UsageError extends Error {
  override name = 'UsageError'
}
