/** Expressions over fields of a vCPU block as WebAssembly, for routines that are no instruction. */

import { Code } from '../wasm/encoder.ts'
import type { OpName } from '../wasm/opcodes.ts'

/** Leaves one value on the Wasm stack. */
export type Expr = () => void

/** Code of one routine. Offsets are of {@link LAYOUT}. */
export class StateCode {
  readonly code: Code
  readonly #cpuBase: number

  constructor(parameters: number, cpuBase: number) {
    this.code = new Code(parameters)
    this.#cpuBase = cpuBase
  }

  readonly i32 = (value: number): Expr => {
    return () => this.code.i32(value)
  }
  readonly i64 = (value: bigint): Expr => {
    return () => this.code.i64(value)
  }
  readonly local = (index: number): Expr => {
    return () => this.code.get(index)
  }
  readonly get32 = (offset: number): Expr => {
    return () => {
      this.code.i32(0)
      this.code.mem('i32.load', this.#cpuBase + offset)
    }
  }
  readonly get64 = (offset: number): Expr => {
    return () => {
      this.code.i32(0)
      this.code.mem('i64.load', this.#cpuBase + offset)
    }
  }
  readonly op = (name: OpName, ...operands: readonly Expr[]): Expr => {
    return () => {
      for (const operand of operands) operand()
      this.code.op(name)
    }
  }
  /** All operands or-ed together. */
  readonly or = (first: Expr, ...others: readonly Expr[]): Expr => {
    return others.reduce((sum, next) => this.op('i32.or', sum, next), first)
  }
  readonly and = (a: Expr, b: Expr): Expr => this.op('i32.and', a, b)
  readonly shl = (a: Expr, by: number): Expr => this.op('i32.shl', a, this.i32(by))
  readonly shr = (a: Expr, by: number): Expr => this.op('i32.shr_u', a, this.i32(by))
  /** 1 where the value is zero, else 0. */
  readonly isZero = (a: Expr): Expr => this.op('i32.eqz', a)
  readonly isSet = (a: Expr): Expr => this.isZero(this.isZero(a))
  /** Bit `bit` of a word, as 0 or 1. */
  readonly bit = (a: Expr, bit: number): Expr => this.and(this.shr(a, bit), this.i32(1))
  readonly choose = (when: Expr, then: Expr, otherwise: Expr): Expr => this.op('select', then, otherwise, when)
  readonly call = (index: number, ...operands: readonly Expr[]): Expr => {
    return () => {
      for (const operand of operands) operand()
      this.code.call(index)
    }
  }

  set32(offset: number, value: Expr): void {
    this.code.i32(0)
    value()
    this.code.mem('i32.store', this.#cpuBase + offset)
  }
  set64(offset: number, value: Expr): void {
    this.code.i32(0)
    value()
    this.code.mem('i64.store', this.#cpuBase + offset)
  }
  /** Keeps a value in a new local. */
  keep(value: Expr): Expr {
    const local = this.code.newLocal('i32')
    value()
    this.code.set(local)
    return this.local(local)
  }
  when(condition: Expr, then: () => void, otherwise?: () => void): void {
    condition()
    this.code.block('if')
    then()
    if (otherwise) {
      this.code.else()
      otherwise()
    }
    this.code.end()
  }
  /** Ends the routine with a value. */
  answer(value: Expr): void {
    value()
    this.code.op('return')
  }
}
