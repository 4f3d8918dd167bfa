/** The ratios of the benchmark of mechanisms as a bar chart in SVG. */

import { type MechanismResult, meansOf, type Reference } from './result.ts'

const left = 130
const width = 560
const barHeight = 9
const rowHeight = 28
const top = 74
const ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
const colours: Record<Reference, string> = { cortexA57: '#2b6cb0', max: '#dd8a2b' }
const legend: Record<Reference, string> = { cortexA57: 'QEMU -cpu cortex-a57', max: 'QEMU -cpu max,pauth-impdef=on' }
const references = ['cortexA57', 'max'] as const

/**
 * Draws how many times QEMU's speed each row and each mean reaches, on a logarithmic axis: bars to the right of 1 are faster.
 *
 * @param caption - One line about the machine and the versions.
 */
export function drawChart(results: readonly MechanismResult[], caption: string): string {
  const means = meansOf(results).map(({ group, translatedBy }) => ({ name: `mean of ${group}`, translatedBy }))
  const rows = [...results, ...means]
  const height = top + rows.length * rowHeight + 30
  const shapes = rows.flatMap(({ name, translatedBy }, row) => {
    const y = top + row * rowHeight
    const label = text(left - 8, y + barHeight + 3, name, 'text-anchor="end"')
    return [
      label,
      ...references.flatMap((reference, i) => bar(translatedBy[reference], reference, y + i * (barHeight + 1))),
    ]
  })
  const grid = ticks.flatMap((tick) => [
    `<line x1="${position(tick)}" x2="${position(tick)}" y1="${top - 6}" y2="${height - 30}" stroke="${tick === 1 ? '#333' : '#ddd'}"/>`,
    text(position(tick), height - 14, `${tick}`, 'text-anchor="middle"'),
  ])
  const keys = references.flatMap((reference, i) => [
    `<rect x="${left + i * 200}" y="44" width="10" height="10" fill="${colours[reference]}"/>`,
    text(left + 15 + i * 200, 53, `by ${legend[reference]}`),
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 60}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    text(left, 20, 'Speed of armvisor’s translator by QEMU’s: right of 1 is faster', 'font-size="14"'),
    text(left, 36, caption, 'fill="#666"'),
    ...keys,
    ...grid,
    ...shapes,
    '</svg>\n',
  ].join('\n')
}

/** A bar from 1 to the ratio, and the ratio. */
function bar(ratio: number | undefined, reference: Reference, y: number): string[] {
  if (ratio === undefined) return []
  const [from, to] = [position(1), position(ratio)]
  const start = Math.min(from, to)
  const size = Math.max(1, Math.abs(to - from))
  const rectangle = `<rect x="${start}" y="${y}" width="${size}" height="${barHeight}" fill="${colours[reference]}"/>`
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
