/** `pnpm bench userland`: Debian's programs in a guest in armvisor and in QEMU, in turn. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeVersions, guestColumns } from './guest/columns.ts'
import type { Guest } from './guest/contender.ts'
import { bytesOf, overheadBytes } from './guest/memory.ts'
import { profileContender, takeProfile } from './guest/profile.ts'
import type { GuestSession } from './guest/session.ts'
import {
  type Column,
  compare,
  formatHeader,
  formatMeans,
  formatResult,
  meansOf,
  type Result,
} from './harness/comparison.ts'
import { BenchError } from './harness/errors.ts'
import { describeHost } from './harness/host.ts'
import { formatProfile } from './harness/profile.ts'
import { formatOverhead, makeRecord, writeRecord } from './harness/record.ts'
import { reportErrors } from './harness/report-errors.ts'
import { prepareGuest, startGuest } from './userland/guest.ts'
import { type Measurement, measure } from './userland/measure.ts'
import { parseUserlandOptions, type UserlandOptions, userlandUsage } from './userland/options.ts'
import { type Program, programs } from './userland/programs.ts'

/** A column whose guest runs. */
interface Player extends Column {
  readonly session: GuestSession
}

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return reportErrors('userland', userlandUsage, async () => {
    const options = parseUserlandOptions(argv)
    if (options === undefined) {
      console.log(userlandUsage)
      return 0
    }
    const folder = mkdtempSync(join(tmpdir(), 'armvisor-userland-'))
    try {
      const guest = await prepareGuest(options.memory, join(folder, 'initrd'))
      if (options.profile === undefined) await run(options, guest)
      else await profile(options, guest, folder)
      return 0
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

async function run(options: UserlandOptions, guest: Guest): Promise<void> {
  const { names, runs, withQemu, nodes, limitSeconds } = options
  const versions = describeVersions(nodes, withQemu)
  const players: Player[] = []
  try {
    for (const { contender, ...column } of guestColumns(guest, nodes, withQemu))
      players.push({ ...column, session: await startGuest(contender) })
    console.log(`${versions}, ${describeHost().cpu}; operations or runs a second, medians of ${runs}, and ratios\n`)
    console.log(formatHeader(players))
    const results: Result[] = []
    for (const program of programs.filter(({ name }) => names.includes(name))) {
      const speeds = await runInTurn(program, players, runs, limitSeconds * 1000)
      const result = compare({ name: program.name, runs: speeds }, players)
      console.log(formatResult(result, players))
      results.push(result)
    }
    // Later runs find the program translated, in both.
    const firstMeans = meansOf(
      results.map((result) => firstOf(result, players)),
      players,
    )
    const overhead = players.map(({ id, session }) => {
      const bytes = overheadBytes(session, bytesOf(guest.memory))
      return { id, ...(bytes !== undefined && { bytes }) }
    })
    const about = {
      benchmark: 'userland',
      title: 'Debian’s programs in a guest',
      versions,
      unit: 'operations or runs a second',
    }
    const record = makeRecord({ ...about, columns: players, results, overhead, firstMeans, memory: guest.memory })
    if (withQemu) {
      console.log(formatMeans('mean', record.means, players))
      console.log(formatMeans('of first runs', firstMeans, players))
    }
    console.log(`\n${formatOverhead(overhead, players)}`)
    writeRecord(record, options)
  } finally {
    for (const { session } of players) session.kill()
  }
}

function firstOf({ name, runs }: Result, columns: readonly Column[]): Result {
  const first = Object.fromEntries(Object.entries(runs).map(([id, speeds]) => [id, speeds.slice(0, 1)]))
  return compare({ name, runs: first }, columns)
}

/** Speeds by column. @throws {@link BenchError} when the program does not print the same in all */
async function runInTurn(
  program: Program,
  players: readonly Player[],
  runs: number,
  limitMs: number,
): Promise<Record<string, number[]>> {
  const speeds: Record<string, number[]> = Object.fromEntries(players.map(({ id }) => [id, []]))
  let expected: (Measurement & { readonly by: string }) | undefined
  for (let run = 0; run < runs; run++) {
    for (const { id, title, session } of players) {
      const measurement = await measure(session, program, limitMs)
      expected ??= { ...measurement, by: title }
      if (measurement.output !== expected.output)
        throw new BenchError(
          `${program.name} prints in ${title}\n${measurement.output}\nand in ${expected.by}\n${expected.output}`,
        )
      speeds[id]?.push(measurement.speed)
    }
  }
  return speeds
}

/** Runs the program once, so that what is hot is translated, and then again with the profiler. */
async function profile(
  { profile: name, nodes, runs, limitSeconds }: UserlandOptions,
  guest: Guest,
  folder: string,
): Promise<void> {
  const program = programs.find((each) => each.name === name) as Program
  const session = await startGuest(profileContender(guest, nodes[0] as string, folder))
  try {
    const cold = await measure(session, program, limitSeconds * 1000)
    const taken = await takeProfile(session, folder, async () => {
      let last = cold
      for (let run = 0; run < runs; run++) last = await measure(session, program, limitSeconds * 1000)
      return last
    })
    console.log(`${name}: ${cold.speed.toFixed(3)} in the first run, ${taken.result.speed.toFixed(3)} in the last\n`)
    console.log(formatProfile(taken.profile, taken.threads))
  } finally {
    session.kill()
  }
}
