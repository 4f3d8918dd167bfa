/** Integer arithmetic. */

import type { Bits, Size, Width } from '../../isa/ops.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import { crc32 } from '../crypto/crc32.ts'
import type { Node } from '../node.ts'
import { asBits, nodeOf } from './opaque.ts'
import { TruthBuilder } from './truths.ts'

/** Computes with integers of 32 and 64 bits. */
export abstract class IntegerBuilder extends TruthBuilder {
  add(a: Bits, b: Bits): Bits {
    return asBits(this.binary('add', nodeOf(a), nodeOf(b)))
  }
  sub(a: Bits, b: Bits): Bits {
    return asBits(this.binary('sub', nodeOf(a), nodeOf(b)))
  }
  mul(a: Bits, b: Bits): Bits {
    return asBits(this.binary('mul', nodeOf(a), nodeOf(b)))
  }
  and(a: Bits, b: Bits): Bits {
    return asBits(this.binary('and', nodeOf(a), nodeOf(b)))
  }
  or(a: Bits, b: Bits): Bits {
    return asBits(this.binary('or', nodeOf(a), nodeOf(b)))
  }
  xor(a: Bits, b: Bits): Bits {
    return asBits(this.binary('xor', nodeOf(a), nodeOf(b)))
  }
  not(a: Bits): Bits {
    return asBits(this.binary('xor', nodeOf(a), this.constant(-1n, nodeOf(a).type)))
  }
  neg(a: Bits): Bits {
    return asBits(this.binary('sub', this.constant(0n, nodeOf(a).type), nodeOf(a)))
  }
  private shift(name: string, a: Bits, amount: Bits): Bits {
    const value = nodeOf(a)
    const by = this.is64(value) ? this.to64(nodeOf(amount), false) : this.to32(nodeOf(amount))
    return asBits(this.binary(name, value, by))
  }
  lsl(a: Bits, amount: Bits): Bits {
    return this.shift('shl', a, amount)
  }
  lsr(a: Bits, amount: Bits): Bits {
    return this.shift('shr_u', a, amount)
  }
  asr(a: Bits, amount: Bits): Bits {
    return this.shift('shr_s', a, amount)
  }
  ror(a: Bits, amount: Bits): Bits {
    return this.shift('rotr', a, amount)
  }
  clz(a: Bits): Bits {
    return asBits(this.wasm(`${nodeOf(a).type}.clz` as OpName, nodeOf(a).type, nodeOf(a)))
  }
  ctz(a: Bits): Bits {
    return asBits(this.wasm(`${nodeOf(a).type}.ctz` as OpName, nodeOf(a).type, nodeOf(a)))
  }
  popcount(a: Bits): Bits {
    return asBits(this.wasm(`${nodeOf(a).type}.popcnt` as OpName, nodeOf(a).type, nodeOf(a)))
  }
  /** Swaps neighbouring groups of `group` bits. */
  private swap(a: Node, group: number, mask: bigint): Node {
    const m = this.constant(mask, a.type)
    const by = this.constant(BigInt(group), a.type)
    const high = this.binary('and', this.binary('shr_u', a, by), m)
    const low = this.binary('shl', this.binary('and', a, m), by)
    return this.binary('or', high, low)
  }
  rev(a: Bits, container: 16 | 32 | 64): Bits {
    let v = this.swap(nodeOf(a), 8, 0x00ff00ff00ff00ffn)
    if (container >= 32)
      v = this.is64(v) ? this.swap(v, 16, 0x0000ffff0000ffffn) : this.binary('rotr', v, this.constant(16n, 'i32'))
    if (container === 64) v = this.binary('rotr', v, this.constant(32n, 'i64'))
    return asBits(v)
  }
  rbit(a: Bits): Bits {
    let v = this.swap(nodeOf(a), 1, 0x5555555555555555n)
    v = this.swap(v, 2, 0x3333333333333333n)
    v = this.swap(v, 4, 0x0f0f0f0f0f0f0f0fn)
    return this.rev(asBits(v), this.is64(v) ? 64 : 32)
  }
  /** Four 32×32 partial products of two 64-bit values. */
  umulh(a: Bits, b: Bits): Bits {
    const [x, y] = [nodeOf(a), nodeOf(b)]
    const mask = this.constant(0xffffffffn, 'i64')
    const by32 = this.constant(32n, 'i64')
    const lo = (n: Node): Node => this.binary('and', n, mask)
    const hi = (n: Node): Node => this.binary('shr_u', n, by32)
    const mul = (p: Node, q: Node): Node => this.binary('mul', p, q)
    const add = (p: Node, q: Node): Node => this.binary('add', p, q)
    const [xl, xh, yl, yh] = [lo(x), hi(x), lo(y), hi(y)]
    const mid = add(mul(xh, yl), hi(mul(xl, yl)))
    const mid2 = add(mul(xl, yh), lo(mid))
    return asBits(add(add(mul(xh, yh), hi(mid)), hi(mid2)))
  }
  smulh(a: Bits, b: Bits): Bits {
    const [x, y] = [nodeOf(a), nodeOf(b)]
    const by63 = this.constant(63n, 'i64')
    const sign = (p: Node, q: Node): Node => this.binary('and', this.binary('shr_s', p, by63), q)
    return asBits(this.binary('sub', this.binary('sub', nodeOf(this.umulh(a, b)), sign(x, y)), sign(y, x)))
  }
  private divide(a: Bits, b: Bits, signed: boolean): Bits {
    const [x, y] = [nodeOf(a), nodeOf(b)]
    return asBits(this.node({ kind: 'divide', signed }, x.type, [x, y]))
  }
  udiv(a: Bits, b: Bits): Bits {
    return this.divide(a, b, false)
  }
  sdiv(a: Bits, b: Bits): Bits {
    return this.divide(a, b, true)
  }
  zeroExtend(a: Bits, bits: number, w: Width): Bits {
    let v = nodeOf(a)
    const own = this.is64(v) ? 64 : 32
    if (w === 32) v = this.to32(v)
    if (bits < Math.min(own, w)) v = this.binary('and', v, this.constant((1n << BigInt(bits)) - 1n, v.type))
    return asBits(w === 64 ? this.to64(v, false) : v)
  }
  signExtend(a: Bits, bits: number, w: Width): Bits {
    let v = nodeOf(a)
    const own = this.is64(v) ? 64 : 32
    if (w === 32) v = this.to32(v)
    else if (own === 32 && bits < 32) v = this.to64(v, false)
    if (bits === 32 && own === 32 && w === 64) return asBits(this.to64(v, true))
    const width = this.is64(v) ? 64 : 32
    if (bits < width) {
      const native = bits === 8 ? 'extend8_s' : bits === 16 ? 'extend16_s' : bits === 32 ? 'extend32_s' : undefined
      if (native) v = this.wasm(`${v.type}.${native}` as OpName, v.type, v)
      else {
        const by = this.constant(BigInt(width - bits), v.type)
        v = this.binary('shr_s', this.binary('shl', v, by), by)
      }
    }
    return asBits(w === 64 ? this.to64(v, true) : v)
  }
  low32(a: Bits): Bits {
    return asBits(this.to32(nodeOf(a)))
  }
  crc32(acc: Bits, value: Bits, sizeBytes: Size, castagnoli: boolean): Bits {
    const v = this.to64(nodeOf(value), false)
    const high = this.to32(this.binary('shr_u', v, this.constant(32n, 'i64')))
    return asBits(crc32(nodeOf(acc), this.to32(v), high, sizeBytes, castagnoli))
  }
}
