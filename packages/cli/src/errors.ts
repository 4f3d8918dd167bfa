/** The two ways in which a command fails: it was called wrongly, or it could not be done. */

/** A wrong command line: exit status 2 and a hint to `--help`. The message is one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Something that could not be done: exit status 1. The message is one sentence. */
export class FailureError extends Error {
  override readonly name = 'FailureError'
}
