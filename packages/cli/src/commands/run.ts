/** `armvisor run`. */

import type { Host } from '../host/host.ts'
import { readInputFile } from '../host/read-input-file.ts'
import { writeText } from '../host/write-text.ts'
import { RunSession } from '../run/run-session.ts'
import { parseRunArguments, type RunArguments } from '../run/settings.ts'

/**
 * Runs a machine until it ends.
 *
 * @returns the exit status
 * @throws `UsageError`, `FailureError`
 */
export async function runMachine(host: Host, args: RunArguments): Promise<number> {
  const settings = parseRunArguments(args)
  if (settings.ipaBitsReason !== undefined) {
    writeText(host.stderr, `armvisor: --ipa-bits auto is ${settings.ipaBits}: ${settings.ipaBitsReason}\n`)
  }
  const { kernel, initrd, append } = args
  const session = new RunSession(host, settings, {
    kernelFile: kernel,
    kernel: kernel === undefined ? undefined : await readInputFile(host, '--kernel', kernel),
    initrdFile: initrd,
    initrd: initrd === undefined ? undefined : await readInputFile(host, '--initrd', initrd),
    append,
  })
  return session.run()
}
