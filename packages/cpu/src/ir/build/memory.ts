/** Accesses to guest memory. */

import { ACCESS } from '../../access-kind.ts'
import type { AccessOptions, Bits, Range, Size, Vec } from '../../isa/ops.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import { type AccessFacts, type Node, RangeNode } from '../node.ts'
import { ExecError } from './exec-error.ts'
import { FlagBuilder } from './flags.ts'
import { asBits, asVec, nodeOf } from './opaque.ts'

const loadNames: Record<Size, OpName> = { 1: 'i32.load8_u', 2: 'i32.load16_u', 4: 'i32.load', 8: 'i64.load' }
const storeNames: Record<string, OpName> = {
  'i32:1': 'i32.store8',
  'i32:2': 'i32.store16',
  'i32:4': 'i32.store',
  'i64:1': 'i64.store8',
  'i64:2': 'i64.store16',
  'i64:4': 'i64.store32',
  'i64:8': 'i64.store',
}
const SAS: Record<Size, number> = { 1: 0, 2: 1, 4: 2, 8: 3 }

/** Loads, stores and atomic updates of checked ranges. */
export abstract class MemoryBuilder extends FlagBuilder {
  access(address: Bits, bytes: number, mode: 'load' | 'store' | 'atomic', options: AccessOptions = {}): Range {
    const range = new RangeNode(nodeOf(address), bytes, mode)
    let flags = bytes
    if (mode !== 'load') flags |= ACCESS.store
    if (mode === 'atomic') flags |= ACCESS.atomic
    if (options.unprivileged) flags |= ACCESS.unprivileged
    if (options.ordered) flags |= ACCESS.aligned
    if (options.zva) flags |= ACCESS.zva
    const s = options.syndrome
    const facts: AccessFacts = {
      flags,
      alignBytes: options.ordered ? (options.alignBytes ?? bytes) : 1,
      base: options.base,
      Rt: s?.Rt,
      syndrome: s
        ? (1 << 10) |
          (SAS[s.size] << 8) |
          (s.signExtend ? 1 << 7 : 0) |
          (s.sixtyFour ? 2 : 0) |
          (s.acquireRelease ? 1 : 0)
        : 0,
    }
    this.effects.push({ kind: 'access', range, facts })
    return range as unknown as Range
  }
  loadAt(range: Range, offset: number, bytes: Size): Bits {
    const result = this.value(bytes === 8 ? 'i64' : 'i32')
    this.effects.push({ kind: 'load', range: range as unknown as RangeNode, offset, name: loadNames[bytes], result })
    return asBits(result)
  }
  loadVecAt(range: Range, offset: number): Vec {
    const result = this.value('v128')
    this.effects.push({ kind: 'load', range: range as unknown as RangeNode, offset, name: 'v128.load', result })
    return asVec(result)
  }
  private storeNode(range: RangeNode, offset: number, name: OpName, value: Node, when?: Node): void {
    // One storeDone a range, after its last store.
    const done = this.effects.findIndex((e) => e.kind === 'storeDone' && e.range === range)
    if (done >= 0) this.effects.splice(done, 1)
    const condition = when ? { when } : {}
    this.effects.push({ kind: 'store', range, offset, name, value, ...condition })
    this.effects.push({ kind: 'storeDone', range, ...condition })
  }
  /** Stores the low bytes of an integer, where `when` holds. */
  protected storeInteger(range: Range, offset: number, bytes: Size, value: Node, when?: Node): void {
    const name = storeNames[`${value.type}:${bytes}`]
    if (!name) throw new ExecError(`store of ${bytes} bytes from ${value.type}`)
    this.storeNode(range as unknown as RangeNode, offset, name, value, when)
  }
  storeAt(range: Range, offset: number, bytes: Size, value: Bits): void {
    this.storeInteger(range, offset, bytes, nodeOf(value))
  }
  storeVecAt(range: Range, offset: number, value: Vec): void {
    this.storeNode(range as unknown as RangeNode, offset, 'v128.store', nodeOf(value))
  }
  load(address: Bits, bytes: Size, options?: AccessOptions): Bits {
    return this.loadAt(this.access(address, bytes, 'load', options), 0, bytes)
  }
  store(address: Bits, bytes: Size, value: Bits, options?: AccessOptions): void {
    this.storeAt(this.access(address, bytes, 'store', options), 0, bytes, value)
  }
  loadVec(address: Bits, options?: AccessOptions): Vec {
    return this.loadVecAt(this.access(address, 16, 'load', options), 0)
  }
  storeVec(address: Bits, value: Vec, options?: AccessOptions): void {
    this.storeVecAt(this.access(address, 16, 'store', options), 0, value)
  }
  memAtomic(address: Bits, bytes: Size, update: (old: Bits) => Bits, options?: AccessOptions): Bits {
    const range = this.access(address, bytes, 'atomic', { ...options, ordered: true })
    const old = this.loadAt(range, 0, bytes)
    this.storeAt(range, 0, bytes, update(old))
    return old
  }
  memCas(address: Bits, bytes: Size, expected: Bits, desired: Bits, options?: AccessOptions): Bits {
    return this.memAtomic(
      address,
      bytes,
      (old) => this.select(this.eq(old, bytes < 4 ? this.zeroExtend(expected, bytes * 8, 32) : expected), desired, old),
      options,
    )
  }
  memCasPair(
    address: Bits,
    bytes: 4 | 8,
    expected: readonly [Bits, Bits],
    desired: readonly [Bits, Bits],
    options?: AccessOptions,
  ): readonly [Bits, Bits] {
    const range = this.access(address, bytes * 2, 'atomic', { ...options, ordered: true })
    const old = [this.loadAt(range, 0, bytes), this.loadAt(range, bytes, bytes)] as const
    const equal = this.andB(this.eq(old[0], expected[0]), this.eq(old[1], expected[1]))
    this.storeAt(range, 0, bytes, this.select(equal, desired[0], old[0]))
    this.storeAt(range, bytes, bytes, this.select(equal, desired[1], old[1]))
    return old
  }
  barrier(_kind: 'DMB' | 'DSB' | 'ISB'): void {
    // One thread runs the guest in program order; a consumer for shared memory fences here.
  }
}
