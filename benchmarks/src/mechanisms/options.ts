/** Arguments of the benchmark of mechanisms. */

import { parseNumber, parseOptions } from '../harness/arguments.ts'
import { UsageError } from '../harness/errors.ts'
import { mechanisms } from './programs.ts'

/** What to run, how often, and where the numbers go. */
export interface MechanismOptions {
  /** Names of mechanisms, in the order of the table. */
  readonly names: readonly string[]
  readonly runs: number
  readonly withQemu: boolean
  /** Each runs our side in a column of its own. */
  readonly nodes: readonly string[]
  /** Another column: everything interpreted, by the first Node. */
  readonly withInterpreter: boolean
  /** Only our side runs this mechanism, and what it spends its time in is printed. */
  readonly profile?: string
  readonly json?: string
  readonly svg?: string
}

const names = mechanisms.map(({ name }) => name)

/** Shown with a {@link UsageError} and for --help. */
export const mechanismUsage = `Usage: pnpm bench mechanisms [options]

Runs bare-metal programs, each of which spends its time in one mechanism, on armvisor's CPU,
interpreted and translated, and on qemu-system-aarch64 -M virt, as two CPU models, in turn,
and prints million instructions (of the traps: round trips) a second and ratios to QEMU's.

  --only NAME   this mechanism; may be given more than once: ${names
    .join(' ')
    .replace(/(.{1,60})( |$)/g, '\n                $1')
    .trimEnd()}
  --runs N      runs of each, 1 to 100, of which medians are taken (default: 5)
  --no-qemu     run ours alone
  --interpreter also a column in which nothing is translated
  --node PATH   runs our side; may be given more than once (default: this one)
  --profile NAME
                run only this mechanism and only ours, and print what it
                spends its time in
  --json FILE   also write all numbers there
  --svg FILE    also draw the ratios there`

/**
 * Parses the arguments.
 *
 * @returns Undefined when help is asked for.
 * @throws {@link UsageError}
 */
export function parseMechanismOptions(argv: readonly string[]): MechanismOptions | undefined {
  const values = parseOptions(argv, {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '5' },
    'no-qemu': { type: 'boolean', default: false },
    interpreter: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true },
    profile: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const { only = names, node = [process.execPath], profile, json, svg, help } = values
  if (help) return undefined
  for (const name of only)
    if (!names.includes(name)) throw new UsageError(`--only is "${name}" and must be one of ${names.join(', ')}`)
  if (profile !== undefined && !names.includes(profile))
    throw new UsageError(`--profile is "${profile}" and must be one of ${names.join(', ')}`)
  const withQemu = !values['no-qemu']
  if (svg !== undefined && !withQemu) throw new UsageError('--svg draws ratios to QEMU: leave out --no-qemu')
  return {
    names: names.filter((name) => only.includes(name)),
    runs: parseNumber('runs', values.runs, { min: 1, max: 100, isWhole: true }),
    withQemu,
    nodes: node,
    withInterpreter: values.interpreter === true,
    ...(profile !== undefined && { profile }),
    ...(json !== undefined && { json }),
    ...(svg !== undefined && { svg }),
  }
}
