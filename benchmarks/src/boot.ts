/** `pnpm bench boot`: Debian's kernel to its init in armvisor and in QEMU, in turn. */

import { existsSync } from 'node:fs'
import { exitParameter, fetchGuests, initMarker } from '@armvisor/tools/guests.mjs'
import { timeToMarker, weighBoot } from './boot/measure.ts'
import { type BootOptions, bootUsage, parseBootOptions } from './boot/options.ts'
import { describeVersions, guestColumns } from './guest/columns.ts'
import { bytesOf } from './guest/memory.ts'
import { compare, formatHeader, formatResult, ratioOf } from './harness/comparison.ts'
import { BenchError } from './harness/errors.ts'
import { describeHost } from './harness/host.ts'
import { formatOverhead, makeRecord, type Overhead, writeRecord } from './harness/record.ts'
import { reportErrors } from './harness/report-errors.ts'

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure or above --max-ratio, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return reportErrors('boot', bootUsage, async () => {
    const options = parseBootOptions(argv)
    if (options !== undefined) return run(options)
    console.log(bootUsage)
    return 0
  })
}

async function run(options: BootOptions): Promise<number> {
  const { memory, runs, nodes, withQemu, limitSeconds, maxRatio } = options
  const versions = describeVersions(nodes, withQemu)
  const { kernel, initrd } = await findGuests(options)
  const append = ['console=ttyAMA0', options.append].filter((word) => word !== '').join(' ')
  const guest = { kernel, initrd, append: `${append} ${exitParameter}`, memory }
  const columns = guestColumns(guest, nodes, withQemu)
  console.log(`kernel ${kernel}\ninitrd ${initrd}\nmemory ${memory}, ${versions}, ${describeHost().cpu}\n`)
  console.log(`Boots a second, and ratios\n\n${formatHeader(columns)}`)
  const limitMs = limitSeconds * 1000
  const speeds: Record<string, number[]> = Object.fromEntries(columns.map(({ id }) => [id, []]))
  for (let run = 1; run <= runs; run++) {
    for (const { id, contender } of columns)
      speeds[id]?.push(1000 / (await timeToMarker(contender, initMarker, limitMs)))
    const last = Object.fromEntries(Object.entries(speeds).map(([id, values]) => [id, values.slice(-1)]))
    console.log(formatResult(compare({ name: `run ${run}`, runs: last }, columns), columns))
  }
  const result = compare({ name: 'boot', runs: speeds }, columns)
  console.log(formatResult({ ...result, name: 'median' }, columns))
  const seconds = columns.map(({ id, title }) => `${title} ${(1 / (result.medians[id] as number)).toFixed(2)}`)
  console.log(`\nSeconds: ${seconds.join(', ')}`)
  const overhead =
    options.initrd === undefined ? await weigh(guestColumns({ ...guest, append }, nodes, withQemu), options) : []
  if (overhead.length > 0) console.log(formatOverhead(overhead, columns))
  const record = { benchmark: 'boot', title: 'Debian’s kernel to its init', versions, unit: 'boots a second', columns }
  writeRecord(makeRecord({ ...record, results: [result], overhead, kernel, initrd, memory, append }), options)
  const slowness = 1 / (ratioOf(result, 'ours', 'cortexA57') ?? Number.POSITIVE_INFINITY)
  if (maxRatio === undefined || slowness <= maxRatio) return 0
  console.error(`bench boot: our time by QEMU's is ${slowness.toFixed(2)}, above the limit of ${maxRatio}.`)
  return 1
}

async function weigh(
  columns: ReturnType<typeof guestColumns>,
  { memory, limitSeconds }: BootOptions,
): Promise<readonly Overhead[]> {
  const overhead: Overhead[] = []
  for (const { id, contender } of columns) {
    const bytes = await weighBoot(contender, initMarker, bytesOf(memory), limitSeconds * 1000)
    overhead.push({ id, ...(bytes !== undefined && { bytes }) })
  }
  return overhead
}

async function findGuests({ kernel, initrd }: BootOptions): Promise<{ kernel: string; initrd: string }> {
  if (kernel === undefined || initrd === undefined) return fetchGuests({ log: (line) => console.error(line) })
  for (const file of [kernel, initrd]) if (!existsSync(file)) throw new BenchError(`${file} does not exist`)
  return { kernel, initrd }
}
