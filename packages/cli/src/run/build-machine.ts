/** Makes the machine that the settings describe, and says in the user's words why it cannot be made. */

import { defaultIpaBits, type Kvm, KvmError } from '@armvisor/uapi'
import {
  createKvm,
  createVirtMachine,
  LoadError,
  linearMemoryBytes,
  MachineError,
  type SerialConsole,
  type VirtMachine,
} from '@armvisor/vmm'
import { embeddedGuest, withLastPage } from '@armvisor/vmm/guest'
import { FailureError } from '../errors.ts'
import type { GuestWorld } from './guest-world.ts'
import type { RunStatistics } from './run-statistics.ts'
import type { RunSettings } from './settings.ts'

/** What the guest is made of; without a kernel it is the embedded one. */
export interface GuestFiles {
  readonly kernelFile: string | undefined
  readonly kernel: Uint8Array | undefined
  readonly initrdFile: string | undefined
  readonly initrd: Uint8Array | undefined
  readonly append: string | undefined
}

/** Opens the KVM. @throws {@link FailureError} when the host has no such memory */
export function openKvm(
  { kvm: host, icount }: GuestWorld,
  { memoryBytes, granule, model, jit }: RunSettings,
  statistics: RunStatistics | undefined,
): Kvm {
  const linearBytes = linearMemoryBytes(memoryBytes, granule)
  try {
    return createKvm({
      memoryBytes: linearBytes,
      granule,
      model,
      host,
      ...(jit && { jit: statistics ? { nowMs: () => host.monotonicNs() / 1e6, ...jit } : jit }),
      ...(statistics && { events: statistics }),
      ...(icount && { icount }),
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FailureError(
      `This host has no ${Math.ceil(linearBytes / 2 ** 20)} MiB of address space for the guest and the hypervisor (${error.message}): give less --memory.`,
      { cause: error },
    )
  }
}

/** Builds a machine with the guest in it. @throws {@link FailureError} */
export function buildMachine(
  world: GuestWorld,
  kvm: Kvm,
  settings: RunSettings,
  files: GuestFiles,
  console: SerialConsole,
): VirtMachine {
  const ipaBits = settings.ipaBits || defaultIpaBits
  try {
    const machine = createVirtMachine(kvm, {
      memoryBytes: settings.memoryBytes,
      ipaBits: settings.ipaBits,
      gicVersion: settings.gicVersion,
      its: settings.its,
      kernel: files.kernel ?? embeddedGuest({ ipaBits, pageBytes: settings.pageBytes }),
      ...(files.initrd === undefined ? {} : { initrd: files.initrd }),
      ...(files.append === undefined ? {} : { append: files.append }),
      random: (sizeBytes) => {
        const bytes = new Uint8Array(sizeBytes)
        world.fillRandom(bytes)
        return bytes
      },
      console,
      clock: world.wallClock,
    })
    return files.kernel === undefined ? withLastPage(kvm, machine, settings.memoryBytes) : machine
  } catch (error) {
    throw explained(error, files)
  }
}

/** What went wrong, with the option to turn; other errors are nobody's fault but ours and stay as they are. */
export function explained(error: unknown, files: GuestFiles): unknown {
  if (error instanceof LoadError) {
    const { fault } = error
    const isInitrd = 'item' in fault && fault.item === 'initrd'
    const file = isInitrd ? `--initrd ${files.initrdFile}` : `--kernel ${files.kernelFile ?? '(embedded guest)'}`
    const isOfMemory = fault.kind === 'too-large' || fault.kind === 'outside-memory' || fault.kind === 'overlap'
    return new FailureError(`${file}: ${withOption(error.message, isOfMemory ? '--memory' : '')}`, { cause: error })
  }
  if (error instanceof MachineError) {
    const option = error.fault.kind === 'command-line' ? '--append' : ''
    return new FailureError(withOption(error.message, option), { cause: error })
  }
  if (error instanceof KvmError) return new FailureError(`The hypervisor failed: ${error.message}.`, { cause: error })
  return error
}

function withOption(sentence: string, option: string): string {
  return option === '' ? sentence : `${sentence.replace(/\.$/, '')} (${option}).`
}
