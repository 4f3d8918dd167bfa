/** `eventfd(2)`: a 64-bit counter that is raised by writes and emptied by reads. */

import { kvmError } from '../fail.ts'
import { OpenFile } from './open-file.ts'

/** `EFD_SEMAPHORE`: a read takes one. [LINUX-UAPI] linux/eventfd.h */
export const EFD_SEMAPHORE = 1

const maxCount = 0xffff_ffff_ffff_fffen

/** An event counter. */
export class EventFd extends OpenFile {
  readonly kind = 'an eventfd'
  readonly #isSemaphore: boolean
  readonly #listeners = new Map<() => void, () => void>()
  #count: bigint

  constructor(initial: number, flags: number) {
    super()
    this.#count = BigInt(initial)
    this.#isSemaphore = (flags & EFD_SEMAPHORE) !== 0
  }

  get count(): bigint {
    return this.#count
  }

  /** Adds one, from inside the kernel: never blocks, and stops at the largest count. */
  signal(): void {
    if (this.#count < maxCount) this.#count++
    this.#notify()
  }

  /** Calls `listener` after each signal and write, until what is returned is called; `onRelease` when the file is closed first. */
  listen(listener: () => void, onRelease: () => void): () => void {
    this.#listeners.set(listener, onRelease)
    return () => this.#listeners.delete(listener)
  }

  /** Takes the whole count, as the kernel's own readers do. */
  drain(): bigint {
    const count = this.#count
    this.#count = 0n
    return count
  }

  /** Nobody can wake a reader that blocks this thread, so that an empty counter is EAGAIN with and without `EFD_NONBLOCK`. */
  override read(sizeBytes: number): Uint8Array {
    if (sizeBytes < 8) throw kvmError('EINVAL', 'read', `${sizeBytes} bytes do not hold the 8 of a count`)
    if (this.#count === 0n) throw kvmError('EAGAIN', 'read', 'the counter is 0')
    const taken = this.#isSemaphore ? 1n : this.#count
    this.#count -= taken
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, taken, true)
    return bytes
  }

  override write(bytes: Uint8Array): number {
    if (bytes.length < 8) throw kvmError('EINVAL', 'write', `${bytes.length} bytes do not hold the 8 of a count`)
    const added = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
    if (added > maxCount) throw kvmError('EINVAL', 'write', `${added} is above the largest count, ${maxCount}`)
    if (this.#count + added > maxCount) throw kvmError('EAGAIN', 'write', `the counter is ${this.#count} already`)
    this.#count += added
    if (added !== 0n) this.#notify()
    return 8
  }

  release(): void {
    const onRelease = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const tell of onRelease) tell()
  }

  #notify(): void {
    for (const listener of [...this.#listeners.keys()]) listener()
  }
}
