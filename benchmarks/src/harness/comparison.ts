/** A table of speeds, with the ratios of each of our columns to each of QEMU's. */

import { geometricMean, median } from './statistics.ts'

/** Who was measured. */
export interface Column {
  /** Key in {@link Row.runs}. */
  readonly id: string
  /** Over the column; short. */
  readonly title: string
  readonly isOurs: boolean
}

/** What was measured: speeds of each column's runs, more is faster. A column that cannot do it is absent. */
export interface Row {
  readonly name: string
  readonly runs: Readonly<Record<string, readonly number[]>>
}

/** One of our columns by one of QEMU's. */
export interface Ratio {
  readonly ours: string
  readonly reference: string
  readonly ratio: number
}

/** A row with its medians and ratios. */
export interface Result extends Row {
  readonly medians: Readonly<Record<string, number>>
  readonly ratios: readonly Ratio[]
}

/** Medians, and medians of the ratios of neighbours in time: load that both suffer cancels out. */
export function compare(row: Row, columns: readonly Column[]): Result {
  const measured = columns.filter(({ id }) => row.runs[id] !== undefined)
  const runs = (id: string): readonly number[] => row.runs[id] as readonly number[]
  const medians = Object.fromEntries(measured.map(({ id }) => [id, median(runs(id))]))
  const ratios = pairsOf(measured).map(({ ours, reference }) => {
    const theirs = runs(reference)
    return { ours, reference, ratio: median(runs(ours).map((speed, i) => speed / (theirs[i] as number))) }
  })
  return { ...row, medians, ratios }
}

/** Geometric means over rows; a row without the pair does not count in it. */
export function meansOf(results: readonly Result[], columns: readonly Column[]): readonly Ratio[] {
  return pairsOf(columns).flatMap(({ ours, reference }) => {
    const ratios = results.flatMap((result) => ratioOf(result, ours, reference) ?? [])
    return ratios.length === 0 ? [] : [{ ours, reference, ratio: geometricMean(ratios) }]
  })
}

/** The ratio of one column by another; undefined when either was not measured. */
export function ratioOf({ ratios }: Pick<Result, 'ratios'>, ours: string, reference: string): number | undefined {
  return ratios.find((ratio) => ratio.ours === ours && ratio.reference === reference)?.ratio
}

/** Each of our columns with each of QEMU's. */
export function pairsOf(columns: readonly Column[]): readonly Omit<Ratio, 'ratio'>[] {
  const references = columns.filter(({ isOurs }) => !isOurs)
  return columns
    .filter(({ isOurs }) => isOurs)
    .flatMap((ours) => references.map((reference) => ({ ours: ours.id, reference: reference.id })))
}

const nameWidth = 14
const leastWidth = 10

/** The table's first line. */
export function formatHeader(columns: readonly Column[]): string {
  return line('', titlesOf(columns), columns)
}

/** A row of the table. */
export function formatResult(result: Result, columns: readonly Column[]): string {
  const speeds = columns.map(({ id }) => formatNumber(result.medians[id]))
  return line(result.name, [...speeds, ...ratioTexts(result, columns)], columns)
}

/** A mean, below the ratios. */
export function formatMeans(name: string, means: readonly Ratio[], columns: readonly Column[]): string {
  return line(name, [...columns.map(() => ''), ...ratioTexts({ ratios: means }, columns)], columns)
}

/** Over speeds and ratios: "Node 20", "Node 20/QEMU a57". */
export function titlesOf(columns: readonly Column[]): readonly string[] {
  const title = (id: string): string => (columns.find((column) => column.id === id) as Column).title
  const ratios = pairsOf(columns).map(({ ours, reference }) => `${title(ours)}/${title(reference)}`)
  return [...columns.map((column) => column.title), ...ratios]
}

function ratioTexts(result: Pick<Result, 'ratios'>, columns: readonly Column[]): string[] {
  return pairsOf(columns).map(({ ours, reference }) => ratioOf(result, ours, reference)?.toFixed(2) ?? '-')
}

/** Four digits or so. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined) return '-'
  return value.toFixed(value < 10 ? 3 : value < 1000 ? 1 : 0)
}

function line(name: string, cells: readonly string[], columns: readonly Column[]): string {
  const widths = titlesOf(columns).map((title) => Math.max(leastWidth, title.length))
  return `${name.padEnd(nameWidth)}${cells.map((cell, i) => `  ${cell.padStart(widths[i] as number)}`).join('')}`.trimEnd()
}
