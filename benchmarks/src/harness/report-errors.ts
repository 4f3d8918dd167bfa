/** Turns what a benchmark throws into a sentence and an exit status. */

import { GuestsError } from '@armvisor/tools/guests.mjs'
import { BenchError, UsageError } from './errors.ts'

/**
 * Runs a benchmark.
 *
 * @param name - For messages.
 * @param usage - Printed after a {@link UsageError}.
 * @returns Exit status: what the benchmark returns, 1 failure, 2 usage.
 */
export async function reportErrors(name: string, usage: string, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`bench ${name}: ${error.message}.\n\n${usage}`)
      return 2
    }
    if (!(error instanceof BenchError || error instanceof GuestsError)) throw error
    console.error(`bench ${name}: ${error.message}`)
    return 1
  }
}
