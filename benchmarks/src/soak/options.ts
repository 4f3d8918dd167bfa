/** Arguments of the soak. */

import { parseMemory, parseNumber, parseOptions } from '../harness/arguments.ts'
import { UsageError } from '../harness/errors.ts'
import type { Bounds } from './result.ts'

/** How long, how often, and what must hold. */
export interface SoakOptions extends Bounds {
  readonly minutes: number
  readonly everySeconds: number
  readonly memory: string
  readonly node: string
  readonly json?: string
}

/** Shown with a {@link UsageError} and for --help. */
export const soakUsage = `Usage: pnpm bench soak [options]

Runs a guest whose shell starts one short process after another, each of which
is new code, and watches the memory of armvisor and the guest's clock. Ends
with status 1 when memory keeps growing or the clock is off.

  --minutes N       how long, 0.2 to 1440 (default: 10)
  --every SECONDS   between two samples (default: 10)
  --memory SIZE     guest memory, such as 512M or 1G (default: 512M)
  --max-growth MIB  what the second half may add to the most memory of the
                    first (default: 32)
  --max-clock-error PERCENT
                    of the guest's clock (default: 1)
  --node PATH       runs our side (default: this one)
  --json FILE       also write all samples there`

/**
 * Parses the arguments.
 *
 * @returns Undefined when help is asked for.
 * @throws {@link UsageError}
 */
export function parseSoakOptions(argv: readonly string[]): SoakOptions | undefined {
  const values = parseOptions(argv, {
    minutes: { type: 'string', default: '10' },
    every: { type: 'string', default: '10' },
    memory: { type: 'string', default: '512M' },
    'max-growth': { type: 'string', default: '32' },
    'max-clock-error': { type: 'string', default: '1' },
    node: { type: 'string', default: process.execPath },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  })
  const { node = process.execPath, json, help } = values
  if (help) return undefined
  const minutes = parseNumber('minutes', values.minutes, { min: 0.2, max: 1440 })
  return {
    minutes,
    // Two samples in each half at least.
    everySeconds: parseNumber('every', values.every, { min: 1, max: minutes * 15 }),
    memory: parseMemory(values.memory),
    maxGrowthBytes: parseNumber('max-growth', values['max-growth'], { min: 0, max: 4096 }) * 2 ** 20,
    maxClockError: parseNumber('max-clock-error', values['max-clock-error'], { min: 0, max: 100 }) / 100,
    node,
    ...(json !== undefined && { json }),
  }
}
