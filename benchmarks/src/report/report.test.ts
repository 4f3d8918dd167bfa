/** The report of given records, and the targets. */

import { describe, expect, test } from 'vitest'
import { type Column, compare, meansOf } from '../harness/comparison.ts'
import type { BenchRecord } from '../harness/record.ts'
import { formatReport } from './markdown.ts'
import { missedTargets } from './targets.ts'

const columns: readonly Column[] = [
  { id: 'ours', title: 'Node 20', isOurs: true },
  { id: 'max', title: 'QEMU max', isOurs: false },
]

function recordOf(benchmark: string, ratios: Readonly<Record<string, number>>, groups = {}): BenchRecord {
  const results = Object.entries(ratios).map(([name, ratio]) =>
    compare({ name, runs: { ours: [ratio * 100], max: [100] } }, columns),
  )
  return {
    benchmark,
    title: 'Programs',
    date: '2026-11-26T10:00:00.000Z',
    host: { cpu: 'a CPU', cpus: 2, platform: 'linux x64' },
    versions: 'Node v20, QEMU 7',
    unit: 'runs a second',
    columns,
    results,
    means: meansOf(results, columns),
    overhead: [{ id: 'ours', bytes: 3 * 2 ** 20 }],
    groups: Object.entries(groups).map(([name, ratio]) => ({
      name,
      ratios: [{ ours: 'ours', reference: 'max', ratio: ratio as number }],
    })),
  }
}

describe('missedTargets', () => {
  test('default: rows and means below what is wanted', () => {
    expect(missedTargets(recordOf('userland', { gzip: 3, pipe: 0.5 }))).toEqual([
      'userland, pipe: Node 20 by QEMU max is 0.50, the target 0.8',
      'userland, mean of all: Node 20 by QEMU max is 1.22, the target 1.5',
    ])
  })

  test('behavior: some groups have a target of their own', () => {
    expect(missedTargets(recordOf('mechanisms', { fp: 2.5 }, { 'mean of FP': 2.5, 'mean of memory': 1 }))).toEqual([
      'mechanisms, mean of FP: Node 20 by QEMU max is 2.50, the target 3',
    ])
  })

  test('behavior: what reaches its target is not missed', () => {
    expect(missedTargets(recordOf('boot', { boot: 1 }))).toEqual([])
  })
})

describe('formatReport', () => {
  test('default: tables, charts, the soak and what is missed', () => {
    const summary = { growthBytes: 2 ** 20, clockError: 0.0012, maxClockOffsetSeconds: 0.1, broken: [] }
    const soak = { date: '2026-11-26', versions: 'Node v20', samples: [{ hostSeconds: 600, processes: 900 }], summary }
    const report = formatReport([recordOf('userland', { gzip: 3, pipe: 0.5 })], soak)
    expect(report).toContain('| gzip | 300.0 | 100.0 | 3.00 |')
    expect(report).toContain('| *mean of all* |  |  | 1.22 |')
    expect(report).toContain("MiB in memory besides the guest's: Node 20 3, QEMU max unknown.")
    expect(report).toContain('![Ratios](userland.svg)')
    expect(report).toContain('900 rounds of short processes in 10.0 minutes')
    expect(report).toContain('off by 0.120 %. All bounds hold.')
    expect(report).toMatch(/## Targets that are missed\n\n- userland, pipe/)
  })
})
