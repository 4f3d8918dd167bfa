/** Exclusive loads and stores, and their monitor. */

import type { AccessOptions, Bits, Size } from '../../isa/ops.ts'
import { LAYOUT } from '../../state.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import type { Node } from '../node.ts'
import { MemoryBuilder } from './memory.ts'
import { asBits, asBool, nodeOf } from './opaque.ts'

/** Keeps the monitor as an address, a size and the value that was loaded: a store finds it held while memory has that value. */
export abstract class ExclusiveBuilder extends MemoryBuilder {
  private setState(offset: number, name: OpName, value: Node): void {
    this.effects.push({ kind: 'setState', offset, name, value })
  }
  private monitor(address: Bits, bytes: number, lo: Bits, hi: Bits | undefined): void {
    this.setState(LAYOUT.exclAddr, 'i64.store', nodeOf(address))
    this.setState(LAYOUT.exclLo, 'i64.store', this.to64(nodeOf(lo), false))
    this.setState(LAYOUT.exclHi, 'i64.store', hi ? this.to64(nodeOf(hi), false) : this.constant(0n, 'i64'))
    this.setState(LAYOUT.exclSize, 'i32.store', this.constant(BigInt(bytes), 'i32'))
  }
  loadExclusive(address: Bits, bytes: Size, options?: AccessOptions): Bits {
    const value = this.load(address, bytes, { ...options, ordered: true })
    this.monitor(address, bytes, value, undefined)
    return value
  }
  loadExclusivePair(address: Bits, bytes: 4 | 8, options?: AccessOptions): readonly [Bits, Bits] {
    const range = this.access(address, bytes * 2, 'load', { ...options, ordered: true })
    const values = [this.loadAt(range, 0, bytes), this.loadAt(range, bytes, bytes)] as const
    this.monitor(address, bytes * 2, values[0], values[1])
    return values
  }
  private storeHeld(address: Bits, bytes: Size, values: readonly Bits[], options?: AccessOptions): Bits {
    const total = bytes * values.length
    const range = this.access(address, total, 'atomic', { ...options, ordered: true })
    if (this.isMonitorHeld) {
      values.forEach((value, i) => {
        this.storeInteger(range, i * bytes, bytes, nodeOf(value))
      })
      this.clearExclusive()
      return this.const(0, 32)
    }
    const held = this.andB(
      this.eq(asBits(this.state(LAYOUT.exclAddr, 'i64')), address),
      this.eq(asBits(this.state(LAYOUT.exclSize, 'i32')), this.const(total, 32)),
    )
    let same = held
    values.forEach((_, i) => {
      const now = this.to64(nodeOf(this.loadAt(range, i * bytes, bytes)), false)
      same = this.andB(same, this.eq(asBits(now), asBits(this.state(i === 0 ? LAYOUT.exclLo : LAYOUT.exclHi, 'i64'))))
    })
    const when = this.truth(nodeOf(same))
    this.effects.push({ kind: 'evaluate', node: when })
    values.forEach((value, i) => {
      this.storeInteger(range, i * bytes, bytes, nodeOf(value), when)
    })
    this.clearExclusive()
    return this.fromBool(this.notB(asBool(when)), 32)
  }
  storeExclusive(address: Bits, bytes: Size, value: Bits, options?: AccessOptions): Bits {
    return this.storeHeld(address, bytes, [value], options)
  }
  storeExclusivePair(address: Bits, bytes: 4 | 8, values: readonly [Bits, Bits], options?: AccessOptions): Bits {
    return this.storeHeld(address, bytes, values, options)
  }
  clearExclusive(): void {
    this.commits.push({ kind: 'state', offset: LAYOUT.exclAddr, name: 'i64.store', value: this.constant(-1n, 'i64') })
  }
}
