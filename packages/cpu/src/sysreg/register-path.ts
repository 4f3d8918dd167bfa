/** MRS, MSR (register) and MSR (immediate), and the hypervisor's access to the same registers. [ARM] C5.2, C6.2 MSR. */

import type { Core } from '../exception/core.ts'
import { MSR_IMM } from '../exception/kind.ts'
import { EC, ISS_COND_ALWAYS, makeEsr } from '../exception/syndrome.ts'
import { LAYOUT } from '../state.ts'
import { sysRegEncoding } from './encoding.ts'
import { SCTLR, SPSR } from './fields.ts'
import { type CpuModel, idRegisters } from './model.ts'
import { SLOT } from './slots.ts'
import { isReservedId, rowOf, type SysRegRow, slotOfRow, sysRegs, UNKNOWN_RESET } from './table.ts'

/** Write masks as halves, by row. */
const maskLo = Uint32Array.from(sysRegs, (row) => Number((row.mask ?? ~0n) & 0xffff_ffffn))
const maskHi = Uint32Array.from(sysRegs, (row) => Number(((row.mask ?? ~0n) >> 32n) & 0xffff_ffffn))

const { arg0 } = LAYOUT

/** One vCPU's system registers. */
export class RegisterPath {
  readonly #core: Core
  readonly #model: CpuModel

  constructor(core: Core, model: CpuModel) {
    this.#core = core
    this.#model = model
  }

  /** Gives every register its reset value. */
  reset(): void {
    const { state } = this.#core
    const ids = idRegisters(this.#model)
    sysRegs.forEach((row, n) => {
      const reset = row.id ? (ids[row.name] ?? 0n) : (row.reset ?? 0n)
      const value = reset === 'unknown' ? UNKNOWN_RESET & (row.mask ?? ~0n) : reset
      state.set64(slotOfRow(n), value)
    })
  }

  /** See the contract of the `mrs` import: 0 with the value in `LAYOUT.arg0`, or 1 after an exception. */
  mrs(encoding: number): number {
    const core = this.#core
    const { state } = core
    const n = rowOf(encoding)
    if (n < 0) {
      if (!isReservedId(encoding) || state.get32(LAYOUT.el) === 0) return this.#undefined()
      state.set32(arg0, 0)
      state.set32(arg0 + 4, 0)
      return 0
    }
    const row = sysRegs[n] as SysRegRow
    if (!this.#mayAccess(row, 1)) return 1
    if (row.host) return this.#readHost(encoding)
    if (row.read) {
      row.read(core, slotOfRow(n))
      state.set32(arg0, core.lo)
      state.set32(arg0 + 4, core.hi)
    } else {
      const slot = slotOfRow(n)
      state.set32(arg0, state.get32(slot))
      state.set32(arg0 + 4, state.get32(slot + 4))
    }
    return 0
  }

  #readHost(encoding: number): number {
    const { host, state } = this.#core
    const value = host.accessSysReg(encoding, false, 0n)
    if (value === undefined) return this.#undefined()
    state.set64(arg0, value)
    // Acknowledging an interrupt may raise or lower lines; a newly due one is taken at the loop's next check.
    return 0
  }

  /** See the contract of the `msr` import: the value is in `LAYOUT.arg0`; 1 when `LAYOUT.pc` says where to go on. */
  msr(encoding: number): number {
    const core = this.#core
    const { state } = core
    const n = rowOf(encoding)
    if (n < 0) return this.#undefined()
    const row = sysRegs[n] as SysRegRow
    if (!this.#mayAccess(row, 0)) return 1
    let isFetchedAnew = false
    if (row.host) {
      if (core.host.accessSysReg(encoding, true, state.get64(arg0)) === undefined) return this.#undefined()
    } else if (row.write) {
      isFetchedAnew = row.write(core, state.get32(arg0), state.get32(arg0 + 4), slotOfRow(n))
    } else if (this.#store(n, state.get32(arg0), state.get32(arg0 + 4)) && row.after) {
      isFetchedAnew = row.after(core)
    }
    return this.#next(isFetchedAnew)
  }

  /** Writes the bits that the mask lets through; true when the value changed. */
  #store(n: number, lo: number, hi: number): boolean {
    const { state } = this.#core
    const slot = slotOfRow(n)
    const oldLo = state.get32(slot)
    const oldHi = state.get32(slot + 4)
    const newLo = ((oldLo & ~(maskLo[n] as number)) | (lo & (maskLo[n] as number))) >>> 0
    const newHi = ((oldHi & ~(maskHi[n] as number)) | (hi & (maskHi[n] as number))) >>> 0
    if (newLo === oldLo && newHi === oldHi) return false
    state.set32(slot, newLo)
    state.set32(slot + 4, newHi)
    return true
  }

  /** Ends an instruction that may have unmasked an interrupt: 0, or 1 with the PC moved on. */
  #next(isFetchedAnew: boolean): number {
    const core = this.#core
    if (!isFetchedAnew && !core.isInterruptDue()) return 0
    core.advance()
    core.takePending()
    return 1
  }

  /** See the contract of the `msrImm` import; `op` is op1 << 3 | op2 (see {@link MSR_IMM}), `imm` is CRm. */
  msrImm(op: number, imm: number): number {
    const core = this.#core
    const { state } = core
    const isEl0 = state.get32(LAYOUT.el) === 0
    if (op === MSR_IMM.DAIFSet || op === MSR_IMM.DAIFClr) {
      if (isEl0 && !(core.sctlr & SCTLR.UMA)) {
        core.trapSystem(sysRegEncoding(0, 3, 4, imm, op & 7), 0)
        return 1
      }
      const bits = (imm & 15) << 6
      const daif = state.get32(LAYOUT.daif)
      state.set32(LAYOUT.daif, op === MSR_IMM.DAIFSet ? daif | bits : daif & ~bits & SPSR.DAIF)
      return this.#next(false)
    }
    if (isEl0) return this.#undefined()
    if (op === MSR_IMM.SPSel) {
      core.selectSp(imm & 1)
      return this.#next(true)
    }
    if (op !== MSR_IMM.PAN) return this.#undefined()
    if (state.get32(LAYOUT.pan) === (imm & 1)) return 0
    state.set32(LAYOUT.pan, imm & 1)
    core.regimeChanged()
    // The interpreter loop keeps the address of the data TLB in a local.
    return this.#next(true)
  }

  #undefined(): number {
    this.#core.undefined()
    return 1
  }

  /** Rights, EL0 traps, FP trap; false after the exception was taken. */
  #mayAccess(row: SysRegRow, isRead: number): boolean {
    const core = this.#core
    const { state } = core
    const isEl0 = state.get32(LAYOUT.el) === 0
    const rights = isEl0 ? row.el0 : row.el1
    const isAllowed = rights === 'rw' || rights === (isRead ? 'r' : 'w')
    const isCurrentSp = row.notCurrentSp && state.get32(LAYOUT.spsel) === 0
    if (!isAllowed || isCurrentSp) {
      core.undefined()
      return false
    }
    if (isEl0) {
      const { el0Sctlr = 0, el0Cntkctl = 0 } = row
      const isTrapped =
        (el0Sctlr && !(core.sctlr & el0Sctlr)) || (el0Cntkctl && !(state.get32(SLOT.CNTKCTL) & el0Cntkctl))
      if (isTrapped) {
        core.trapSystem(row.encoding, isRead)
        return false
      }
    }
    if (row.fp && state.get32(LAYOUT.fpDisabled)) {
      core.takeSynchronous(makeEsr(EC.fpTrap, ISS_COND_ALWAYS))
      return false
    }
    return true
  }

  /** A register's value for the hypervisor; undefined when there is no such register here (or it is the hypervisor's own). */
  get(encoding: number): bigint | undefined {
    const core = this.#core
    const n = rowOf(encoding)
    if (n < 0) return isReservedId(encoding) ? 0n : undefined
    const row = sysRegs[n] as SysRegRow
    if (row.host || row.el1 === 'w') return undefined
    const slot = slotOfRow(n)
    // DCZID_EL0 must not depend on the current EL here.
    if (!row.read || row.id) return core.state.get64(slot)
    row.read(core, slot)
    return (BigInt(core.hi) << 32n) | BigInt(core.lo)
  }

  /**
   * Sets a register for the hypervisor. ID registers take any value, others what a guest's write would keep.
   * @returns false when there is no such register here.
   */
  set(encoding: number, value: bigint): boolean {
    const core = this.#core
    const n = rowOf(encoding)
    if (n < 0) return isReservedId(encoding) && value === 0n
    const row = sysRegs[n] as SysRegRow
    if (row.host) return false
    const lo = Number(value & 0xffff_ffffn)
    const hi = Number((value >> 32n) & 0xffff_ffffn)
    if (row.write) row.write(core, lo, hi, slotOfRow(n))
    else if (row.read && !row.id) return row.name === 'OSLSR_EL1' && this.#setRaw(n, value)
    else if (row.el1 === 'r') this.#setRaw(n, value)
    else this.#store(n, lo, hi)
    row.after?.(core)
    return true
  }

  #setRaw(n: number, value: bigint): true {
    this.#core.state.set64(slotOfRow(n), value)
    return true
  }
}
