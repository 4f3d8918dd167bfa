/** `pnpm bench mechanisms`: our CPU and QEMU's on small programs, each of which spends its time in one mechanism. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeVersions, referenceTitles } from './guest/columns.ts'
import { qemuCpus, type Reference } from './guest/contender.ts'
import { type Column, compare, formatMeans } from './harness/comparison.ts'
import { describeHost, qemuCommand, readNodeVersion } from './harness/host.ts'
import { formatProfile, readProfile } from './harness/profile.ts'
import { formatOverhead, makeRecord, writeRecord } from './harness/record.ts'
import { reportErrors } from './harness/report-errors.ts'
import { median } from './harness/statistics.ts'
import { type Machine, ours, qemu } from './mechanisms/machines.ts'
import { type MechanismOptions, mechanismUsage, parseMechanismOptions } from './mechanisms/options.ts'
import { type Mechanism, mechanisms } from './mechanisms/programs.ts'
import { formatMechanism, formatMechanismHeader, groupMeans, type MechanismResult } from './mechanisms/result.ts'

/** A column and what runs its programs. */
interface Player extends Column {
  readonly machine: Machine
  /** The most that it had in memory, in bytes. */
  residentBytes?: number
}

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return reportErrors('mechanisms', mechanismUsage, async () => {
    const options = parseMechanismOptions(argv)
    if (options === undefined) {
      console.log(mechanismUsage)
      return 0
    }
    const folder = mkdtempSync(join(tmpdir(), 'armvisor-mechanisms-'))
    try {
      if (options.profile === undefined) await run(options, join(folder, 'image'))
      else await profile(options.profile, options.nodes[0] as string, folder)
      return 0
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

async function run(options: MechanismOptions, file: string): Promise<void> {
  const { names, runs, withQemu, nodes } = options
  const versions = describeVersions(nodes, withQemu)
  const unit = 'million instructions (traps: round trips) a second'
  const players = playersOf(options, file)
  console.log(`${versions}, ${describeHost().cpu}; ${unit}, medians of ${runs}\n`)
  console.log(formatMechanismHeader(players))
  const results: MechanismResult[] = []
  for (const mechanism of mechanisms.filter(({ name }) => names.includes(name))) {
    const result = await measure(mechanism, players, runs)
    console.log(formatMechanism(result, players))
    results.push(result)
  }
  const groups = withQemu ? groupMeans(results, players) : []
  const overhead = players.map(({ id, residentBytes }) => ({
    id,
    ...(residentBytes !== undefined && { bytes: residentBytes }),
  }))
  const about = { benchmark: 'mechanisms', title: 'Mechanisms', versions, unit }
  const record = makeRecord({ ...about, columns: players, results, overhead, groups })
  if (withQemu)
    console.log(
      [
        '',
        ...[...groups, { name: 'mean of all', ratios: record.means }].map(({ name, ratios }) =>
          formatMeans(name, ratios, players),
        ),
      ].join('\n'),
    )
  console.log(`\n${formatOverhead(overhead, players)}`)
  writeRecord(record, options)
}

function playersOf({ nodes, withQemu, withInterpreter }: MechanismOptions, file: string): readonly Player[] {
  const title = (node: string): string => readNodeVersion(node).replace(/^(Node )v(\d+).*/, '$1$2')
  const own = nodes.map((node, i) => ({
    id: i === 0 ? 'ours' : `ours${i + 1}`,
    title: title(node),
    isOurs: true,
    machine: ours([node], true),
  }))
  const interpreter = {
    id: 'interpreted',
    title: 'interpreted',
    isOurs: true,
    machine: ours([nodes[0] as string], false),
  }
  const theirs = (Object.keys(qemuCpus) as Reference[]).map((id) => ({
    id,
    title: referenceTitles[id],
    isOurs: false,
    machine: qemu(qemuCommand, qemuCpus[id], file),
  }))
  return [...own, ...(withInterpreter ? [interpreter] : []), ...(withQemu ? theirs : [])]
}

/** Runs the machines in turn. */
async function measure(mechanism: Mechanism, players: readonly Player[], runs: number): Promise<MechanismResult> {
  const columns = []
  for (const player of players) {
    if (mechanism.needsLse && player.id === 'cortexA57') continue
    const iterations = await player.machine.calibrate(mechanism)
    columns.push({ player, iterations, speeds: [] as number[], ramps: [] as number[] })
  }
  for (let run = 0; run < runs; run++) {
    for (const { player, iterations, speeds, ramps } of columns) {
      const { elapsedMs, rampMs, residentBytes } = await player.machine.run(mechanism, iterations)
      speeds.push((iterations * mechanism.work) / elapsedMs / 1000)
      if (rampMs !== undefined) ramps.push(rampMs)
      if (residentBytes !== undefined) player.residentBytes = Math.max(player.residentBytes ?? 0, residentBytes)
    }
  }
  const speeds = Object.fromEntries(columns.map(({ player, speeds }) => [player.id, speeds]))
  const rampMs = Object.fromEntries(
    columns.filter(({ ramps }) => ramps.length > 0).map(({ player, ramps }) => [player.id, median(ramps)]),
  )
  return { ...compare({ name: mechanism.name, runs: speeds }, players), group: mechanism.group, rampMs }
}

/** Runs a mechanism with V8's profiler, warming up included. */
async function profile(name: string, node: string, folder: string): Promise<void> {
  const mechanism = mechanisms.find((each) => each.name === name) as Mechanism
  const iterations = await ours([node], true).calibrate(mechanism)
  const machine = ours([node, '--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-dir', folder], true)
  // Ten times as long, so that warming up is the smaller part.
  const { elapsedMs } = await machine.run(mechanism, iterations * 10)
  console.log(`${name}: ${((iterations * 10 * mechanism.work) / elapsedMs / 1000).toFixed(1)} million a second\n`)
  console.log(formatProfile(readProfile(folder), []))
}
