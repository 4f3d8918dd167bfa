/** `pnpm bench boot`: Debian's kernel to its init in armvisor and in QEMU, in turn. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { arch, cpus, platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { exitParameter, fetchGuests, GuestsError, initMarker } from '@armvisor/tools/guests.mjs'
import { BootError, type Contender, timeToMarker } from './boot/measure.ts'
import { type BootOptions, bootUsage, parseBootOptions, UsageError } from './boot/options.ts'
import { formatRow, type Pair, summarize } from './boot/result.ts'

const bin = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url))
const qemu = 'qemu-system-aarch64'

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure or above --max-ratio, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  try {
    const options = parseBootOptions(argv)
    if (options !== undefined) return await run(options)
    console.log(bootUsage)
    return 0
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bench boot: ${error.message}.\n\n${bootUsage}`)
      return 2
    }
    if (!(error instanceof BootError || error instanceof GuestsError)) throw error
    console.error(`bench boot: ${error.message}`)
    return 1
  }
}

async function run(options: BootOptions): Promise<number> {
  const qemuVersion = readQemuVersion()
  if (!existsSync(bin)) throw new BootError(`${bin} does not exist: run "pnpm build" first`)
  const { kernel, initrd } = await findGuests(options)
  const [ours, theirs] = contenders(options, kernel, initrd)
  console.log(`kernel ${kernel}\ninitrd ${initrd}\nmemory ${options.memory}, Node ${process.version}, ${qemuVersion}\n`)
  console.log(`${''.padEnd(8)}${'armvisor'.padStart(10)}${'QEMU'.padStart(10)}${'ratio'.padStart(8)}`)
  const pairs: Pair[] = []
  while (pairs.length < options.pairs) {
    const oursMs = await timeToMarker(ours, initMarker, options.limitSeconds * 1000)
    const qemuMs = await timeToMarker(theirs, initMarker, options.limitSeconds * 1000)
    pairs.push({ oursMs, qemuMs })
    console.log(formatRow(`pair ${pairs.length}`, { oursMs, qemuMs }))
  }
  const summary = summarize(pairs)
  console.log(`${formatRow('median', summary, summary.ratio)}   (the ratio is the median of the pairs' ratios)`)
  if (options.json !== undefined) {
    const host = { cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, platform: `${platform()} ${arch()}` }
    const record = { benchmark: 'boot', date: new Date().toISOString(), host, node: process.version, qemu: qemuVersion }
    const text = JSON.stringify(
      { ...record, kernel, initrd, memory: options.memory, append: options.append, pairs, median: summary },
      null,
      2,
    )
    await writeFile(options.json, `${text}\n`)
  }
  if (options.maxRatio === undefined || summary.ratio <= options.maxRatio) return 0
  console.error(`bench boot: the median ratio is ${summary.ratio.toFixed(2)}, above the limit of ${options.maxRatio}.`)
  return 1
}

/** The same machine twice, as far as the two command lines can say it. */
function contenders(
  { memory, append }: BootOptions,
  kernel: string,
  initrd: string,
): [ours: Contender, qemu: Contender] {
  const commandLine = ['console=ttyAMA0', exitParameter, append].filter((word) => word !== '').join(' ')
  const ours = [
    'run',
    '--kernel',
    kernel,
    '--initrd',
    initrd,
    '--append',
    commandLine,
    '--memory',
    memory,
    '--no-reboot',
  ]
  // No network card: QEMU's default one needs a boot ROM that distributions package apart from it.
  const machine = [
    '-M',
    'virt,gic-version=3',
    '-cpu',
    'cortex-a57',
    '-m',
    memory,
    '-nographic',
    '-nic',
    'none',
    '-no-reboot',
  ]
  return [
    { name: 'armvisor', command: process.execPath, args: [bin, ...ours] },
    { name: 'QEMU', command: qemu, args: [...machine, '-kernel', kernel, '-initrd', initrd, '-append', commandLine] },
  ]
}

async function findGuests({ kernel, initrd }: BootOptions): Promise<{ kernel: string; initrd: string }> {
  if (kernel === undefined || initrd === undefined) return fetchGuests({ log: (line) => console.error(line) })
  for (const file of [kernel, initrd]) if (!existsSync(file)) throw new BootError(`${file} does not exist`)
  return { kernel, initrd }
}

function readQemuVersion(): string {
  const { stdout, error } = spawnSync(qemu, ['--version'], { encoding: 'utf8' })
  if (error !== undefined)
    throw new BootError(`${qemu} is not on PATH: install QEMU for arm64 guests, in Debian the package qemu-system-arm`)
  return stdout.split('\n')[0]
}
