/** The error of bytes that hold no structure. */

/**
 * What is wrong with bytes that hold no structure: too few, more than it has, or not where the C ABI puts it.
 *
 * @see {@link LayoutError}
 */
export type LayoutProblem = 'truncated' | 'oversized' | 'misaligned'

/** Bytes that do not hold a structure. @see `viewStruct` */
export class LayoutError extends RangeError {
  readonly problem: LayoutProblem
  /** Name of the structure. */
  readonly struct: string
  /** Bytes that it needs; of a misaligned one the alignment that it needs. */
  readonly neededBytes: number
  /** Bytes that there are; of a misaligned one the offset in the buffer. */
  readonly actualBytes: number

  constructor(problem: LayoutProblem, struct: string, neededBytes: number, actualBytes: number) {
    super(
      problem === 'misaligned'
        ? `${struct} needs an offset that is a multiple of ${neededBytes} and is at ${actualBytes}`
        : `${struct} needs ${neededBytes} bytes and there are ${actualBytes}`,
    )
    this.name = 'LayoutError'
    this.problem = problem
    this.struct = struct
    this.neededBytes = neededBytes
    this.actualBytes = actualBytes
  }
}
