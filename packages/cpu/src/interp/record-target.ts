/** Interpreter handlers: operands are read from the record at run time, registers lie in linear memory. */

import { ACCESS } from '../access-kind.ts'
import type { AccessFacts, RegisterRole } from '../ir/node.ts'
import { operandOf } from '../ir/record.ts'
import type { Helpers, Target } from '../ir/target.ts'
import type { FieldValues, Operand } from '../isa/dsl.ts'
import { LAYOUT } from '../state.ts'
import type { Code } from '../wasm/encoder.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'
import { argumentsOf, RECORD_BYTES, registerIndex, SIDE_OFFSET, type SlotPlan } from './record-layout.ts'

const X_BYTES = 8
const V_BYTES = 16
/** See LAYOUT.indirect. */
const NOTE_BYTES = 8
const NOTE_SET_BYTES = 8 * NOTE_BYTES
const NOTE_SETS = 256

/** Reuses the locals of one function from handler to handler. */
export class LocalPool {
  readonly #code: Code
  readonly #all = new Map<ValueType, number[]>()
  readonly #used = new Map<ValueType, number>()

  constructor(code: Code) {
    this.#code = code
  }

  take(type: ValueType): number {
    const list = this.#all.get(type) ?? []
    this.#all.set(type, list)
    const used = this.#used.get(type) ?? 0
    this.#used.set(type, used + 1)
    if (used === list.length) list.push(this.#code.newLocal(type))
    return list[used] as number
  }

  /** All locals are free again. */
  reset(): void {
    this.#used.clear()
  }
}

/** Addresses, relative to LAYOUT.indirect, of the notes about an indirect branch. */
export function notesOf(record: number): number[] {
  const set = (record / RECORD_BYTES) % NOTE_SETS
  return Array.from({ length: NOTE_SET_BYTES / NOTE_BYTES }, (_, way) => set * NOTE_SET_BYTES + way * NOTE_BYTES)
}

/** What loop handlers and function handlers share. */
export abstract class RecordTarget implements Target {
  readonly code: Code
  readonly helpers: Helpers
  readonly cpuBase: number
  /** Slots of the handler being emitted. */
  plan!: SlotPlan
  readonly #pool: LocalPool

  constructor(code: Code, helpers: Helpers, cpuBase: number, pool: LocalPool) {
    this.code = code
    this.helpers = helpers
    this.cpuBase = cpuBase
    this.#pool = pool
  }

  /** Pushes the record's address. */
  protected abstract pushRecord(): void
  abstract redispatch(): void
  abstract next(): void
  abstract branchIndirect(push: () => void, how: 'jump' | 'call' | 'return'): void
  abstract branchRelative(offset: (...values: number[]) => number, fields: readonly Operand[]): void

  protected pushRecordPage(): void {
    this.pushField(LAYOUT.recPage, 'i32')
  }

  #pushPageVa(): void {
    this.pushField(LAYOUT.pageVa, 'i64')
  }

  pushTlb(unprivileged: boolean): void {
    this.pushField(unprivileged ? LAYOUT.userTlbBase : LAYOUT.tlbBase, 'i32')
  }

  local(type: ValueType): number {
    return this.#pool.take(type)
  }

  protected pushSlot(slot: { readonly offset: number; readonly bytes: 2 | 4 | 8 }): void {
    this.pushRecord()
    this.code.mem(({ 2: 'i32.load16_u', 4: 'i32.load', 8: 'i64.load' } as const)[slot.bytes], slot.offset)
  }

  #registerSlot(operand: Operand, role: RegisterRole, isWrite: boolean): void {
    const { name } = operandOf(operand)
    const slot = this.plan.slot(
      `x:${role}:${isWrite}:${name}`,
      2,
      (f) => registerIndex(f[name] as number, role, isWrite) * X_BYTES,
    )
    this.pushSlot(slot)
  }

  pushX(operand: Operand, role: RegisterRole, type: 'i32' | 'i64'): void {
    this.#registerSlot(operand, role, false)
    this.code.mem(`${type}.load`, this.cpuBase + LAYOUT.x)
  }

  storeX(operand: Operand, role: RegisterRole, type: ValueType, push: () => void): void {
    this.#registerSlot(operand, role, true)
    push()
    if (type === 'i32') this.code.op('i64.extend_i32_u')
    this.code.mem('i64.store', this.cpuBase + LAYOUT.x)
  }

  storeLR(push: () => void): void {
    this.storeField(LAYOUT.x + 30 * X_BYTES, 'i64.store', push)
  }

  pushV(operand: Operand, plus: number): number {
    const { name } = operandOf(operand)
    this.pushSlot(this.plan.slot(`v:${plus}:${name}`, 2, (f) => (((f[name] as number) + plus) & 31) * V_BYTES))
    return this.cpuBase + LAYOUT.vregs
  }

  pushDerived(fn: (...values: number[]) => bigint | number, fields: readonly Operand[], bits: number): void {
    const operands = fields.map(operandOf)
    const known = operands.every((o) => o.value !== undefined)
    if (known) {
      const value = BigInt(fn(...argumentsOf(operands, {})))
      if (bits > 32) this.code.i64(value)
      else this.code.i32(Number(BigInt.asIntN(32, value)))
      return
    }
    const bytes = bits <= 16 ? 2 : bits <= 32 ? 4 : 8
    this.pushSlot(this.plan.slot(undefined, bytes, (f) => fn(...argumentsOf(operands, f))))
  }

  pushPc(): void {
    const c = this.code
    this.#pushPageVa()
    this.pushRecord()
    this.pushRecordPage()
    c.op('i32.sub')
    c.i32(3)
    c.op('i32.shr_u')
    c.op('i64.extend_i32_u')
    c.op('i64.add')
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

  syncPc(plus: 0 | 4): void {
    this.storeField(LAYOUT.pc, 'i64.store', () => {
      this.pushPc()
      if (plus === 0) return
      this.code.i64(BigInt(plus))
      this.code.op('i64.add')
    })
  }

  pushKind(facts: AccessFacts): void {
    const { base, Rt } = facts
    if (!base && !Rt) {
      this.code.i32(facts.flags)
      return
    }
    const [baseName, RtName] = [base && operandOf(base).name, Rt && operandOf(Rt).name]
    const value = (f: FieldValues): number => {
      const sp = baseName !== undefined && f[baseName] === 31 ? ACCESS.spBase : 0
      const iss = RtName === undefined ? 0 : facts.syndrome | ((f[RtName] as number) << 2)
      return (facts.flags | sp | (iss << ACCESS.issShift)) >>> 0
    }
    this.pushSlot(this.plan.slot(undefined, 4, value))
  }

  pushSpMisaligned(base: Operand): boolean {
    const { name } = operandOf(base)
    this.pushX(base, 'sp', 'i32')
    this.pushSlot(this.plan.slot(`spMask:${name}`, 2, (f) => (f[name] === 31 ? 15 : 0)))
    this.code.op('i32.and')
    return true
  }
}

/**
 * What the interpreter's loop keeps in locals. The rest stays in the vCPU block: V8 keeps no local of so large a function in a register, and
 * copies each that lives around the loop from one place on the stack to another, for every instruction.
 */
export interface LoopLocals {
  readonly rec: number
  readonly handler: number
  readonly pc: number
}

export interface LoopLabels {
  readonly dispatch: number
  readonly jump: number
  readonly redispatch: number
}

/** What an interpreter is generated for. */
export interface InterpreterOptions {
  /** Executions of a branch target after which `hot` is called; undefined counts nothing. */
  readonly hotThreshold?: number | undefined
  /** The budget is of instructions, and spent to the last one; else it is of taken branches, and only about. */
  readonly countsInstructions?: boolean | undefined
}

export class LoopTarget extends RecordTarget {
  readonly #l: LoopLocals
  labels!: LoopLabels

  readonly #hotThreshold: number | undefined
  readonly #countsInstructions: boolean

  constructor(
    code: Code,
    helpers: Helpers,
    cpuBase: number,
    pool: LocalPool,
    locals: LoopLocals,
    { hotThreshold, countsInstructions = false }: InterpreterOptions,
  ) {
    super(code, helpers, cpuBase, pool)
    this.#l = locals
    this.#hotThreshold = hotThreshold
    this.#countsInstructions = countsInstructions
  }

  /** What the run-time was told by the host must have its effect at the same instruction in every run. */
  get attendsAfterCalls(): boolean {
    return this.#countsInstructions
  }

  /** Takes from the budget, or gives back, and leaves whether less than nothing is left. */
  pushSpent(by: number): void {
    const c = this.code
    const left = this.local('i32')
    this.pushField(LAYOUT.budget, 'i32')
    c.i32(by)
    c.op('i32.sub')
    c.set(left)
    this.storeField(LAYOUT.budget, 'i32.store', () => c.get(left))
    c.get(left)
    c.i32(0)
    c.op('i32.lt_s')
  }

  /** Goes to the instruction of the current record. */
  dispatch(): void {
    const c = this.code
    c.get(this.#l.rec)
    c.mem('i32.load16_u', 0)
    c.set(this.#l.handler)
    c.br(this.labels.dispatch)
  }

  /** Pushes the address, less SIDE_OFFSET, of what lies beside the current record. */
  pushSide(): void {
    const c = this.code
    const page = this.local('i32')
    this.pushRecordPage()
    c.tee(page)
    c.get(this.#l.rec)
    c.get(page)
    c.op('i32.sub')
    c.i32(2)
    c.op('i32.shr_u')
    c.op('i32.add')
  }

  /** Counts that control came to the current record by a branch. */
  countEntry(): void {
    if (this.#hotThreshold === undefined) return
    const c = this.code
    const side = this.local('i32')
    const count = this.local('i32')
    this.pushSide()
    c.tee(side)
    c.get(side)
    c.mem('i32.load16_u', SIDE_OFFSET)
    c.i32(1)
    c.op('i32.add')
    c.tee(count)
    // It stays at the highest number: regions are grown by it, too.
    c.get(count)
    c.i32(16)
    c.op('i32.shr_u')
    c.op('i32.sub')
    c.mem('i32.store16', SIDE_OFFSET)
    c.get(count)
    c.i32(this.#hotThreshold)
    c.op('i32.eq')
    c.block('if')
    c.get(this.#l.rec)
    c.call(this.helpers.index('hot'))
    c.end()
  }

  protected override pushRecord(): void {
    this.code.get(this.#l.rec)
  }
  override redispatch(): void {
    this.code.br(this.labels.redispatch)
  }
  override next(): void {
    const c = this.code
    c.get(this.#l.rec)
    c.i32(RECORD_BYTES)
    c.op('i32.add')
    c.set(this.#l.rec)
    this.dispatch()
  }
  override branchIndirect(push: () => void, how: 'jump' | 'call' | 'return'): void {
    push()
    this.code.set(this.#l.pc)
    if (this.#hotThreshold !== undefined && how !== 'return') this.#noteTarget()
    this.code.br(this.labels.jump)
  }
  /** Notes for the translator where an indirect branch goes. */
  #noteTarget(): void {
    const c = this.code
    const note = this.local('i32')
    c.get(this.#l.rec)
    c.i32(NOTE_SET_BYTES / RECORD_BYTES)
    c.op('i32.mul')
    c.i32((NOTE_SETS - 1) * NOTE_SET_BYTES)
    c.op('i32.and')
    c.get(this.#l.pc)
    c.op('i32.wrap_i64')
    // Targets are often a power of two apart; Fibonacci hashing spreads them all the same.
    c.i32(0x9e3779b9 | 0)
    c.op('i32.mul')
    c.i32(26)
    c.op('i32.shr_u')
    c.i32(NOTE_SET_BYTES - NOTE_BYTES)
    c.op('i32.and')
    c.op('i32.or')
    c.tee(note)
    c.get(this.#l.rec)
    c.mem('i32.store', this.cpuBase + LAYOUT.indirect)
    c.get(note)
    c.get(this.#l.pc)
    c.op('i32.wrap_i64')
    c.mem('i32.store', this.cpuBase + LAYOUT.indirect + 4)
  }
  /** Inside the page only the record pointer moves; a budget of taken branches is spent either way. */
  override branchRelative(offset: (...values: number[]) => number, fields: readonly Operand[]): void {
    const c = this.code
    const operands = fields.map(operandOf)
    const slot = this.plan.slot(undefined, 4, (f) => (offset(...argumentsOf(operands, f)) * (RECORD_BYTES / 4)) | 0)
    const target = this.local('i32')
    c.get(this.#l.rec)
    this.pushSlot(slot)
    c.op('i32.add')
    c.tee(target)
    this.pushRecordPage()
    c.op('i32.sub')
    c.i32(RECORD_BYTES * 1024)
    c.op('i32.lt_u')
    if (!this.#countsInstructions) {
      this.pushSpent(1)
      c.op('i32.eqz')
      c.op('i32.and')
    }
    c.block('if')
    c.get(target)
    c.set(this.#l.rec)
    this.countEntry()
    this.dispatch()
    c.end()
    this.pushPc()
    this.pushSlot(slot)
    c.i32(3)
    c.op('i32.shr_s')
    c.op('i64.extend_i32_s')
    c.op('i64.add')
    c.set(this.#l.pc)
    c.br(this.labels.jump)
  }
}

/** Handlers that are functions of their own: `(record) → 0` for the next instruction, `1` to dispatch again from LAYOUT.pc. */
export class FunctionTarget extends RecordTarget {
  readonly attendsAfterCalls: boolean

  constructor(code: Code, helpers: Helpers, cpuBase: number, pool: LocalPool, attendsAfterCalls: boolean) {
    super(code, helpers, cpuBase, pool)
    this.attendsAfterCalls = attendsAfterCalls
  }

  protected override pushRecord(): void {
    this.code.get(0)
  }
  override redispatch(): void {
    this.code.i32(1)
    this.code.op('return')
  }
  override next(): void {
    this.code.i32(0)
    this.code.op('return')
  }
  override branchIndirect(push: () => void): void {
    this.storeField(LAYOUT.pc, 'i64.store', push)
    this.redispatch()
  }
  override branchRelative(offset: (...values: number[]) => number, fields: readonly Operand[]): void {
    const operands = fields.map(operandOf)
    const slot = this.plan.slot(undefined, 4, (f) => offset(...argumentsOf(operands, f)) | 0)
    this.storeField(LAYOUT.pc, 'i64.store', () => {
      this.pushPc()
      this.pushSlot(slot)
      this.code.op('i64.extend_i32_s')
      this.code.op('i64.add')
    })
    this.redispatch()
  }
}
