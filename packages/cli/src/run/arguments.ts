/** What can be said after `armvisor run`. */

import type { cpuModels } from '@armvisor/cpu'
import type { Granule } from '@armvisor/stage2'

// The names alone: the models come with all of the CPU, which only one command needs.
const namesOfCpus: Readonly<Record<keyof typeof cpuModels, true>> = { armv8: true, 'armv8-lpa2': true }

/** What `--cpu` names. */
export const cpuNames: readonly string[] = Object.keys(namesOfCpus)

/** What `--jit` names. */
export const jitModes = ['on', 'off', 'always'] as const

/** What `--stats` names. */
export const statsFormats = ['text', 'json'] as const

/** What `--gic` names. */
export const gicVersions = ['2', '3'] as const

/** The options as they are on the command line. */
export interface RunArguments {
  readonly kernel?: string
  readonly initrd?: string
  readonly append?: string
  readonly memory: string
  readonly ipaBits: string
  readonly granule: Granule
  readonly cpu: keyof typeof cpuModels
  readonly gic: (typeof gicVersions)[number]
  readonly its?: boolean
  readonly jit: (typeof jitModes)[number]
  /** True without a value. */
  readonly icount?: string | true
  readonly seed?: string
  readonly stats?: (typeof statsFormats)[number]
  readonly reboot: boolean
  readonly timeout?: string
}
