/** Registers and values of operand fields. */

import type { Operand } from '../../isa/dsl.ts'
import type { Bits, Bool, ESize, Vec, Width } from '../../isa/ops.ts'
import type { Node, RegisterRole } from '../node.ts'
import { ExecError } from './exec-error.ts'
import { NodeBuilder } from './nodes.ts'
import { asBits, asBool, asVec, nodeOf, typeOf } from './opaque.ts'

/** Reads and writes registers, and makes values of what the instruction word says. */
export abstract class OperandBuilder extends NodeBuilder {
  private readRegister(operand: Operand, role: RegisterRole, w: Width): Node {
    const known = this.known(operand)
    if (known === (role === 'next' ? 30 : 31) && role !== 'sp') return this.constant(0n, typeOf(w))
    return this.node({ kind: 'readX', operand, role }, typeOf(w))
  }
  readX(r: Operand, w: Width): Bits {
    return asBits(this.readRegister(r, 'x', w))
  }
  readXSP(r: Operand, w: Width): Bits {
    return asBits(this.readRegister(r, 'sp', w))
  }
  readXNext(r: Operand, w: Width): Bits {
    return asBits(this.readRegister(r, 'next', w))
  }
  private writeRegister(operand: Operand, role: RegisterRole, w: Width, value: Node): void {
    if (value.type !== typeOf(w)) throw new ExecError(`write of ${value.type} to a ${w}-bit register`)
    this.commits.push({ kind: 'x', operand, role, value })
  }
  writeX(r: Operand, w: Width, value: Bits): void {
    this.writeRegister(r, 'x', w, nodeOf(value))
  }
  writeXSP(r: Operand, w: Width, value: Bits): void {
    this.writeRegister(r, 'sp', w, nodeOf(value))
  }
  writeXNext(r: Operand, w: Width, value: Bits): void {
    this.writeRegister(r, 'next', w, nodeOf(value))
  }
  readV(r: Operand, plus = 0): Vec {
    return asVec(this.node({ kind: 'readV', operand: r, plus }, 'v128'))
  }
  writeV(r: Operand, bits: 8 | 16 | 32 | 64 | 128, value: Vec, plus = 0): void {
    this.commits.push({ kind: 'v', operand: r, plus, bits, value: nodeOf(value) })
  }
  readS(r: Operand, bits: ESize): Bits {
    return asBits(this.node({ kind: 'readS', operand: r, bits }, bits === 64 ? 'i64' : 'i32'))
  }
  writeS(r: Operand, bits: ESize, value: Bits): void {
    const node = nodeOf(value)
    if ((bits === 64) !== (node.type === 'i64')) throw new ExecError(`writeS ${bits} of ${node.type}`)
    this.commits.push({ kind: 's', operand: r, bits, value: node })
  }
  writeLR(value: Bits): void {
    this.commits.push({ kind: 'lr', value: nodeOf(value) })
  }
  pc(): Bits {
    return asBits(this.node({ kind: 'pc' }, 'i64'))
  }
  const(value: number | bigint, w: Width): Bits {
    return asBits(this.constant(BigInt(value), typeOf(w)))
  }
  derive(w: Width, fn: (...values: number[]) => bigint | number, ...fields: Operand[]): Bits {
    return asBits(this.derived(fn, fields, w))
  }
  deriveBool(fn: (...values: number[]) => boolean, ...fields: Operand[]): Bool {
    return asBool(this.derived((...v) => (fn(...v) ? 1 : 0), fields, 16))
  }
  imm(field: Operand, w: Width, shift = 0): Bits {
    if (shift === 0) return asBits(this.smallDerive((v) => v, [field], w))
    return this.derive(w, (v) => BigInt(v) << BigInt(shift), field)
  }
  /** A derived value that fits 16 bits unsigned at decode time but is used at width w. */
  private smallDerive(fn: (...values: number[]) => number, fields: readonly Operand[], w: Width): Node {
    const small = this.derived(fn, fields, 16)
    return w === 64 ? this.to64(small, false) : small
  }
  simm(field: Operand, bits: number, w: Width, shift = 0): Bits {
    const node = this.derived((v) => ((v << (32 - bits)) >> (32 - bits)) * 2 ** shift, [field], 32)
    return asBits(w === 64 ? this.to64(node, true) : node)
  }
}
