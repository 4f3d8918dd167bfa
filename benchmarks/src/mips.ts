/** `pnpm bench mips`: million instructions a second of the CPU and of QEMU's, on the same bare-metal loops. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultJitOptions } from '@armvisor/cpu'
import { median } from './boot/result.ts'
import { type Loop, loops, programOf } from './mips/loops.ts'
import { type Machine, MipsError, ours, qemu } from './mips/machines.ts'

const QEMU = 'qemu-system-aarch64'
const RUNS = 5
const interpreter = ours()
const translator = ours(defaultJitOptions)
/** How long the longer of two runs takes, about. */
const TARGET_MS = 700

const usage = `Usage: pnpm bench mips [options]

Runs bare-metal loops on armvisor's CPU, interpreted and translated, and on ${QEMU} -M virt -cpu cortex-a57
in turn and prints million instructions a second, medians of ${RUNS}.

  --no-qemu     run ours alone
  --json FILE   also write all numbers there`

interface Result {
  readonly loop: string
  readonly interpretedMips: number
  readonly translatedMips: number
  readonly qemuMips?: number
  /** Ours by QEMU's. */
  readonly interpretedRatio?: number
  readonly translatedRatio?: number
}

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  let options: { json?: string | undefined; help?: boolean | undefined; 'no-qemu'?: boolean | undefined }
  try {
    options = parseArgs({
      args: [...argv],
      options: { json: { type: 'string' }, 'no-qemu': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values
  } catch (error) {
    console.error(`bench mips: ${(error as Error).message}.\n\n${usage}`)
    return 2
  }
  if (options.help) {
    console.log(usage)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'armvisor-mips-'))
  try {
    run(options['no-qemu'] ? undefined : qemu(QEMU, join(folder, 'image')), options.json)
    return 0
  } catch (error) {
    if (!(error instanceof MipsError)) throw error
    console.error(`bench mips: ${error.message}`)
    return 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(theirs: Machine | undefined, json: string | undefined): void {
  const version = theirs && readVersion()
  console.log(`Node ${process.version}${version ? `, ${version}` : ''}\n`)
  console.log(
    `${'loop'.padEnd(10)}${'interpreted'.padStart(12)}${'translated'.padStart(12)}${theirs ? `${'QEMU'.padStart(10)}${'ratios'.padStart(16)}` : ''}`,
  )
  const results = loops.map((loop) => {
    const result = compare(loop, theirs)
    console.log(format(result))
    return result
  })
  if (json === undefined) return
  const host = { cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, platform: `${platform()} ${arch()}` }
  const record = {
    benchmark: 'mips',
    date: new Date().toISOString(),
    host,
    node: process.version,
    qemu: version,
    results,
  }
  writeFileSync(json, `${JSON.stringify(record, null, 2)}\n`)
}

function compare(loop: Loop, theirs: Machine | undefined): Result {
  const machines = [interpreter, translator, ...(theirs ? [theirs] : [])]
  const sizes = machines.map((machine) => sizeOf(loop, machine))
  const measured: number[][] = machines.map(() => [])
  for (let run = 0; run < RUNS; run++) {
    machines.forEach((machine, i) => {
      ;(measured[i] as number[]).push(mips(loop, machine, sizes[i] as number))
    })
  }
  const [interpreted = [], translated = [], qemuRuns] = measured
  const result = { loop: loop.name, interpretedMips: median(interpreted), translatedMips: median(translated) }
  if (!qemuRuns) return result
  // Neighbours in time are compared: load that both suffer cancels out.
  const ratio = (own: readonly number[]): number => median(own.map((value, i) => value / (qemuRuns[i] as number)))
  return {
    ...result,
    qemuMips: median(qemuRuns),
    interpretedRatio: ratio(interpreted),
    translatedRatio: ratio(translated),
  }
}

/** Iterations of the longer run: enough to take about the target time beyond start-up. */
function sizeOf(loop: Loop, machine: Machine): number {
  const none = machine(programOf(loop, 1))
  for (let iterations = 100_000; ; iterations *= 4) {
    const elapsedMs = machine(programOf(loop, iterations)) - none
    if (elapsedMs > TARGET_MS / 8) return Math.round((iterations * TARGET_MS) / elapsedMs)
  }
}

/** Both lengths pay for start-up, and the first tenth for warming up; the difference is the loop. */
function mips(loop: Loop, machine: Machine, iterations: number): number {
  const few = Math.round(iterations / 10)
  const short = machine(programOf(loop, few))
  const long = machine(programOf(loop, iterations))
  return ((iterations - few) * loop.instructions) / (long - short) / 1000
}

function format(result: Result): string {
  const { loop, interpretedMips, translatedMips, qemuMips, interpretedRatio, translatedRatio } = result
  const own = `${loop.padEnd(10)}${interpretedMips.toFixed(1).padStart(12)}${translatedMips.toFixed(1).padStart(12)}`
  if (qemuMips === undefined || interpretedRatio === undefined || translatedRatio === undefined) return own
  const ratios = `${interpretedRatio.toFixed(3)} ${translatedRatio.toFixed(3)}`
  return `${own}${qemuMips.toFixed(1).padStart(10)}${ratios.padStart(16)}`
}

function readVersion(): string {
  const { stdout, error } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' })
  if (error !== undefined)
    throw new MipsError(`${QEMU} is not on PATH: install it (in Debian the package qemu-system-arm), or say --no-qemu`)
  return stdout.split('\n')[0] ?? ''
}
