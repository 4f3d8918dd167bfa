/** Arguments of the userland benchmark. */

import { parseMemory, parseNumber, parseOptions } from '../harness/arguments.ts'
import { UsageError } from '../harness/errors.ts'
import { programs } from './programs.ts'

/** What to run, how often, and where the numbers go. */
export interface UserlandOptions {
  /** Names of programs, in the order of the table. */
  readonly names: readonly string[]
  readonly runs: number
  readonly memory: string
  readonly withQemu: boolean
  /** Each runs our side in a column of its own. */
  readonly nodes: readonly string[]
  readonly limitSeconds: number
  /** Only our side runs this program, and what it spends its time in is printed. */
  readonly profile?: string
  readonly json?: string
  readonly svg?: string
}

const names = programs.map(({ name }) => name)

/** Shown with a {@link UsageError} and for --help. */
export const userlandUsage = `Usage: pnpm bench userland [options]

Runs programs from Debian's arm64 packages in a guest with Debian's kernel, in
armvisor and in QEMU in turn, and prints speeds by the host's clock and ratios.

  --only NAME       this program; may be given more than once:
                    ${names.join(' ')}
  --runs N          runs of each, 1 to 100, of which medians are taken (default: 5)
  --memory SIZE     guest memory, such as 512M or 1G (default: 512M)
  --timeout SECONDS limit for one run (default: 300)
  --node PATH       runs our side; may be given more than once (default: this one)
  --no-qemu         run ours alone
  --profile NAME    run only this program and only ours, and print what it
                    spends its time in
  --json FILE       also write all numbers there
  --svg FILE        also draw the ratios there`

/**
 * Parses the arguments.
 *
 * @returns Undefined when help is asked for.
 * @throws {@link UsageError}
 */
export function parseUserlandOptions(argv: readonly string[]): UserlandOptions | undefined {
  const values = parseOptions(argv, {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '5' },
    memory: { type: 'string', default: '512M' },
    timeout: { type: 'string', default: '300' },
    node: { type: 'string', multiple: true },
    'no-qemu': { type: 'boolean', default: false },
    profile: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const { only = names, node = [process.execPath], profile, json, svg, help } = values
  if (help) return undefined
  for (const [option, name] of [
    ...only.map((name) => ['only', name]),
    ...(profile === undefined ? [] : [['profile', profile]]),
  ])
    if (!names.includes(name as string))
      throw new UsageError(`--${option} is "${name}" and must be one of ${names.join(', ')}`)
  const withQemu = !values['no-qemu']
  if (svg !== undefined && !withQemu) throw new UsageError('--svg draws ratios to QEMU: leave out --no-qemu')
  return {
    names: names.filter((name) => only.includes(name)),
    runs: parseNumber('runs', values.runs, { min: 1, max: 100, isWhole: true }),
    memory: parseMemory(values.memory),
    limitSeconds: parseNumber('timeout', values.timeout, { min: 1, max: 3600 }),
    nodes: node,
    withQemu,
    ...(profile !== undefined && { profile }),
    ...(json !== undefined && { json }),
    ...(svg !== undefined && { svg }),
  }
}
