/** What an open file is to its process: the calls that a file descriptor takes, and what they answer where a kind has none. */

import type { Hva } from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'

/** `PROT_READ` of mmap. [LINUX-UAPI] asm-generic/mman-common.h */
export const PROT_READ = 1
/** `PROT_WRITE` of mmap. [LINUX-UAPI] asm-generic/mman-common.h */
export const PROT_WRITE = 2
/** `PROT_EXEC` of mmap. [LINUX-UAPI] asm-generic/mman-common.h */
export const PROT_EXEC = 4
/** `MAP_SHARED` of mmap. [LINUX-UAPI] linux/mman.h */
export const MAP_SHARED = 1
/** `MAP_PRIVATE` of mmap. [LINUX-UAPI] linux/mman.h */
export const MAP_PRIVATE = 2

/** What mmap is asked for. */
export interface MmapRequest {
  readonly lengthBytes: number
  /** `PROT_READ` and others. */
  readonly prot: number
  /** `MAP_SHARED` or `MAP_PRIVATE`. */
  readonly flags: number
  /** Bytes into the file, a multiple of the page size. */
  readonly offset: number
}

/** An open file. Every call throws a `KvmError` where Linux gives an errno. */
export abstract class OpenFile {
  /** What the file is, as in the sentences of errors. */
  abstract readonly kind: string

  /** The last descriptor and the last mapping are gone. */
  abstract release(): void

  /** `arg` is a word or an address in the user's memory, as the request has it. */
  ioctl(request: number, _arg: bigint): number {
    throw kvmError('ENOTTY', 'ioctl', `${this.kind} has no request ${hex(request)}`)
  }

  /** Maps pages of the file; the result is their address. */
  mmap(_request: MmapRequest, _onUnmap: () => void): Hva {
    throw kvmError('ENODEV', 'mmap', `${this.kind} cannot be mapped`)
  }

  /** Reads at most `sizeBytes` bytes: at `offset`, or without it where the last read ended. */
  read(_sizeBytes: number, _offset?: number): Uint8Array {
    throw kvmError('EINVAL', 'read', `${this.kind} cannot be read`)
  }

  /** Writes bytes; the result is how many. */
  write(_bytes: Uint8Array): number {
    throw kvmError('EINVAL', 'write', `${this.kind} cannot be written`)
  }

  /** Resolves when a blocking call may go on; at once for files without such calls. */
  ready(): Promise<void> {
    return Promise.resolve()
  }
}
