/** The state that all system-side paths share: registers' derived values, interrupt lines, the pending exit, exception entry. */

import type { CpuExit, CpuHost } from '../cpu-host.ts'
import { PERM } from '../mmu/fault.ts'
import { Mmu } from '../mmu/mmu.ts'
import type { CpuState } from '../state.ts'
import { LAYOUT } from '../state.ts'
import type { SysRegContext } from '../sysreg/context.ts'
import { SPSR } from '../sysreg/fields.ts'
import type { CpuModel } from '../sysreg/model.ts'
import { SLOT } from '../sysreg/slots.ts'
import { slotNamed } from '../sysreg/table.ts'
import { DebugUnit, FSC_DEBUG } from './debug.ts'
import { isLegalMode } from './pstate.ts'
import { createRoutines, type Routines, VECTOR } from './routines.ts'
import { EC, ISS_ABORT, makeEsr, msrTrapIss } from './syndrome.ts'

/** Names of the interrupt inputs. */
export type InterruptLine = 'irq' | 'fiq' | 'serror'

const LINE_BIT: Readonly<Record<InterruptLine, number>> = { irq: SPSR.I, fiq: SPSR.F, serror: SPSR.A }
const CSSELR = slotNamed('CSSELR_EL1')

/** The CPU's system state outside the register file. */
export class Core implements SysRegContext {
  readonly state: CpuState
  readonly host: CpuHost
  readonly mmu: Mmu
  readonly routines: Routines
  readonly debug: DebugUnit
  /** Why the loop must be left, until the run loop takes it. */
  exit: CpuExit | undefined
  lo = 0
  hi = 0
  counterOffset = 0
  sctlr = 0
  /** ISS of the next SError interrupt. */
  serrorIss = 0

  /** @param raise takes the exceptions of instructions, all but SVC; see the contract of the `exception` import. */
  constructor(state: CpuState, host: CpuHost, model: CpuModel, raise: (kind: number, imm: number) => number) {
    this.state = state
    this.host = host
    this.mmu = new Mmu(state.memory, state, model)
    this.debug = new DebugUnit(state, () => this.mmu.tlb.dropAll())
    this.routines = createRoutines(state.memory, state.base, {
      raise,
      returnSlowly: () => this.#returnSlowly(),
      takePending: () => {
        this.takePending()
        return 1
      },
    })
  }

  /** Raised interrupt lines at their DAIF bits. */
  get pendingLines(): number {
    return this.state.get32(LAYOUT.pendingLines)
  }
  set pendingLines(lines: number) {
    this.state.set32(LAYOUT.pendingLines, lines)
  }

  get osLock(): boolean {
    return (this.state.get32(SLOT.OSLSR) & 2) !== 0
  }
  set osLock(isLocked: boolean) {
    this.state.set32(SLOT.OSLSR, isLocked ? 0xa : 8)
  }
  get cacheSelector(): number {
    return this.state.get32(CSSELR)
  }

  translationChanged(): void {
    this.sctlr = this.state.get32(SLOT.SCTLR)
    this.mmu.configure()
    // Another ASID has other TLBs.
    this.routines.updateRegime()
  }
  regimeChanged(): void {
    this.routines.updateRegime()
  }
  debugChanged(): void {
    this.debug.update()
  }
  selectSp(spsel: number): void {
    this.routines.switchSp(this.state.get32(LAYOUT.el), spsel)
  }

  /** Moves `LAYOUT.pc` past the current instruction. */
  advance(): void {
    const { state } = this
    const lo = state.get32(LAYOUT.pc) + 4
    state.set32(LAYOUT.pc, lo)
    if (lo > 0xffffffff) state.set32(LAYOUT.pc + 4, state.get32(LAYOUT.pc + 4) + 1)
  }

  /** Leaves the interpreter loop at its next check. */
  leave(exit: CpuExit): void {
    // An SMC, as an aborted access, is executed by being repeated or skipped.
    if (exit.kind === 'abort' || exit.kind === 'smc') this.debug.cancelStep()
    else this.debug.endInstruction()
    if (exit.kind === 'debug') this.#openMonitor()
    this.exit = exit
    this.state.set32(LAYOUT.attention, 1)
  }

  /** An exception return opens the exclusive monitor, also the hypervisor's: an exclusive loop that is stepped never ends. */
  #openMonitor(): void {
    this.state.set32(LAYOUT.exclAddr, 0xffffffff)
    this.state.set32(LAYOUT.exclAddr + 4, 0xffffffff)
  }

  /** Takes a synchronous exception with its syndrome. */
  takeSynchronous(esr: number): void {
    const { state } = this
    this.debug.cancelStep()
    state.set32(SLOT.ESR, esr)
    state.set32(SLOT.ESR + 4, 0)
    this.routines.takeException(VECTOR.sync)
  }

  /** Takes a synchronous exception that also reports an address. */
  takeWithFar(esr: number, farLo: number, farHi: number): void {
    const { state } = this
    state.set32(SLOT.FAR, farLo)
    state.set32(SLOT.FAR + 4, farHi)
    this.takeSynchronous(esr)
  }

  /** Takes the exception of an UNDEFINED instruction. */
  undefined(): void {
    this.takeSynchronous(makeEsr(EC.unknown, 0))
  }

  /**
   * ERET in all cases. An SPSR_EL1 that names a mode which does not exist returns to the same EL with PSTATE.IL set, so that the next
   * instruction raises an Illegal Execution state exception. The exclusive monitor is cleared.
   */
  #returnSlowly(): number {
    const { state, routines } = this
    if (state.get32(LAYOUT.el) === 0) {
      this.undefined()
      return 1
    }
    const spsr = state.get32(SLOT.SPSR)
    const steppable = !this.debug.isStepActive
    state.set32(LAYOUT.pc, state.get32(SLOT.ELR))
    state.set32(LAYOUT.pc + 4, state.get32(SLOT.ELR + 4))
    if (isLegalMode(spsr)) {
      routines.unpackPstate(spsr | 0)
      // PSTATE.SS is taken from SPSR only on a return from where stepping is off to where it is on.
      if (!(steppable && this.debug.isStepActive)) state.set32(LAYOUT.ss, 0)
    } else {
      const mode = (state.get32(LAYOUT.el) << 2) | state.get32(LAYOUT.spsel)
      routines.unpackPstate((spsr & ~(SPSR.SS | 0x1f)) | SPSR.IL | mode)
    }
    this.#openMonitor()
    state.set32(LAYOUT.event, 1)
    this.takePending()
    return 1
  }

  /** Takes the trap of a system instruction or register access to EL1; the syndrome's Rt comes from the instruction itself. */
  trapSystem(encoding: number, isRead: number): void {
    const { state, mmu } = this
    const el = state.get32(LAYOUT.el)
    const isReadable = mmu.translate(state.get32(LAYOUT.pc + 4), state.get32(LAYOUT.pc), el, PERM.exec, false)
    const Rt = isReadable ? (state.memory.u32[mmu.pa >>> 2] as number) & 31 : 31
    this.takeSynchronous(makeEsr(EC.msrTrap, msrTrapIss(encoding, Rt, isRead)))
  }

  /**
   * Acts on the MMU's fault for an address: stage 1 goes to EL1, stage 2 to the hypervisor.
   * @param validIss ISS[24:14] in place, for a data access that could be emulated; 0 otherwise.
   * @param flags of {@link ISS_ABORT}: what the access was.
   */
  takeFault(vaHi: number, vaLo: number, isFetch: boolean, validIss: number, flags: number): void {
    const { fault } = this.mmu
    const wnr = !isFetch && fault.isWrite ? ISS_ABORT.WnR : 0
    if (!fault.isStage2) {
      this.takeAbort(isFetch, wnr | flags | fault.fsc, vaHi, vaLo)
      return
    }
    const iss = (fault.isWalk ? ISS_ABORT.S1PTW : validIss) | wnr | flags | fault.fsc
    const esr = makeEsr(isFetch ? EC.instructionAbortLower : EC.dataAbortLower, iss)
    const far = (BigInt(vaHi >>> 0) << 32n) | BigInt(vaLo >>> 0)
    this.leave({ kind: 'abort', esr, far, ipa: fault.ipa })
  }

  /** Takes an instruction or data abort to EL1. */
  takeAbort(isFetch: boolean, iss: number, vaHi: number, vaLo: number): void {
    const isSame = this.state.get32(LAYOUT.el) !== 0 ? 1 : 0
    const ec = (isFetch ? EC.instructionAbortLower : EC.dataAbortLower) + isSame
    this.takeWithFar(makeEsr(ec, iss), vaLo, vaHi)
  }

  /** Raises or lowers an interrupt line; an unmasked one draws the loop's attention. */
  setLine(line: InterruptLine, level: boolean): void {
    const bit = LINE_BIT[line]
    this.pendingLines = level ? this.pendingLines | bit : this.pendingLines & ~bit
    if (this.isInterruptDue()) this.state.set32(LAYOUT.attention, 1)
  }

  /** True when a raised line is not masked. */
  isInterruptDue(): boolean {
    return (this.pendingLines & ~this.state.get32(LAYOUT.daif)) !== 0
  }

  /**
   * Takes the software step or the interrupt that is due, if any, else what PSTATE.IL demands of the instruction at `LAYOUT.pc`.
   * The architecture does not order interrupts; SError goes first, then FIQ, then IRQ. A taken SError is no longer pending.
   */
  takePending(): boolean {
    const { state } = this
    if (this.debug.isFetchWatched && this.takeStepIfDue()) return true
    const due = this.pendingLines & ~state.get32(LAYOUT.daif)
    if (due & SPSR.A) {
      this.pendingLines &= ~SPSR.A
      state.set32(SLOT.ESR, makeEsr(EC.serror, this.serrorIss))
      state.set32(SLOT.ESR + 4, 0)
      this.routines.takeException(VECTOR.serror)
      return true
    }
    if (due) {
      this.routines.takeException(due & SPSR.F ? VECTOR.fiq : VECTOR.irq)
      return true
    }
    if (state.get32(LAYOUT.il)) {
      this.takeSynchronous(makeEsr(EC.illegalState, 0))
      return true
    }
    return false
  }

  /** Takes the software step exception where an instruction was stepped, or something else took the place of one. */
  takeStepIfDue(): boolean {
    const { state, debug } = this
    if (state.get32(LAYOUT.ss) || !debug.isStepActive) return false
    const iss = debug.stepIss()
    this.#takeDebug(makeEsr(EC.softwareStepLower, iss))
    if (debug.host) state.set32(LAYOUT.ss, 1)
    return true
  }

  /** Takes the breakpoint exception of the instruction at `LAYOUT.pc`. */
  takeBreakpoint(): void {
    this.#takeDebug(makeEsr(EC.breakpointLower, FSC_DEBUG))
  }

  /** Takes the watchpoint exception of an access to an address. @param flags of {@link ISS_ABORT}. */
  takeWatchpoint(vaHi: number, vaLo: number, flags: number): void {
    const esr = makeEsr(EC.watchpointLower, flags | FSC_DEBUG)
    if (this.debug.host) {
      this.debug.cancelStep()
      this.leave({ kind: 'debug', esr, far: (BigInt(vaHi >>> 0) << 32n) | BigInt(vaLo >>> 0) })
      return
    }
    this.takeWithFar(esr + this.#fromSameEl(), vaLo, vaHi)
  }

  /** Takes the exception of a BRK. */
  takeBrk(imm: number): void {
    const esr = makeEsr(EC.brk, imm)
    this.debug.cancelStep()
    if (this.debug.host) this.leave({ kind: 'debug', esr, far: 0n })
    else this.takeSynchronous(esr)
  }

  /** To the hypervisor while it debugs, else to EL1. */
  #takeDebug(esr: number): void {
    if (this.debug.host) this.leave({ kind: 'debug', esr, far: 0n })
    else this.takeSynchronous(esr + this.#fromSameEl())
  }

  /** Classes of exceptions from a lower EL and from the same differ by one. */
  #fromSameEl(): number {
    return this.state.get32(LAYOUT.el) !== 0 ? 1 << 26 : 0
  }
}
