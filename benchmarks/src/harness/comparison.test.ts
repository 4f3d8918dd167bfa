/** Ratios, means, the chart, profiles and the verdict of the soak, of given numbers. */

import { describe, expect, test } from 'vitest'
import { type Sample, summarizeSoak } from '../soak/result.ts'
import { drawChart } from './chart.ts'
import { type Column, compare, formatHeader, formatMeans, formatResult, meansOf, ratioOf } from './comparison.ts'
import { selfTimes, threadTimes } from './profile.ts'
import { geometricMean, median } from './statistics.ts'

const columns: readonly Column[] = [
  { id: 'ours', title: 'Node 20', isOurs: true },
  { id: 'cortexA57', title: 'QEMU a57', isOurs: false },
  { id: 'max', title: 'QEMU max', isOurs: false },
]
const gzip = compare(
  { name: 'gzip', runs: { ours: [100, 900, 400], cortexA57: [100, 300, 200], max: [50, 50, 50] } },
  columns,
)
/** One reference cannot do it. */
const lse = compare({ name: 'lse', runs: { ours: [9, 9, 9], cortexA57: [1, 1, 1] } }, columns)

describe('statistics', () => {
  test('default', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
    expect(geometricMean([2, 8])).toBeCloseTo(4)
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('comparison', () => {
  test('behavior: a ratio is the median of the ratios of neighbours, not the ratio of the medians', () => {
    expect(gzip.medians).toEqual({ ours: 400, cortexA57: 200, max: 50 })
    expect(ratioOf(gzip, 'ours', 'cortexA57')).toBe(2)
    expect(compare({ name: '', runs: { ours: [1, 6, 8], cortexA57: [1, 1, 8] } }, columns).ratios[0]?.ratio).toBe(1)
  })

  test('behavior: what was not measured has no ratio and does not count in the mean', () => {
    expect(ratioOf(lse, 'ours', 'max')).toBeUndefined()
    const means = meansOf([gzip, lse], columns)
    expect(ratioOf({ ratios: means }, 'ours', 'cortexA57')).toBeCloseTo(Math.sqrt(18))
    expect(ratioOf({ ratios: means }, 'ours', 'max')).toBeCloseTo(8)
  })

  test('default: ratios and means are below their titles', () => {
    const header = formatHeader(columns)
    expect(header.trim().split(/ {2,}/)).toEqual([
      'Node 20',
      'QEMU a57',
      'QEMU max',
      'Node 20/QEMU a57',
      'Node 20/QEMU max',
    ])
    const end = (text: string, part: string): number => text.indexOf(part) + part.length
    expect(end(formatResult(gzip, columns), ' 8.00')).toBe(header.length)
    expect(end(formatMeans('mean', [{ ours: 'ours', reference: 'max', ratio: 3 }], columns), ' 3.00')).toBe(
      header.length,
    )
  })
})

describe('chart', () => {
  const svg = drawChart('Programs', [gzip, lse], columns, 'Node <v20> & more')

  test('default: has a bar for each ratio', () => {
    // The paper, three ratios, two keys of the legend.
    expect(svg.match(/<rect /g)).toHaveLength(1 + 3 + 2)
  })

  test('behavior: a bar below 1 ends at 1', () => {
    const slow = drawChart(
      '',
      [{ name: 'slow', ratios: [{ ours: 'ours', reference: 'max', ratio: 0.5 }] }],
      columns,
      '',
    )
    const one = Number(/<line x1="(\d+)"[^>]*#333/.exec(slow)?.[1])
    const [, x, size] = /<rect x="(\d+)" y="\d+" width="(\d+)" height="9"/.exec(slow) ?? []
    expect(Number(x) + Number(size)).toBe(one)
    expect(Number(x)).toBeLessThan(one)
  })

  test('behavior: text is escaped', () => {
    expect(svg).toContain('Node &lt;v20> &amp; more')
  })
})

describe('profile', () => {
  const frame = (functionName: string, url: string, lineNumber = 0) => ({ functionName, url, lineNumber })

  test('default: self times by function; of WebAssembly the loop alone has a name', () => {
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('run', 'file:///x/cpu.js', 9), children: [2] },
        { id: 2, callFrame: frame('run', 'wasm://wasm/a'), children: [3, 4] },
        { id: 3, callFrame: frame('wasm-function[7]', 'wasm://wasm/b') },
        { id: 4, callFrame: frame('wasm-to-js:i:i', 'wasm://wasm/a') },
        { id: 5, callFrame: frame('(idle)', '') },
      ],
      samples: [1, 2, 3, 3, 4, 5],
      timeDeltas: [10, 20, 30, 30, 10, 900],
    }
    expect(selfTimes(profile)).toEqual([
      { name: 'translated code', share: 0.6 },
      { name: 'interpreter loop', share: 0.2 },
      { name: 'run cpu.js:10', share: 0.1 },
      { name: 'wasm-to-js calls', share: 0.1 },
    ])
  })

  test('behavior: threads count by name, and what they did before does not', () => {
    const stat = (name: string, utime: number, stime: number) => `7 (${name}) S ${'0 '.repeat(10)}${utime} ${stime} 0 0`
    const before = new Map([['7', stat('node', 100, 50)]])
    const after = new Map([
      ['7', stat('node', 300, 50)],
      ['8', stat('V8 (x) Worker', 10, 10)],
      ['9', stat('V8 (x) Worker', 10, 0)],
    ])
    expect(threadTimes(before, after)).toEqual([
      { name: 'node', seconds: 2 },
      { name: 'V8 (x) Worker', seconds: expect.closeTo(0.3) },
    ])
  })
})

describe('summarizeSoak', () => {
  const bounds = { maxGrowthBytes: 32 * 2 ** 20, maxClockError: 0.01 }
  const samples = (mebibytes: readonly number[], guestRate = 1): readonly Sample[] =>
    mebibytes.map((size, i) => ({
      hostSeconds: i,
      guestSeconds: i * guestRate,
      residentBytes: size * 2 ** 20,
      processes: i,
    }))

  test('default: memory that swings and a clock that is right are fine', () => {
    expect(summarizeSoak(samples([600, 900, 700, 920, 650]), bounds)).toMatchObject({ clockError: 0, broken: [] })
  })

  test('error: memory that keeps growing', () => {
    expect(summarizeSoak(samples([600, 640, 680, 720, 760]), bounds).broken).toEqual([
      'memory grew by 80 MiB in the second half, above the bound of 32 MiB',
    ])
  })

  test.each([0.98, 1.02])('error: a clock that runs at %f', (rate) => {
    expect(summarizeSoak(samples([600, 600, 600], rate), bounds).broken).toEqual([
      expect.stringMatching(/^the guest's clock is off by -?2\.00 %, beyond the bound of 1\.00 %$/),
    ])
  })
})
