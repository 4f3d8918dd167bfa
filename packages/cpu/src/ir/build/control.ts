/** Ways an instruction ends: branches, exceptions and calls for system registers. */

import { EXCEPTION, WFX } from '../../exception/kind.ts'
import type { Operand } from '../../isa/dsl.ts'
import type { Bits, Bool, ExceptionKind } from '../../isa/ops.ts'
import type { Node, Terminator } from '../node.ts'
import { ExclusiveBuilder } from './exclusives.ts'
import { ExecError } from './exec-error.ts'
import { asBits, nodeOf } from './opaque.ts'

/** Ends an instruction elsewhere than behind it. */
export abstract class ControlBuilder extends ExclusiveBuilder {
  private terminate(terminator: Terminator): void {
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
  private system(name: string, scalars: readonly Node[], slots: readonly Node[] = [], destination?: Operand): void {
    this.terminate({ kind: 'system', name, scalars, slots, destination })
  }
  exception(kind: ExceptionKind, imm: Operand | number): void {
    const code = EXCEPTION[kind.toLowerCase() as 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'undefined']
    const value = typeof imm === 'number' ? this.constant(BigInt(imm), 'i32') : this.derived((v) => v, [imm], 16)
    this.system('exception', [this.constant(BigInt(code), 'i32'), value])
  }
  eret(): void {
    this.system('eret', [])
  }
  wait(kind: 'WFI' | 'WFE' | 'YIELD' | 'SEV' | 'SEVL'): void {
    if (kind === 'YIELD') return
    this.system('wfx', [this.constant(BigInt(WFX[kind.toLowerCase() as 'wfi' | 'wfe' | 'sev' | 'sevl']), 'i32')])
  }
  readSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.system('mrs', [this.derived(encoding, fields, 16)], [], Rt)
  }
  readStoredSysReg(encoding: number, anywhere: boolean): Bits {
    const result = this.value('i64')
    this.effects.push({ kind: 'stored', encoding, anywhere, result })
    return asBits(result)
  }
  writeSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.system('msr', [this.derived(encoding, fields, 16)], [nodeOf(this.readX(Rt, 64))])
  }
  sys(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.system('sys', [this.derived(encoding, fields, 16)], [nodeOf(this.readX(Rt, 64))])
  }
  writePstate(imm: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.system('msrImm', [this.derived(encoding, fields, 16), this.derived((v) => v, [imm], 16)])
  }
}
