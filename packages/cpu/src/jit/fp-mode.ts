/** What FPCR and FPSR say about a region's floating point, found out once at its entry. */

import type { FpLimit } from '../ir/node.ts'
import { LAYOUT } from '../state.ts'
import type { Code } from '../wasm/encoder.ts'

/** How many exponents are good in each form: all of normal numbers but the least, and see `fp-fast/fused.ts`. */
const EXPONENTS = { single: 0xfd, double: 0x7fd, factor: 512 } as const

/**
 * FPCR and the limits of fast paths in locals. Only MSR changes FPCR or clears FPSR.IXC, and a region is left behind that. IXC may
 * be set by an instruction that the interpreter carries out, outside; so limits that are too low never become wrong, only slow.
 */
export class FpMode {
  readonly #code: Code
  /** The local of FPCR. */
  readonly control: number
  /** 1 where limits apply, else 0. */
  readonly #isPlain: number
  readonly #limits = new Map<FpLimit, number>()

  constructor(code: Code, cpuBase: number) {
    this.#code = code
    this.control = code.newLocal('i32')
    this.#isPlain = code.newLocal('i32')
    code.i32(0)
    code.mem('i32.load', cpuBase + LAYOUT.fpcr)
    code.tee(this.control)
    code.op('i32.eqz')
    code.i32(0)
    code.mem('i32.load', cpuBase + LAYOUT.fpsr)
    code.i32(4)
    code.op('i32.shr_u')
    code.op('i32.and')
    code.set(this.#isPlain)
    for (const [form, count] of Object.entries(EXPONENTS)) {
      code.get(this.#isPlain)
      code.i32(count)
      code.op('i32.mul')
      this.#define(form as FpLimit, 'i32')
    }
    // All moved by half the range, since lanes are compared as signed numbers; the least of them is above nothing.
    code.get(this.#isPlain)
    code.i32(0xfd << 24)
    code.op('i32.mul')
    code.i32(-0x8000_0000)
    code.op('i32.add')
    code.op('i32x4.splat')
    this.#define('singles', 'v128')
    code.get(this.#isPlain)
    code.op('i64.extend_i32_u')
    code.i64(0x7fdn << 53n)
    code.op('i64.mul')
    code.i64(1n << 63n)
    code.op('i64.add')
    code.op('i64x2.splat')
    this.#define('doubles', 'v128')
  }

  #define(form: FpLimit, type: 'i32' | 'v128'): void {
    const local = this.#code.newLocal(type)
    this.#limits.set(form, local)
    this.#code.set(local)
  }

  pushLimit(form: FpLimit): void {
    this.#code.get(this.#limits.get(form) as number)
  }
}
