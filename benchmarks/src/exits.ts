/** `pnpm bench exits`: how fast a guest leaves and comes back, and what the kernel side does for it on the way. */

import { writeFileSync } from 'node:fs'
import { type ExitOptions, exitUsage, parseExitOptions } from './exits/options.ts'
import { exitRows } from './exits/rows.ts'
import { describeHost } from './harness/host.ts'
import { reportErrors } from './harness/report-errors.ts'
import { median } from './harness/statistics.ts'

/** Before what counts, and of each run, where the work has no size of its own. */
const WARM_UP_MS = 1500
const RUN_MS = 500

/**
 * Runs the benchmark.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return reportErrors('exits', exitUsage, async () => {
    const options = parseExitOptions(argv)
    if (options === undefined) console.log(exitUsage)
    else run(options)
    return 0
  })
}

function run({ names, runs, json }: ExitOptions): void {
  const host = describeHost()
  console.log(`Node ${process.version}, ${host.cpu}; medians of ${runs}\n`)
  const results = exitRows
    .filter(({ name }) => names.includes(name))
    .map(({ name, title, unit, prepare }) => {
      const once = prepare()
      once(WARM_UP_MS)
      const values = Array.from({ length: runs }, () => {
        const { count, ms } = once(RUN_MS)
        return unit === 'ms' ? ms / count : (count / ms) * 1000
      })
      const value = median(values)
      console.log(
        `${title.padEnd(34)}${(unit === 'ms' ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')).padStart(14)} ${unit}`,
      )
      return { name, unit, median: value, values }
    })
  if (json === undefined) return
  const record = {
    benchmark: 'exits',
    date: new Date().toISOString(),
    host,
    versions: `Node ${process.version}`,
    results,
  }
  writeFileSync(json, `${JSON.stringify(record, null, 2)}\n`)
}
