/** Turns the values of a recorded instruction into WebAssembly. */

import type { Code } from '../../wasm/encoder.ts'
import type { OpName } from '../../wasm/opcodes.ts'
import type { Node } from '../node.ts'
import type { Target } from '../target.ts'

/** Computes values onto the Wasm stack or into locals. */
export abstract class ValueEmitter {
  protected readonly target: Target
  protected readonly code: Code

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
      node.local = this.target.local(node.type)
      c.tee(node.local)
    }
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
    node.local = this.target.local(node.type)
    this.code.set(node.local)
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
      case 'wasm':
        for (const arg of node.args) push(arg)
        c.op(op.name)
        if (op.lane !== undefined) c.out.byte(op.lane)
        if (op.shuffle) c.out.bytes(op.shuffle)
        return
      case 'readX':
        this.target.pushX(op.operand, op.role, node.type as 'i32' | 'i64')
        return
      case 'readV': {
        const offset = this.target.pushV(op.operand, op.plus)
        c.mem('v128.load', offset)
        return
      }
      case 'readS': {
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
}
