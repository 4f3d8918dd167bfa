/** `pnpm bench report`: runs the comparisons with QEMU and the soak, and writes one report of all. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bench as benchBoot } from './boot.ts'
import { parseNumber, parseOptions } from './harness/arguments.ts'
import { UsageError } from './harness/errors.ts'
import { reportErrors } from './harness/report-errors.ts'
import { bench as benchMechanisms } from './mechanisms.ts'
import { formatReport } from './report/markdown.ts'
import { bench as benchSoak } from './soak.ts'
import { bench as benchUserland } from './userland.ts'

const defaultFolder = fileURLToPath(new URL('../results', import.meta.url))
const comparisons = { mechanisms: benchMechanisms, boot: benchBoot, userland: benchUserland } as const
const names = [...Object.keys(comparisons), 'soak']

const usage = `Usage: pnpm bench report [options]

Runs ${names.join(', ')} and writes their numbers (JSON), charts
(SVG) and report.md, with the targets that are missed.

  --folder DIR  where to (default: benchmarks/results)
  --only NAME   runs this one; may be given more than once. The report is of
                all that the folder has.
  --runs N      of the comparisons (default: 5)
  --minutes N   of the soak (default: 10)
  --node PATH   runs our side; may be given more than once (default: this one);
                the soak takes the first`

/**
 * Runs the benchmarks.
 *
 * @param argv - Arguments after the benchmark's name.
 * @returns Exit status: 0, 1 failure of one of them, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return reportErrors('report', usage, async () => {
    const options = parseReportOptions(argv)
    if (options === undefined) {
      console.log(usage)
      return 0
    }
    const { folder, only, runs, minutes, nodes } = options
    mkdirSync(folder, { recursive: true })
    const json = (name: string): string => join(folder, `${name}.json`)
    const nodeArgs = nodes.flatMap((node) => ['--node', node])
    const statuses: number[] = []
    for (const [name, run] of Object.entries(comparisons)) {
      if (!only.includes(name)) continue
      console.log(`\n# ${name}\n`)
      statuses.push(
        await run(['--runs', `${runs}`, '--json', json(name), '--svg', join(folder, `${name}.svg`), ...nodeArgs]),
      )
    }
    if (only.includes('soak')) {
      console.log('\n# soak\n')
      statuses.push(await benchSoak(['--minutes', `${minutes}`, '--json', json('soak'), ...nodeArgs.slice(0, 2)]))
    }
    const read = (name: string): never[] =>
      existsSync(json(name)) ? [JSON.parse(readFileSync(json(name), 'utf8')) as never] : []
    writeFileSync(join(folder, 'report.md'), formatReport(Object.keys(comparisons).flatMap(read), read('soak')[0]))
    console.log(`\n${join(folder, 'report.md')}`)
    return Math.max(0, ...statuses)
  })
}

/** Parses the arguments. @returns Undefined when help is asked for. @throws {@link UsageError} */
function parseReportOptions(argv: readonly string[]) {
  const values = parseOptions(argv, {
    folder: { type: 'string', default: defaultFolder },
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
    node: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const { only = names, node = [], folder = defaultFolder, help } = values
  if (help) return undefined
  for (const name of only)
    if (!names.includes(name)) throw new UsageError(`--only is "${name}" and must be one of ${names.join(', ')}`)
  return {
    folder: resolve(folder),
    only,
    runs: parseNumber('runs', values.runs, { min: 1, max: 100, isWhole: true }),
    minutes: parseNumber('minutes', values.minutes, { min: 0.2, max: 1440 }),
    nodes: node,
  }
}
