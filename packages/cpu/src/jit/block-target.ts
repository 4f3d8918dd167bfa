/** Code of one basic block. */

import { ACCESS } from '../access-kind.ts'
import { argumentsOf } from '../interp/record-layout.ts'
import type { AccessFacts } from '../ir/node.ts'
import { operandOf } from '../ir/record.ts'
import type { Helpers } from '../ir/target.ts'
import type { Operand } from '../isa/dsl.ts'
import { LAYOUT } from '../state.ts'
import type { Code } from '../wasm/encoder.ts'
import { ConstantTarget } from './constant-target.ts'

/** Registers that a block reads before it writes them, by their index in the vCPU block. */
export type RegistersRead = Set<number>

/**
 * Emits one block. Registers are loaded at its entry and written back before anything that can look at them: slow paths and the
 * block's end. `read` is filled on the way, so a first pass over the block tells the second what to load.
 */
export class BlockTarget extends ConstantTarget {
  readonly #read: RegistersRead
  readonly #locals = new Map<number, number>()
  readonly #dirty = new Set<number>()
  /** Address of the instruction being emitted. */
  pc = 0n

  constructor(code: Code, helpers: Helpers, cpuBase: number, read: RegistersRead) {
    super(code, helpers, cpuBase)
    this.#read = read
    for (const index of [...read].sort((a, b) => a - b)) {
      this.pushField(LAYOUT.x + index * 8, 'i64')
      code.set(this.#register(index))
    }
  }

  #register(index: number): number {
    const known = this.#locals.get(index)
    if (known !== undefined) return known
    const local = this.code.newLocal('i64')
    this.#locals.set(index, local)
    return local
  }

  protected override registerToRead(index: number): number {
    if (!this.#dirty.has(index)) this.#read.add(index)
    return this.#register(index)
  }

  protected override registerToWrite(index: number): number {
    this.#dirty.add(index)
    return this.#register(index)
  }

  override pushPc(): void {
    this.code.i64(this.pc)
  }

  override pushTlb(unprivileged: boolean): void {
    if (unprivileged) {
      this.pushUserTlb()
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

  override syncPc(plus: 0 | 4): void {
    this.flush()
    this.storeField(LAYOUT.pc, 'i64.store', () => this.code.i64(this.pc + BigInt(plus)))
  }

  leaveForInterpreter(): void {
    this.leave(() => this.pushPc())
  }

  override pushKind(facts: AccessFacts): void {
    const { base, Rt } = facts
    const sp = base && operandOf(base).value === 31 ? ACCESS.spBase : 0
    const iss = Rt ? facts.syndrome | ((operandOf(Rt).value as number) << 2) : 0
    this.code.i32(facts.flags | sp | (iss << ACCESS.issShift))
  }

  /** The run-time has written LAYOUT.pc and owns the state from here. */
  override redispatch(): void {
    this.code.i32(1)
    this.code.op('return')
  }

  /** Leaves the block for an address. */
  leave(push: () => void): void {
    this.flush()
    this.storeField(LAYOUT.pc, 'i64.store', push)
    this.code.i32(0)
    this.code.op('return')
  }

  override branchIndirect(push: () => void): void {
    this.leave(push)
  }

  override branchRelative(offset: (...values: number[]) => number, fields: readonly Operand[]): void {
    this.leave(() => this.code.i64(this.pc + BigInt(offset(...argumentsOf(fields.map(operandOf), {})))))
  }
}
