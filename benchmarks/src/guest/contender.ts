/** The command lines that start the same guest in armvisor and in QEMU. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundleCommandLine } from '@armvisor/tools/bundle.mjs'
import { BenchError } from '../harness/errors.ts'
import { qemuCommand } from '../harness/host.ts'

/** A guest, for any contender. */
export interface Guest {
  readonly kernel: string
  readonly initrd: string
  /** The kernel command line. */
  readonly append: string
  /** As `armvisor run` and `qemu -m` both understand it. */
  readonly memory: string
}

/** One program that runs a guest. */
export interface Contender {
  /** How results name it. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** QEMU's columns and their `-cpu`. The second has what newer CPUs have; pointer authentication as QEMU computes it fastest. */
export const qemuCpus = { cortexA57: 'cortex-a57', max: 'max,pauth-impdef=on' } as const

/** A column that is QEMU's. */
export type Reference = keyof typeof qemuCpus

/** What the compiler made, a file for each of the sources; profiles say more with it. */
const compiled = fileURLToPath(new URL('../../../packages/cli/dist/bin.js', import.meta.url))

let bundled: string | undefined

function bundle(): string {
  bundled ??= bundleCommandLine()
  return bundled
}

/**
 * The command line as it is published, with a guest.
 *
 * @param node - Which Node runs it, and with which options.
 * @param form - `compiled` for the files before they are bundled.
 * @throws {@link BenchError} When it is not built.
 */
export function ours(
  { kernel, initrd, append, memory }: Guest,
  [node, ...nodeArgs]: readonly string[],
  form: 'bundled' | 'compiled' = 'bundled',
): Contender {
  if (!existsSync(compiled)) throw new BenchError(`${compiled} does not exist: run "npm run build" first`)
  const bin = form === 'compiled' ? compiled : bundle()
  const run = ['run', '--kernel', kernel, '--initrd', initrd, '--append', append, '--memory', memory, '--no-reboot']
  return { name: 'armvisor', command: node as string, args: [...nodeArgs, bin, ...run] }
}

/** QEMU with a guest. */
export function qemu({ kernel, initrd, append, memory }: Guest, reference: Reference): Contender {
  // No network card: QEMU's default one needs a boot ROM that distributions package apart from it.
  const machine = ['-M', 'virt,gic-version=3', '-cpu', qemuCpus[reference], '-m', memory, '-nic', 'none', '-no-reboot']
  const console = ['-display', 'none', '-serial', 'stdio', '-monitor', 'none']
  const guest = ['-kernel', kernel, '-initrd', initrd, '-append', append]
  return { name: `QEMU ${qemuCpus[reference]}`, command: qemuCommand, args: [...machine, ...console, ...guest] }
}
