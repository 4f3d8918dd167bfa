/** What the emitter asks of a consumer of generated code. */

import type { Operand } from '../isa/dsl.ts'
import type { Code } from '../wasm/encoder.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'
import type { AccessFacts, FlagWords, FpLimit, RegisterRole } from './node.ts'

/** Functions of the run-time that generated code may call, by import name; indices into the module's functions. */
export interface Helpers {
  readonly index: (name: string) => number
}

/** Accesses of several instructions that share one check of their page. */
export interface SharedCheck {
  readonly isStore: boolean
  /** From the lowest byte to behind the highest. */
  readonly span: number
  /** The local with the lowest byte's address in linear memory, or 0 where the check failed; -1 until the first access was emitted. */
  host: number
  /** Accesses emitted so far. */
  asked: number
}

/** An access's place in a group. */
export interface GroupPlace {
  readonly group: SharedCheck
  /** From the group's lowest byte. */
  readonly offset: number
}

/** Vector registers that live in locals. What is written clears the rest of the register. */
export interface VectorFile {
  /** Pushes Vn. */
  push(n: number): void
  /** Pushes the low 32 or 64 bits of Vn as a number. */
  pushFloat(n: number, bits: 32 | 64): void
  /** Pushes the low bits of Vn as an integer: i64 for 64 bits, i32 for fewer. */
  pushBits(n: number, bits: 8 | 16 | 32 | 64): void
  /** Sets Vn to the v128 on the stack. */
  set(n: number): void
  /** Sets Vn to the number in a local. */
  setFloat(n: number, bits: 32 | 64, local: number): void
  /** Clears what lies above the low bits of the v128 on the stack. */
  clearAbove(bits: number): void
}

/**
 * Where a consumer keeps what an instruction talks about. "Push" leaves one value on the Wasm stack.
 */
export interface Target {
  readonly code: Code
  readonly helpers: Helpers
  /** Address of the vCPU block, a constant. */
  readonly cpuBase: number
  local(type: ValueType): number
  pushX(operand: Operand, role: RegisterRole, type: 'i32' | 'i64'): void
  /** Stores the i64 or i32 (zero-extended) on top of the stack, which `push` leaves there. */
  storeX(operand: Operand, role: RegisterRole, type: ValueType, push: () => void): void
  storeLR(push: () => void): void
  /** Pushes an address such that `address + static offset` is Vn; returns the static offset. */
  pushV(operand: Operand, plus: number): number
  pushDerived(fn: (...values: number[]) => bigint | number, fields: readonly Operand[], bits: number): void
  pushPc(): void
  pushField(offset: number, type: 'i32' | 'i64'): void
  storeField(offset: number, name: OpName, push: () => void): void
  /** Pushes where the data-TLB pair to use lies in the vCPU block. */
  pushTlb(unprivileged: boolean): void
  /** Writes the address of this instruction, plus an offset, to LAYOUT.pc. */
  syncPc(plus: 0 | 4): void
  /** Pushes the access kind word. */
  pushKind(facts: AccessFacts): void
  /** Pushes an i32 that is nonzero when the base register is SP and SP is misaligned; returns false when it cannot be. */
  pushSpMisaligned(base: Operand): boolean
  /** Leaves this instruction for a dispatch from LAYOUT.pc. */
  redispatch(): void
  /** Goes on behind this instruction. */
  next(): void
  /** Goes to pc + offset. */
  branchRelative(offset: (...values: number[]) => number, fields: readonly Operand[]): void
  /** Goes to the i64 that `push` leaves. */
  branchIndirect(push: () => void, how: 'jump' | 'call' | 'return'): void
  /** Where a TLB miss leaves the code, so that the interpreter does this instruction; without it the slow path is called. */
  leaveForMiss?(): void
  /** The group that shares a check with the next access, asked once for each access in order; undefined where it is alone. */
  nextGroup?(): GroupPlace | undefined
  /** Vector registers, where they are not in the vCPU block; then nobody asks for {@link pushV}. */
  readonly vectors?: VectorFile
  /** Pushes the limit, where code can leave at a guard. */
  pushFpLimit?(form: FpLimit): void
  /** Leaves the code before this instruction, which the interpreter does then; without it the run-time is called. */
  leaveForInterpreter?(): void
  /** Whether LAYOUT.attention is looked at behind each call of the run-time, and not only somewhat later. */
  readonly attendsAfterCalls?: boolean
  /** Takes the flags instead of having them written; they are in locals or made of such. */
  deferFlags?(flags: FlagWords): void
}
