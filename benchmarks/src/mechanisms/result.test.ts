/** Arguments, ratios, means and the chart of the benchmark of mechanisms. */

import { describe, expect, test } from 'vitest'
import { drawChart } from './chart.ts'
import { parseMechanismOptions } from './options.ts'
import { formatHeader, formatMean, formatResult, meansOf, summarizeRuns } from './result.ts'

const alu = summarizeRuns(
  'alu',
  'integer',
  {
    interpreted: [10, 12, 11],
    translated: [200, 400, 300],
    cortexA57: [100, 100, 100],
    max: [50, 100, 150],
  },
  [70, 9, 30],
)
/** QEMU's Cortex-A57 has none. */
const lse = summarizeRuns('lse', 'atomics', { interpreted: [5], translated: [80], max: [10] })

describe('result', () => {
  test('default: a row is its medians and the medians of its ratios', () => {
    expect(alu).toMatchObject({
      millionsPerSecond: { interpreted: 11, translated: 300, cortexA57: 100, max: 100 },
      interpretedBy: { cortexA57: 0.11, max: 0.12 },
      translatedBy: { cortexA57: 3, max: 4 },
      rampMs: 30,
    })
  })

  test('behavior: a column that could not be measured is absent', () => {
    expect(lse.translatedBy).toEqual({ max: 8 })
    expect(formatResult(lse, true).split(/ +/)).toEqual(['lse', '5.00', '80.0', '-', '10.0', '-', '-', '8.00', '-'])
  })

  test('default: means are geometric, over all rows and over each group', () => {
    const [all, integer, atomics] = meansOf([alu, lse])
    expect(all).toMatchObject({ group: 'all', translatedBy: { cortexA57: expect.closeTo(3) } })
    expect(all?.translatedBy.max).toBeCloseTo(Math.sqrt(32))
    expect(integer?.group).toBe('integer')
    expect(atomics?.translatedBy).toEqual({ max: expect.closeTo(8) })
  })

  test('default: ratios and means are below the titles of their columns', () => {
    const [header, row] = [formatHeader(true), formatResult(alu, true)]
    expect(row).toHaveLength(header.length)
    const ratios = header.slice(0, header.indexOf('transl/max') + 'transl/max'.length)
    expect(formatMean({ group: 'all', translatedBy: { cortexA57: 2, max: 3 } })).toHaveLength(ratios.length)
  })

  test('args: without QEMU there are two columns', () => {
    expect(formatHeader(false).trim().split(/ +/)).toEqual(['interpreted', 'translated', '90', '%', 'at', 'ms'])
    expect(formatResult(alu, false).split(/ +/)).toEqual(['alu', '11.0', '300.0', '30'])
  })
})

describe('chart', () => {
  const svg = drawChart([alu, lse], 'Node <v20> & more')

  test('default: has a bar for each ratio and each mean', () => {
    // Rows 3, means of all, integer, atomics 5; two keys of the legend.
    expect(svg.match(/<rect x=/g)).toHaveLength(3 + 5 + 2)
    expect(svg).toContain('>mean of atomics</text>')
  })

  test('behavior: a bar below 1 ends at 1', () => {
    const slow = drawChart([summarizeRuns('slow', 'integer', { translated: [1], max: [2] })], '')
    const line = /<line x1="(\d+)"[^>]*#333/.exec(slow)?.[1]
    // The second bar of the first row.
    const [, x, size] = /<rect x="(\d+)" y="84" width="(\d+)"/.exec(slow) ?? []
    expect(Number(x) + Number(size)).toBe(Number(line))
  })

  test('behavior: text is escaped', () => {
    expect(svg).toContain('Node &lt;v20> &amp; more')
  })
})

describe('options', () => {
  test('default: everything, five times, with QEMU', () => {
    const options = parseMechanismOptions([])
    expect(options).toMatchObject({ runs: 5, withQemu: true })
    expect(options?.names).toContain('syscall')
  })

  test('args: --only names rows, which stay in the order of the table', () => {
    expect(parseMechanismOptions(['--only', 'fp', '--only', 'alu'])?.names).toEqual(['alu', 'fp'])
  })

  test('args: --help asks for help', () => {
    expect(parseMechanismOptions(['-h'])).toBeUndefined()
  })

  test.each([
    [['--only', 'nothing'], /--only is "nothing"/],
    [['--runs', '0'], /--runs is "0"/],
    [['--runs', '1.5'], /--runs is "1.5"/],
    [['--no-qemu', '--svg', 'x'], /--svg/],
    [['--bogus'], /bogus/],
  ])('error: %j', (argv, message) => {
    expect(() => parseMechanismOptions(argv)).toThrow(message)
  })
})
