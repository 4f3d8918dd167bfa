/** Values of one instruction's meaning as a graph: what the instruction table builds and the code generators read. */

import type { Operand } from '../isa/dsl.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'

/** How a register operand is used; decides what number 31 means. */
export type RegisterRole = 'x' | 'sp' | 'next'

export type NodeOp =
  | { readonly kind: 'const'; readonly value: bigint }
  | { readonly kind: 'wasm'; readonly name: OpName; readonly lane?: number; readonly shuffle?: readonly number[] }
  /** Integer division as A64 has it: by zero it gives zero, and the most negative number by -1 itself. */
  | { readonly kind: 'divide'; readonly signed: boolean }
  | { readonly kind: 'readX'; readonly operand: Operand; readonly role: RegisterRole }
  | { readonly kind: 'readV'; readonly operand: Operand; readonly plus: number }
  | { readonly kind: 'readS'; readonly operand: Operand; readonly bits: 8 | 16 | 32 | 64 }
  | {
      readonly kind: 'derive'
      readonly fn: (...values: number[]) => bigint | number
      readonly fields: readonly Operand[]
      readonly bits: number
    }
  | { readonly kind: 'pc' }
  /** A field of the vCPU block. */
  | { readonly kind: 'state'; readonly offset: number }
  /** A truth that is the sign bit of its argument. */
  | { readonly kind: 'sign' }
  /** A constant of the vCPU block's tables, at an index in bytes where there is one. */
  | { readonly kind: 'table'; readonly offset: number; readonly name: OpName }
  /** A function of the generated module that depends on its arguments alone. */
  | { readonly kind: 'call'; readonly name: string }
  /** What {@link FpLimit} says, where the consumer keeps it. */
  | { readonly kind: 'fpLimit'; readonly form: FpLimit }
  /** The result of an effect: lives in a local once the effect was emitted. */
  | { readonly kind: 'value' }

/**
 * A bound that fast paths compare exponents with: how many exponents are good where FPCR is 0 and FPSR.IXC is set, and none elsewhere.
 * `single`, `double`: of results. `factor`: of what a fused multiply-add of doubles takes. `singles`, `doubles`: of results in lanes.
 */
export type FpLimit = 'single' | 'double' | 'factor' | 'singles' | 'doubles'

/** One value. Truths are i32 0 or 1. */
export class Node {
  readonly op: NodeOp
  readonly type: ValueType
  readonly args: readonly Node[]
  /** How many times code generation will ask for it. */
  uses = 0
  /** The local that holds it, once emitted; -1 before. */
  local = -1

  constructor(op: NodeOp, type: ValueType, args: readonly Node[] = []) {
    this.op = op
    this.type = type
    this.args = args
  }

  /** The value, when it is a constant. */
  get constant(): bigint | undefined {
    return this.op.kind === 'const' ? this.op.value : undefined
  }
}

/** A checked range of guest memory; `host` holds its linear-memory address once emitted. */
export class RangeNode {
  readonly address: Node
  readonly bytes: number
  readonly mode: 'load' | 'store' | 'atomic'
  readonly host: Node = new Node({ kind: 'value' }, 'i32')
  /** What is to be added to `host`, known when code is generated. */
  bias = 0
  constructor(address: Node, bytes: number, mode: 'load' | 'store' | 'atomic') {
    this.address = address
    this.bytes = bytes
    this.mode = mode
  }
}

/** What an access tells the slow path, as far as the table knows it. */
export interface AccessFacts {
  readonly flags: number
  readonly alignBytes: number
  readonly base: Operand | undefined
  readonly Rt: Operand | undefined
  /** ISS[24:14] without the register. */
  readonly syndrome: number
}

/** Things that happen, in order. */
export type Effect =
  | { readonly kind: 'access'; readonly range: RangeNode; readonly facts: AccessFacts }
  | {
      readonly kind: 'load'
      readonly range: RangeNode
      readonly offset: number
      readonly name: OpName
      readonly result: Node
    }
  | {
      readonly kind: 'store'
      readonly range: RangeNode
      readonly offset: number
      readonly name: OpName
      readonly value: Node
      readonly when?: Node
    }
  /** A range was stored to: a bounce buffer is copied out. */
  | { readonly kind: 'storeDone'; readonly range: RangeNode; readonly when?: Node }
  /** An imported function on helper slots: 64-bit slots from LAYOUT.helper; `scalars` are i32 arguments. */
  | {
      readonly kind: 'helper'
      readonly name: string
      readonly scalars: readonly Node[]
      readonly slots: readonly Node[]
      readonly results: readonly Node[]
      /** Called only when true; otherwise the results are `otherwise`. */
      readonly unless?: { readonly fast: Node; readonly otherwise: readonly Node[] }
    }
  /** Goes on where `quick`, or `when`, holds; otherwise the instruction is left to the interpreter. Only in code that can leave. */
  | { readonly kind: 'guard'; readonly quick: Node | undefined; readonly when: Node }
  /** `fast` where `when` holds; otherwise `slow` after its effects. */
  | {
      readonly kind: 'choice'
      readonly when: Node
      readonly fast: Node
      readonly effects: readonly Effect[]
      readonly slow: Node
      readonly result: Node
    }
  /** Unless the condition holds, the run-time does all of the instruction. */
  | { readonly kind: 'require'; readonly condition: Node; readonly otherwise: SystemCall }
  /** Store to a field of the vCPU block before the commit (exclusive monitor). */
  | { readonly kind: 'setState'; readonly offset: number; readonly name: OpName; readonly value: Node }
  /** An i32 computed into a local at this point (a value that must be read before what follows changes it). */
  | { readonly kind: 'evaluate'; readonly node: Node }

/** Two numbers that were compared: what the flags say is what the host's comparisons of them say. */
export interface FpComparison {
  readonly type: 'f32' | 'f64'
  readonly x: Node
  readonly y: Node
}

/** NZCV as the vCPU block holds it: words whose sign, zero, value and sign are N, Z, C and V. */
export interface FlagWords {
  /** Where they come from a comparison of floating-point numbers that are still at hand. */
  readonly compared?: FpComparison | undefined
  readonly n: Node
  readonly z: Node
  readonly c: Node
  readonly v: Node
}

/** Writes that take effect together at the end. */
export type Commit =
  | { readonly kind: 'x'; readonly operand: Operand; readonly role: RegisterRole; readonly value: Node }
  | { readonly kind: 'lr'; readonly value: Node }
  | {
      readonly kind: 'v'
      readonly operand: Operand
      readonly plus: number
      readonly bits: number
      readonly value: Node
    }
  | { readonly kind: 's'; readonly operand: Operand; readonly bits: 8 | 16 | 32 | 64; readonly value: Node }
  | { readonly kind: 'state'; readonly offset: number; readonly name: OpName; readonly value: Node }

/** A function of the run-time that decides what comes next: 0 = the next instruction, 1 = dispatch again. */
export interface SystemCall {
  readonly name: string
  readonly scalars: readonly Node[]
  readonly slots: readonly Node[]
  /** The register that an MRS writes. */
  readonly destination: Operand | undefined
  /** It never answers 0. */
  readonly leaves: boolean
}

/** How the instruction ends. */
export type Terminator =
  | { readonly kind: 'next' }
  | {
      readonly kind: 'relative'
      readonly offset: (...values: number[]) => number
      readonly fields: readonly Operand[]
      readonly when: Node | undefined
    }
  | { readonly kind: 'indirect'; readonly target: Node; readonly how: 'jump' | 'call' | 'return' }
  | ({ readonly kind: 'system' } & SystemCall)
  /** The next instruction, or where `when` holds the interrupt that is due before it. */
  | { readonly kind: 'attend'; readonly when: Node }
