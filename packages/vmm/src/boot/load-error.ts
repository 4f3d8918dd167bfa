/** Why a kernel, initrd or device tree could not be placed in guest memory. */

import { formatAddress, formatSize } from '../machine/format-size.ts'

/** What goes into guest memory before the first instruction. */
export type LoadItem = 'kernel' | 'initrd' | 'device tree'

/** The facts of a failed load. Sizes are bytes; an `end` address is the first one that is not included. */
export type LoadFault =
  | {
      readonly kind: 'unknown-format'
      readonly firstBytes: Uint8Array
      readonly sizeBytes: number
      readonly guess?: string
    }
  | {
      readonly kind: 'truncated'
      readonly format: string
      readonly part: string
      readonly neededBytes: number
      readonly sizeBytes: number
    }
  | { readonly kind: 'unsupported-compression'; readonly container: string; readonly compression: string }
  | { readonly kind: 'corrupt'; readonly format: string; readonly detail: string }
  | {
      readonly kind: 'wrong-machine'
      readonly format: string
      readonly field: string
      readonly value: number
      readonly expected: string
    }
  | {
      readonly kind: 'too-large'
      readonly item: LoadItem
      readonly neededBytes: number
      readonly availableBytes: number
      readonly memoryBytes: number
    }
  | {
      readonly kind: 'outside-memory'
      readonly item: LoadItem
      readonly address: bigint
      readonly end: bigint
      readonly memoryBase: number
      readonly memoryEnd: number
    }
  | {
      readonly kind: 'overlap'
      readonly item: LoadItem
      readonly address: number
      readonly end: number
      readonly other: LoadItem
      readonly otherAddress: number
      readonly otherEnd: number
    }

/** A kernel, initrd or device tree that cannot be loaded; the message is one sentence with the value, the limit and the way out. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
  /** What happened, for programs. */
  readonly fault: LoadFault

  constructor(fault: LoadFault, options?: ErrorOptions) {
    super(sentence(fault), options)
    this.fault = fault
  }
}

function sentence(fault: LoadFault): string {
  switch (fault.kind) {
    case 'unknown-format': {
      const found =
        fault.sizeBytes === 0 ? 'The kernel file is empty' : `The kernel's first bytes are ${hex(fault.firstBytes)}`
      const guess = fault.guess === undefined ? 'which is no format known here' : `which looks like ${fault.guess}`
      return `${found}${fault.sizeBytes === 0 ? '' : `, ${guess}`}: give an arm64 Image, Image.gz, EFI zboot image (vmlinuz) or AArch64 ELF file.`
    }
    case 'truncated':
      return `The ${fault.format} kernel is cut short: ${fault.part} needs ${fault.neededBytes} bytes of file and there are ${fault.sizeBytes}; fetch or copy the file again.`
    case 'unsupported-compression':
      return `The kernel is ${fault.container} compressed with ${fault.compression}, and only gzip can be unpacked: decompress it first, or give the Image file of the same build.`
    case 'corrupt':
      return `The ${fault.format} kernel is damaged: ${fault.detail}; fetch or copy the file again.`
    case 'wrong-machine':
      return `The ${fault.format} kernel has ${fault.field} ${fault.value}, but ${fault.expected} is needed: give a kernel built for 64-bit little-endian Arm.`
    case 'too-large':
      return `The ${fault.item} needs ${formatSize(fault.neededBytes)} of memory in one piece and ${formatSize(fault.availableBytes)} of the guest's ${formatSize(fault.memoryBytes)} are free: give the guest more memory or a smaller ${fault.item}.`
    case 'outside-memory':
      return `The ${fault.item} wants addresses ${formatAddress(fault.address)} to ${formatAddress(fault.end - 1n)}, but the guest's memory is ${formatAddress(fault.memoryBase)} to ${formatAddress(fault.memoryEnd - 1)}: link it at a physical address in there, give the guest more memory, or use the Image format, which can be placed anywhere.`
    case 'overlap':
      return `The ${fault.item} at ${formatAddress(fault.address)} to ${formatAddress(fault.end - 1)} overlaps the ${fault.other} at ${formatAddress(fault.otherAddress)} to ${formatAddress(fault.otherEnd - 1)}: move one of them or give the guest more memory.`
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
