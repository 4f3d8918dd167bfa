/** The system side of one vCPU: what generated code calls for memory, exceptions and system registers, and what a hypervisor controls. */

import type { CodePages } from './code-pages.ts'
import type { CpuExit, CpuHost } from './cpu-host.ts'
import { Core, type InterruptLine } from './exception/core.ts'
import type { HostDebug } from './exception/debug.ts'
import { EXCEPTION, WFX } from './exception/kind.ts'
import { isLegalMode } from './exception/pstate.ts'
import type { Routines } from './exception/routines.ts'
import { EC, ISS_COND_ALWAYS, makeEsr } from './exception/syndrome.ts'
import type { LinearMemory } from './memory.ts'
import { DataPath } from './mmu/data-path.ts'
import { PERM } from './mmu/fault.ts'
import { FetchPath } from './mmu/fetch-path.ts'
import type { Stage2Registers } from './mmu/stage2.ts'
import type { TlbStatistics } from './mmu/tlb.ts'
import { type CpuState, LAYOUT, TLB_INVALID, X_SP } from './state.ts'
import { SCTLR, SPSR } from './sysreg/fields.ts'
import { InstructionPath } from './sysreg/instructions.ts'
import type { CpuModel } from './sysreg/model.ts'
import { RegisterPath } from './sysreg/register-path.ts'

/** What a {@link System} is made of. */
export interface SystemParts {
  readonly state: CpuState
  readonly memory: LinearMemory
  readonly host: CpuHost
  readonly model: CpuModel
  readonly code: CodePages
}

/** PSTATE after reset: EL1h, all interrupts masked. */
const RESET_PSTATE = SPSR.DAIF | 5

/**
 * System registers, exceptions and MMU of one vCPU.
 *
 * Imports of generated code return 0 to go on with the next instruction and 1 when `LAYOUT.pc` says where to go on, except `access`
 * and `refill` (an address, or 0) and `execLookup` (1 when `LAYOUT.rec` is valid). Whenever the loop must be left, {@link System.exit} is set (or,
 * for an interrupt, a step or an endless fault, it is not) and `LAYOUT.attention` is 1.
 */
export class System {
  readonly state: CpuState
  readonly #core: Core
  readonly #data: DataPath
  readonly #fetch: FetchPath
  readonly #registers: RegisterPath
  readonly #instructions: InstructionPath

  constructor(parts: SystemParts) {
    const { state, host, model, code } = parts
    this.state = state
    this.#core = new Core(state, host, model, (kind, imm) => this.#raise(kind, imm))
    this.#data = new DataPath(this.#core, code)
    this.#fetch = new FetchPath(this.#core, code)
    this.#registers = new RegisterPath(this.#core, model)
    this.#instructions = new InstructionPath(this.#core)
    const { exception, eret } = this.#core.routines
    this.exception = exception
    this.eret = eret
    this.reset()
  }

  /** Tells the vCPUs of one VM of each other, so that broadcast TLB invalidation reaches all of them. */
  static connect(systems: readonly System[]): void {
    const cores = systems.map((system) => system.#core)
    for (const system of systems) system.#instructions.peers = cores
  }

  // Imports of generated code.

  readonly access = (vaLo: number, vaHi: number, kind: number): number => this.#data.access(vaLo, vaHi, kind)
  readonly storeDone = (): void => this.#data.storeDone()
  readonly refill = (vaLo: number, vaHi: number, access: number): number => this.#data.refill(vaLo, vaHi, access)
  readonly execLookup = (): number => this.#fetch.lookup()
  /** The encoding is op0 << 14 | op1 << 11 | CRn << 7 | CRm << 3 | op2; values go through `LAYOUT.arg0`. */
  readonly mrs = (word: number): number => this.#registers.mrs(word & 0xffff)
  readonly msr = (word: number): number => this.#registers.msr(word & 0xffff)
  readonly msrImm = (op: number, imm: number): number => this.#registers.msrImm(op, imm)
  readonly sys = (word: number): number => this.#instructions.sys(word & 0xffff)

  /** Takes the exception of an instruction; `kind` is of {@link EXCEPTION}. */
  readonly exception: Routines['exception']
  /** ERET; UNDEFINED at EL0. */
  readonly eret: Routines['eret']

  #raise(kind: number, imm: number): number {
    const core = this.#core
    const { state } = this
    const isEl0 = state.get32(LAYOUT.el) === 0
    switch (kind) {
      case EXCEPTION.hvc:
      case EXCEPTION.smc:
        if (isEl0) {
          core.undefined()
        } else if (kind === EXCEPTION.hvc) {
          core.advance()
          core.leave({ kind: 'hvc', imm: imm & 0xffff })
        } else {
          core.leave({ kind: 'smc', imm: imm & 0xffff })
        }
        break
      case EXCEPTION.brk:
        core.takeBrk(imm & 0xffff)
        break
      case EXCEPTION.fpTrap:
        core.takeSynchronous(makeEsr(EC.fpTrap, ISS_COND_ALWAYS))
        break
      case EXCEPTION.illegalState:
        core.takeSynchronous(makeEsr(EC.illegalState, 0))
        break
      case EXCEPTION.pcAlignment:
        core.takeWithFar(makeEsr(EC.pcAlignment, 0), state.get32(LAYOUT.pc), state.get32(LAYOUT.pc + 4))
        break
      default:
        core.undefined()
    }
    return 1
  }

  /**
   * WFI, WFE, SEV, SEVL; `kind` is of {@link WFX}. WFI leaves the loop unless an interrupt is pending, masked or not. WFE without an
   * event gives up the rest of the slice, as what it waits for may be another vCPU.
   */
  readonly wfx = (kind: number): number => {
    const core = this.#core
    const { state } = this
    if (kind === WFX.sev || kind === WFX.sevl) {
      state.set32(LAYOUT.event, 1)
      return 0
    }
    if (core.pendingLines !== 0) return 0
    const isWfe = kind === WFX.wfe
    if (isWfe && state.get32(LAYOUT.event)) {
      state.set32(LAYOUT.event, 0)
      return 0
    }
    if (state.get32(LAYOUT.el) === 0 && !(core.sctlr & (isWfe ? SCTLR.nTWE : SCTLR.nTWI))) {
      core.takeSynchronous(makeEsr(EC.wfx, ISS_COND_ALWAYS | (isWfe ? 1 : 0)))
      return 1
    }
    core.advance()
    core.leave({ kind: isWfe ? 'slice' : 'wfi' })
    return 1
  }

  // The hypervisor's side.

  /** The pending exit; whoever acts on it sets it to undefined. */
  get exit(): CpuExit | undefined {
    return this.#core.exit
  }
  set exit(exit: CpuExit | undefined) {
    this.#core.exit = exit
  }

  /** Raises or lowers an interrupt input. An SError lowers itself when taken. */
  setInterruptLine(line: InterruptLine, level: boolean): void {
    this.#core.setLine(line, level)
  }

  /** True when an interrupt line is raised, masked or not: what ends a WFI. */
  get hasPendingInterrupt(): boolean {
    return this.#core.pendingLines !== 0
  }

  /**
   * Takes what is due before the instruction at PC: an interrupt, an Illegal Execution state exception, a software step exception.
   * Call it before entering the loop.
   */
  takePendingInterrupt(): boolean {
    return this.#core.takePending()
  }

  /** How the hypervisor debugs the guest; undefined while it does not. */
  get hostDebug(): HostDebug | undefined {
    return this.#core.debug.host
  }
  set hostDebug(debug: HostDebug | undefined) {
    this.#core.debug.host = debug
  }

  /**
   * Injects an abort into EL1 as KVM does, at the current PC.
   * @param far what FAR_EL1 shall report.
   * @param fsc fault status code: 0x10 for a synchronous external abort, 0 for an address size fault at level 0.
   */
  injectAbort(kind: 'data' | 'prefetch', far: bigint, fsc = 0x10): void {
    const lo = Number(far & 0xffff_ffffn)
    this.#core.debug.endInstruction()
    this.#core.takeAbort(kind === 'prefetch', fsc, Number((far >> 32n) & 0xffff_ffffn), lo)
  }

  /** Injects an UNDEFINED exception into EL1 at the current PC. */
  injectUndefined(): void {
    this.#core.debug.endInstruction()
    this.#core.undefined()
  }

  /** Makes an SError interrupt pending, with ISS[24:0] of its syndrome. */
  injectSError(iss = 0): void {
    this.#core.serrorIss = iss & 0x1ffffff
    this.#core.setLine('serror', true)
  }

  /** True while an injected SError is not yet taken. */
  get isSErrorPending(): boolean {
    return (this.#core.pendingLines & SPSR.A) !== 0
  }

  /** Sets VTTBR_EL2 and VTCR_EL2, or with undefined lets IPAs be host addresses. Drops all translations. */
  setStage2(registers: Stage2Registers | undefined): void {
    this.#core.mmu.configureStage2(registers)
  }

  /** Forgets the translation of the stage-2 mapping that holds an intermediate physical address. */
  tlbiIpa(ipa: number): void {
    const { stage2, tlb } = this.#core.mmu
    stage2.forget(ipa)
    tlb.dropIpa(ipa)
  }

  /** A physical page becomes code: no write TLB may map it. */
  dropWrites(page: number): void {
    this.#core.mmu.tlb.dropWrites(page)
  }

  /** The records are gone that the exec TLBs point to. */
  dropExec(): void {
    this.#core.mmu.tlb.dropExec()
  }

  get tlbStatistics(): TlbStatistics {
    return this.#core.mmu.tlb.statistics
  }

  /** Forgets all translations of the VM. */
  tlbiVmid(): void {
    const { stage2, tlb } = this.#core.mmu
    stage2.forgetAll()
    tlb.dropAll()
  }

  /** CNTVOFF_EL2: the virtual counter is the physical one minus this many ticks. */
  get counterOffset(): number {
    return this.#core.counterOffset
  }
  set counterOffset(ticks: number) {
    this.#core.counterOffset = ticks
  }

  /** A system register by its encoding; undefined when this CPU has none such, or the hypervisor itself keeps it. */
  getReg(encoding: number): bigint | undefined {
    return this.#registers.get(encoding)
  }
  /** @returns false when this CPU has no such register. */
  setReg(encoding: number, value: bigint): boolean {
    return this.#registers.set(encoding, value)
  }

  /** PSTATE in the format of SPSR_EL1, as KVM's core register has it. */
  get pstate(): number {
    return this.#core.debug.guestPstate(this.#core.routines.packPstate()) >>> 0
  }
  /** Sets all of PSTATE and swaps the stack pointers accordingly. @throws {RangeError} when the mode is not EL0t, EL1t or EL1h. */
  set pstate(value: number) {
    if (!isLegalMode(value)) throw new RangeError(`PSTATE 0x${value.toString(16)} is not of EL0t, EL1t or EL1h`)
    const ss = this.state.get32(LAYOUT.ss)
    this.#core.routines.unpackPstate(value | 0)
    this.#core.debug.pstateSet(ss, false)
  }

  /**
   * Translates an address for a debugger: reading, at the current EL, PAN aside. Changes nothing.
   * @returns the host address, or undefined where the guest would fault.
   */
  translateVa(va: bigint): number | undefined {
    const { mmu } = this.#core
    const regime = this.state.get32(LAYOUT.el) === 0 ? 0 : 1
    const hi = Number((va >> 32n) & 0xffff_ffffn)
    return mmu.translate(hi, Number(va & 0xffff_ffffn), regime, PERM.read, false) ? mmu.pa : undefined
  }

  /** Warm reset: PSTATE EL1h with interrupts masked, general registers zero, system registers at their reset values, PC 0. */
  reset(): void {
    const { state } = this
    for (let n = 0; n <= X_SP; n++) state.set64(LAYOUT.x + n * 8, 0n)
    for (let n = 0; n < 32; n++) state.writeV(n, 0n)
    state.pc = 0n
    state.set32(LAYOUT.fpcr, 0)
    state.set32(LAYOUT.fpsr, 0)
    state.set64(LAYOUT.exclAddr, TLB_INVALID)
    // Banks are swapped by the mode change, so they are cleared after it.
    this.#core.routines.unpackPstate(RESET_PSTATE)
    this.#core.debug.pstateSet(0, true)
    this.#registers.reset()
    state.sp = 0n
    this.#core.pendingLines = 0
    this.#core.exit = undefined
    state.set32(LAYOUT.event, 0)
    this.reload()
  }

  /** Recomputes everything derived after the vCPU's block was overwritten, as by a snapshot. */
  reload(): void {
    const { mmu } = this.#core
    this.#core.translationChanged()
    this.#core.regimeChanged()
    mmu.stage2.forgetAll()
    mmu.tlb.dropAll()
    this.#core.debug.update()
  }
}
