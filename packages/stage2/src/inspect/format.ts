/** What was read out of tables, as lines of text and as JSON. */

import { formatBytes } from '../geometry.ts'
import type { TableDump, TableRun, WalkStep } from './foreign-tables.ts'

const hex = (value: bigint, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`

/** One line for a run: `0x0040000000-0x0040200000 -> 0x0800000000 rw- Normal-WB AF L2 x1 (2 MiB)`. */
export function formatTableRun(run: TableRun, inputBits = 40): string {
  const { address, pa, sizeBytes, level, entries, permissions, memory, flags } = run
  const what = `${permissions} ${memory} ${flags.join(' ')} L${level} x${entries} (${formatBytes(Number(sizeBytes))})`
  const digits = Math.ceil(inputBits / 4)
  return `${hex(address, digits)}-${hex(address + sizeBytes, digits)} -> ${hex(pa, 10)} ${what}`
}

/** A dump as lines: what it is, its runs, what is wrong. */
export function formatDump(dump: TableDump): string[] {
  const { shape, runs, tables, problems } = dump
  const counts = tables.flatMap((count, i) => (count === 0 ? [] : [`${count} of level ${i - 1}`]))
  const lines = [
    `stage ${dump.stage}, ${dump.name} 0x${shape.base.toString(16)}: ${shape.inputBits} bits, ${formatBytes(2 ** shape.granuleBits)} pages, from level ${shape.startLevel}`,
    `tables: ${counts.join(', ')}`,
    ...runs.map((run) => formatTableRun(run, shape.inputBits)),
  ]
  if (runs.length === 0) lines.push('nothing is mapped')
  for (const { address, level, pa, descriptor, problem } of problems) {
    lines.push(
      `problem at ${hex(address, 10)}, level-${level} descriptor ${hex(descriptor, 16)} at ${hex(pa, 10)}: ${problem}`,
    )
  }
  if (dump.isTruncated) lines.push('there is more: the limit of tables or problems is reached')
  return lines
}

/** One line for a step of a walk: `L1 [1] @0x43a54008 = 0x0000000044937003 table`. */
export function formatStep({ level, index, pa, descriptor, kind }: WalkStep): string {
  return `L${level} [${index}] @0x${pa.toString(16)} = ${hex(descriptor, 16)} ${kind}`
}

/** JSON of anything in this package: a bigint is a string of hexadecimal digits after 0x. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner))
}
