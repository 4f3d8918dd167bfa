/** Error of an instruction's `exec`. */

/** An `exec` that breaks the rules of `Ops`: found when the table is compiled, never at run time. */
export class ExecError extends Error {
  override readonly name = 'ExecError'
}
