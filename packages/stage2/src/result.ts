/** Outcomes of the engine, as values. */

/** 0, or a negative errno of {@link Result}. */
export type Result = number

/** Outcomes of engine operations: zero, or the negative errno that Linux's engine gives. */
export const Result = {
  ok: 0,
  /** Nothing to do, or a race was lost: let the guest access again. */
  EAGAIN: -11,
  /** No memory for a table. What was mapped before stays mapped; the call may be repeated. */
  ENOMEM: -12,
  /** Flags that contradict each other, or a destroyed table. */
  EINVAL: -22,
  /** An address outside the IPA space, or an output address that a descriptor cannot hold. */
  ERANGE: -34,
} as const

/** The errno's name, or `ok`. */
export function formatResult(result: Result): string {
  for (const [name, value] of Object.entries(Result)) if (value === result) return name
  return `result ${result}`
}
