/** System registers, PSTATE and system instructions: plain storage here, everything else by calls of the run-time. */

import { MSR_IMM, WFX } from '../../exception/kind.ts'
import type { Operand } from '../../isa/dsl.ts'
import { LAYOUT } from '../../state.ts'
import { sysRegEncoding } from '../../sysreg/encoding.ts'
import { SPSR } from '../../sysreg/fields.ts'
import { rowNumbered, rowOf, type SysRegRow, slotOfRow } from '../../sysreg/table.ts'
import type { Node, SystemCall } from '../node.ts'
import { ControlBuilder } from './control.ts'
import { nodeOf } from './opaque.ts'

const DAIF = sysRegEncoding(3, 3, 4, 2, 1)
const CURRENT_EL = sysRegEncoding(3, 0, 4, 2, 2)

/** What system instructions do. */
export abstract class SystemBuilder extends ControlBuilder {
  private call(name: string, scalars: readonly Node[], slots: readonly Node[] = [], destination?: Operand): SystemCall {
    return { name, scalars, slots, destination, leaves: false }
  }
  private system(call: SystemCall): void {
    this.terminate({ kind: 'system', ...call })
  }
  private require(condition: Node, otherwise: SystemCall): void {
    this.effects.push({ kind: 'require', condition, otherwise })
  }
  private isEl1(): Node {
    return this.state(LAYOUT.el, 'i32')
  }

  /** What must hold for an access to a register that is storage. */
  private requireAccess(row: SysRegRow, direction: 'r' | 'w', otherwise: SystemCall): void {
    if (row.notCurrentSp) this.require(this.binary('and', this.isEl1(), this.state(LAYOUT.spsel, 'i32')), otherwise)
    else if (!row.el0.includes(direction) || row.el0Sctlr) this.require(this.isEl1(), otherwise)
  }
  readStoredSysReg(Rt: Operand, encoding: number): void {
    const row = rowNumbered(rowOf(encoding))
    this.requireAccess(row, 'r', this.call('mrs', [this.constant(BigInt(encoding), 'i32')], [], Rt))
    const value =
      encoding === DAIF
        ? this.to64(this.state(LAYOUT.daif, 'i32'), false)
        : encoding === CURRENT_EL
          ? this.constant(1n << 2n, 'i64')
          : this.state(slotOfRow(rowOf(encoding)), 'i64')
    this.commits.push({ kind: 'x', operand: Rt, role: 'x', value })
  }
  writeStoredSysReg(Rt: Operand, encoding: number): void {
    const row = rowNumbered(rowOf(encoding))
    const value = nodeOf(this.readX(Rt, 64))
    this.requireAccess(row, 'w', this.call('msr', [this.constant(BigInt(encoding), 'i32')], [value]))
    if (encoding === DAIF) {
      this.writeDaif(
        this.binary('and', this.wasm('i32.wrap_i64', 'i32', value), this.constant(BigInt(SPSR.DAIF), 'i32')),
      )
      return
    }
    const masked = row.mask === undefined ? value : this.binary('and', value, this.constant(row.mask, 'i64'))
    this.commits.push({ kind: 'state', offset: slotOfRow(rowOf(encoding)), name: 'i64.store', value: masked })
  }
  private writeDaif(value: Node): void {
    this.commits.push({ kind: 'state', offset: LAYOUT.daif, name: 'i32.store', value })
    const open = this.binary('xor', value, this.constant(0xffff_ffffn, 'i32'))
    this.terminate({ kind: 'attend', when: this.binary('and', open, this.state(LAYOUT.pendingLines, 'i32')) })
  }
  writePstate(imm: Operand, encoding: number): void {
    const field = this.derived((v) => v, [imm], 16)
    const call = this.call('msrImm', [this.constant(BigInt(encoding), 'i32'), field])
    if (encoding !== MSR_IMM.DAIFSet && encoding !== MSR_IMM.DAIFClr) {
      this.system(call)
      return
    }
    this.require(this.isEl1(), call)
    const daif = this.state(LAYOUT.daif, 'i32')
    if (encoding === MSR_IMM.DAIFSet) {
      const bits = this.derived((v) => v << 6, [imm], 16)
      const value = this.binary('or', daif, bits)
      this.commits.push({ kind: 'state', offset: LAYOUT.daif, name: 'i32.store', value })
    } else
      this.writeDaif(
        this.binary(
          'and',
          daif,
          this.derived((v) => ~(v << 6) & SPSR.DAIF, [imm], 16),
        ),
      )
  }

  wait(kind: 'WFI' | 'WFE' | 'YIELD' | 'SEV' | 'SEVL'): void {
    if (kind === 'YIELD') return
    const code = WFX[kind.toLowerCase() as 'wfi' | 'wfe' | 'sev' | 'sevl']
    this.system(this.call('wfx', [this.constant(BigInt(code), 'i32')]))
  }
  readSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.system(this.call('mrs', [this.derived(encoding, fields, 16)], [], Rt))
  }
  writeSysReg(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.system(this.call('msr', [this.derived(encoding, fields, 16)], [nodeOf(this.readX(Rt, 64))]))
  }
  sys(Rt: Operand, encoding: (...values: number[]) => number, ...fields: Operand[]): void {
    this.system(this.call('sys', [this.derived(encoding, fields, 16)], [nodeOf(this.readX(Rt, 64))]))
  }
}
