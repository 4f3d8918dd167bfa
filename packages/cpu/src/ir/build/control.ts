/** Ways an instruction ends: branches and exceptions. */

import { EXCEPTION } from '../../exception/kind.ts'
import type { Operand } from '../../isa/dsl.ts'
import type { Bits, Bool, ExceptionKind } from '../../isa/ops.ts'
import type { Node, Terminator } from '../node.ts'
import { ExclusiveBuilder } from './exclusives.ts'
import { ExecError } from './exec-error.ts'
import { nodeOf } from './opaque.ts'

/** Ends an instruction elsewhere than behind it. */
export abstract class ControlBuilder extends ExclusiveBuilder {
  protected terminate(terminator: Terminator): void {
    if (this.terminator.kind !== 'next') throw new ExecError('an instruction ends once')
    this.terminator = terminator
  }
  branchRelative(
    offset: (...values: number[]) => number,
    fields: readonly Operand[],
    options: { readonly when?: Bool; readonly link?: boolean } = {},
  ): void {
    if (options.link) this.writeLR(this.add(this.pc(), this.const(4, 64)))
    this.terminate({ kind: 'relative', offset, fields, when: options.when && this.truth(nodeOf(options.when)) })
  }
  branchTo(target: Bits, kind: 'jump' | 'call' | 'return'): void {
    this.terminate({ kind: 'indirect', target: nodeOf(target), how: kind })
  }
  private leave(name: string, scalars: readonly Node[]): void {
    this.terminate({ kind: 'system', name, scalars, slots: [], destination: undefined, leaves: true })
  }
  exception(kind: ExceptionKind, imm: Operand | number): void {
    const code = EXCEPTION[kind.toLowerCase() as 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'undefined']
    const value = typeof imm === 'number' ? this.constant(BigInt(imm), 'i32') : this.derived((v) => v, [imm], 16)
    this.leave('exception', [this.constant(BigInt(code), 'i32'), value])
  }
  eret(): void {
    this.leave('eret', [])
  }
}
