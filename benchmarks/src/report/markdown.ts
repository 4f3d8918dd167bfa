/** A report for readers, of the records of several benchmarks. */

import { type Column, formatNumber, pairsOf, type Ratio, ratioOf, titlesOf } from '../harness/comparison.ts'
import { type BenchRecord, formatOverhead } from '../harness/record.ts'
import type { SoakSummary } from '../soak/result.ts'
import { missedTargets } from './targets.ts'

/** What the soak writes, as far as it is read. */
export interface SoakRecord {
  readonly date: string
  readonly versions: string
  readonly samples: readonly { readonly hostSeconds: number; readonly processes: number }[]
  readonly summary: SoakSummary
}

/** The report. @param soak - Absent when it was left out. */
export function formatReport(records: readonly BenchRecord[], soak?: SoakRecord): string {
  const missed = records.flatMap(missedTargets)
  return `${[
    '# Benchmarks',
    'Speeds of armvisor by QEMU’s on the same machine, in turn; more than 1 is faster. Written by `npm run bench -- report`.',
    ...records.map(formatRecord),
    ...(soak ? [formatSoak(soak)] : []),
    '## Targets that are missed',
    missed.length === 0 ? 'None.' : missed.map((sentence) => `- ${sentence}`).join('\n'),
  ].join('\n\n')}\n`
}

function formatRecord(record: BenchRecord): string {
  const { benchmark, title, date, host, versions, unit, columns, results, groups = [], means, overhead } = record
  const rows = [
    ...results.map(({ name, medians, ratios }) =>
      tableRow(
        name,
        columns.map(({ id }) => formatNumber(medians[id])),
        ratios,
        columns,
      ),
    ),
    ...[...groups, ...(results.length > 1 ? [{ name: 'mean of all', ratios: means }] : [])].map(({ name, ratios }) =>
      tableRow(
        `*${name}*`,
        columns.map(() => ''),
        ratios,
        columns,
      ),
    ),
  ]
  const head = ['', ...titlesOf(columns)]
  return [
    `## ${title}`,
    `${date.slice(0, 10)}, ${versions}, ${host.cpus} × ${host.cpu}, ${host.platform}; ${unit}.`,
    [`| ${head.join(' | ')} |`, `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows].join('\n'),
    ...(overhead.length === 0 ? [] : [`${formatOverhead(overhead, columns)}.`]),
    `![Ratios](${benchmark}.svg)`,
  ].join('\n\n')
}

function tableRow(
  name: string,
  speeds: readonly string[],
  ratios: readonly Ratio[],
  columns: readonly Column[],
): string {
  const texts = pairsOf(columns).map(({ ours, reference }) => ratioOf({ ratios }, ours, reference)?.toFixed(2) ?? '-')
  return `| ${[name, ...speeds, ...texts].join(' | ')} |`
}

function formatSoak({ date, versions, samples, summary }: SoakRecord): string {
  const { hostSeconds, processes } = samples.at(-1) ?? { hostSeconds: 0, processes: 0 }
  const verdict = summary.broken.length === 0 ? 'All bounds hold.' : `Broken: ${summary.broken.join('; ')}.`
  return [
    '## A long run',
    `${date.slice(0, 10)}, ${versions}: a shell's loop, ${processes} rounds of short processes in ${(hostSeconds / 60).toFixed(1)} minutes. From the first half to the second memory grew by ${Math.round(summary.growthBytes / 2 ** 20)} MiB; the guest's clock was off by ${(summary.clockError * 100).toFixed(3)} %. ${verdict}`,
  ].join('\n\n')
}
