/** Arguments of the benchmark of mechanisms. */

import { parseArgs } from 'node:util'
import { mechanisms } from './programs.ts'

/** What to run, how often, and where the numbers go. */
export interface MechanismOptions {
  /** Names of mechanisms, in the order of the table. */
  readonly names: readonly string[]
  readonly runs: number
  readonly withQemu: boolean
  readonly json?: string
  readonly svg?: string
}

/** An argument that makes no sense; `message` is one sentence. */
export class MechanismUsageError extends Error {
  override name = 'MechanismUsageError'
}

const names = mechanisms.map(({ name }) => name)

/** Shown with a {@link MechanismUsageError} and for --help. */
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
  --json FILE   also write all numbers there
  --svg FILE    also draw the ratios there`

/**
 * Parses the arguments.
 *
 * @returns Undefined when help is asked for.
 * @throws {@link MechanismUsageError}
 */
export function parseMechanismOptions(argv: readonly string[]): MechanismOptions | undefined {
  const options = {
    only: { type: 'string', multiple: true },
    runs: { type: 'string', default: '5' },
    'no-qemu': { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
  try {
    values = parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new MechanismUsageError((error as Error).message)
  }
  const { only = names, json, svg, help } = values
  if (help) return undefined
  for (const name of only)
    if (!names.includes(name))
      throw new MechanismUsageError(`--only is "${name}" and must be one of ${names.join(', ')}`)
  const runs = Number(values.runs)
  if (!(Number.isInteger(runs) && runs >= 1 && runs <= 100))
    throw new MechanismUsageError(`--runs is "${values.runs}" and must be a whole number from 1 to 100`)
  const withQemu = !values['no-qemu']
  if (svg !== undefined && !withQemu) throw new MechanismUsageError('--svg draws ratios to QEMU: leave out --no-qemu')
  return {
    names: names.filter((name) => only.includes(name)),
    runs,
    withQemu,
    ...(json !== undefined && { json }),
    ...(svg !== undefined && { svg }),
  }
}
