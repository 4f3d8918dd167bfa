/** From the arguments of `armvisor run` to a session. */

import { type CompileChannel, WorkerCompileHost } from '@armvisor/cpu'
import type { Host } from '../host/host.ts'
import { writeText } from '../host/write-text.ts'
import type { RunArguments } from './arguments.ts'
import { RunSession } from './run-session.ts'
import { parseRunArguments, type RunSettings } from './settings.ts'

/**
 * Runs a machine until it ends.
 *
 * @param compiler the thread that translates, where there is one
 * @param files kernel and initial RAM disk, where the arguments name them
 * @returns the exit status
 * @throws `UsageError`, `FailureError`
 */
export async function startSession(
  host: Host,
  args: RunArguments,
  compiler: CompileChannel | undefined,
  files: Promise<readonly (Uint8Array | undefined)[]>,
): Promise<number> {
  const settings = withCompiler(host, parseRunArguments(args), compiler)
  if (settings.ipaBitsReason !== undefined) {
    writeText(host.stderr, `armvisor: --ipa-bits auto is ${settings.ipaBits}: ${settings.ipaBitsReason}\n`)
  }
  const [kernel, initrd] = await files
  const { kernel: kernelFile, initrd: initrdFile, append } = args
  return new RunSession(host, settings, { kernelFile, kernel, initrdFile, initrd, append }).run()
}

function withCompiler(host: Host, settings: RunSettings, channel: CompileChannel | undefined): RunSettings {
  if (settings.jit === undefined || channel === undefined) return settings
  const compileHost = new WorkerCompileHost({
    channel,
    nowMs: () => host.kvm.monotonicNs() / 1e6,
    onFailure: (reason) =>
      writeText(
        host.stderr,
        `armvisor: guest code is translated on the guest's own thread now, since the other is gone: ${reason}\n`,
      ),
  })
  return { ...settings, jit: { ...settings.jit, compileHost } }
}
