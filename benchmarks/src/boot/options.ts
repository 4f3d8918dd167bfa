/** Arguments of the boot benchmark. */

import { parseMemory, parseNumber, parseOptions } from '../harness/arguments.ts'
import { UsageError } from '../harness/errors.ts'

/** What to boot and how often. */
export interface BootOptions {
  readonly kernel?: string
  readonly initrd?: string
  /** Added to the kernel command line of both. */
  readonly append: string
  /** As `armvisor run` and `qemu -m` both understand it. */
  readonly memory: string
  readonly runs: number
  readonly limitSeconds: number
  readonly withQemu: boolean
  /** Each runs our side in a column of its own. */
  readonly nodes: readonly string[]
  /** Fail when our time by QEMU's is above it. */
  readonly maxRatio?: number
  readonly json?: string
  readonly svg?: string
}

/** Shown with a {@link UsageError} and for --help. */
export const bootUsage = `Usage: pnpm bench boot [options]

Boots the same kernel and initramfs in armvisor and in QEMU in turn and prints
the time from process start to the line that init prints first.

  --kernel FILE     kernel (default: Debian's, fetched into the cache)
  --initrd FILE     initramfs whose init prints the marker (default: as above)
  --append STR      words to add to both kernel command lines
  --memory SIZE     guest memory, such as 512M or 1G (default: 512M)
  --runs N          runs of each, 1 to 100 (default: 5); --pairs is the same
  --timeout SECONDS limit for one run (default: 120)
  --node PATH       runs our side; may be given more than once (default: this one)
  --no-qemu         run ours alone
  --max-ratio N     fail when the median of our time by that of QEMU's
                    -cpu cortex-a57 is above N
  --json FILE       also write all numbers there
  --svg FILE        also draw the ratios there`

/**
 * Parses the arguments.
 *
 * @returns Undefined when help is asked for.
 * @throws {@link UsageError}
 */
export function parseBootOptions(argv: readonly string[]): BootOptions | undefined {
  const values = parseOptions(argv, {
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    append: { type: 'string', default: '' },
    memory: { type: 'string', default: '512M' },
    runs: { type: 'string' },
    pairs: { type: 'string' },
    timeout: { type: 'string', default: '120' },
    node: { type: 'string', multiple: true },
    'no-qemu': { type: 'boolean', default: false },
    'max-ratio': { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const { kernel, initrd, json, svg, append = '', node = [process.execPath], help } = values
  if (help) return undefined
  if ((kernel === undefined) !== (initrd === undefined))
    throw new UsageError('--kernel and --initrd go together: give both or neither')
  const withQemu = !values['no-qemu']
  for (const option of ['svg', 'max-ratio'] as const)
    if (values[option] !== undefined && !withQemu)
      throw new UsageError(`--${option} is about ratios to QEMU: leave out --no-qemu`)
  const whole = { min: 1, max: 100, isWhole: true }
  return {
    append,
    memory: parseMemory(values.memory),
    runs:
      values.pairs === undefined
        ? parseNumber('runs', values.runs ?? '5', whole)
        : parseNumber('pairs', values.pairs, whole),
    limitSeconds: parseNumber('timeout', values.timeout, { min: 1, max: 3600 }),
    withQemu,
    nodes: node,
    ...(kernel !== undefined && { kernel }),
    ...(initrd !== undefined && { initrd }),
    ...(json !== undefined && { json }),
    ...(svg !== undefined && { svg }),
    ...(values['max-ratio'] !== undefined && {
      maxRatio: parseNumber('max-ratio', values['max-ratio'], { min: 0.01, max: 1000 }),
    }),
  }
}
