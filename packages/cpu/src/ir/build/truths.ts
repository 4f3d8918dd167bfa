/** Truth values, comparisons and choices. */

import type { Bits, Bool, Nzcv, Vec, Width } from '../../isa/ops.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import type { Node } from '../node.ts'
import { ExecError } from './exec-error.ts'
import { asBits, asBool, asVec, nodeOf } from './opaque.ts'
import { OperandBuilder } from './operands.ts'

/** Compares and chooses. A truth is an i32 of 0 or 1, or the sign bit of a value until somebody asks for more. */
export abstract class TruthBuilder extends OperandBuilder {
  /** Bool → i32 0/1. A sign node is materialised here. */
  protected truth(b: Node): Node {
    if (b.op.kind !== 'sign') return b
    const arg = b.args[0] as Node
    return this.wasm(`${arg.type}.lt_s` as OpName, 'i32', arg, this.constant(0n, arg.type))
  }
  /** Bool → i64 whose sign bit is the truth. */
  protected signWord(b: Node): Node {
    if (b.op.kind === 'sign') return this.to64(b.args[0] as Node, true)
    return this.binary('shl', this.to64(b, false), this.constant(63n, 'i64'))
  }
  /** Bool → i64 that is zero when true. */
  protected zeroWord(b: Node): Node {
    if (b.op.kind === 'wasm' && (b.op.name === 'i64.eqz' || b.op.name === 'i32.eqz'))
      return this.to64(b.args[0] as Node, false)
    return this.to64(this.binary('xor', this.truth(b), this.constant(1n, 'i32')), false)
  }
  private compare(name: string, a: Bits, b: Bits): Bool {
    return asBool(this.binary(name, nodeOf(a), nodeOf(b), 'i32'))
  }
  eq(a: Bits, b: Bits): Bool {
    return this.compare('eq', a, b)
  }
  ne(a: Bits, b: Bits): Bool {
    return this.compare('ne', a, b)
  }
  ltU(a: Bits, b: Bits): Bool {
    return this.compare('lt_u', a, b)
  }
  ltS(a: Bits, b: Bits): Bool {
    return this.compare('lt_s', a, b)
  }
  leU(a: Bits, b: Bits): Bool {
    return this.compare('le_u', a, b)
  }
  leS(a: Bits, b: Bits): Bool {
    return this.compare('le_s', a, b)
  }
  isZero(a: Bits): Bool {
    return asBool(this.wasm(`${nodeOf(a).type}.eqz` as OpName, 'i32', nodeOf(a)))
  }
  isNegative(a: Bits): Bool {
    return asBool(this.node({ kind: 'sign' }, 'i32', [nodeOf(a)]))
  }
  true(): Bool {
    return asBool(this.constant(1n, 'i32'))
  }
  false(): Bool {
    return asBool(this.constant(0n, 'i32'))
  }
  notB(a: Bool): Bool {
    return asBool(this.wasm('i32.eqz', 'i32', this.truth(nodeOf(a))))
  }
  andB(a: Bool, b: Bool): Bool {
    return asBool(this.binary('and', this.truth(nodeOf(a)), this.truth(nodeOf(b))))
  }
  orB(a: Bool, b: Bool): Bool {
    return asBool(this.binary('or', this.truth(nodeOf(a)), this.truth(nodeOf(b))))
  }
  xorB(a: Bool, b: Bool): Bool {
    const [x, y] = [nodeOf(a), nodeOf(b)]
    if (x.op.kind === 'sign' && y.op.kind === 'sign' && (x.args[0] as Node).type === (y.args[0] as Node).type) {
      return asBool(this.node({ kind: 'sign' }, 'i32', [this.binary('xor', x.args[0] as Node, y.args[0] as Node)]))
    }
    return asBool(this.binary('xor', this.truth(x), this.truth(y)))
  }
  fromBool(a: Bool, w: Width): Bits {
    const t = this.truth(nodeOf(a))
    return asBits(w === 64 ? this.to64(t, false) : t)
  }
  /** `a` where the condition holds, else `b`. */
  protected choose(condition: Node, a: Node, b: Node): Node {
    if (a.type !== b.type) throw new ExecError(`select of ${a.type} and ${b.type}`)
    const c = this.truth(condition)
    if (c.constant !== undefined) return c.constant ? a : b
    return this.wasm('select', a.type, a, b, c)
  }
  select(condition: Bool, a: Bits, b: Bits): Bits {
    return asBits(this.choose(nodeOf(condition), nodeOf(a), nodeOf(b)))
  }
  selectVec(condition: Bool, a: Vec, b: Vec): Vec {
    return asVec(this.choose(nodeOf(condition), nodeOf(a), nodeOf(b)))
  }
  selectNzcv(condition: Bool, a: Nzcv, b: Nzcv): Nzcv {
    const c = this.truth(nodeOf(condition))
    const sign = (x: Bool, y: Bool): Bool =>
      asBool(this.node({ kind: 'sign' }, 'i32', [this.choose(c, this.signWord(nodeOf(x)), this.signWord(nodeOf(y)))]))
    const z = this.choose(c, this.zeroWord(nodeOf(a.z)), this.zeroWord(nodeOf(b.z)))
    return {
      n: sign(a.n, b.n),
      z: asBool(this.wasm('i64.eqz', 'i32', z)),
      c: asBool(this.choose(c, this.truth(nodeOf(a.c)), this.truth(nodeOf(b.c)))),
      v: sign(a.v, b.v),
    }
  }
}
