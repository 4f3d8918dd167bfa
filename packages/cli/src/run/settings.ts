/** What `armvisor run` is asked for, checked: every wrong value is one sentence with the limit and the way out. */

import { type CpuModel, cpuModels, defaultJitOptions, type JitOptions } from '@armvisor/cpu'
import type { Granule } from '@armvisor/stage2'
import { defaultIpaBits, minIpaBits } from '@armvisor/uapi'
import {
  checkMemorySize,
  defaultIcountShift,
  formatSize,
  type GicVersion,
  hostIpaLimit,
  largestGuestBytes,
  largestIcountShift,
  MachineError,
  smallestIpaBits,
} from '@armvisor/vmm'
import { UsageError } from '../errors.ts'
import type { RunArguments } from './arguments.ts'

const jitOptions: Readonly<Record<RunArguments['jit'], JitOptions | undefined>> = {
  on: defaultJitOptions,
  off: undefined,
  always: { threshold: 1, batch: 1 },
}
const gicNumbers: Readonly<Record<RunArguments['gic'], GicVersion>> = { 2: 2, 3: 3 }

/** The options that make a machine. */
export interface RunSettings {
  readonly memoryBytes: number
  /** log2 of the IPA space as the KVM is asked for it: 0 for the default. */
  readonly ipaBits: number
  /** Why the size was chosen, when it was `auto`. */
  readonly ipaBitsReason: string | undefined
  readonly granule: Granule
  readonly pageBytes: number
  readonly model: CpuModel
  readonly gicVersion: GicVersion
  readonly its: boolean
  /** Undefined interprets everything. */
  readonly jit: JitOptions | undefined
  /** Time is instructions, 2^this nanoseconds each; undefined for the host's time. */
  readonly icountShift: number | undefined
  /** Of the guest's randomness; undefined for the host's. */
  readonly seed: number | undefined
  /** How statistics are shown at the end; undefined for not at all. */
  readonly stats: RunArguments['stats']
  readonly isRebooting: boolean
  readonly timeoutMs: number | undefined
}

const pageSizes: Readonly<Record<Granule, number>> = { '4K': 0x1000, '16K': 0x4000, '64K': 0x10000 }
const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }
/** Timers of the host count milliseconds in 31 bits. */
const longestTimeoutSeconds = Math.floor((2 ** 31 - 1) / 1000)

/** Checks what needs no file. @throws {@link UsageError} */
export function parseRunArguments(args: RunArguments): RunSettings {
  const model = cpuModels[args.cpu]
  const { granule, its = false } = args
  if (its && args.gic === '2') throw new UsageError('--its needs a GICv3: give --gic 3, or leave --its out.')
  const pageBytes = pageSizes[granule]
  const memoryBytes = parseMemory(args.memory)
  const limitBits = hostIpaLimit(model, granule)
  const auto = args.ipaBits === 'auto' ? smallestIpaBits(memoryBytes) : undefined
  const ipaBits = auto?.bits ?? parseIpaBits(args.ipaBits, model, granule)
  // A default of 40 bits is more than any memory here takes; auto can only choose too much where the limit below is broken too.
  checkMemory(memoryBytes, Math.min(ipaBits || defaultIpaBits, limitBits), pageBytes)
  const largestBytes = largestGuestBytes()
  if (memoryBytes > largestBytes) {
    throw new UsageError(
      `--memory ${args.memory} is more than ${formatSize(largestBytes)}, which is what a WebAssembly memory of 4 GiB has room for beside the hypervisor's own data: give less.`,
    )
  }
  return {
    memoryBytes,
    ipaBits,
    ipaBitsReason: auto?.reason,
    granule,
    pageBytes,
    model,
    gicVersion: gicNumbers[args.gic],
    its,
    jit: jitOptions[args.jit],
    icountShift: args.icount === undefined ? undefined : parseIcount(args.icount),
    // Repeatable runs need a seed, whichever.
    seed: args.seed !== undefined ? parseSeed(args.seed) : args.icount === undefined ? undefined : 0,
    stats: args.stats,
    isRebooting: args.reboot,
    timeoutMs: args.timeout === undefined ? undefined : parseTimeout(args.timeout),
  }
}

function parseMemory(text: string): number {
  const parts = /^(\d+)([KMG]?)$/i.exec(text)
  const sizeBytes = parts === null ? 0 : Number(parts[1]) * units[parts[2].toUpperCase()]
  if (!(sizeBytes > 0)) {
    throw new UsageError(
      `--memory ${text} is no size: give a number above 0, with K, M or G for KiB, MiB or GiB, as 512M.`,
    )
  }
  return sizeBytes
}

function checkMemory(memoryBytes: number, ipaBits: number, pageBytes: number): void {
  try {
    checkMemorySize(memoryBytes, ipaBits, pageBytes)
  } catch (error) {
    if (!(error instanceof MachineError)) throw error
    const { fault } = error
    const flag =
      fault.kind === 'memory-beyond-ipa' ? ` (--ipa-bits ${fault.neededBits} or auto, --memory)` : ' (--memory)'
    throw new UsageError(`${error.message.replace(/\.$/, '')}${flag}.`, { cause: error })
  }
}

function parseIpaBits(text: string, model: CpuModel, granule: Granule): number {
  const limitBits = hostIpaLimit(model, granule)
  const choices = `${minIpaBits} to ${limitBits}, 0 for the default of ${defaultIpaBits}, or auto`
  if (!/^-?\d+$/.test(text)) throw new UsageError(`--ipa-bits ${text} is no number: give ${choices}.`)
  const ipaBits = Number(text)
  if (ipaBits === 0) return 0
  if (ipaBits < minIpaBits) {
    throw new UsageError(`--ipa-bits ${text} is below ${minIpaBits}, the smallest IPA size there is: give ${choices}.`)
  }
  if (ipaBits > limitBits) {
    const other = Object.values(cpuModels).find((it) => hostIpaLimit(it, granule) >= ipaBits)
    const wayOut = other === undefined ? '' : `, or --cpu ${other.name} for up to ${hostIpaLimit(other, granule)}`
    throw new UsageError(
      `--ipa-bits ${text} is above ${limitBits}, the limit of CPU ${model.name} with the ${granule} granule: give ${choices}${wayOut}.`,
    )
  }
  return ipaBits
}

function parseIcount(text: string | true): number {
  if (text === true) return defaultIcountShift
  if (!/^\d+$/.test(text) || Number(text) > largestIcountShift) {
    throw new UsageError(
      `--icount ${text} is no shift: give 0 to ${largestIcountShift}, for 1 to ${2 ** largestIcountShift} ns an instruction, or nothing for ${defaultIcountShift}.`,
    )
  }
  return Number(text)
}

function parseSeed(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new UsageError(`--seed ${text} is no seed: give an integer from 0 to ${Number.MAX_SAFE_INTEGER}.`)
  }
  return Number(text)
}

function parseTimeout(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (!(seconds > 0 && seconds <= longestTimeoutSeconds)) {
    throw new UsageError(
      `--timeout ${text} is no time: give seconds above 0 and up to ${longestTimeoutSeconds}, as 60 or 2.5.`,
    )
  }
  return seconds * 1000
}
