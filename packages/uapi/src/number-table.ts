/** Tables of numbers under header names, written as text: one row a line. */

/** A number that the headers define, with what it means on arm64. @see {@link parseRows} */
export interface NumberRow {
  /** Header name. */
  readonly name: string
  readonly value: number
  /** Version of Linux that brought it; empty where that was before 6.1. */
  readonly since: string
  /** What it says on arm64: a clause without full stop; empty if arm64 does not have it. */
  readonly doc: string
}

/**
 * Rows of a table, one a line: name without the prefix, number, version or `-`, clause.
 *
 * Text, since a bundle of a thousand object literals would be three times as large.
 *
 * @see {@link NumberRow}
 */
export function parseRows(prefix: string, text: string): readonly NumberRow[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [name, value, since = '-', ...words] = line.split(' ')
      return { name: prefix + name, value: Number(value), since: since === '-' ? '' : since, doc: words.join(' ') }
    })
}
