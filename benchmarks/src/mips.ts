/** `pnpm bench mips`: million instructions a second of the CPU and of QEMU's, on the same bare-metal loops. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './boot/result.ts'
import { type Loop, loops, programOf } from './mips/loops.ts'
import { type Machine, MipsError, ours, qemu } from './mips/machines.ts'

const QEMU = 'qemu-system-aarch64'
const RUNS = 5
/** How long the longer of two runs takes, about. */
const TARGET_MS = 700

const usage = `Usage: pnpm bench mips [options]

Runs bare-metal loops on armvisor's CPU and on ${QEMU} -M virt -cpu cortex-a57
in turn and prints million instructions a second, medians of ${RUNS}.

  --no-qemu     run ours alone
  --json FILE   also write all numbers there`

interface Result {
  readonly loop: string
  readonly oursMips: number
  readonly qemuMips?: number
  /** Ours by QEMU's. */
  readonly ratio?: number
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
    `${'loop'.padEnd(10)}${'armvisor'.padStart(10)}${theirs ? `${'QEMU'.padStart(10)}${'ratio'.padStart(8)}` : ''}`,
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
  const oursRuns = sizeOf(loop, ours)
  const theirRuns = theirs && sizeOf(loop, theirs)
  const oursMips: number[] = []
  const theirMips: number[] = []
  for (let i = 0; i < RUNS; i++) {
    oursMips.push(mips(loop, ours, oursRuns))
    if (theirs && theirRuns) theirMips.push(mips(loop, theirs, theirRuns))
  }
  const result = { loop: loop.name, oursMips: median(oursMips) }
  if (!theirs) return result
  // Neighbours in time are compared: load that both suffer cancels out.
  return {
    ...result,
    qemuMips: median(theirMips),
    ratio: median(oursMips.map((own, i) => own / (theirMips[i] as number))),
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

function format({ loop, oursMips, qemuMips, ratio }: Result): string {
  const own = `${loop.padEnd(10)}${oursMips.toFixed(1).padStart(10)}`
  if (qemuMips === undefined || ratio === undefined) return own
  return `${own}${qemuMips.toFixed(1).padStart(10)}${ratio.toFixed(3).padStart(8)}`
}

function readVersion(): string {
  const { stdout, error } = spawnSync(QEMU, ['--version'], { encoding: 'utf8' })
  if (error !== undefined)
    throw new MipsError(`${QEMU} is not on PATH: install it (in Debian the package qemu-system-arm), or say --no-qemu`)
  return stdout.split('\n')[0] ?? ''
}
