/** `armvisor run`: what takes long begins before the program that runs machines is loaded. */

import type { Host } from '../host/host.ts'
import { readInputFile } from '../host/read-input-file.ts'
import type { RunArguments } from '../run/arguments.ts'

/**
 * Runs a machine until it ends.
 *
 * @returns the exit status
 * @throws `UsageError`, `FailureError`
 */
export async function runMachine(host: Host, args: RunArguments): Promise<number> {
  const { kernel, initrd, jit } = args
  // With `always`, translation is no background work.
  const compiler = jit === 'on' ? host.startCompiler() : undefined
  const files = Promise.all([
    kernel === undefined ? undefined : readInputFile(host, '--kernel', kernel),
    initrd === undefined ? undefined : readInputFile(host, '--initrd', initrd),
  ])
  // Wrong options are told of before missing files, by whoever waits for those.
  files.catch(() => {})
  const { startSession } = await import('../run/start-session.ts')
  return startSession(host, args, compiler, files)
}
