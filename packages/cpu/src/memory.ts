/** The one linear memory: guest RAM, vCPU state, translation tables and decoded code lie in it at fixed offsets. */

import { createMemory, type WasmMemory } from './host.ts'
import type { MemoryType } from './wasm/encoder.ts'

const WASM_PAGE_BYTES = 65536

/** First byte that {@link LinearMemory.allocate} hands out: vCPU blocks live below, address 0 stays unused. */
export const FIRST_FREE = 0x200000

/** Thrown when the linear memory has no room left for an allocation. */
export class OutOfLinearMemoryError extends Error {
  override readonly name = 'OutOfLinearMemoryError'
  constructor(facts: { readonly requestBytes: number; readonly freeBytes: number; readonly totalBytes: number }) {
    super(
      `no room for ${facts.requestBytes} bytes: ${facts.freeBytes} of ${facts.totalBytes} bytes are free; create the LinearMemory larger`,
    )
  }
}

/**
 * A fixed-size `WebAssembly.Memory` with typed views and a first-fit allocator.
 * Offsets into it are this system's host physical and host virtual addresses; all are below 2^32.
 */
export class LinearMemory {
  readonly wasm: WasmMemory
  /** How modules import it. */
  readonly type: MemoryType
  readonly totalBytes: number
  readonly u8: Uint8Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly u64: BigUint64Array
  readonly view: DataView
  /** Free ranges, ascending, never adjacent. */
  #free: { start: number; end: number }[]

  /**
   * @param totalBytes rounded up to 64 KiB; at most 4 GiB.
   * @param isShared whether other threads can reach it; its buffer is a `SharedArrayBuffer` then.
   */
  constructor(totalBytes: number, isShared = false) {
    const pages = Math.ceil(totalBytes / WASM_PAGE_BYTES)
    if (!(pages > 0 && pages <= 65536)) {
      throw new RangeError(`linear memory of ${totalBytes} bytes: a wasm32 memory holds 65536 to 4294967296 bytes`)
    }
    this.type = { pages, isShared }
    this.wasm = createMemory(pages, isShared)
    this.totalBytes = pages * WASM_PAGE_BYTES
    const { buffer } = this.wasm
    this.u8 = new Uint8Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.u64 = new BigUint64Array(buffer)
    this.view = new DataView(buffer)
    this.#free = [{ start: FIRST_FREE, end: this.totalBytes }]
  }

  /** Allocates zeroed bytes. @param alignBytes a power of two. @throws {OutOfLinearMemoryError} */
  allocate(sizeBytes: number, alignBytes: number): number {
    for (let i = 0; i < this.#free.length; i++) {
      const range = this.#free[i] as { start: number; end: number }
      const start = Math.ceil(range.start / alignBytes) * alignBytes
      const end = start + sizeBytes
      if (end > range.end) continue
      const rest = [
        { start: range.start, end: start },
        { start: end, end: range.end },
      ].filter((r) => r.end > r.start)
      this.#free.splice(i, 1, ...rest)
      return start
    }
    const freeBytes = this.#free.reduce((sum, r) => sum + r.end - r.start, 0)
    throw new OutOfLinearMemoryError({ requestBytes: sizeBytes, freeBytes, totalBytes: this.totalBytes })
  }

  /** Gives back an allocation and zeroes it. */
  release(start: number, sizeBytes: number): void {
    this.u8.fill(0, start, start + sizeBytes)
    const end = start + sizeBytes
    let i = this.#free.findIndex((r) => r.start > start)
    if (i < 0) i = this.#free.length
    this.#free.splice(i, 0, { start, end })
    const after = this.#free[i + 1]
    if (after && after.start === end) {
      ;(this.#free[i] as { end: number }).end = after.end
      this.#free.splice(i + 1, 1)
    }
    const before = this.#free[i - 1]
    if (before && before.end === start) {
      before.end = (this.#free[i] as { end: number }).end
      this.#free.splice(i, 1)
    }
  }
}
