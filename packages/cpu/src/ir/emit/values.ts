/** Turns the values of a recorded instruction into WebAssembly. */

import type { Operand } from '../../isa/dsl.ts'
import type { Code } from '../../wasm/encoder.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import { Node } from '../node.ts'
import { operandOf } from '../record.ts'
import type { Target } from '../target.ts'

/** Number of a vector register whose operand is known. */
export function vectorIndex(operand: Operand, plus = 0): number {
  return ((operandOf(operand).value as number) + plus) & 31
}

/** An integer's bits as a number. */
function floatOf(node: Node): Node {
  return node.type === 'i64'
    ? new Node({ kind: 'wasm', name: 'f64.reinterpret_i64' }, 'f64', [node])
    : new Node({ kind: 'wasm', name: 'f32.reinterpret_i32' }, 'f32', [node])
}

/** The register whose low bits a node reads as a number. */
function readAsNumber(node: Node): { readonly operand: Operand; readonly bits: 32 | 64 } | undefined {
  if (node.op.kind !== 'wasm') return undefined
  const bits = node.op.name === 'f64.reinterpret_i64' ? 64 : node.op.name === 'f32.reinterpret_i32' ? 32 : undefined
  const source = node.args[0]?.op
  if (bits === undefined || source?.kind !== 'readS' || source.bits !== bits) return undefined
  return { operand: source.operand, bits }
}

/** Computes values onto the Wasm stack or into locals. */
export abstract class ValueEmitter {
  protected readonly target: Target
  protected readonly code: Code
  /** Values that got their locals on one of several ways only. */
  #conditional: Node[] | undefined

  constructor(target: Target) {
    this.target = target
    this.code = target.code
  }

  /** Leaves the value on the stack. */
  push(node: Node): void {
    const c = this.code
    if (node.local >= 0) {
      c.get(node.local)
      return
    }
    this.#compute(node)
    if (node.uses > 1 && node.op.kind !== 'const') {
      this.#keep(node)
      c.tee(node.local)
    }
  }

  #keep(node: Node): void {
    node.local = this.target.local(node.type)
    this.#conditional?.push(node)
  }

  /** Emits code on one of several ways: what it puts into locals is not there afterwards. */
  protected conditionally(emit: () => void): void {
    const outer = this.#conditional
    const kept: Node[] = []
    this.#conditional = kept
    emit()
    for (const node of kept) node.local = -1
    this.#conditional = outer
  }

  /** Leaves the value on the stack without keeping it in a local: for code on one of several ways. */
  pushPure(node: Node): void {
    if (node.local >= 0) this.code.get(node.local)
    else this.#compute(node, (arg) => this.pushPure(arg))
  }

  /** Computes the value into a local now. */
  protected materialise(node: Node): void {
    if (node.local >= 0 || node.op.kind === 'const') return
    this.#compute(node)
    this.#keep(node)
    this.code.set(node.local)
  }

  /** The number whose bits an integer is; undefined where that would have to be computed from the integer. */
  protected numberOf(node: Node): Node | undefined {
    const { op } = node
    const bits = node.type === 'i64' ? 64 : 32
    if (op.kind === 'wasm' && (op.name === 'i64.reinterpret_f64' || op.name === 'i32.reinterpret_f32'))
      return node.args[0]
    if (op.kind === 'readS' && op.bits === bits) return floatOf(node)
    if (op.kind !== 'wasm' || op.name !== 'select') return undefined
    const [a, b, condition] = node.args as [Node, Node, Node]
    if (!this.numberOf(a) && !this.numberOf(b)) return undefined
    return new Node(op, bits === 64 ? 'f64' : 'f32', [
      this.numberOf(a) ?? floatOf(a),
      this.numberOf(b) ?? floatOf(b),
      condition,
    ])
  }

  /**
   * Makes a value independent of registers and state that later code changes: what is shared goes to a local, what reads goes to a
   * local, the rest can be computed whenever it is asked for.
   */
  protected settle(node: Node): void {
    if (node.local >= 0 || node.op.kind === 'const') return
    const reads =
      node.op.kind === 'readX' || node.op.kind === 'readS' || node.op.kind === 'readV' || node.op.kind === 'state'
    if (reads || node.uses > 1) this.materialise(node)
    else for (const arg of node.args) this.settle(arg)
  }

  #compute(node: Node, push: (arg: Node) => void = (arg) => this.push(arg)): void {
    const c = this.code
    const { op } = node
    switch (op.kind) {
      case 'const':
        if (node.type === 'i32') c.i32(Number(BigInt.asIntN(32, op.value)))
        else if (node.type === 'i64') c.i64(op.value)
        else c.v128(op.value)
        return
      case 'wasm': {
        const read = readAsNumber(node)
        if (read && this.target.vectors) {
          this.target.vectors.pushFloat(vectorIndex(read.operand), read.bits)
          return
        }
        for (const arg of node.args) push(arg)
        c.op(op.name)
        if (op.lane !== undefined) c.out.byte(op.lane)
        if (op.shuffle) c.out.bytes(op.shuffle)
        return
      }
      case 'divide':
        this.#divide(node, op.signed, push)
        return
      case 'readX':
        this.target.pushX(op.operand, op.role, node.type as 'i32' | 'i64')
        return
      case 'readV': {
        if (this.target.vectors) {
          this.target.vectors.push(vectorIndex(op.operand, op.plus))
          return
        }
        const offset = this.target.pushV(op.operand, op.plus)
        c.mem('v128.load', offset)
        return
      }
      case 'readS': {
        if (this.target.vectors) {
          this.target.vectors.pushBits(vectorIndex(op.operand), op.bits)
          return
        }
        const offset = this.target.pushV(op.operand, 0)
        const name = { 8: 'i32.load8_u', 16: 'i32.load16_u', 32: 'i32.load', 64: 'i64.load' } as const
        c.mem(name[op.bits], offset)
        return
      }
      case 'derive':
        this.target.pushDerived(op.fn, op.fields, op.bits)
        return
      case 'pc':
        this.target.pushPc()
        return
      case 'state':
        this.target.pushField(op.offset, node.type as 'i32' | 'i64')
        return
      case 'table':
        if (node.args[0]) push(node.args[0])
        else c.i32(0)
        c.mem(op.name, this.target.cpuBase + op.offset)
        return
      case 'call':
        for (const arg of node.args) push(arg)
        c.call(this.target.helpers.index(op.name))
        return
      case 'fpLimit':
        if (!this.target.pushFpLimit) throw new Error('this code has no limit')
        this.target.pushFpLimit(op.form)
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

  /**
   * The host's division traps by zero, and where the most negative number is divided by -1. Branches around it cost nothing while they are
   * foretold; choosing another divisor, and the result afterwards, made each division six cycles longer.
   */
  #divide({ type, args }: Node, signed: boolean, push: (arg: Node) => void): void {
    const c = this.code
    const [x, y] = [this.target.local(type), this.target.local(type)]
    const isWide = type === 'i64'
    const constant = (value: number): void => (isWide ? c.i64(BigInt(value)) : c.i32(value))
    const op = (name: string): void => c.op(`${type}.${name}` as OpName)
    push(args[0] as Node)
    c.set(x)
    push(args[1] as Node)
    c.tee(y)
    op('eqz')
    c.block('if', type)
    constant(0)
    c.else()
    if (signed) {
      c.get(y)
      constant(-1)
      op('eq')
      c.block('if', type)
      constant(0)
      c.get(x)
      op('sub')
      c.else()
    }
    c.get(x)
    c.get(y)
    op(signed ? 'div_s' : 'div_u')
    if (signed) c.end()
    c.end()
  }
}
