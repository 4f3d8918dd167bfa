/**
 * Debug exceptions: software step, breakpoints and watchpoints, of the guest itself or of the hypervisor, which takes them all while it
 * debugs (MDCR_EL2.TDE). [ARM] D2.
 */

import { type CpuState, LAYOUT } from '../state.ts'
import { MDSCR, SPSR } from '../sysreg/fields.ts'
import { SLOT } from '../sysreg/slots.ts'
import { guestDebugRegisters, slotNamed } from '../sysreg/table.ts'
import { Breakpoint, type DebugRegisters, Watchpoint } from './debug-match.ts'

/** How the hypervisor debugs. While it does, every debug exception is an exit, BRK among them. */
export interface HostDebug {
  /** Every instruction is an exit. */
  readonly step: boolean
  /** Breakpoints and watchpoints that stand in for the guest's own. */
  readonly registers?: DebugRegisters
}

const CONTEXTIDR = slotNamed('CONTEXTIDR_EL1')
/** SVC and HVC are done when their exceptions are taken; what else takes one has not happened. */
const CALL_MASK = 0xffe0001f
const SVC = 0xd4000001 | 0
const HVC = 0xd4000002 | 0
/** ISS of a software step exception: ISV, EX, and the fault status of all debug exceptions. [ARM] D24 ESR_EL2. */
const STEP = { ISV: 1 << 24, EX: 1 << 6 } as const
/** DFSC and IFSC of debug exceptions. */
export const FSC_DEBUG = 0x22

/** LDXR, LDAXR, LDXP, LDAXP. */
function isLoadExclusive(word: number): boolean {
  return (word & 0x3fe00000) === 0x08400000 || (word & 0xbfe00000) === (0x88600000 | 0)
}

/** What one CPU's debug logic knows. It changes no register: `Core` takes the exceptions. */
export class DebugUnit {
  readonly #state: CpuState
  readonly #dropTranslations: () => void
  #host: HostDebug | undefined
  #breakpoints: readonly Breakpoint[] = []
  #watchpoints: readonly Watchpoint[] = []
  /** PSTATE.SS of the guest while the hypervisor's stands in `LAYOUT.ss`. */
  #guestSs = 0
  /** Of the instruction stepped last: whether it was an exclusive load; undefined where an exception took its place. */
  #stepped: boolean | undefined
  #isInFlight = false
  /** Instruction fetches, or data accesses, must ask. Nothing of what is watched is ever in a TLB. */
  isFetchWatched = false
  isDataWatched = false

  /** @param dropTranslations empties the TLBs, so that what is watched now is asked about. */
  constructor(state: CpuState, dropTranslations: () => void) {
    this.#state = state
    this.#dropTranslations = dropTranslations
  }

  get host(): HostDebug | undefined {
    return this.#host
  }
  set host(debug: HostDebug | undefined) {
    const state = this.#state
    const wasStepping = this.isHostStepping
    this.#host = debug
    if (this.isHostStepping && !wasStepping) {
      this.#guestSs = state.get32(LAYOUT.ss)
      state.set32(LAYOUT.ss, 1)
    } else if (!this.isHostStepping && wasStepping) {
      state.set32(LAYOUT.ss, this.#guestSs)
    }
    this.update()
  }

  get isHostStepping(): boolean {
    return this.#host?.step === true
  }

  /** PSTATE of the guest from what the CPU has: the hypervisor's step is not the guest's to see. */
  guestPstate(pstate: number): number {
    return this.isHostStepping ? (pstate & ~SPSR.SS) | (this.#guestSs ? SPSR.SS : 0) : pstate
  }
  /** All of PSTATE was set from outside. A step that is due stays due unless `isReset`. */
  pstateSet(ssBefore: number, isReset: boolean): void {
    if (!this.isHostStepping) return
    this.#guestSs = this.#state.get32(LAYOUT.ss)
    this.#state.set32(LAYOUT.ss, isReset ? 1 : ssBefore)
  }

  /** Takes over MDSCR_EL1 and the breakpoint and watchpoint registers. */
  update(): void {
    const state = this.#state
    const mdscr = state.get32(SLOT.MDSCR)
    const own = mdscr & MDSCR.MDE ? guestDebugRegisters(state) : { breakpoints: [], watchpoints: [] }
    const { breakpoints, watchpoints } = this.#host?.registers ?? own
    const wasWatched = this.isFetchWatched || this.isDataWatched
    this.#breakpoints = Breakpoint.enabled(breakpoints)
    this.#watchpoints = Watchpoint.enabled(watchpoints, breakpoints)
    const isStepPossible = this.#host ? this.#host.step : (mdscr & MDSCR.SS) !== 0
    this.isFetchWatched = isStepPossible || this.#breakpoints.length > 0
    this.isDataWatched = this.#watchpoints.length > 0
    if (wasWatched || this.isFetchWatched || this.isDataWatched) this.#dropTranslations()
  }

  /** A debug exception can be taken from an EL with a PSTATE.D: to the hypervisor always. [ARM] D2.2. */
  #isEnabledFrom(el: number, daif: number): boolean {
    if (this.#host) return true
    const state = this.#state
    if (state.get32(SLOT.OSLSR) & 2) return false
    return el === 0 || ((state.get32(SLOT.MDSCR) & MDSCR.KDE) !== 0 && !(daif & SPSR.D))
  }

  #isEnabled(): boolean {
    return this.#isEnabledFrom(this.#state.get32(LAYOUT.el), this.#state.get32(LAYOUT.daif))
  }

  /** Software step is on here: the next instruction is stepped (PSTATE.SS = 1), or the exception is due (0). */
  get isStepActive(): boolean {
    if (this.#host) return this.#host.step
    return (this.#state.get32(SLOT.MDSCR) & MDSCR.SS) !== 0 && this.#isEnabled()
  }

  /** Instructions of a page must be fetched one by one, at an EL with whatever PSTATE.D. */
  isPageWatched(hi: number, lo: number, el: number): boolean {
    const mdscr = this.#state.get32(SLOT.MDSCR)
    const mayStep = this.#host ? this.#host.step : (mdscr & MDSCR.SS) !== 0 && (el === 0 || (mdscr & MDSCR.KDE) !== 0)
    return mayStep || this.#breakpoints.some((breakpoint) => breakpoint.isInPage(hi, lo))
  }

  /** A breakpoint is at an address. */
  hitsBreakpoint(hi: number, lo: number): boolean {
    if (this.#breakpoints.length === 0 || !this.#isEnabled()) return false
    const el = this.#state.get32(LAYOUT.el)
    const contextId = this.#state.get32(CONTEXTIDR)
    return this.#breakpoints.some((breakpoint) => breakpoint.matches(hi, lo, el, contextId))
  }

  /** A page of data must not be entered in a TLB. */
  isDataPageWatched(hi: number, lo: number): boolean {
    return this.isDataWatched && this.#watchpoints.some((watchpoint) => watchpoint.isInPage(hi, lo))
  }

  /**
   * The first watched byte of an access in one page, counted from its start; −1 for none.
   * @param access bit 0 reads, bit 1 writes.
   */
  watchedByte(hi: number, lo: number, sizeBytes: number, el: number, access: number): number {
    if (!this.#isEnabled()) return -1
    const contextId = this.#state.get32(CONTEXTIDR)
    let first = -1
    for (const watchpoint of this.#watchpoints) {
      const byte = watchpoint.firstByte(hi, lo, sizeBytes, el, access, contextId)
      if (byte >= 0 && (first < 0 || byte < first)) first = byte
    }
    return first
  }

  /** An instruction is about to be executed alone. Its step counts as done unless {@link DebugUnit.cancelStep} comes. */
  beginStep(word: number): void {
    if (!this.isStepActive) return
    const call = word & CALL_MASK
    this.#isInFlight = call !== SVC && call !== HVC
    this.#stepped = this.#isInFlight ? isLoadExclusive(word) : undefined
    this.#state.set32(LAYOUT.ss, 0)
  }

  /** The instruction under way ends without being executed: by a fault, or with an exit after which it is repeated. */
  cancelStep(): void {
    this.#stepped = undefined
    if (!this.#isInFlight) return
    this.#isInFlight = false
    this.#state.set32(LAYOUT.ss, 1)
  }

  /** What happens from here is not the doing of an instruction. */
  endInstruction(): void {
    this.#stepped = undefined
    this.#isInFlight = false
  }

  /** ISS of the step exception that is taken now. */
  stepIss(): number {
    const stepped = this.#stepped
    this.#stepped = undefined
    this.#isInFlight = false
    if (stepped === undefined) return FSC_DEBUG
    return STEP.ISV | (stepped ? STEP.EX : 0) | FSC_DEBUG
  }
}
