/** Translated code: operands are constants, general-purpose registers live in Wasm locals. */

import { ACCESS } from '../access-kind.ts'
import { argumentsOf, registerIndex } from '../interp/record-layout.ts'
import type { AccessFacts, RegisterRole } from '../ir/node.ts'
import { operandOf } from '../ir/record.ts'
import type { Helpers, Target } from '../ir/target.ts'
import type { Operand } from '../isa/dsl.ts'
import { LAYOUT, X_SINK, X_SP, X_ZERO } from '../state.ts'
import type { Code } from '../wasm/encoder.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'

/** Registers that a block reads and writes, by their index in the vCPU block. */
export interface RegisterUse {
  readonly read: Set<number>
  readonly written: Set<number>
}

/**
 * Emits one block. Registers are loaded at its entry and written back before anything that can look at them: slow paths and the
 * block's end. `use` is filled on the way, so a first pass over the block tells the second what to load.
 */
export class BlockTarget implements Target {
  readonly code: Code
  readonly helpers: Helpers
  readonly cpuBase: number
  readonly #use: RegisterUse
  readonly #locals = new Map<number, number>()
  readonly #dirty = new Set<number>()
  /** Address of the instruction being emitted. */
  pc = 0n

  constructor(code: Code, helpers: Helpers, cpuBase: number, use: RegisterUse) {
    this.code = code
    this.helpers = helpers
    this.cpuBase = cpuBase
    this.#use = use
    for (const index of [...use.read].sort((a, b) => a - b)) {
      this.pushField(LAYOUT.x + index * 8, 'i64')
      code.set(this.#register(index))
    }
  }

  local(type: ValueType): number {
    return this.code.newLocal(type)
  }

  #register(index: number): number {
    const known = this.#locals.get(index)
    if (known !== undefined) return known
    const local = this.code.newLocal('i64')
    this.#locals.set(index, local)
    return local
  }

  pushX(operand: Operand, role: RegisterRole, type: 'i32' | 'i64'): void {
    const index = registerIndex(operandOf(operand).value as number, role, false)
    if (index === X_ZERO) {
      if (type === 'i64') this.code.i64(0n)
      else this.code.i32(0)
      return
    }
    if (!this.#dirty.has(index)) this.#use.read.add(index)
    this.code.get(this.#register(index))
    if (type === 'i32') this.code.op('i32.wrap_i64')
  }

  #write(index: number, type: ValueType, push: () => void): void {
    push()
    if (type === 'i32') this.code.op('i64.extend_i32_u')
    if (index === X_SINK) {
      this.code.op('drop')
      return
    }
    this.#use.written.add(index)
    this.#dirty.add(index)
    this.code.set(this.#register(index))
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

  pushPc(): void {
    this.code.i64(this.pc)
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

  pushTlb(unprivileged: boolean): void {
    if (unprivileged) {
      this.code.i32(this.cpuBase + LAYOUT.tlb)
      return
    }
    this.pushField(LAYOUT.tlbBase, 'i32')
    this.code.i32(this.cpuBase)
    this.code.op('i32.add')
  }

  /** Writes all changed registers to the vCPU block; they stay valid in their locals. */
  flush(): void {
    for (const index of this.#dirty)
      this.storeField(LAYOUT.x + index * 8, 'i64.store', () => this.code.get(this.#register(index)))
  }

  syncPc(): void {
    this.flush()
    this.storeField(LAYOUT.pc, 'i64.store', () => this.pushPc())
  }

  pushKind(facts: AccessFacts): void {
    const { base, Rt } = facts
    const sp = base && operandOf(base).value === 31 ? ACCESS.spBase : 0
    const iss = Rt ? facts.syndrome | ((operandOf(Rt).value as number) << 2) : 0
    this.code.i32(facts.flags | sp | (iss << ACCESS.issShift))
  }

  pushSpMisaligned(base: Operand): boolean {
    if (operandOf(base).value !== 31) return false
    this.#use.read.add(X_SP)
    this.code.get(this.#register(X_SP))
    this.code.op('i32.wrap_i64')
    this.code.i32(15)
    this.code.op('i32.and')
    return true
  }

  /** The run-time has written LAYOUT.pc and owns the state from here. */
  redispatch(): void {
    this.code.i32(1)
    this.code.op('return')
  }

  next(): void {
    // Straight on: the next instruction of the block follows.
  }

  /** Leaves the block for an address. */
  leave(push: () => void): void {
    this.flush()
    this.storeField(LAYOUT.pc, 'i64.store', push)
    this.code.i32(0)
    this.code.op('return')
  }

  branchIndirect(push: () => void): void {
    this.leave(push)
  }

  branchRelative(offset: (...values: number[]) => number, fields: readonly Operand[]): void {
    this.leave(() => this.code.i64(this.pc + BigInt(offset(...argumentsOf(fields.map(operandOf), {})))))
  }
}
