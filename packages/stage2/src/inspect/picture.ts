/** A picture of what tables map, as an SVG document. */

import { formatBytes } from '../geometry.ts'
import type { TableDump, TableRun } from './foreign-tables.ts'
import { formatTableRun } from './format.ts'

/** How a picture looks. */
export interface PictureOptions {
  /** Default: the tables' register and shape. */
  readonly title?: string
  /** Runs to draw at most; the rest is told as a number. Default 200. */
  readonly maxRuns?: number
}

const width = 960
const rowHeight = 28
const barLeft = 250
const barWidth = 180
const top = 96

interface Row {
  readonly height: number
  readonly run: TableRun | undefined
  readonly gapBytes: bigint
}

/**
 * Draws the address space from bottom to top of the list: a box for each run, coloured by what it allows, beside its addresses
 * and attributes; a thin hatched box for each hole. Heights grow with the logarithm of the size, so that a page is seen beside
 * a terabyte. The document needs nothing else: no script, font or style sheet.
 */
export function drawTables(dump: TableDump, options: PictureOptions = {}): string {
  const { runs, shape } = dump
  const shown = runs.slice(0, options.maxRuns ?? 200)
  const rows = rowsOf(dump, shown)
  const height = top + rows.reduce((sum, row) => sum + row.height, 0) + 60
  const title =
    options.title ??
    `${dump.name}: stage ${dump.stage}, ${shape.inputBits} bits, ${formatBytes(2 ** shape.granuleBits)} pages`
  const counts = dump.tables.flatMap((count, i) => (count === 0 ? [] : [`level ${i - 1}: ${count}`]))
  const tableBytes = dump.tables.reduce((sum, count) => sum + count, 0) * 2 ** shape.granuleBits
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, monospace" font-size="12">`,
    `<title>${escapeText(title)}</title>`,
    '<defs><pattern id="hole" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6L6 0" stroke="#bbb" stroke-width="1"/></pattern></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(24, 32, title, 'font-size="16" font-weight="bold"'),
    text(24, 54, `tables by level: ${counts.join(', ')} (${formatBytes(tableBytes)} as whole pages)`, 'fill="#555"'),
    legend(),
  ]
  let y = top
  for (const row of rows) {
    parts.push(row.run === undefined ? drawHole(y, row) : drawRun(y, row, row.run))
    y += row.height
  }
  const more = runs.length - shown.length
  if (more > 0) parts.push(text(barLeft, y + 20, `and ${more} more runs`, 'fill="#555"'))
  if (dump.problems.length > 0)
    parts.push(text(barLeft, y + 40, `${dump.problems.length} problems in the tables`, 'fill="#b00"'))
  parts.push('</svg>')
  return `${parts.join('\n')}\n`
}

function rowsOf(dump: TableDump, runs: readonly TableRun[]): Row[] {
  const rows: Row[] = []
  let next: bigint | undefined
  for (const run of runs) {
    if (next !== undefined && run.address > next)
      rows.push({ height: 16, run: undefined, gapBytes: run.address - next })
    const pages = Math.max(1, Number(run.sizeBytes) / 2 ** dump.shape.granuleBits)
    rows.push({ height: rowHeight + Math.round(Math.log2(pages)), run, gapBytes: 0n })
    next = run.address + run.sizeBytes
  }
  return rows
}

// Colours that stay apart for colour-blind eyes: Okabe and Ito's.
const colours = { code: '#009e73', data: '#56b4e9', readOnly: '#f0e442', device: '#e69f00', none: '#cccccc' } as const

function colourOf({ permissions, memory }: TableRun): string {
  if (memory.startsWith('Device')) return colours.device
  if (permissions.includes('x')) return colours.code
  if (permissions.includes('w')) return colours.data
  return permissions.includes('r') ? colours.readOnly : colours.none
}

function legend(): string {
  const entries = [
    ['executable', colours.code],
    ['writable', colours.data],
    ['read-only', colours.readOnly],
    ['device', colours.device],
    ['no access', colours.none],
  ] as const
  return entries
    .map(([name, colour], i) => {
      const x = barLeft + i * 120
      return `<rect x="${x}" y="66" width="12" height="12" fill="${colour}" stroke="#333"/>${text(x + 18, 76, name)}`
    })
    .join('')
}

function drawRun(y: number, row: Row, run: TableRun): string {
  const middle = y + row.height / 2 + 4
  const details = `${run.permissions} ${run.memory} ${run.flags.join(' ')}`
  const label = `L${run.level} x${run.entries} ${formatBytes(Number(run.sizeBytes))}`
  return [
    `<g><title>${escapeText(formatTableRun(run))}</title>`,
    `<rect x="${barLeft}" y="${y}" width="${barWidth}" height="${row.height}" fill="${colourOf(run)}" stroke="#333"/>`,
    text(barLeft - 8, y + 12, `0x${run.address.toString(16)}`, 'text-anchor="end"'),
    text(barLeft + barWidth / 2, middle, label, 'text-anchor="middle"'),
    text(barLeft + barWidth + 12, middle, `→ 0x${run.pa.toString(16)}  ${details}`),
    '</g>',
  ].join('')
}

function drawHole(y: number, { height, gapBytes }: Row): string {
  const label = formatBytes(Number(gapBytes))
  return `<rect x="${barLeft}" y="${y}" width="${barWidth}" height="${height}" fill="url(#hole)" stroke="#bbb"/>${text(barLeft + barWidth + 12, y + 12, `${label} unmapped`, 'fill="#888"')}`
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escapeText(content)}</text>`
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
