/** `armvisor run`. */

import type { Host } from '../host/host.ts'
import { readInputFile } from '../host/read-input-file.ts'
import { writeText } from '../host/write-text.ts'
import { RunSession } from '../run/run-session.ts'
import { jitModes, parseRunArguments, type RunArguments, type RunSettings } from '../run/settings.ts'

/**
 * Runs a machine until it ends.
 *
 * @returns the exit status
 * @throws `UsageError`, `FailureError`
 */
export async function runMachine(host: Host, args: RunArguments): Promise<number> {
  const settings = withCompiler(host, parseRunArguments(args))
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

/** Starts the thread that translates before anything else, since loading its program takes as long as this one's. */
function withCompiler(host: Host, settings: RunSettings): RunSettings {
  if (settings.jit === undefined || settings.jit === jitModes.always) return settings
  const compileHost = host.startCompiler((reason) =>
    writeText(
      host.stderr,
      `armvisor: guest code is translated on the guest's own thread now, since the other is gone: ${reason}\n`,
    ),
  )
  return compileHost === undefined ? settings : { ...settings, jit: { ...settings.jit, compileHost } }
}
