/** Makes the nodes of an instruction's graph: constants, folded operations, changes of width. */

import type { Operand } from '../../isa/dsl.ts'
import type { OpName, ValueType } from '../../wasm/opcodes.ts'
import { foldBinary } from '../fold.ts'
import { type Commit, type Effect, Node, type NodeOp, type Terminator } from '../node.ts'
import { ExecError } from './exec-error.ts'

/** What every part of an instruction's meaning is made of, and the lists that it is recorded in. */
export abstract class NodeBuilder {
  readonly effects: Effect[] = []
  readonly commits: Commit[] = []
  terminator: Terminator = { kind: 'next' }
  readonly #derivations: { readonly op: Extract<NodeOp, { kind: 'derive' }>; readonly node: Node }[] = []

  protected node(op: NodeOp, type: ValueType, args: readonly Node[] = []): Node {
    return new Node(op, type, args)
  }
  protected wasm(name: OpName, type: ValueType, ...args: Node[]): Node {
    return new Node({ kind: 'wasm', name }, type, args)
  }
  protected constant(value: bigint, type: ValueType): Node {
    return this.node(
      { kind: 'const', value: BigInt.asUintN(type === 'i32' ? 32 : type === 'i64' ? 64 : 128, value) },
      type,
    )
  }
  /** `t.name` on two operands of one integer type. */
  protected binary(name: string, a: Node, b: Node, result?: ValueType): Node {
    if (a.type !== b.type || (a.type !== 'i32' && a.type !== 'i64'))
      throw new ExecError(`${name} of ${a.type} and ${b.type}`)
    const folded = foldBinary(name, a, b)
    if (folded === a || folded === b) return folded
    const type = result ?? a.type
    if (typeof folded === 'bigint') return this.constant(folded, type)
    return this.wasm(`${a.type}.${name}` as OpName, type, a, b)
  }
  protected state(offset: number, type: ValueType): Node {
    return this.node({ kind: 'state', offset }, type)
  }
  protected value(type: ValueType): Node {
    return this.node({ kind: 'value' }, type)
  }
  /** The same function of the same fields is one node, and so one operand of the record; of known fields it is a constant. */
  protected derived(fn: (...values: number[]) => bigint | number, fields: readonly Operand[], bits: number): Node {
    const values = fields.map((field) => this.known(field))
    if (values.every((value) => value !== undefined))
      return this.constant(BigInt(fn(...values)), bits <= 32 ? 'i32' : 'i64')
    const same = this.#derivations.find(
      ({ op }) =>
        op.fn === fn &&
        op.bits === bits &&
        op.fields.length === fields.length &&
        op.fields.every((f, i) => f === fields[i]),
    )
    if (same) return same.node
    const op = { kind: 'derive', fn, fields, bits } as const
    const node = this.node(op, bits <= 32 ? 'i32' : 'i64')
    this.#derivations.push({ op, node })
    return node
  }
  protected to64(a: Node, signed: boolean): Node {
    if (a.type === 'i64') return a
    if (a.constant !== undefined) return this.constant(signed ? BigInt.asIntN(32, a.constant) : a.constant, 'i64')
    return this.wasm(signed ? 'i64.extend_i32_s' : 'i64.extend_i32_u', 'i64', a)
  }
  protected to32(a: Node): Node {
    if (a.type === 'i32') return a
    if (a.constant !== undefined) return this.constant(a.constant, 'i32')
    if (a.op.kind === 'wasm' && (a.op.name === 'i64.extend_i32_u' || a.op.name === 'i64.extend_i32_s'))
      return a.args[0] as Node
    return this.wasm('i32.wrap_i64', 'i32', a)
  }
  protected is64(a: Node): boolean {
    return a.type === 'i64'
  }
  /** The value of an operand when this consumer knows it now. */
  protected known(operand: Operand): number | undefined {
    return (operand as { value?: number }).value
  }
}
