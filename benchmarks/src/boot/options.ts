/** Arguments of the boot benchmark. */

import { parseArgs } from 'node:util'

/** What to boot and how often. */
export interface BootOptions {
  readonly kernel?: string
  readonly initrd?: string
  /** Added to the kernel command line of both. */
  readonly append: string
  /** As `armvisor run` and `qemu -m` both understand it. */
  readonly memory: string
  readonly pairs: number
  readonly limitSeconds: number
  /** Fail when the median ratio is above it. */
  readonly maxRatio?: number
  readonly json?: string
}

/** An argument that makes no sense; `message` is one sentence. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Shown with a {@link UsageError} and for --help. */
export const bootUsage = `Usage: pnpm bench boot [options]

Boots the same kernel and initramfs in armvisor and in QEMU in turn and prints
the time from process start to the line that init prints first.

  --kernel FILE     kernel (default: Debian's, fetched into the cache)
  --initrd FILE     initramfs whose init prints the marker (default: as above)
  --append STR      words to add to both kernel command lines
  --memory SIZE     guest memory, such as 512M or 1G (default: 512M)
  --pairs N         runs of each, 1 to 100 (default: 5)
  --timeout SECONDS limit for one run (default: 120)
  --max-ratio N     fail when the median ratio is above N
  --json FILE       also write all numbers there`

/**
 * Parses the arguments.
 *
 * @returns Undefined when help is asked for.
 * @throws {@link UsageError}
 */
export function parseBootOptions(argv: readonly string[]): BootOptions | undefined {
  const options = {
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    append: { type: 'string', default: '' },
    memory: { type: 'string', default: '512M' },
    pairs: { type: 'string', default: '5' },
    timeout: { type: 'string', default: '120' },
    'max-ratio': { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
  try {
    values = parseArgs({ args: [...argv], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const { kernel, initrd, json, append = '', memory = '', help } = values
  if (help) return undefined
  if ((kernel === undefined) !== (initrd === undefined))
    throw new UsageError('--kernel and --initrd go together: give both or neither')
  if (!/^[1-9]\d*[MG]$/.test(memory))
    throw new UsageError(`--memory is "${memory}" and must be a size such as 512M or 1G`)
  const pairs = parseNumber('pairs', values.pairs, 1, 100)
  if (!Number.isInteger(pairs)) throw new UsageError(`--pairs is "${values.pairs}" and must be a whole number`)
  return {
    append,
    memory,
    pairs,
    limitSeconds: parseNumber('timeout', values.timeout, 1, 3600),
    ...(kernel !== undefined && { kernel }),
    ...(initrd !== undefined && { initrd }),
    ...(json !== undefined && { json }),
    ...(values['max-ratio'] !== undefined && { maxRatio: parseNumber('max-ratio', values['max-ratio'], 0.01, 1000) }),
  }
}

function parseNumber(name: string, text: string | undefined, min: number, max: number): number {
  const value = Number(text === '' ? Number.NaN : text)
  if (!(value >= min && value <= max))
    throw new UsageError(`--${name} is "${text}" and must be a number from ${min} to ${max}`)
  return value
}
