/** Statistics of a run as a table for people. */

import type { CpuStatistics, JitStatistics } from '@armvisor/cpu'
import type { StatisticsReport } from './run-statistics.ts'

/** Name, value, and what it is of or in. */
type Row = readonly [name: string, value: string, note?: string]
type Section = readonly [title: string, rows: readonly Row[]]

const count = (value: number): string => value.toLocaleString('en-US')
const ms = (value: number): string => value.toFixed(value < 100 ? 1 : 0)
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
/** Of how many, as a share; nothing where there were none. */
const share = (part: number, whole: number, name: string): string =>
  whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} % of ${count(whole)} ${name}`

/** The report as lines, each with a line feed. */
export function statisticsText(report: StatisticsReport): string {
  const sections = [
    timeOf(report),
    ...report.cpus.flatMap((cpu) => cpuSections(cpu)),
    faultsOf(report),
    memoryOf(report),
  ]
  const rows = sections.flatMap(([title, rows]) => rows.map((row, n) => [n === 0 ? title : '', ...row]))
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length))
  const [titles, names, values] = [width(0), width(1), width(2)]
  const lines = rows.map(([title = '', name = '', value = '', note = '']) =>
    `${title.padEnd(titles)}  ${name.padEnd(names)}  ${value.padStart(values)} ${note}`.trimEnd(),
  )
  return lines.map((line) => `${line}\n`).join('')
}

function timeOf({ wallMs, instructions }: StatisticsReport): Section {
  const counted: Row[] = instructions === undefined ? [] : [['instructions', count(instructions)]]
  return ['run', [['time', ms(wallMs), 'ms'], ...counted]]
}

function cpuSections(cpu: CpuStatistics): Section[] {
  const { tlb, exits, jit } = cpu
  const found = tlb.contextSwitches - tlb.contextsEmptied
  return [
    [
      'interpreter',
      [
        ['handlers in the loop', count(cpu.hot)],
        ['handlers as functions', count(cpu.functions)],
        ['instructions decoded', count(cpu.decoded)],
        ['copied from equal words', count(cpu.copied), share(cpu.copied, cpu.decoded, 'decoded')],
        ['times all was dropped', count(cpu.codeEvictions)],
      ],
    ],
    ...(jit ? translatorSections(jit) : []),
    [
      'TLB',
      [
        ['data misses', count(tlb.dataMisses)],
        ['data entries made', count(tlb.dataFills)],
        ['fetch misses', count(tlb.execMisses)],
        ['fetch entries made', count(tlb.execFills)],
        ['contexts found again', count(found), share(found, tlb.contextSwitches, 'switches')],
      ],
    ],
    ['exits of the loop', Object.entries(exits).map(([kind, times]): Row => [kind, count(times)])],
  ]
}

function translatorSections(jit: JitStatistics): Section[] {
  return [
    [
      'translator',
      [
        ['regions made', count(jit.regions)],
        ['live', count(jit.liveRegions), share(jit.liveRegions, jit.regions, 'made')],
        ['evicted', count(jit.evicted)],
        ['stale before installed', count(jit.stale)],
        ['instructions translated', count(jit.insns)],
        ['modules made', count(jit.modules), `of ${mib(jit.bytes)} MiB`],
        ['live modules', count(jit.liveModules), `of ${mib(jit.liveBytes)} MiB`],
      ],
    ],
    [
      'compilation',
      [
        ['translation', ms(jit.translateMs), 'ms'],
        ["the engine's compiler", ms(jit.compileMs), 'ms'],
        ['mean time to installation', ms(jit.latencyMs), 'ms'],
      ],
    ],
  ]
}

function faultsOf({ stage2Faults }: StatisticsReport): Section {
  return ['stage-2 faults', Object.entries(stage2Faults).map(([outcome, times]): Row => [outcome, count(times)])]
}

function memoryOf({ memory, cpus }: StatisticsReport): Section {
  const records = cpus.reduce((sum, { recordBytes }) => sum + recordBytes, 0)
  const pool = cpus.reduce((sum, { recordPoolBytes }) => sum + recordPoolBytes, 0)
  const decoded: Row[] = pool === 0 ? [] : [['decoded code', mib(records), `MiB of ${mib(pool)}`]]
  return [
    'memory',
    [
      ['resident', mib(memory.residentBytes), 'MiB'],
      ['guest RAM', mib(memory.guestBytes), 'MiB'],
      ['linear memory', mib(memory.linearBytes), 'MiB'],
      ...decoded,
    ],
  ]
}
