/** The machine and the versions that numbers belong to. */

import { spawnSync } from 'node:child_process'
import { arch, cpus, platform } from 'node:os'
import { BenchError } from './errors.ts'

/** QEMU's program. */
export const qemuCommand = 'qemu-system-aarch64'

/** What was measured on. */
export interface HostDescription {
  readonly cpu: string
  readonly cpus: number
  readonly platform: string
}

/** Describes this machine. */
export function describeHost(): HostDescription {
  return { cpu: cpus()[0]?.model ?? 'unknown', cpus: cpus().length, platform: `${platform()} ${arch()}` }
}

/** "QEMU 7.2.22". @throws {@link BenchError} without QEMU */
export function readQemuVersion(): string {
  const { stdout, error } = spawnSync(qemuCommand, ['--version'], { encoding: 'utf8' })
  if (error !== undefined)
    throw new BenchError(
      `${qemuCommand} is not on PATH: install it (in Debian the package qemu-system-arm), or say --no-qemu`,
    )
  // "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-…)"
  return `QEMU ${/version (\S+)/.exec(stdout)?.[1] ?? stdout.split('\n')[0]}`
}

/** "Node v20.20.2". @throws {@link BenchError} when there is no such program */
export function readNodeVersion(node: string): string {
  const { stdout, error } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  if (error !== undefined || !/^v\d/.test(stdout))
    throw new BenchError(
      `--node is "${node}" and is no Node that runs here: name the program, such as .cache/node/bin/node`,
    )
  return `Node ${stdout.trim()}`
}
