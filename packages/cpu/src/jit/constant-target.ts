/** What all translated code shares: operands are constants, general-purpose registers live in Wasm locals. */

import { argumentsOf, registerIndex } from '../interp/record-layout.ts'
import type { AccessFacts, RegisterRole } from '../ir/node.ts'
import { operandOf } from '../ir/record.ts'
import type { Helpers, Target } from '../ir/target.ts'
import type { Operand } from '../isa/dsl.ts'
import { LAYOUT, X_SINK, X_SP, X_ZERO } from '../state.ts'
import type { Code } from '../wasm/encoder.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'

/** A target whose operands are known; its heirs say which local holds a register, and how control goes on. */
export abstract class ConstantTarget implements Target {
  readonly code: Code
  readonly helpers: Helpers
  readonly cpuBase: number

  constructor(code: Code, helpers: Helpers, cpuBase: number) {
    this.code = code
    this.helpers = helpers
    this.cpuBase = cpuBase
  }

  /** The local of a register, by its index in the vCPU block, that is about to be read. */
  protected abstract registerToRead(index: number): number
  /** The local of a register that is about to be written. */
  protected abstract registerToWrite(index: number): number
  abstract pushPc(): void
  abstract pushTlb(unprivileged: boolean): void
  abstract syncPc(plus: 0 | 4): void
  abstract pushKind(facts: AccessFacts): void
  abstract redispatch(): void
  abstract branchIndirect(push: () => void, how: 'jump' | 'call' | 'return'): void
  abstract branchRelative(offset: (...values: number[]) => number, fields: readonly Operand[]): void

  next(): void {
    // The next instruction's code follows, or what its compiler makes of the end.
  }

  local(type: ValueType): number {
    return this.code.newLocal(type)
  }

  pushX(operand: Operand, role: RegisterRole, type: 'i32' | 'i64'): void {
    const index = registerIndex(operandOf(operand).value as number, role, false)
    if (index === X_ZERO) {
      if (type === 'i64') this.code.i64(0n)
      else this.code.i32(0)
      return
    }
    this.code.get(this.registerToRead(index))
    if (type === 'i32') this.code.op('i32.wrap_i64')
  }

  #write(index: number, type: ValueType, push: () => void): void {
    push()
    if (type === 'i32') this.code.op('i64.extend_i32_u')
    if (index === X_SINK) this.code.op('drop')
    else this.code.set(this.registerToWrite(index))
  }

  storeX(operand: Operand, role: RegisterRole, type: ValueType, push: () => void): void {
    this.#write(registerIndex(operandOf(operand).value as number, role, true), type, push)
  }

  storeLR(push: () => void): void {
    this.#write(30, 'i64', push)
  }

  pushV(operand: Operand, plus: number): number {
    this.code.i32(0)
    return this.cpuBase + LAYOUT.vregs + (((operandOf(operand).value as number) + plus) & 31) * 16
  }

  pushDerived(fn: (...values: number[]) => bigint | number, fields: readonly Operand[], bits: number): void {
    const value = BigInt(fn(...argumentsOf(fields.map(operandOf), {})))
    if (bits > 32) this.code.i64(value)
    else this.code.i32(Number(BigInt.asIntN(32, value)))
  }

  pushField(offset: number, type: 'i32' | 'i64'): void {
    this.code.i32(0)
    this.code.mem(`${type}.load`, this.cpuBase + offset)
  }

  storeField(offset: number, name: OpName, push: () => void): void {
    this.code.i32(0)
    push()
    this.code.mem(name, this.cpuBase + offset)
  }

  /** Pushes the address of EL0's data-TLB pair. */
  protected pushUserTlb(): void {
    this.pushField(LAYOUT.userTlbBase, 'i32')
  }

  pushSpMisaligned(base: Operand): boolean {
    if (operandOf(base).value !== 31) return false
    this.code.get(this.registerToRead(X_SP))
    this.code.op('i32.wrap_i64')
    this.code.i32(15)
    this.code.op('i32.and')
    return true
  }
}
