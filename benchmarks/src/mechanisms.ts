/** `pnpm bench mechanisms`: our CPU and QEMU's on small programs, each of which spends its time in one mechanism. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultJitOptions } from '@armvisor/cpu'
import { drawChart } from './mechanisms/chart.ts'
import { type Image, imageOf } from './mechanisms/image.ts'
import { type Machine, MachineError, ours, qemu } from './mechanisms/machines.ts'
import {
  type MechanismOptions,
  MechanismUsageError,
  mechanismUsage,
  parseMechanismOptions,
} from './mechanisms/options.ts'
import { type Mechanism, mechanisms } from './mechanisms/programs.ts'
import {
  type Contender,
  formatHeader,
  formatMean,
  formatResult,
  type MechanismResult,
  meansOf,
  summarizeRuns,
} from './mechanisms/result.ts'

const qemuCommand = 'qemu-system-aarch64'
/** How long the timed part of a run takes, about. */
const targetMs = 300

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'armvisor-mechanisms-'))
  try {
    const options = parseMechanismOptions(argv)
    if (options) run(options, join(folder, 'image'))
    else console.log(mechanismUsage)
    return 0
  } catch (error) {
    if (error instanceof MechanismUsageError) {
      console.error(`bench mechanisms: ${error.message}.\n\n${mechanismUsage}`)
      return 2
    }
    if (!(error instanceof MachineError)) throw error
    console.error(`bench mechanisms: ${error.message}`)
    return 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run({ names, runs, withQemu, json, svg }: MechanismOptions, file: string): void {
  const versions = [`Node ${process.version}`, ...(withQemu ? [readVersion()] : [])].join(', ')
  const host = { cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, platform: `${platform()} ${arch()}` }
  console.log(`${versions}, ${host.cpu}; million instructions (traps: round trips) a second, medians of ${runs}\n`)
  console.log(formatHeader(withQemu))
  const results = mechanisms
    .filter(({ name }) => names.includes(name))
    .map((mechanism) => {
      const result = measure(mechanism, machinesFor(mechanism, withQemu, file), runs)
      console.log(formatResult(result, withQemu))
      return result
    })
  const means = withQemu ? meansOf(results) : []
  if (withQemu) console.log(['', ...means.map(formatMean)].join('\n'))
  const date = new Date().toISOString()
  if (json !== undefined) {
    const record = { benchmark: 'mechanisms', date, host, versions, results, means }
    writeFileSync(json, `${JSON.stringify(record, null, 2)}\n`)
  }
  if (svg !== undefined) writeFileSync(svg, drawChart(results, `${versions}, ${host.cpu}, ${date.slice(0, 10)}`))
}

function machinesFor(mechanism: Mechanism, withQemu: boolean, file: string): Partial<Record<Contender, Machine>> {
  const own = { interpreted: ours(), translated: ours(defaultJitOptions) }
  if (!withQemu) return own
  const cortexA57 = mechanism.needsLse ? {} : { cortexA57: qemu(qemuCommand, 'cortex-a57', file) }
  return { ...own, ...cortexA57, max: qemu(qemuCommand, 'max,pauth-impdef=on', file) }
}

/** Runs the machines in turn. */
function measure(mechanism: Mechanism, machines: Partial<Record<Contender, Machine>>, runs: number): MechanismResult {
  const image = imageOf(mechanism)
  const columns = (Object.entries(machines) as [Contender, Machine][]).map(([contender, machine]) => ({
    contender,
    machine,
    iterations: iterationsFor(image, machine, mechanism.work),
    speeds: [] as number[],
    ramps: [] as number[],
  }))
  for (let run = 0; run < runs; run++) {
    for (const { machine, iterations, speeds, ramps } of columns) {
      const { elapsedMs, rampMs } = machine(image, iterations)
      speeds.push((iterations * mechanism.work) / elapsedMs / 1000)
      if (rampMs !== undefined) ramps.push(rampMs)
    }
  }
  const speedsOf = Object.fromEntries(columns.map(({ contender, speeds }) => [contender, speeds]))
  const ramps = columns.find(({ contender }) => contender === 'translated')?.ramps ?? []
  return summarizeRuns(mechanism.name, mechanism.group, speedsOf, ramps)
}

/** Iterations that take about the target time. */
function iterationsFor(image: Image, machine: Machine, work: number): number {
  for (let iterations = Math.ceil(200_000 / work); ; iterations *= 4) {
    const { elapsedMs } = machine(image, iterations)
    if (elapsedMs > targetMs / 4) return Math.ceil((iterations * targetMs) / elapsedMs)
  }
}

function readVersion(): string {
  const { stdout, error } = spawnSync(qemuCommand, ['--version'], { encoding: 'utf8' })
  if (error !== undefined)
    throw new MachineError(
      `${qemuCommand} is not on PATH: install it (in Debian the package qemu-system-arm), or say --no-qemu`,
    )
  // "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-…)"
  return `QEMU ${/version (\S+)/.exec(stdout)?.[1] ?? stdout.split('\n')[0]}`
}
