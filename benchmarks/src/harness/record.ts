/** Writes what a benchmark found: all numbers as JSON, ratios as SVG. */

import { writeFileSync } from 'node:fs'
import { type ChartRow, drawChart } from './chart.ts'
import { type Column, meansOf, type Ratio, type Result } from './comparison.ts'
import { describeHost, type HostDescription } from './host.ts'

/** Bytes in memory of a column, less the guest's. */
export interface Overhead {
  readonly id: string
  /** Absent where the system does not say. */
  readonly bytes?: number
}

/** What is in the JSON file of every benchmark that compares. */
export interface BenchRecord {
  readonly benchmark: string
  readonly title: string
  /** ISO 8601. */
  readonly date: string
  readonly host: HostDescription
  readonly versions: string
  /** What the numbers of `results` are. */
  readonly unit: string
  readonly columns: readonly Column[]
  readonly results: readonly Result[]
  readonly means: readonly Ratio[]
  readonly overhead: readonly Overhead[]
  /** Means over parts of the rows. */
  readonly groups?: readonly ChartRow[]
}

/** Puts a record together. @param record - What the benchmark knows; more members than {@link BenchRecord} has are kept. */
export function makeRecord<T extends Omit<BenchRecord, 'date' | 'host' | 'means'>>(record: T): T & BenchRecord {
  const { columns, results } = record
  // A column may know more than is to be written: what runs its guest, for one.
  const plain = columns.map(({ id, title, isOurs }) => ({ id, title, isOurs }))
  return {
    ...record,
    columns: plain,
    date: new Date().toISOString(),
    host: describeHost(),
    means: meansOf(results, plain),
  }
}

/** Writes the files that were asked for. */
export function writeRecord(
  record: BenchRecord,
  { json, svg }: { readonly json?: string; readonly svg?: string },
): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(record, null, 2)}\n`)
  if (svg !== undefined) writeFileSync(svg, drawRecord(record))
}

/** The chart of a record. */
function drawRecord({ title, results, groups = [], means, columns, versions, host, date }: BenchRecord): string {
  const rows = [...results, ...groups, ...(results.length > 1 ? [{ name: 'mean', ratios: means }] : [])]
  return drawChart(title, rows, columns, `${versions}, ${host.cpu}, ${date.slice(0, 10)}`)
}

/** "12 MiB besides the guest's memory: …" */
export function formatOverhead(overhead: readonly Overhead[], columns: readonly Column[]): string {
  const texts = columns.map(({ id, title }) => {
    const bytes = overhead.find((each) => each.id === id)?.bytes
    return `${title} ${bytes === undefined ? 'unknown' : Math.round(bytes / 2 ** 20)}`
  })
  return `MiB in memory besides the guest's: ${texts.join(', ')}`
}
