/** Vector registers in Wasm locals, and the numbers that were last written to them. */

import type { VectorFile } from '../ir/target.ts'
import type { Code } from '../wasm/encoder.ts'

const FLOATS = {
  32: { type: 'f32', shape: 'f32x4', int: 'i32' },
  64: { type: 'f64', shape: 'f64x2', int: 'i64' },
} as const

/**
 * The V registers of a region. Each is a v128; a scalar that the same block wrote is read from where it was computed, so that a chain of
 * scalar operations never waits for a vector.
 */
export class VectorLocals implements VectorFile {
  readonly #code: Code
  readonly #localOf: (n: number) => number
  readonly #onWrite: (n: number) => void
  /** A local that nobody sets. */
  readonly #zero: number
  readonly #scalars = new Map<number, { readonly bits: 32 | 64; readonly local: number }>()

  constructor(code: Code, localOf: (n: number) => number, onWrite: (n: number) => void) {
    this.#code = code
    this.#localOf = localOf
    this.#onWrite = onWrite
    this.#zero = code.newLocal('v128')
  }

  /** At the start of a block only the vectors themselves are known. */
  forgetScalars(): void {
    this.#scalars.clear()
  }

  push(n: number): void {
    this.#code.get(this.#localOf(n))
  }

  pushFloat(n: number, bits: 32 | 64): void {
    const scalar = this.#scalars.get(n)
    if (scalar?.bits === bits) {
      this.#code.get(scalar.local)
      return
    }
    this.push(n)
    this.#code.lane(`${FLOATS[bits].shape}.extract_lane`, 0)
  }

  pushBits(n: number, bits: 8 | 16 | 32 | 64): void {
    if (bits < 32) {
      this.push(n)
      this.#code.lane(bits === 8 ? 'i8x16.extract_lane_u' : 'i16x8.extract_lane_u', 0)
      return
    }
    const width = bits as 32 | 64
    this.pushFloat(n, width)
    this.#code.op(width === 64 ? 'i64.reinterpret_f64' : 'i32.reinterpret_f32')
  }

  set(n: number): void {
    this.#scalars.delete(n)
    this.#onWrite(n)
    this.#code.set(this.#localOf(n))
  }

  setFloat(n: number, bits: 32 | 64, local: number): void {
    const c = this.#code
    c.get(this.#zero)
    c.get(local)
    c.lane(`${FLOATS[bits].shape}.replace_lane`, 0)
    this.set(n)
    this.#scalars.set(n, { bits, local })
  }

  clearAbove(bits: number): void {
    if (bits === 128) return
    const c = this.#code
    if (bits === 64 || bits === 32) {
      // Not by a mask: a constant vector costs more than moving the lane.
      const { type, shape } = FLOATS[bits]
      const lane = c.newLocal(type)
      c.lane(`${shape}.extract_lane`, 0)
      c.set(lane)
      c.get(this.#zero)
      c.get(lane)
      c.lane(`${shape}.replace_lane`, 0)
      return
    }
    c.v128((1n << BigInt(bits)) - 1n)
    c.op('v128.and')
  }
}
