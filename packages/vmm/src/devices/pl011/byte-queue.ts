/** A first-in first-out queue of bytes. */

/** Grows as needed; taking a byte and looking at one cost no allocation. */
export class ByteQueue {
  #buffer = new Uint8Array(256)
  #head = 0
  #length = 0

  /** Bytes that wait. */
  get length(): number {
    return this.#length
  }

  /** Adds a copy of the bytes at the end. */
  push(bytes: Uint8Array): void {
    const end = this.#head + this.#length
    if (end + bytes.length > this.#buffer.length) {
      const needed = this.#length + bytes.length
      const target = needed > this.#buffer.length ? new Uint8Array(2 * needed) : this.#buffer
      target.set(this.#buffer.subarray(this.#head, end))
      this.#buffer = target
      this.#head = 0
    }
    this.#buffer.set(bytes, this.#head + this.#length)
    this.#length += bytes.length
  }

  /** Takes the oldest byte. The queue must not be empty. */
  shift(): number {
    this.#length--
    const byte = this.#buffer[this.#head++]
    if (this.#length === 0) this.#head = 0
    return byte
  }

  /** A copy of all bytes that wait. */
  toBytes(): Uint8Array {
    return this.#buffer.slice(this.#head, this.#head + this.#length)
  }
}
