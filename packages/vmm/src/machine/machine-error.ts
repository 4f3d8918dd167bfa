/** Why a machine could not be built or could not go on. */

import { formatAddress, formatSize } from './format-size.ts'

/** The facts. Sizes are bytes; an `end` address is the first one that is not included. */
export type MachineFault =
  | {
      readonly kind: 'memory-size'
      readonly memoryBytes: number
      readonly granuleBytes: number
      readonly limitBytes: number
    }
  | {
      readonly kind: 'memory-beyond-ipa'
      readonly memoryBytes: number
      readonly memoryBase: number
      readonly ipaBits: number
      readonly neededBits: number
      /** The most memory that fits; 0 where not even its first byte does. */
      readonly fittingBytes: number
    }
  | { readonly kind: 'memory-unavailable'; readonly memoryBytes: number }
  | { readonly kind: 'ipa-bits'; readonly ipaBits: number; readonly minimumBits: number; readonly limitBits: number }
  | { readonly kind: 'cpu-count'; readonly cpus: number; readonly limit: number }
  | { readonly kind: 'command-line'; readonly sizeBytes: number; readonly limitBytes: number }
  | { readonly kind: 'not-found'; readonly capability: string }
  | { readonly kind: 'its-of-gicv2' }
  | { readonly kind: 'snapshot-memory'; readonly address: number }
  | {
      readonly kind: 'vcpu-exit'
      readonly vcpu: number
      readonly exit: string
      readonly detail: string
      readonly remedy: string
    }

/** A machine that cannot be built as asked, or whose vCPU stopped for good; the message is one sentence. */
export class MachineError extends Error {
  override readonly name = 'MachineError'
  /** What happened, for programs. */
  readonly fault: MachineFault

  constructor(fault: MachineFault, options?: ErrorOptions) {
    super(sentence(fault), options)
    this.fault = fault
  }
}

function sentence(fault: MachineFault): string {
  switch (fault.kind) {
    case 'memory-size':
      return `A memory size of ${fault.memoryBytes} bytes is impossible: give a multiple of ${formatSize(fault.granuleBytes)} from ${formatSize(fault.granuleBytes)} to ${formatSize(fault.limitBytes)}.`
    case 'memory-beyond-ipa': {
      const end = fault.memoryBase + fault.memoryBytes
      const less = fault.fittingBytes > 0 ? `, or at most ${formatSize(fault.fittingBytes)} of memory` : ''
      return `${formatSize(fault.memoryBytes)} of memory does not fit an IPA space of ${fault.ipaBits} bits (${formatSize(2 ** fault.ipaBits)}): RAM starts at ${formatSize(fault.memoryBase)} and so ends at ${formatSize(end)}; use at least ${fault.neededBits} IPA bits${less}.`
    }
    case 'memory-unavailable':
      return `${formatSize(fault.memoryBytes)} of guest memory cannot be had from this host: give the guest less memory.`
    case 'ipa-bits':
      return `An IPA size of ${fault.ipaBits} bits is not possible here: give 0 for the default, or ${fault.minimumBits} to ${fault.limitBits}.`
    case 'cpu-count':
      return `${fault.cpus} CPUs are not possible here: give 1 to ${fault.limit}.`
    case 'command-line':
      return `The kernel command line has ${fault.sizeBytes} bytes and the kernel takes ${fault.limitBytes}: shorten it.`
    case 'not-found':
      return `This KVM has no ${fault.capability}: run the machine on an implementation that has it.`
    case 'its-of-gicv2':
      return 'A GICv2 has no ITS: use a GICv3, or leave the ITS out.'
    case 'snapshot-memory':
      return `The snapshot has memory at ${formatAddress(fault.address)}, where this machine has none: add it before the snapshot is put back.`
    case 'vcpu-exit':
      return `CPU ${fault.vcpu} stopped with ${fault.exit} (${fault.detail}): ${fault.remedy}.`
  }
}

/** Numbers of a sentence about an exit, in hexadecimal. */
export function formatWords(words: readonly bigint[]): string {
  return words.length === 0 ? 'no data' : words.map(formatAddress).join(' ')
}
