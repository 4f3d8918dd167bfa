/** Code of one region: constant operands, registers and flags in locals, exits that write back what may have changed. */

import { LEFT_BY_RUNTIME, LEFT_FOR_INTERPRETER, LEFT_NORMALLY } from '../interp/record-layout.ts'
import { Emitter } from '../ir/emit.ts'
import { type AccessFacts, type FlagWords, type FpLimit, Node } from '../ir/node.ts'
import type { GroupPlace, Helpers } from '../ir/target.ts'
import { LAYOUT, TLB_PLACE_MASK } from '../state.ts'
import type { Code } from '../wasm/encoder.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'
import { ConstantTarget } from './constant-target.ts'
import { FpMode } from './fp-mode.ts'
import type { Block } from './region.ts'
import { FIRST_V, FLAGS, RegisterSet } from './register-set.ts'
import { VectorLocals } from './vector-locals.ts'

const FLAG_OFFSETS = [LAYOUT.n, LAYOUT.z, LAYOUT.c, LAYOUT.v] as const
const FLAG_TYPES = ['i64', 'i64', 'i32', 'i64'] as const

/** A value that sits in a local. */
function localNode(type: ValueType, local: number): Node {
  const node = new Node({ kind: 'value' }, type)
  node.local = local
  return node
}

/** Where a register lies in the vCPU block. */
const placeOf = (index: number): number =>
  index < FIRST_V ? LAYOUT.x + index * 8 : LAYOUT.vregs + (index - FIRST_V) * 16
const typeOfRegister = (index: number): 'i64' | 'v128' => (index < FIRST_V ? 'i64' : 'v128')

/** A page that a region has code of, besides its entry's. */
export interface RegionPage {
  readonly distance: number
  /** Address of its records: what the exec TLB must hold. */
  readonly records: number
}

/** What a region takes over from the vCPU block. */
export interface EntryState {
  /** All registers that the region reads or writes. */
  readonly registers: RegisterSet
  /** Those that are asked for before they are written, perhaps the flags among them. */
  readonly live: RegisterSet
  /** Whether there are FP or SIMD instructions. */
  readonly hasFp: boolean
}

/** A way out of the region for many places: takes the distance from the page's start, registers are written back. */
interface SharedExit {
  readonly status: number
  /** The flags are in their locals and written back. */
  readonly withFlags: boolean
  label: number
}

export class RegionTarget extends ConstantTarget {
  readonly emitter: Emitter
  readonly vectors: VectorLocals
  readonly #registers = new Map<number, number>()
  readonly #fp: FpMode | undefined
  readonly #flagLocals: readonly number[]
  readonly #pageVa: number
  readonly #tlb: number
  /** Bit n is set when the n-th page of the region was found mapped as it was when the region was made. */
  readonly #pagesSeen: number
  /** Pages beside the entry's: distance, and address of their records. */
  readonly #pages: readonly RegionPage[]
  /** Remaining budget, in branches backwards or in instructions. */
  readonly #budget: number
  readonly #countsInstructions: boolean
  /** Instructions of the block that were paid for and are not executed where the region is left here. */
  #unspent = 0
  readonly #exits: readonly SharedExit[] = [LEFT_NORMALLY, LEFT_FOR_INTERPRETER].flatMap((status) =>
    [false, true].map((withFlags) => ({ status, withFlags, label: -1 })),
  )
  /** Index in the page of the instruction being emitted. */
  #index = 0
  /** Groups of its accesses that are not emitted yet. */
  #groups: (GroupPlace | undefined)[] = []
  /** Registers that may differ from the vCPU block here. */
  dirty: RegisterSet = new RegisterSet()
  /** Whether the flags may differ from the vCPU block here. */
  areFlagsDirty = false
  /** The flags here. */
  flags: FlagWords

  /**
   * Parameter 0 of the function is the budget.
   * @param countsInstructions the budget is of instructions, and the region is left before it would spend more than there is.
   */
  constructor(
    code: Code,
    helpers: Helpers,
    cpuBase: number,
    pages: readonly RegionPage[],
    entry: EntryState,
    countsInstructions: boolean,
  ) {
    super(code, helpers, cpuBase)
    this.#pages = pages
    this.#countsInstructions = countsInstructions
    this.emitter = new Emitter(this)
    this.#budget = 0
    for (const index of entry.registers) {
      const type = typeOfRegister(index)
      const local = code.newLocal(type)
      this.#registers.set(index, local)
      if (!entry.live.has(index)) continue
      code.i32(0)
      code.mem(`${type}.load`, cpuBase + placeOf(index))
      code.set(local)
    }
    this.vectors = new VectorLocals(
      code,
      (n) => this.#register(FIRST_V + n),
      (n) => this.dirty.add(FIRST_V + n),
    )
    if (entry.hasFp) this.#fp = new FpMode(code, cpuBase)
    this.#pageVa = code.newLocal('i64')
    this.pushField(LAYOUT.pageVa, 'i64')
    code.set(this.#pageVa)
    this.#tlb = code.newLocal('i32')
    this.pushField(LAYOUT.tlbBase, 'i32')
    code.set(this.#tlb)
    this.#pagesSeen = code.newLocal('i32')
    this.#flagLocals = FLAG_TYPES.map((type) => code.newLocal(type))
    if (entry.live.has(FLAGS))
      FLAG_OFFSETS.forEach((offset, i) => {
        this.pushField(offset, FLAG_TYPES[i] as 'i32' | 'i64')
        code.set(this.#flagLocals[i] as number)
      })
    this.flags = this.blockFlags()
  }

  /** The flags at the start of a block: in their locals. */
  blockFlags(): FlagWords {
    const [n, z, c, v] = FLAG_TYPES.map((type, i) => localNode(type, this.#flagLocals[i] as number))
    return { n: n as Node, z: z as Node, c: c as Node, v: v as Node }
  }

  /** Puts the flags where the next block expects them. */
  settleFlags(): void {
    const words = [this.flags.n, this.flags.z, this.flags.c, this.flags.v]
    // Values first: one flag local may be part of another flag's value.
    const moved = words.map((word, i) => (word.local === this.#flagLocals[i] ? undefined : word))
    moved.forEach((word) => {
      if (word) this.emitter.pushPure(word)
    })
    for (let i = 3; i >= 0; i--) if (moved[i]) this.code.set(this.#flagLocals[i] as number)
    this.flags = this.blockFlags()
  }

  #register(index: number): number {
    const local = this.#registers.get(index)
    if (local === undefined) throw new RangeError(`register ${index} was not declared`)
    return local
  }

  protected override registerToRead(index: number): number {
    return this.#register(index)
  }

  protected override registerToWrite(index: number): number {
    this.dirty.add(index)
    return this.#register(index)
  }

  /** Address of an instruction of the page, or near it. */
  pushAddress(index: number): void {
    this.code.get(this.#pageVa)
    if (index === 0) return
    this.code.i64(BigInt(index * 4))
    this.code.op('i64.add')
  }

  override pushPc(): void {
    this.pushAddress(this.#index)
  }

  override pushTlb(unprivileged: boolean): void {
    if (unprivileged) this.pushUserTlb()
    else this.code.get(this.#tlb)
  }

  /** FPCR does not change inside a region. */
  override pushField(offset: number, type: 'i32' | 'i64'): void {
    if (this.#fp && offset === LAYOUT.fpcr) this.code.get(this.#fp.control)
    else super.pushField(offset, type)
  }

  pushFpLimit(form: FpLimit): void {
    if (!this.#fp) throw new RangeError('a region without floating point')
    this.#fp.pushLimit(form)
  }

  /** FP and SIMD may be disabled when the region is entered; that does not change inside it either. */
  checkFpEnabled(): void {
    this.pushField(LAYOUT.fpDisabled, 'i32')
    this.code.block('if')
    this.leaveForMiss()
    this.code.end()
  }

  get attendsAfterCalls(): boolean {
    return this.#countsInstructions
  }

  /** Before the run-time looks at the vCPU block, for which the instruction counts as executed. */
  override syncPc(plus: 0 | 4): void {
    const unspent = this.#unspent
    if (this.#countsInstructions) this.#unspent = unspent - 1
    this.#flush()
    this.#unspent = unspent
    this.storeField(LAYOUT.pc, 'i64.store', () => {
      this.pushPc()
      if (plus === 0) return
      this.code.i64(BigInt(plus))
      this.code.op('i64.add')
    })
  }
  override pushKind(_facts: AccessFacts): void {
    throw new RangeError('a region calls no slow path')
  }

  /** After the run-time was called and lets the region go on: it may have invalidated translations, but changed nothing else. */
  forgetPages(): void {
    this.code.i32(0)
    this.code.set(this.#pagesSeen)
  }

  deferFlags(flags: FlagWords): void {
    this.flags = flags
    this.areFlagsDirty = true
  }

  #flushRegisters(): void {
    for (const index of this.dirty)
      this.storeField(placeOf(index), `${typeOfRegister(index)}.store`, () => this.code.get(this.#register(index)))
  }

  #flushFlags(): void {
    const words = [this.flags.n, this.flags.z, this.flags.c, this.flags.v]
    FLAG_OFFSETS.forEach((offset, i) => {
      this.storeField(offset, `${FLAG_TYPES[i]}.store` as OpName, () => this.emitter.pushPure(words[i] as Node))
    })
  }

  /** Writes back what may have changed, in whatever state the locals are here. */
  #flush(): void {
    this.#flushRegisters()
    if (this.areFlagsDirty) this.#flushFlags()
    this.storeField(LAYOUT.budget, 'i32.store', () => this.#pushBudget())
  }

  #pushBudget(): void {
    const c = this.code
    c.get(this.#budget)
    if (this.#unspent === 0) return
    c.i32(this.#unspent)
    c.op('i32.add')
  }

  /** Opens the ways out that all of the region shares. */
  begin(): void {
    for (const exit of this.#exits) exit.label = this.code.block('block', 'i32')
  }

  /** Behind the last block: what the ways out have in common. */
  end(): void {
    const c = this.code
    const address = c.newLocal('i32')
    c.op('unreachable')
    for (const { status, withFlags } of [...this.#exits].reverse()) {
      c.end()
      c.set(address)
      if (withFlags) {
        this.flags = this.blockFlags()
        this.#flushFlags()
      }
      this.storeField(LAYOUT.budget, 'i32.store', () => this.#pushBudget())
      this.storeField(LAYOUT.pc, 'i64.store', () => {
        c.get(this.#pageVa)
        c.get(address)
        c.op('i64.extend_i32_s')
        c.op('i64.add')
      })
      c.i32(status)
      c.op('return')
    }
  }

  /** Writes registers back, so that they need not be where the region is left from here on. */
  writeBack(): void {
    this.#flushRegisters()
    this.dirty = new RegisterSet()
  }

  /** Leaves the region for an instruction of the page, or near it. */
  leaveAt(status: number, index: number): void {
    const c = this.code
    this.#flushRegisters()
    const { flags } = this
    if (this.areFlagsDirty) this.settleFlags()
    this.flags = flags
    const exit = this.#exits.find((e) => e.status === status && e.withFlags === this.areFlagsDirty) as SharedExit
    if (this.#unspent !== 0) {
      this.#pushBudget()
      c.set(this.#budget)
    }
    c.i32(index * 4)
    c.br(exit.label)
  }

  /** Leaves the region. */
  leave(status: number, pushPc: () => void): void {
    this.#flush()
    this.storeField(LAYOUT.pc, 'i64.store', pushPc)
    this.code.i32(status)
    this.code.op('return')
  }

  nextGroup(): GroupPlace | undefined {
    return this.#groups.shift()
  }

  leaveForInterpreter(): void {
    this.leaveForMiss()
  }

  leaveForMiss(): void {
    this.leaveAt(LEFT_FOR_INTERPRETER, this.#index)
  }

  /**
   * Pays for a block's instructions where they are counted. Without enough left the interpreter carries out what can still be paid for,
   * one by one.
   */
  payFor({ first, insns }: Block): void {
    if (!this.#countsInstructions) return
    const c = this.code
    c.get(this.#budget)
    c.i32(insns.length)
    c.op('i32.sub')
    c.tee(this.#budget)
    c.i32(0)
    c.op('i32.lt_s')
    c.block('if')
    this.#unspent = insns.length
    this.leaveAt(LEFT_FOR_INTERPRETER, first)
    this.#unspent = 0
    c.end()
  }

  /** @param left how many of the block's instructions are not over, this one included */
  beginInsn(index: number, left: number, groups: (GroupPlace | undefined)[]): void {
    this.#index = index
    this.#groups = groups
    if (this.#countsInstructions) this.#unspent = left
  }

  endBlock(): void {
    this.#unspent = 0
  }

  /** Spends budget on a branch backwards, where instructions are not counted; without any left the region is left at the target. */
  spendBudget(target: number): void {
    if (this.#countsInstructions) return
    const c = this.code
    c.get(this.#budget)
    c.i32(1)
    c.op('i32.sub')
    c.tee(this.#budget)
    c.i32(0)
    c.op('i32.lt_s')
    c.block('if')
    this.leaveAt(LEFT_NORMALLY, target)
    c.end()
  }

  /**
   * On the way into another page: the first time, the exec TLB must map that page as it did when the region was made. Otherwise the region is
   * left at the target. Nothing but calls of the run-time changes translations, so once is enough between those.
   */
  guardPage(distance: number, target: number): void {
    const n = this.#pages.findIndex((page) => page.distance === distance)
    if (n < 0) return
    const c = this.code
    c.get(this.#pagesSeen)
    c.i32(1 << n)
    c.op('i32.and')
    c.op('i32.eqz')
    c.block('if')
    const entry = c.newLocal('i32')
    this.pushAddress(distance * 1024)
    c.op('i32.wrap_i64')
    c.i32(8)
    c.op('i32.shr_u')
    c.i32(TLB_PLACE_MASK)
    c.op('i32.and')
    this.pushField(LAYOUT.execTlbBase, 'i32')
    c.op('i32.add')
    c.tee(entry)
    c.mem('i64.load', this.cpuBase)
    this.pushAddress(distance * 1024)
    c.op('i64.ne')
    c.get(entry)
    c.mem('i32.load', this.cpuBase + 8)
    c.i32((this.#pages[n] as RegionPage).records)
    c.op('i32.ne')
    c.op('i32.or')
    c.block('if')
    this.leaveAt(LEFT_NORMALLY, target)
    c.end()
    c.get(this.#pagesSeen)
    c.i32(1 << n)
    c.op('i32.or')
    c.set(this.#pagesSeen)
    c.end()
  }

  /** The run-time has written LAYOUT.pc and owns the state from here. */
  override redispatch(): void {
    this.code.i32(LEFT_BY_RUNTIME)
    this.code.op('return')
  }
  override branchIndirect(push: () => void): void {
    this.leave(LEFT_NORMALLY, push)
  }
  override branchRelative(): void {
    throw new RangeError("a region's branches are its compiler's")
  }
}
