/** The rows of the benchmark of mechanisms: speeds, ratios, means by group, and how long translated code takes to be fast. */

import { type Column, formatHeader, formatResult, meansOf, type Ratio, type Result } from '../harness/comparison.ts'
import type { Group } from './programs.ts'

/** One row. */
export interface MechanismResult extends Result {
  readonly group: Group
  /** Of our columns: median of the milliseconds until nine tenths of the speed. */
  readonly rampMs: Readonly<Record<string, number>>
}

/** A geometric mean for each pair of columns. */
export interface GroupMean {
  readonly name: string
  readonly ratios: readonly Ratio[]
}

/** Means of each group. */
export function groupMeans(results: readonly MechanismResult[], columns: readonly Column[]): readonly GroupMean[] {
  const groups = [...new Set(results.map(({ group }) => group))]
  return groups.map((group) => ({
    name: `mean of ${group}`,
    ratios: meansOf(
      results.filter((result) => result.group === group),
      columns,
    ),
  }))
}

/** The table's first line. */
export function formatMechanismHeader(columns: readonly Column[]): string {
  return `${formatHeader(columns)}  90 % at ms`
}

/** A row of the table. */
export function formatMechanism(result: MechanismResult, columns: readonly Column[]): string {
  const ramps = columns.flatMap(({ id }) => result.rampMs[id] ?? []).map((ms) => ms.toFixed(0))
  return `${formatResult(result, columns)}  ${ramps.join(' ').padStart('90 % at ms'.length)}`
}
