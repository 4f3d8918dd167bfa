/** `pnpm bench mips`: the mechanisms that integer code mostly consists of, as a quick look at the interpreter beside QEMU. */

import { bench as benchMechanisms } from './mechanisms.ts'

const basics = ['alu', 'branches', 'calls', 'loads', 'stores']

/**
 * Runs the benchmark of mechanisms with only the basic ones.
 *
 * @param argv - Arguments of `pnpm bench mechanisms` besides `--only`.
 * @returns Exit status: 0, 1 failure, 2 usage.
 */
export async function bench(argv: readonly string[]): Promise<number> {
  return benchMechanisms([...basics.flatMap((name) => ['--only', name]), ...argv])
}
