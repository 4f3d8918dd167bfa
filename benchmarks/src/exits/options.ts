/** Arguments of the benchmark of exits. */

import { parseNumber, parseOptions } from '../harness/arguments.ts'
import { UsageError } from '../harness/errors.ts'
import { exitRows } from './rows.ts'

/** What to run, how often, and where the numbers go. */
export interface ExitOptions {
  /** Names of rows, in the order of the table. */
  readonly names: readonly string[]
  readonly runs: number
  readonly json?: string
}

const names = exitRows.map(({ name }) => name)

/** Shown with a {@link UsageError} and for --help. */
export const exitUsage = `Usage: pnpm bench exits [options]

Drives KVM by its bytes, as a VMM does, and prints how often a second a guest
leaves for MMIO and comes back, calls the hypervisor, signals an ioeventfd,
takes an interrupt of an irqfd, and has a page mapped; and how long the dirty
log of 1 GiB takes, all of whose pages were written.

  --only NAME   this row; may be given more than once:
                ${names.join(' ')}
  --runs N      runs of each, 1 to 100, of which medians are taken (default: 5)
  --json FILE   also write all numbers there`

/**
 * Parses the arguments.
 *
 * @returns Undefined when help is asked for.
 * @throws {@link UsageError}
 */
export function parseExitOptions(argv: readonly string[]): ExitOptions | undefined {
  const values = parseOptions(argv, {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '5' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const { only = names, json, help } = values
  if (help) return undefined
  for (const name of only)
    if (!names.includes(name)) throw new UsageError(`--only is "${name}" and must be one of ${names.join(', ')}`)
  return {
    names: names.filter((name) => only.includes(name)),
    runs: parseNumber('runs', values.runs, { min: 1, max: 100, isWhole: true }),
    ...(json !== undefined && { json }),
  }
}
