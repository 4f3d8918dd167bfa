/** A process as the kernel side sees it: one address space, one table of descriptors, and `/dev/kvm` to open. */

import type { LinearMemory } from '@armvisor/cpu'
import type { Hva, UserMemory } from '@armvisor/uapi'
import { kvmError } from '../fail.ts'
import { KernelKvm, type KvmCpuOptions, type KvmModelOptions, type KvmOptions, kvmCpuOptions } from '../kvm.ts'
import type { LinearUserMemory } from '../user-memory.ts'
import { EventFd } from './event-fd.ts'
import { FdTable } from './fd-table.ts'
import { MAP_SHARED, type OpenFile, PROT_READ, PROT_WRITE } from './open-file.ts'
import { SystemFd } from './system-fd.ts'
import type { FileProcess } from './vm-context.ts'

/** Errnos, each as a `KvmError`, come from every call of a descriptor. */
export interface KvmFd {
  readonly fd: number
  /**
   * `ioctl(2)`. `arg` is a word or an address in {@link KvmProcess.memory}. The result is 0, a number or a descriptor, as the request
   * has it: `process.fd(result)` makes a handle of a descriptor.
   */
  ioctl(request: number, arg?: bigint): number
  /** `mmap(2)`, shared and for reading and writing unless told. `memory.unmap` of the address ends it. */
  mmap(
    lengthBytes: number,
    options?: { readonly prot?: number; readonly flags?: number; readonly offset?: number },
  ): Hva
  /** `read(2)` into user memory, or with an offset `pread(2)`. The result is how many bytes. */
  read(address: Hva, sizeBytes: number, offset?: number): number
  /** `write(2)` from user memory. */
  write(address: Hva, sizeBytes: number): number
  /** Resolves when a vCPU whose `KVM_RUN` gave EINTR has something to do: where a blocking `KVM_RUN` would go on. */
  ready(): Promise<void>
  close(): void
}

/** See {@link createKvmProcess}. */
export interface KvmProcess {
  /** The address space that all pointers are in. */
  readonly memory: UserMemory
  /** Descriptors that are open. */
  readonly openFds: number
  /** `open(2)`. @throws `KvmError` ENOENT for anything but `/dev/kvm` */
  open(path: string): KvmFd
  /** `eventfd(2)`. */
  eventfd(initial?: number, flags?: number): KvmFd
  /** The handle of a descriptor that a call returned. @throws `KvmError` EBADF */
  fd(fd: number): KvmFd
}

/**
 * Opens the byte side of a KVM: `/dev/kvm` as a C program has it, with numbers, structures in memory, and errnos.
 *
 * @throws RangeError for a memory size that no linear memory has
 * @example
 * const process = createKvmProcess({ memoryBytes: 256 << 20, host })
 * const kvm = process.open('/dev/kvm')
 * kvm.ioctl(KVM_GET_API_VERSION) // 12
 * const vm = process.fd(kvm.ioctl(KVM_CREATE_VM, 36n))
 */
export function createKvmProcess(options: KvmOptions & KvmModelOptions): KvmProcess {
  return createKvmProcessWith(kvmCpuOptions(options))
}

/**
 * {@link createKvmProcess} on the given CPU implementation.
 *
 * @throws RangeError for a memory size that no linear memory has
 */
export function createKvmProcessWith(options: KvmCpuOptions): KvmProcess {
  return new Process(new KernelKvm(options))
}

class Process implements KvmProcess, FileProcess {
  readonly memory: LinearUserMemory
  readonly linear: LinearMemory
  readonly pid = 1
  readonly #kvm: KernelKvm
  readonly #files = new FdTable()

  constructor(kvm: KernelKvm) {
    this.#kvm = kvm
    this.memory = kvm.memory
    this.linear = kvm.linear
  }

  get openFds(): number {
    return this.#files.count
  }

  open(path: string): KvmFd {
    if (path !== '/dev/kvm') throw kvmError('ENOENT', 'open', `there is no ${path}`, 'open /dev/kvm')
    return this.fd(this.install(new SystemFd(this.#kvm, this)))
  }

  eventfd(initial = 0, flags = 0): KvmFd {
    return this.fd(this.install(new EventFd(initial, flags)))
  }

  fd(fd: number): KvmFd {
    this.#files.get(fd, 'fcntl')
    return new Descriptor(this, this.#files, fd)
  }

  install(file: OpenFile): number {
    return this.#files.install(file)
  }

  eventFd(fd: number, call: string): EventFd {
    const file = this.#files.get(fd, call)
    if (!(file instanceof EventFd)) throw kvmError('EINVAL', call, `descriptor ${fd} is ${file.kind}, no eventfd`)
    return file
  }
}

class Descriptor implements KvmFd {
  readonly fd: number
  readonly #process: Process
  readonly #files: FdTable

  constructor(process: Process, files: FdTable, fd: number) {
    this.#process = process
    this.#files = files
    this.fd = fd
  }

  ioctl(request: number, arg = 0n): number {
    return this.#files.get(this.fd, 'ioctl').ioctl(request >>> 0, BigInt.asUintN(64, arg))
  }

  mmap(
    lengthBytes: number,
    options: { readonly prot?: number; readonly flags?: number; readonly offset?: number } = {},
  ): Hva {
    const { prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED, offset = 0 } = options
    const file = this.#files.get(this.fd, 'mmap')
    const { pageBytes } = this.#process.memory
    if (!(Number.isInteger(lengthBytes) && lengthBytes > 0) || offset % pageBytes !== 0 || offset < 0) {
      throw kvmError(
        'EINVAL',
        'mmap',
        `${lengthBytes} bytes at offset ${offset}`,
        `use an offset in pages of ${pageBytes}`,
      )
    }
    const address = file.mmap({ lengthBytes, prot, flags, offset }, () => this.#files.drop(file))
    this.#files.hold(file)
    return address
  }

  read(address: Hva, sizeBytes: number, offset?: number): number {
    const file = this.#files.get(this.fd, 'read')
    this.#process.memory.checkMapped(address, sizeBytes, 'read')
    const bytes = file.read(sizeBytes, offset)
    this.#process.memory.copyOut(address, bytes, 'read')
    return bytes.length
  }

  write(address: Hva, sizeBytes: number): number {
    const file = this.#files.get(this.fd, 'write')
    return file.write(this.#process.memory.copyIn(address, sizeBytes, 'write'))
  }

  ready(): Promise<void> {
    return this.#files.get(this.fd, 'poll').ready()
  }

  close(): void {
    this.#files.close(this.fd)
  }
}
