/** What the files of one VM share: the VM, which lives until the last of them is closed, and the process they belong to. */

import type { LinearMemory } from '@armvisor/cpu'
import type { LinearUserMemory } from '../user-memory.ts'
import type { KernelVm } from '../vm.ts'
import type { EventFd } from './event-fd.ts'
import type { OpenFile } from './open-file.ts'

/** The process as files need it. */
export interface FileProcess {
  readonly memory: LinearUserMemory
  readonly linear: LinearMemory
  /** Number that statistics show. */
  readonly pid: number
  /** Gives a file a descriptor. */
  install(file: OpenFile): number
  /** The eventfd of a descriptor. @throws `KvmError` EBADF, EINVAL */
  eventFd(fd: number, call: string): EventFd
}

/** See the file's head. */
export class VmFileContext {
  readonly process: FileProcess
  readonly vm: KernelVm
  #references = 0

  constructor(process: FileProcess, vm: KernelVm) {
    this.process = process
    this.vm = vm
  }

  hold(): void {
    this.#references++
  }

  drop(): void {
    this.#references--
    if (this.#references === 0) this.vm.close()
  }
}
