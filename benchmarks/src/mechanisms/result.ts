/** The numbers of the benchmark of mechanisms and how they are shown. */

import { geometricMean, median } from '../harness/statistics.ts'
import type { Group } from './programs.ts'

/** The columns, in the order in which one run of a row measures them. */
export const contenders = ['interpreted', 'translated', 'cortexA57', 'max'] as const

/** A column: our CPU twice, QEMU's `-cpu cortex-a57` and `-cpu max`. */
export type Contender = (typeof contenders)[number]

/** QEMU's columns. */
export type Reference = 'cortexA57' | 'max'

/** Million instructions, or round trips, a second of each run; a column is absent where it was not or cannot be measured. */
export type Runs = Partial<Record<Contender, readonly number[]>>

/** One row. */
export interface MechanismResult {
  readonly name: string
  readonly group: Group
  readonly runs: Runs
  /** Medians of the runs. */
  readonly millionsPerSecond: Partial<Record<Contender, number>>
  /** Ours by QEMU's. */
  readonly interpretedBy: Partial<Record<Reference, number>>
  readonly translatedBy: Partial<Record<Reference, number>>
  /** Median of the milliseconds until the translator reaches nine tenths of its speed. */
  readonly rampMs?: number
}

/**
 * A row of its runs.
 *
 * @param ramps - Milliseconds of each run until the translator reached nine tenths of its speed.
 */
export function summarizeRuns(name: string, group: Group, runs: Runs, ramps: readonly number[] = []): MechanismResult {
  const millionsPerSecond: Partial<Record<Contender, number>> = {}
  for (const contender of contenders) {
    const values = runs[contender]
    if (values) millionsPerSecond[contender] = median(values)
  }
  const ratios = (own: 'interpreted' | 'translated'): Partial<Record<Reference, number>> => {
    const by: Partial<Record<Reference, number>> = {}
    const values = runs[own]
    if (!values) return by
    for (const reference of ['cortexA57', 'max'] as const) {
      const theirs = runs[reference]
      // Neighbours in time are compared: load that both suffer cancels out.
      if (theirs) by[reference] = median(values.map((value, i) => value / (theirs[i] as number)))
    }
    return by
  }
  return {
    name,
    group,
    runs,
    millionsPerSecond,
    interpretedBy: ratios('interpreted'),
    translatedBy: ratios('translated'),
    ...(ramps.length > 0 && { rampMs: median(ramps) }),
  }
}

/** Geometric means of the translated ratios; `all` is over every row. */
export interface GroupMean {
  readonly group: Group | 'all'
  readonly translatedBy: Partial<Record<Reference, number>>
}

/** Means of all rows and of each group; a row without the column does not count in it. */
export function meansOf(results: readonly MechanismResult[]): readonly GroupMean[] {
  const groups = ['all', ...new Set(results.map(({ group }) => group))] as const
  return groups.map((group) => {
    const members = results.filter((result) => group === 'all' || result.group === group)
    const translatedBy: Partial<Record<Reference, number>> = {}
    for (const reference of ['cortexA57', 'max'] as const) {
      const ratios = members.flatMap((result) => result.translatedBy[reference] ?? [])
      if (ratios.length > 0) translatedBy[reference] = geometricMean(ratios)
    }
    return { group, translatedBy }
  })
}

const titles: Record<Contender, string> = {
  interpreted: 'interpreted',
  translated: 'translated',
  cortexA57: 'QEMU a57',
  max: 'QEMU max',
}
const ratioTitles = ['interp/a57', 'transl/a57', 'transl/max']
const columnWidth = 12

/** The table's first line. */
export function formatHeader(withQemu: boolean): string {
  const columns = withQemu ? [...contenders.map((c) => titles[c]), ...ratioTitles] : ['interpreted', 'translated']
  columns.push('90 % at ms')
  return `${''.padEnd(columnWidth)}${columns.map((title) => title.padStart(columnWidth)).join('')}`
}

/** A row of the table. */
export function formatResult(result: MechanismResult, withQemu: boolean): string {
  const { name, millionsPerSecond, interpretedBy, translatedBy, rampMs } = result
  const speeds = contenders.slice(0, withQemu ? 4 : 2).map((contender) => millionsPerSecond[contender])
  const ratios = withQemu ? [interpretedBy.cortexA57, translatedBy.cortexA57, translatedBy.max] : []
  return `${name.padEnd(columnWidth)}${cells(speeds, 1)}${cells(ratios, 2)}${cells([rampMs], 0)}`
}

/** A mean, under the columns of the ratios. */
export function formatMean({ group, translatedBy }: GroupMean): string {
  return `mean of ${group}`.padEnd(6 * columnWidth) + cells([translatedBy.cortexA57, translatedBy.max], 2)
}

function cells(values: readonly (number | undefined)[], digits: number): string {
  // Round trips are few millions.
  const text = (value: number): string => value.toFixed(value < 10 && digits > 0 ? 2 : digits)
  return values.map((value) => (value === undefined ? '-' : text(value)).padStart(columnWidth)).join('')
}
