/** File descriptors: numbers for open files, which live until the last descriptor and the last mapping are gone. */

import { kvmError } from '../fail.ts'
import type { OpenFile } from './open-file.ts'

/** Descriptors that a process may have, as `ulimit -n` has it. */
const maxDescriptors = 1024 * 1024

/** The descriptors of one process. */
export class FdTable {
  readonly #files: (OpenFile | undefined)[] = []
  readonly #references = new Map<OpenFile, number>()
  #lowestFree = 0

  /** Open descriptors. */
  get count(): number {
    return this.#files.reduce((sum, file) => sum + (file === undefined ? 0 : 1), 0)
  }

  /** Gives a file the lowest free number. @throws `KvmError` EMFILE */
  install(file: OpenFile): number {
    let fd = this.#lowestFree
    while (this.#files[fd] !== undefined) fd++
    if (fd >= maxDescriptors) throw kvmError('EMFILE', 'open', `${maxDescriptors} descriptors are open`)
    this.#files[fd] = file
    this.#lowestFree = fd + 1
    this.hold(file)
    return fd
  }

  /** The file of a descriptor. @throws `KvmError` EBADF */
  get(fd: number, call: string): OpenFile {
    const file = this.find(fd)
    if (file === undefined) throw kvmError('EBADF', call, `descriptor ${fd} is not open`)
    return file
  }

  /** The file of a descriptor, undefined when it is not open. */
  find(fd: number): OpenFile | undefined {
    return this.#files[fd]
  }

  /** @throws `KvmError` EBADF */
  close(fd: number): void {
    const file = this.get(fd, 'close')
    this.#files[fd] = undefined
    this.#lowestFree = Math.min(this.#lowestFree, fd)
    this.drop(file)
  }

  /** Keeps a file open: a descriptor or a mapping more. */
  hold(file: OpenFile): void {
    this.#references.set(file, (this.#references.get(file) ?? 0) + 1)
  }

  /** The opposite of {@link FdTable.hold}. */
  drop(file: OpenFile): void {
    const references = (this.#references.get(file) ?? 0) - 1
    if (references > 0) {
      this.#references.set(file, references)
      return
    }
    this.#references.delete(file)
    file.release()
  }
}
