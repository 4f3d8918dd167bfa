/** Turns accesses, loads, stores and calls of a recorded instruction into WebAssembly. */

import { ACCESS } from '../../access-kind.ts'
import { LAYOUT, TLB_PLACE_MASK, TLB_SET_BYTES } from '../../state.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import type { AccessFacts, Effect, Node, RangeNode, SystemCall } from '../node.ts'
import type { GroupPlace } from '../target.ts'
import { probeAccess } from './probe.ts'
import { ValueEmitter, vectorIndex } from './values.ts'

/** Emits what an instruction does before it commits its results. */
export abstract class EffectEmitter extends ValueEmitter {
  /** Loads whose results are only written to vector registers. */
  protected readonly vectorLoads: Set<Node> = new Set()

  protected effect(e: Effect): void {
    const c = this.code
    switch (e.kind) {
      case 'access':
        this.#access(e.range, e.facts)
        return
      case 'load':
        c.get(e.range.host.local)
        if (this.vectorLoads.has(e.result)) {
          c.mem(e.name === 'i64.load' ? 'v128.load64_zero' : 'v128.load32_zero', e.range.bias + e.offset)
          e.result.local = this.target.local('v128')
        } else {
          c.mem(e.name, e.range.bias + e.offset)
          e.result.local = this.target.local(e.result.type)
        }
        c.set(e.result.local)
        return
      case 'store':
        this.#when(e.when, e.value, () => {
          c.get(e.range.host.local)
          this.#pushStored(e.name, e.value, e.range.bias + e.offset)
        })
        return
      case 'guard':
        this.#guard(e)
        return
      case 'choice':
        this.#choice(e)
        return
      case 'storeDone':
        // Without a slow path there is no bounce buffer.
        if (this.target.leaveForMiss) return
        this.#when(e.when, undefined, () => {
          c.get(e.range.host.local)
          c.i32(this.target.cpuBase + LAYOUT.bounce)
          c.op('i32.eq')
          c.block('if')
          c.call(this.target.helpers.index('storeDone'))
          c.end()
        })
        return
      case 'helper':
        this.#helper(e)
        return
      case 'setState':
        this.target.storeField(e.offset, e.name, () => this.push(e.value))
        return
      case 'evaluate':
        this.materialise(e.node)
        return
      case 'require':
        this.#require(e)
        return
    }
  }

  /** Stores a value behind an address on the stack; a scalar straight from its vector register. */
  #pushStored(name: OpName, value: Node, offset: number): void {
    const { op } = value
    const bits = name === 'i64.store' ? 64 : name === 'i32.store' ? 32 : undefined
    const { vectors } = this.target
    if (vectors && bits && op.kind === 'readS' && op.bits === bits) {
      vectors.pushFloat(vectorIndex(op.operand), bits)
      this.code.mem(bits === 64 ? 'f64.store' : 'f32.store', offset)
      return
    }
    this.push(value)
    this.code.mem(name, offset)
  }

  #guard({ quick, when }: Extract<Effect, { kind: 'guard' }>): void {
    const c = this.code
    if (!this.target.leaveForMiss) throw new Error('a guard in code that cannot leave')
    if (quick) {
      this.push(quick)
      c.op('i32.eqz')
      c.block('if')
    }
    this.conditionally(() => {
      this.push(when)
      c.op('i32.eqz')
      c.block('if')
      this.target.leaveForMiss?.()
      c.end()
    })
    if (quick) c.end()
  }

  #choice(e: Extract<Effect, { kind: 'choice' }>): void {
    const c = this.code
    e.result.local = this.target.local(e.result.type)
    this.materialise(e.fast)
    this.push(e.when)
    c.block('if')
    c.get(e.fast.local)
    c.set(e.result.local)
    c.else()
    this.conditionally(() => {
      for (const effect of e.effects) this.effect(effect)
      this.push(e.slow)
      c.set(e.result.local)
    })
    c.end()
  }

  #require({ condition, otherwise }: Extract<Effect, { kind: 'require' }>): void {
    const c = this.code
    this.push(condition)
    c.op('i32.eqz')
    c.block('if')
    if (this.target.leaveForInterpreter) this.target.leaveForInterpreter()
    else {
      this.system(otherwise)
      this.target.next()
    }
    c.end()
  }

  /** Calls the run-time and dispatches again unless it answers 0. MRS writes its register afterwards. */
  system(call: SystemCall): void {
    const c = this.code
    // On one of several ways nothing may be kept in locals.
    call.slots.forEach((node, i) => {
      this.target.storeField(LAYOUT.arg0 + i * 8, 'i64.store', () => this.pushPure(node))
    })
    this.target.syncPc(0)
    for (const s of call.scalars) this.pushPure(s)
    c.call(this.target.helpers.index(call.name))
    c.block('if')
    this.target.redispatch()
    c.end()
    if (call.destination)
      this.target.storeX(call.destination, 'x', 'i64', () => this.target.pushField(LAYOUT.arg0, 'i64'))
    if (!this.target.attendsAfterCalls) return
    this.target.pushField(LAYOUT.attention, 'i32')
    c.block('if')
    this.target.syncPc(4)
    this.target.redispatch()
    c.end()
  }

  /** Takes the interrupt that is due before the next instruction, where `when` holds. */
  attend(when: Node): void {
    const c = this.code
    this.push(when)
    c.block('if')
    this.target.syncPc(4)
    c.call(this.target.helpers.index('takePending'))
    c.op('drop')
    this.target.redispatch()
    c.end()
  }

  #when(when: Node | undefined, value: Node | undefined, body: () => void): void {
    if (!when) {
      body()
      return
    }
    if (value) this.materialise(value)
    this.push(when)
    this.code.block('if')
    body()
    this.code.end()
  }

  /** TLB lookup inline, slow path by call; without a slow path a miss leaves the code. */
  #access(range: RangeNode, facts: AccessFacts): void {
    const c = this.code
    this.materialise(range.address)
    const set = range.mode === 'load' ? 0 : TLB_SET_BYTES
    const entry = this.target.local('i32')
    const host = this.target.local('i32')
    const place = this.target.nextGroup?.()
    range.host.local = host
    if (place) {
      this.#accessInGroup(range, facts, place, entry, host)
      return
    }
    this.#pushHit(range.address, 0, range.bytes, facts, entry, set)
    if (!this.target.leaveForMiss) {
      c.block('if', 'i32')
      this.#pushHost(range.address, entry, set)
      c.else()
      this.#pushSlowAccess(range.address, facts, host)
      c.end()
    } else if (facts.alignBytes > 1 || range.mode === 'atomic' || facts.flags & ACCESS.zva) {
      // It may not be a miss but misalignment.
      c.op('i32.eqz')
      c.block('if')
      this.target.leaveForMiss()
      c.end()
      this.#pushHost(range.address, entry, set)
    } else {
      c.block('if', 'i32')
      this.#pushHost(range.address, entry, set)
      c.else()
      this.#pushProbe(range, facts, host)
      c.end()
    }
    c.set(host)
  }

  /**
   * The first access of a group checks the page of all; each then goes by what it found. Where the group crosses into another page, or any
   * of it would miss, each is checked for itself.
   */
  #accessInGroup(
    range: RangeNode,
    facts: AccessFacts,
    { group, offset }: GroupPlace,
    entry: number,
    host: number,
  ): void {
    const c = this.code
    const set = group.isStore ? TLB_SET_BYTES : 0
    range.bias = offset
    if (group.host < 0) {
      group.host = this.target.local('i32')
      this.#pushHit(range.address, -offset, group.span, facts, entry, set)
      c.block('if', 'i32')
      this.#pushHost(range.address, entry, set, -offset)
      c.else()
      c.i32(0)
      c.end()
      c.set(group.host)
    }
    // Each access asks in its own words: where V8 sees the same condition again it keeps what it was in a register, which costs more.
    c.get(group.host)
    c.i32(++group.asked)
    c.op('i32.lt_u')
    c.block('if', 'i32')
    this.#pushProbe(range, facts, host)
    if (offset !== 0) {
      c.i32(offset)
      c.op('i32.sub')
    }
    c.else()
    c.get(group.host)
    c.end()
    c.set(host)
  }

  /**
   * Leaves whether the TLB serves `bytes` from `address + offset` on, and its entry in a local. The tag is compared with the page of the last
   * byte, so that an access that crosses a page misses; misalignment that must fault is sent to the slow path too.
   */
  #pushHit(address: Node, offset: number, bytes: number, facts: AccessFacts, entry: number, set: number): void {
    const c = this.code
    const pushAt = (distance: number): void => {
      this.push(address)
      if (distance === 0) return
      c.i64(BigInt(distance))
      c.op('i64.add')
    }
    pushAt(offset)
    c.op('i32.wrap_i64')
    c.i32(8)
    c.op('i32.shr_u')
    c.i32(TLB_PLACE_MASK)
    c.op('i32.and')
    this.target.pushTlb((facts.flags & ACCESS.unprivileged) !== 0)
    c.op('i32.add')
    c.tee(entry)
    c.mem('i64.load', this.target.cpuBase + set)
    pushAt(offset + bytes - 1)
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
    if (facts.base && this.target.pushSpMisaligned(facts.base)) {
      c.op('i32.eqz')
      c.op('i32.and')
    }
  }

  /** Leaves the linear-memory address that a TLB entry gives, plus `offset`. */
  #pushHost(address: Node, entry: number, set: number, offset = 0): void {
    const c = this.code
    c.get(entry)
    c.mem('i32.load', this.target.cpuBase + set + 8)
    this.push(address)
    c.op('i32.wrap_i64')
    if (offset !== 0) {
      c.i32(offset)
      c.op('i32.add')
    }
    c.op('i32.add')
  }

  /** Leaves the linear-memory address of an access that the inline check did not find, or leaves the code. */
  #pushProbe({ address, bytes, mode }: RangeNode, { flags, base }: AccessFacts, host: number): void {
    const c = this.code
    if (base && this.target.pushSpMisaligned(base)) {
      c.block('if')
      this.target.leaveForMiss?.()
      c.end()
    }
    const isUnprivileged = (flags & ACCESS.unprivileged) !== 0
    this.push(address)
    this.target.pushTlb(isUnprivileged)
    c.i32(probeAccess(bytes, mode !== 'load', isUnprivileged))
    c.call(this.target.helpers.index('probe'))
    c.tee(host)
    c.op('i32.eqz')
    c.block('if')
    this.target.leaveForMiss?.()
    c.end()
    c.get(host)
  }

  /** Leaves the linear-memory address that the run-time gives, or dispatches again where it took a fault. */
  #pushSlowAccess(address: Node, facts: AccessFacts, host: number): void {
    const c = this.code
    this.target.syncPc(0)
    this.push(address)
    c.op('i32.wrap_i64')
    this.push(address)
    c.i64(32n)
    c.op('i64.shr_u')
    c.op('i32.wrap_i64')
    this.target.pushKind(facts)
    c.call(this.target.helpers.index('access'))
    c.tee(host)
    c.op('i32.eqz')
    c.block('if')
    this.target.redispatch()
    c.end()
    c.get(host)
  }

  #helper(e: Extract<Effect, { kind: 'helper' }>): void {
    const c = this.code
    for (const result of e.results) result.local = this.target.local(result.type)
    for (const node of [...e.scalars, ...e.slots]) this.materialise(node)
    const call = (): void => {
      e.slots.forEach((node, i) => {
        c.i32(this.target.cpuBase)
        this.push(node)
        c.mem('i64.store', LAYOUT.helper + i * 8)
      })
      for (const s of e.scalars) this.push(s)
      c.call(this.target.helpers.index(e.name))
      e.results.forEach((result, i) => {
        c.i32(this.target.cpuBase)
        c.mem(`${result.type}.load` as OpName, LAYOUT.helper + i * 16)
        c.set(result.local)
      })
    }
    if (!e.unless) {
      call()
      return
    }
    const { fast, otherwise } = e.unless
    for (const node of otherwise) this.materialise(node)
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
}
