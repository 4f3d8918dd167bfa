/** Ratios as a bar chart in SVG. */

import { type Column, pairsOf, type Ratio, ratioOf } from './comparison.ts'

const left = 130
const width = 560
const barHeight = 9
const top = 54
const keyHeight = 15
const ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
/** One for each pair of columns, in their order. */
const colours = ['#2b6cb0', '#dd8a2b', '#63a4e0', '#f0bd7a', '#2f855a', '#805ad5', '#9ae6b4', '#d6bcfa']

/** What a group of bars shows. */
export interface ChartRow {
  readonly name: string
  readonly ratios: readonly Ratio[]
}

/**
 * Draws how many times QEMU's speed each row reaches, on a logarithmic axis: bars to the right of 1 are faster.
 *
 * @param caption - One line about the machine and the versions.
 */
export function drawChart(
  title: string,
  rows: readonly ChartRow[],
  columns: readonly Column[],
  caption: string,
): string {
  const pairs = pairsOf(columns)
  const rowHeight = pairs.length * (barHeight + 1) + 8
  const first = top + pairs.length * keyHeight
  const height = first + rows.length * rowHeight + 30
  const titleOf = (id: string): string => columns.find((column) => column.id === id)?.title ?? id
  const shapes = rows.flatMap((row, i) => {
    const y = first + i * rowHeight
    const bars = pairs.flatMap(({ ours, reference }, n) =>
      bar(ratioOf(row, ours, reference), colours[n % colours.length] as string, y + n * (barHeight + 1)),
    )
    return [text(left - 8, y + barHeight + 1, row.name, 'text-anchor="end"'), ...bars]
  })
  const grid = ticks.flatMap((tick) => [
    `<line x1="${position(tick)}" x2="${position(tick)}" y1="${first - 6}" y2="${height - 30}" stroke="${tick === 1 ? '#333' : '#ddd'}"/>`,
    text(position(tick), height - 14, `${tick}`, 'text-anchor="middle"'),
  ])
  const keys = pairs.flatMap(({ ours, reference }, n) => [
    `<rect x="${left}" y="${44 + n * keyHeight}" width="10" height="10" fill="${colours[n % colours.length]}"/>`,
    text(left + 15, 53 + n * keyHeight, `${titleOf(ours)} by ${titleOf(reference)}`),
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 60}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    text(left, 20, `${title}: armvisor’s speed by QEMU’s, right of 1 is faster`, 'font-size="14"'),
    text(left, 36, caption, 'fill="#666"'),
    ...keys,
    ...grid,
    ...shapes,
    '</svg>\n',
  ].join('\n')
}

/** A bar from 1 to the ratio, and the ratio. */
function bar(ratio: number | undefined, colour: string, y: number): string[] {
  if (ratio === undefined) return []
  const [from, to] = [position(1), position(ratio)]
  const start = Math.min(from, to)
  const size = Math.max(1, Math.abs(to - from))
  const rectangle = `<rect x="${start}" y="${y}" width="${size}" height="${barHeight}" fill="${colour}"/>`
  const anchor = ratio < 1 ? 'text-anchor="end" ' : ''
  return [rectangle, text(ratio < 1 ? to - 3 : to + 3, y + 8, ratio.toFixed(2), `${anchor}font-size="9"`)]
}

/** Where a ratio is on the axis; what is beyond it is at its end. */
function position(ratio: number): number {
  const [least, most] = [Math.log(ticks[0] as number), Math.log(ticks.at(-1) as number)]
  const share = (Math.log(ratio) - least) / (most - least)
  return Math.round(left + width * Math.min(1, Math.max(0, share)))
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`
}
