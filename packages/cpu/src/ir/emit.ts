/** Turns the recorded meaning of one instruction into WebAssembly, for whichever consumer. */

import { ACCESS } from '../access-kind.ts'
import type { Operand } from '../isa/dsl.ts'
import { LAYOUT, TLB_SET_BYTES } from '../state.ts'
import { sysRegEncoding } from '../sysreg/encoding.ts'
import { rowOf, slotOfRow } from '../sysreg/table.ts'
import type { Code } from '../wasm/encoder.ts'
import type { OpName, ValueType } from '../wasm/opcodes.ts'
import type { Builder } from './builder.ts'
import type { AccessFacts, Commit, Effect, FlagWords, Node, RangeNode, RegisterRole } from './node.ts'

/** Functions of the run-time that generated code may call, by import name; indices into the module's functions. */
export interface Helpers {
  readonly index: (name: string) => number
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
  /** Pushes the address of the data-TLB pair to use. */
  pushTlb(unprivileged: boolean): void
  /** Writes the address of this instruction to LAYOUT.pc. */
  syncPc(): void
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
  /** Takes the flags instead of having them written; they are in locals or made of such. */
  deferFlags?(flags: FlagWords): void
}

const DAIF = sysRegEncoding(3, 3, 4, 2, 1)

/** Counts uses, so that shared values go to locals. */
function countUses(roots: readonly Node[]): void {
  const visit = (node: Node): void => {
    if (node.uses++ > 0) return
    for (const arg of node.args) visit(arg)
  }
  for (const root of roots) visit(root)
}

function rootsOf(effects: readonly Effect[], commits: readonly Commit[], ends: readonly Node[]): Node[] {
  const roots: Node[] = []
  for (const e of effects) {
    if (e.kind === 'access') roots.push(e.range.address)
    else if (e.kind === 'store') roots.push(e.value, ...(e.when ? [e.when] : []))
    else if (e.kind === 'storeDone') roots.push(...(e.when ? [e.when] : []))
    else if (e.kind === 'helper') {
      roots.push(...e.scalars, ...e.slots)
      if (e.unless) roots.push(e.unless.fast, ...e.unless.otherwise)
    } else if (e.kind === 'setState') roots.push(e.value)
    else if (e.kind === 'evaluate') roots.push(e.node)
  }
  for (const c of commits) roots.push(c.value)
  roots.push(...ends)
  return roots
}

/** Emits one recorded instruction. */
export function emitInsn(target: Target, insn: Builder): void {
  new Emitter(target).run(insn)
}

/** Emits the parts of recorded instructions. */
export class Emitter {
  readonly #t: Target
  readonly #c: Code

  constructor(target: Target) {
    this.#t = target
    this.#c = target.code
  }

  /** Effects and commits; what the terminator needs is in locals afterwards where a commit could change it. */
  body(insn: Builder): void {
    const end = insn.terminator
    const ends: Node[] = []
    if (end.kind === 'relative' && end.when) ends.push(end.when)
    else if (end.kind === 'indirect') ends.push(end.target)
    else if (end.kind === 'system') ends.push(...end.scalars, ...end.slots)
    countUses(rootsOf(insn.effects, insn.commits, ends))
    for (const effect of insn.effects) this.#effect(effect)
    if (end.kind !== 'system' && insn.commits.length > 0) for (const node of ends) this.#materialise(node)
    this.#commit(insn.commits)
  }

  run(insn: Builder): void {
    const end = insn.terminator
    this.body(insn)
    if (end.kind === 'system') this.#system(end)
    else if (end.kind === 'next') this.#t.next()
    else if (end.kind === 'indirect') this.#t.branchIndirect(() => this.push(end.target), end.how)
    else if (!end.when) this.#t.branchRelative(end.offset, end.fields)
    else {
      this.push(end.when)
      this.#c.block('if')
      this.#t.branchRelative(end.offset, end.fields)
      this.#c.end()
      this.#t.next()
    }
  }

  /** Leaves the value on the stack. */
  push(node: Node): void {
    const c = this.#c
    if (node.local >= 0) {
      c.get(node.local)
      return
    }
    this.#compute(node)
    if (node.uses > 1 && node.op.kind !== 'const') {
      node.local = this.#t.local(node.type)
      c.tee(node.local)
    }
  }

  /** Computes the value into a local now. */
  #materialise(node: Node): void {
    if (node.local >= 0 || node.op.kind === 'const') return
    this.#compute(node)
    node.local = this.#t.local(node.type)
    this.#c.set(node.local)
  }

  #compute(node: Node, push: (arg: Node) => void = (arg) => this.push(arg)): void {
    const c = this.#c
    const { op } = node
    switch (op.kind) {
      case 'const':
        if (node.type === 'i32') c.i32(Number(BigInt.asIntN(32, op.value)))
        else if (node.type === 'i64') c.i64(op.value)
        else c.v128(op.value)
        return
      case 'wasm':
        for (const arg of node.args) push(arg)
        c.op(op.name)
        if (op.lane !== undefined) c.out.byte(op.lane)
        if (op.shuffle) c.out.bytes(op.shuffle)
        return
      case 'readX':
        this.#t.pushX(op.operand, op.role, node.type as 'i32' | 'i64')
        return
      case 'readV': {
        const offset = this.#t.pushV(op.operand, op.plus)
        c.mem('v128.load', offset)
        return
      }
      case 'readS': {
        const offset = this.#t.pushV(op.operand, 0)
        const name = { 8: 'i32.load8_u', 16: 'i32.load16_u', 32: 'i32.load', 64: 'i64.load' } as const
        c.mem(name[op.bits], offset)
        return
      }
      case 'derive':
        this.#t.pushDerived(op.fn, op.fields, op.bits)
        return
      case 'pc':
        this.#t.pushPc()
        return
      case 'state':
        this.#t.pushField(op.offset, node.type as 'i32' | 'i64')
        return
      case 'sign': {
        const arg = node.args[0] as Node
        push(arg)
        if (arg.type === 'i64') c.i64(0n)
        else c.i32(0)
        c.op(`${arg.type}.lt_s` as OpName)
        return
      }
      case 'value':
        throw new Error('a value was asked for before its effect was emitted')
    }
  }

  #effect(e: Effect): void {
    const c = this.#c
    switch (e.kind) {
      case 'access':
        this.#access(e.range, e.facts)
        return
      case 'load':
        c.get(e.range.host.local)
        c.mem(e.name, e.offset)
        e.result.local = this.#t.local(e.result.type)
        c.set(e.result.local)
        return
      case 'store':
        this.#when(e.when, e.value, () => {
          c.get(e.range.host.local)
          this.push(e.value)
          c.mem(e.name, e.offset)
        })
        return
      case 'storeDone':
        // Without a slow path there is no bounce buffer.
        if (this.#t.leaveForMiss) return
        this.#when(e.when, undefined, () => {
          c.get(e.range.host.local)
          c.i32(this.#t.cpuBase + LAYOUT.bounce)
          c.op('i32.eq')
          c.block('if')
          c.call(this.#t.helpers.index('storeDone'))
          c.end()
        })
        return
      case 'helper':
        this.#helper(e)
        return
      case 'setState':
        this.#t.storeField(e.offset, e.name, () => this.push(e.value))
        return
      case 'evaluate':
        this.#materialise(e.node)
        return
      case 'stored':
        this.#stored(e)
        return
    }
  }

  #stored(e: Extract<Effect, { kind: 'stored' }>): void {
    const c = this.#c
    e.result.local = this.#t.local('i64')
    if (!e.anywhere) {
      this.#t.pushField(LAYOUT.el, 'i32')
      this.#t.pushField(LAYOUT.spsel, 'i32')
      c.op('i32.and')
      c.op('i32.eqz')
      c.block('if')
      if (this.#t.leaveForMiss) this.#t.leaveForMiss()
      else this.#readByRuntime(e.encoding, e.result.local)
      if (this.#t.leaveForMiss) c.end()
      else c.else()
    }
    if (e.encoding === DAIF) {
      this.#t.pushField(LAYOUT.daif, 'i32')
      c.op('i64.extend_i32_u')
    } else this.#t.pushField(slotOfRow(rowOf(e.encoding)), 'i64')
    c.set(e.result.local)
    if (!e.anywhere && !this.#t.leaveForMiss) c.end()
  }

  #readByRuntime(encoding: number, result: number): void {
    const c = this.#c
    this.#t.syncPc()
    c.i32(encoding)
    c.call(this.#t.helpers.index('mrs'))
    c.block('if')
    this.#t.redispatch()
    c.end()
    this.#t.pushField(LAYOUT.arg0, 'i64')
    c.set(result)
  }

  #when(when: Node | undefined, value: Node | undefined, body: () => void): void {
    if (!when) {
      body()
      return
    }
    if (value) this.#materialise(value)
    this.push(when)
    this.#c.block('if')
    body()
    this.#c.end()
  }

  /**
   * TLB lookup inline, slow path by call. The tag is compared with the page of the last byte, so that an access that crosses a
   * page misses; misalignment that must fault is sent to the slow path too.
   */
  #access(range: RangeNode, facts: AccessFacts): void {
    const c = this.#c
    const { address } = range
    this.#materialise(address)
    const isWrite = range.mode !== 'load'
    const entry = this.#t.local('i32')
    const host = this.#t.local('i32')
    this.push(address)
    c.op('i32.wrap_i64')
    c.i32(8)
    c.op('i32.shr_u')
    c.i32(0x3ff0)
    c.op('i32.and')
    this.#t.pushTlb((facts.flags & ACCESS.unprivileged) !== 0)
    c.op('i32.add')
    c.tee(entry)
    const set = isWrite ? TLB_SET_BYTES : 0
    c.mem('i64.load', set)
    this.push(address)
    if (range.bytes > 1) {
      c.i64(BigInt(range.bytes - 1))
      c.op('i64.add')
    }
    c.i64(-4096n)
    c.op('i64.and')
    c.op('i64.eq')
    if (facts.alignBytes > 1) {
      this.push(address)
      c.op('i32.wrap_i64')
      c.i32(facts.alignBytes - 1)
      c.op('i32.and')
      c.op('i32.eqz')
      c.op('i32.and')
    }
    if (facts.base && this.#t.pushSpMisaligned(facts.base)) {
      c.op('i32.eqz')
      c.op('i32.and')
    }
    range.host.local = host
    if (this.#t.leaveForMiss) {
      c.op('i32.eqz')
      c.block('if')
      this.#t.leaveForMiss()
      c.end()
      c.get(entry)
      c.mem('i32.load', set + 8)
      this.push(address)
      c.op('i32.wrap_i64')
      c.op('i32.add')
      c.set(host)
      return
    }
    c.block('if', 'i32')
    c.get(entry)
    c.mem('i32.load', set + 8)
    this.push(address)
    c.op('i32.wrap_i64')
    c.op('i32.add')
    c.else()
    this.#t.syncPc()
    this.push(address)
    c.op('i32.wrap_i64')
    this.push(address)
    c.i64(32n)
    c.op('i64.shr_u')
    c.op('i32.wrap_i64')
    this.#t.pushKind(facts)
    c.call(this.#t.helpers.index('access'))
    c.tee(host)
    c.op('i32.eqz')
    c.block('if')
    this.#t.redispatch()
    c.end()
    c.get(host)
    c.end()
    c.set(host)
  }

  #helper(e: Extract<Effect, { kind: 'helper' }>): void {
    const c = this.#c
    for (const result of e.results) result.local = this.#t.local(result.type)
    for (const node of [...e.scalars, ...e.slots]) this.#materialise(node)
    const call = (): void => {
      e.slots.forEach((node, i) => {
        c.i32(this.#t.cpuBase)
        this.push(node)
        c.mem('i64.store', LAYOUT.helper + i * 8)
      })
      for (const s of e.scalars) this.push(s)
      c.call(this.#t.helpers.index(e.name))
      if (e.slots.length === 0) {
        c.set((e.results[0] as Node).local)
        return
      }
      e.results.forEach((result, i) => {
        c.i32(this.#t.cpuBase)
        c.mem(`${result.type}.load` as OpName, LAYOUT.helper + i * 16)
        c.set(result.local)
      })
    }
    if (!e.unless) {
      call()
      return
    }
    const { fast, otherwise } = e.unless
    for (const node of otherwise) this.#materialise(node)
    this.push(fast)
    c.block('if')
    e.results.forEach((result, i) => {
      this.push(otherwise[i] as Node)
      c.set(result.local)
    })
    c.else()
    call()
    c.end()
  }

  /** Leaves the value on the stack without keeping it in a local: for code on one of several ways. */
  pushPure(node: Node): void {
    if (node.local >= 0) this.#c.get(node.local)
    else this.#compute(node, (arg) => this.pushPure(arg))
  }

  /**
   * Makes a value independent of registers and state that later code changes: what is shared goes to a local, what reads goes to a
   * local, the rest can be computed whenever it is asked for.
   */
  #settle(node: Node): void {
    if (node.local >= 0 || node.op.kind === 'const') return
    const reads =
      node.op.kind === 'readX' || node.op.kind === 'readS' || node.op.kind === 'readV' || node.op.kind === 'state'
    if (reads || node.uses > 1) this.#materialise(node)
    else for (const arg of node.args) this.#settle(arg)
  }

  /** Hands the flags of an instruction to a target that keeps them as values; gives back the other commits. */
  #takeFlags(commits: readonly Commit[]): readonly Commit[] {
    if (!this.#t.deferFlags) return commits
    const word = (offset: number): Node | undefined =>
      commits.find((c) => c.kind === 'state' && c.offset === offset)?.value
    const [n, z, c, v] = [word(LAYOUT.n), word(LAYOUT.z), word(LAYOUT.c), word(LAYOUT.v)]
    if (!n || !z || !c || !v) return commits
    for (const node of [n, z, c, v]) this.#settle(node)
    this.#t.deferFlags({ n, z, c, v })
    const flags: number[] = [LAYOUT.n, LAYOUT.z, LAYOUT.c, LAYOUT.v]
    return commits.filter((commit) => commit.kind !== 'state' || !flags.includes(commit.offset))
  }

  /** All values first, then all writes: a commit never sees another commit of its instruction. */
  #commit(all: readonly Commit[]): void {
    const commits = this.#takeFlags(all)
    if (commits.length > 1) for (const commit of commits) this.#materialise(commit.value)
    for (const commit of commits) this.#write(commit)
  }

  #write(commit: Commit): void {
    const c = this.#c
    const push = (): void => this.push(commit.value)
    switch (commit.kind) {
      case 'x':
        this.#t.storeX(commit.operand, commit.role, commit.value.type, push)
        return
      case 'lr':
        this.#t.storeLR(push)
        return
      case 'state':
        this.#t.storeField(commit.offset, commit.name, push)
        return
      case 's': {
        this.#materialise(commit.value)
        const offset = this.#t.pushV(commit.operand, 0)
        push()
        if (commit.value.type === 'i32') {
          if (commit.bits < 32) {
            c.i32(2 ** commit.bits - 1)
            c.op('i32.and')
          }
          c.op('i64.extend_i32_u')
        }
        c.mem('i64.store', offset)
        this.#t.pushV(commit.operand, 0)
        c.i64(0n)
        c.mem('i64.store', offset + 8)
        return
      }
      case 'v': {
        if (commit.bits === 128) {
          const offset = this.#t.pushV(commit.operand, commit.plus)
          push()
          c.mem('v128.store', offset)
          return
        }
        this.#materialise(commit.value)
        const offset = this.#t.pushV(commit.operand, commit.plus)
        push()
        c.lane('i64x2.extract_lane', 0)
        if (commit.bits < 64) {
          c.i64((1n << BigInt(commit.bits)) - 1n)
          c.op('i64.and')
        }
        c.mem('i64.store', offset)
        this.#t.pushV(commit.operand, commit.plus)
        c.i64(0n)
        c.mem('i64.store', offset + 8)
        return
      }
    }
  }

  /** Calls the run-time; 0 goes on, anything else dispatches again. MRS writes its register afterwards. */
  #system(end: Extract<Builder['terminator'], { kind: 'system' }>): void {
    const c = this.#c
    end.slots.forEach((node, i) => {
      this.#t.storeField(LAYOUT.arg0 + i * 8, 'i64.store', () => this.push(node))
    })
    this.#t.syncPc()
    for (const s of end.scalars) this.push(s)
    c.call(this.#t.helpers.index(end.name))
    c.block('if')
    this.#t.redispatch()
    c.end()
    if (end.destination) {
      this.#t.storeX(end.destination, 'x', 'i64', () => this.#t.pushField(LAYOUT.arg0, 'i64'))
    }
    this.#t.next()
  }
}
