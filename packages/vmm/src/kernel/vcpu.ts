/** `KVM_CREATE_VCPU`'s handle: one vCPU, from initialisation through `KVM_RUN` and its exits. [KVM-API] §4.12 */

import type { CpuExit, CpuHost } from '@armvisor/cpu'
import {
  KVM_ARM_DEV_EL1_PTIMER,
  KVM_ARM_DEV_EL1_VTIMER,
  KVM_ARM_VCPU_PMU_V3,
  KVM_ARM_VCPU_PSCI_0_2,
  KVM_ARM_VCPU_PTRAUTH_ADDRESS,
  KVM_ARM_VCPU_SVE,
  KVM_HYPERCALL_EXIT_SMC,
  sysRegIndex,
  type Vcpu,
  type VcpuExit,
  type VcpuInit,
} from '@armvisor/uapi'
import { type AbortVcpu, handleAbort, type Stage2Abort } from './abort.ts'
import { type CallOutcome, type CallResult, one } from './call-outcome.ts'
import type { CpuPort, HostFeatures, InjectedAbort } from './cpu-port.ts'
import type { DirtyRing } from './dirty-ring.ts'
import { hex, kvmError } from './fail.ts'
import { checkGuestDebug, type DebugCounts, type GuestDebug, hostDebugOf } from './guest-debug.ts'
import { callHypervisor } from './hypercall.ts'
import type { InstructionClock } from './instruction-clock.ts'
import type { KvmHost } from './kvm-host.ts'
import { completeMmio, decodeMmioData, type PendingMmio, skipInstruction } from './mmio.ts'
import type { PsciTarget } from './psci.ts'
import { getOneReg, type OneRegVcpu, setOneReg } from './regs/one-reg.ts'
import { regList } from './regs/reg-list.ts'
import { SveState } from './regs/sve-state.ts'
import { type SysRegRow, sysRegRows } from './regs/sys-reg-list.ts'
import { type VcpuStatistics, vcpuStatistics } from './stats.ts'
import { StolenTime } from './stolen-time.ts'
import { ArchTimers } from './timer.ts'
import { type AttributesVcpu, type PmuState, VcpuAttributes } from './vcpu-attributes.ts'
import { type EventsVcpu, getVcpuEvents, setVcpuEvents, type VcpuEvents } from './vcpu-events.ts'
import { checkedFeatures, hasFeature, withoutPowerOff } from './vcpu-features.ts'
import type { VcpuVm } from './vcpu-vm.ts'
import { accessDisabledSysReg, isGicRegister } from './vgic/system-registers.ts'
import type { VgicVcpu } from './vgic/vgic.ts'

/** States of `KVM_SET_MP_STATE`. [LINUX-UAPI] linux/kvm.h */
const KVM_MP_STATE_RUNNABLE = 0
const KVM_MP_STATE_STOPPED = 5
const KVM_MP_STATE_SUSPENDED = 10

const KVM_SYSTEM_EVENT_WAKEUP = 4

const MPIDR_EL1 = sysRegIndex(3, 0, 0, 0, 5)
const ESR_EL1 = sysRegIndex(3, 0, 5, 2, 0)
/** `KVM_ARM_VCPU_FINALIZE` of SVE. */
const finalizeSve = KVM_ARM_VCPU_SVE
/** Synchronous external abort, not on a table walk. [ARM] D24 DFSC */
const externalAbort = 0x10
/** EL1h with D, A, I and F masked. */
const resetPstate = 0x3c5

/**
 * Turns of the CPU in one `KVM_RUN` at most. The time slice ends a run long before; this ends it when the host's clock
 * stands still, as clocks of tests do.
 */
const maxTurns = 4096

/** Settings of the run loop. */
export interface VcpuTiming {
  /** Taken branches between two looks at the timers; with an {@link InstructionClock} instructions. */
  readonly sliceBudget: number
  /** Time after which a run returns `intr` so that the thread's other work gets its turn. */
  readonly sliceNs: number
}

const interrupted: VcpuExit = { reason: 'intr' }
const dirtyRingFull: VcpuExit = { reason: 'dirty_ring_full' }

/** MPIDR_EL1 of a vCPU id: 16 vCPUs a cluster, as GICv3's SGIs reach them. */
function mpidrOf(id: number): bigint {
  return 0x8000_0000n | BigInt((id & 15) | (((id >> 4) & 0xff) << 8) | ((id >> 12) << 16))
}

/** What a vCPU is made from. */
export interface VcpuOptions {
  readonly vm: VcpuVm
  readonly id: number
  readonly index: number
  readonly host: KvmHost
  readonly icount?: InstructionClock | undefined
  readonly timing: VcpuTiming
  readonly hostFeatures: HostFeatures
  readonly debugCounts: DebugCounts
  readonly dirtyRing: DirtyRing | undefined
  /** Makes or lends the CPU, when the vCPU is initialised. */
  readonly createCpu: (host: CpuHost) => CpuPort
}

/** A vCPU. Everything beyond {@link Vcpu} is for its VM, and for the file over it. */
export class KernelVcpu implements Vcpu, AbortVcpu, VgicVcpu, PsciTarget, OneRegVcpu, EventsVcpu, AttributesVcpu {
  readonly id: number
  /** Place among the vCPUs of the VM. */
  readonly index: number
  readonly timers: ArchTimers
  readonly vm: VcpuVm
  readonly bankedSpsr: BigUint64Array = new BigUint64Array(4)
  readonly kernelRegs: Map<number, bigint> = new Map()
  readonly cacheSizes: Map<number, bigint> = new Map()
  readonly statistics: VcpuStatistics = vcpuStatistics()
  readonly attributes: VcpuAttributes
  readonly pmu: PmuState = { irq: undefined, isCreated: false }
  readonly dirtyRing: DirtyRing | undefined
  stolenTimeBase: number | undefined
  immediateExit = false
  pendingMmio: PendingMmio | undefined
  /** Called when `run` has checked everything and the guest is about to be entered. */
  onEntry: (() => void) | undefined
  sysRegs: ReadonlyMap<number, SysRegRow> = new Map()
  sve: SveState | undefined
  /** Registers whose value the CPU holds in part only. */
  readonly #wideRegs = new Map<number, { readonly value: bigint; readonly kept: bigint }>()
  readonly #options: VcpuOptions
  readonly #host: KvmHost
  readonly #icount: InstructionClock | undefined
  readonly #timing: VcpuTiming
  readonly #stolenTime: StolenTime
  #cpu: CpuPort | undefined
  /** What `KVM_SET_GUEST_DEBUG` left. */
  #guestDebug: GuestDebug | undefined
  /** Feature word of KVM_ARM_VCPU_INIT without POWER_OFF; undefined before. */
  #features: number | undefined
  /** The whole word, which Linux 6.1 compares. */
  #featureWord = 0
  #mpState = KVM_MP_STATE_RUNNABLE
  /** The guest waits for an interrupt: WFI, or PSCI CPU_SUSPEND. */
  #isWaiting = false
  #isKicked = false
  #isClosed = false
  #hasRun = false
  #serrorEsr = 0n
  /** FAR_EL2 of the last abort that the vCPU left for. */
  #lastFar = 0n
  /** An exception to inject when the guest is entered next: its registers are the user's until then. */
  #pendingAbort: InjectedAbort | undefined
  /** Raised inputs of the CPU. */
  #irq = false
  #fiq = false
  /** Timers that are up, without an interrupt controller to tell: bits of `device_irq_level`. */
  #deviceIrqLevel = 0
  #hasNewIrqLevel = false
  #wait: { readonly promise: Promise<void>; readonly end: () => void } | undefined

  constructor(options: VcpuOptions) {
    const { vm, id, index, host, icount, timing } = options
    this.#options = options
    this.vm = vm
    this.id = id
    this.index = index
    this.dirtyRing = options.dirtyRing
    this.#host = host
    this.#icount = icount
    this.#timing = timing
    this.timers = new ArchTimers(vm.counter, (intid, level) => this.#timerLine(intid, level))
    this.timers.setIntids(vm.timerPpis[0], vm.timerPpis[1])
    this.attributes = new VcpuAttributes(this)
    this.#stolenTime = new StolenTime(host)
  }

  /** The CPU. There is one from KVM_ARM_VCPU_INIT on; all calls that need it check that. */
  get cpu(): CpuPort {
    if (this.#cpu === undefined) throw kvmError('ENOEXEC', 'KVM_RUN', `vCPU ${this.id} is not initialised`)
    return this.#cpu
  }
  /** The CPU if there is one yet. */
  get cpuIfAny(): CpuPort | undefined {
    return this.#cpu
  }
  get state(): CpuPort['state'] {
    return this.cpu.state
  }
  get mpidr(): bigint {
    return this.#features === undefined ? 0n : (this.cpu.getReg(MPIDR_EL1) ?? 0n)
  }
  get isStopped(): boolean {
    return this.#mpState === KVM_MP_STATE_STOPPED
  }
  /** Features without POWER_OFF, undefined before KVM_ARM_VCPU_INIT. */
  get features(): number | undefined {
    return this.#features
  }
  get hasPsci02(): boolean {
    return hasFeature(this.#features ?? 0, KVM_ARM_VCPU_PSCI_0_2)
  }
  get hasPmu(): boolean {
    return hasFeature(this.#features ?? 0, KVM_ARM_VCPU_PMU_V3)
  }
  get hasRas(): boolean {
    return this.#options.hostFeatures.ras === true
  }
  /** The vCPU has run once. */
  get hasRun(): boolean {
    return this.#hasRun
  }
  /** Bits of `kvm_run.s.regs.device_irq_level`: timers that are up where the user plays the interrupt controller. */
  get deviceIrqLevel(): number {
    return this.#deviceIrqLevel
  }
  get serror(): { isPending: boolean; esr: bigint } {
    return { isPending: this.#cpu?.isSErrorPending ?? false, esr: this.#serrorEsr }
  }

  init(init: VcpuInit): void {
    const call = 'KVM_ARM_VCPU_INIT'
    this.#checkOpen(call)
    const word = checkedFeatures(init, this.#options.hostFeatures)
    const features = withoutPowerOff(word)
    const { rules } = this.vm
    const compared = rules.hasVmWideFeatures ? features : word
    const own = rules.hasVmWideFeatures ? this.#features : this.#features === undefined ? undefined : this.#featureWord
    if (own !== undefined && own !== compared) {
      throw kvmError('EINVAL', call, `features ${hex(word)} differ from ${hex(own)}, which vCPU ${this.id} has`)
    }
    // Features belong to the VM: all vCPUs have the same, for good.
    if (
      rules.hasVmWideFeatures &&
      this.vm.vcpus.some((vcpu) => vcpu.features !== undefined && vcpu.features !== features)
    ) {
      throw kvmError('EINVAL', call, `features ${hex(features)} differ from those that this VM's vCPUs have`)
    }
    const isFirst = this.#features === undefined
    if (isFirst) this.#begin(features)
    this.#features = features
    this.#featureWord = word
    this.vm.vcpuInitialised(this)
    this.#reset(isFirst)
    this.#mpState = word !== features ? KVM_MP_STATE_STOPPED : KVM_MP_STATE_RUNNABLE
  }

  /** `KVM_ARM_VCPU_FINALIZE`. */
  finalize(feature: number): void {
    const call = 'KVM_ARM_VCPU_FINALIZE'
    this.checkInitialised(call)
    if (feature !== finalizeSve || this.sve === undefined) {
      throw kvmError('EINVAL', call, `feature ${feature} of vCPU ${this.id} needs no call`)
    }
    if (this.sve.isFinalized) throw kvmError('EPERM', call, 'the vector lengths are final already')
    this.sve.isFinalized = true
  }

  getOneReg(id: bigint): Uint8Array {
    this.checkInitialised('KVM_GET_ONE_REG')
    return getOneReg(this, id)
  }

  setOneReg(id: bigint, value: Uint8Array): void {
    this.setOneRegFrom(id, (sizeBytes) => {
      if (value.length >= sizeBytes) return value
      throw kvmError('EFAULT', 'KVM_SET_ONE_REG', `${value.length} bytes are fewer than the ${sizeBytes} of ${hex(id)}`)
    })
  }

  /** {@link Vcpu.setOneReg} with a value that is read when the id is known to be good. */
  setOneRegFrom(id: bigint, user: (sizeBytes: number) => Uint8Array): void {
    this.checkInitialised('KVM_SET_ONE_REG')
    setOneReg(this, id, user)
  }

  /** `KVM_GET_REG_LIST`. */
  getRegList(): bigint[] {
    const call = 'KVM_GET_REG_LIST'
    this.checkInitialised(call)
    this.#checkFinalized(call)
    return regList(this)
  }

  getVcpuEvents(): VcpuEvents {
    this.checkInitialised('KVM_GET_VCPU_EVENTS')
    return getVcpuEvents(this)
  }

  setVcpuEvents(events: VcpuEvents): void {
    this.checkInitialised('KVM_SET_VCPU_EVENTS')
    setVcpuEvents(this, events)
  }

  /** `KVM_SET_GUEST_DEBUG`. */
  setGuestDebug(debug: GuestDebug): void {
    this.#checkOpen('KVM_SET_GUEST_DEBUG')
    checkGuestDebug(debug)
    this.#guestDebug = debug
    if (this.#cpu !== undefined) this.#debugCpu(this.#cpu)
  }

  #debugCpu(cpu: CpuPort): void {
    cpu.setDebug(this.#guestDebug && hostDebugOf(this.#guestDebug, this.#options.debugCounts))
  }

  getMpState(): number {
    this.#checkOpen('KVM_GET_MP_STATE')
    return this.#mpState
  }

  setMpState(state: number): void {
    const call = 'KVM_SET_MP_STATE'
    this.#checkOpen(call)
    if (state !== KVM_MP_STATE_RUNNABLE && state !== KVM_MP_STATE_STOPPED && state !== KVM_MP_STATE_SUSPENDED) {
      throw kvmError('EINVAL', call, `state ${state} is none of arm64`, 'use 0 RUNNABLE, 5 STOPPED or 10 SUSPENDED')
    }
    this.#mpState = state
    this.#wake()
  }

  run(): VcpuExit {
    this.#prepareRun()
    this.#isKicked = false
    this.#completePendingMmio()
    if (this.immediateExit) return interrupted
    this.onEntry?.()
    this.#updateTimers()
    if (this.dirtyRing?.isFull === true) return dirtyRingFull
    if (this.#mpState === KVM_MP_STATE_STOPPED) return interrupted
    if (this.#mpState === KVM_MP_STATE_SUSPENDED) {
      // The state stays until the user honours the wake-up by making the vCPU runnable.
      return this.#isSignalled() ? { reason: 'system_event', type: KVM_SYSTEM_EVENT_WAKEUP, data: [] } : interrupted
    }
    if (this.#isWaiting && !this.#isSignalled()) return interrupted
    this.#isWaiting = false
    this.#takePendingAbort()
    this.#stolenTime.entered(this)
    const exit = this.#runGuest()
    if (exit === interrupted) this.statistics.add('signal_exits')
    this.#stolenTime.left(!this.#isBlocked())
    return exit
  }

  runnable(): Promise<void> {
    if (this.#wait !== undefined) return this.#wait.promise
    if (this.#isKicked || this.#isClosed || this.immediateExit || !this.#isBlocked()) return this.#host.yield()
    return this.#block()
  }

  kick(): void {
    this.#isKicked = true
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** Drives an input of the CPU: from the interrupt controller, or from `KVM_IRQ_LINE` where there is none. */
  setInterruptLine(line: 'irq' | 'fiq', level: boolean): void {
    if (line === 'irq') this.#irq = level
    else this.#fiq = level
    this.#cpu?.setInterruptLine(line, level)
    if (level) this.#wake()
  }

  injectAbort(abort: InjectedAbort): void {
    this.cpu.injectAbort(abort)
    if (!this.vm.rules.signExtendsEsr) return
    this.cpu.setReg(ESR_EL1, (this.cpu.getReg(ESR_EL1) ?? 0n) | 0xffff_ffff_0000_0000n)
  }

  pendSerror(esr: bigint): void {
    this.#serrorEsr = esr
    this.cpu.injectSError(Number(esr))
  }

  injectExternalAbort(): void {
    // The access is not completed any more: the abort takes its place.
    this.pendingMmio = undefined
    this.#pendingAbort = { kind: 'data', far: this.#lastFar, fsc: externalAbort }
  }

  /** Sets a register of the CPU. Bits that it does not have are kept beside it, as Linux keeps them in memory. */
  setCpuReg(index: number, value: bigint): void {
    this.cpu.setReg(index, value)
    const kept = this.cpu.getReg(index) ?? 0n
    if (kept === value) this.#wideRegs.delete(index)
    else this.#wideRegs.set(index, { value, kept })
  }

  /** A register of the CPU; with the bits beside it while the guest has not written it. */
  getCpuReg(index: number): bigint | undefined {
    const kept = this.cpu.getReg(index)
    const wide = this.#wideRegs.get(index)
    return wide !== undefined && wide.kept === kept ? wide.value : kept
  }

  /** The counter's offsets changed. */
  counterChanged(): void {
    if (this.#cpu === undefined) return
    this.#cpu.counterOffset = Number(this.vm.counter.offset)
    this.timers.reschedule()
  }

  turnOn(entry: bigint, context: bigint): void {
    this.#reset(false)
    this.cpu.state.pc = entry
    this.cpu.state.writeX(0, context)
    this.#mpState = KVM_MP_STATE_RUNNABLE
    this.#wake()
  }

  turnOff(): void {
    this.#mpState = KVM_MP_STATE_STOPPED
  }

  #runGuest(): VcpuExit {
    const endNs = this.#host.monotonicNs() + this.#timing.sliceNs
    for (let turn = 0; turn < maxTurns; turn++) {
      const exit = this.#handle(this.cpu.run(this.#sliceBudget()))
      if (exit !== undefined) return exit
      if (this.dirtyRing?.isFull === true) return dirtyRingFull
      if (this.immediateExit || this.#isKicked || this.#mpState !== KVM_MP_STATE_RUNNABLE) return interrupted
      this.#updateTimers()
      if (this.#hasNewIrqLevel) return this.#tellIrqLevel()
      if (this.#isWaiting) {
        if (!this.#isSignalled()) return interrupted
        this.#isWaiting = false
      }
      if (this.#host.monotonicNs() >= endNs) return interrupted
    }
    return interrupted
  }

  /** Instructions are counted up to the next timer, which is then raised at the same one in every run. */
  #sliceBudget(): number {
    const { sliceBudget } = this.#timing
    const deadlineNs = this.#icount && this.#nextDeadlineNs()
    if (this.#icount === undefined || deadlineNs === undefined) return sliceBudget
    return Math.min(sliceBudget, this.#icount.instructionsUntil(deadlineNs))
  }

  /** Time of the next line that a timer will raise. */
  #nextDeadlineNs(): number | undefined {
    const ownNs = this.timers.nextDeadlineNs()
    const deviceNs = this.#icount?.nextTimerNs
    return ownNs === undefined || deviceNs === undefined ? (ownNs ?? deviceNs) : Math.min(ownNs, deviceNs)
  }

  #updateTimers(): void {
    this.#icount?.runTimers()
    this.timers.update()
  }

  /** Where the user plays the interrupt controller, a timer's line that changed is the user's to see. */
  #tellIrqLevel(): VcpuExit {
    this.#hasNewIrqLevel = false
    return interrupted
  }

  #handle(exit: CpuExit): VcpuExit | undefined {
    this.statistics.add('exits')
    switch (exit.kind) {
      case 'slice':
        return undefined
      case 'wfi':
        this.statistics.add('wfi_exit_stat')
        this.#isWaiting = true
        return undefined
      case 'abort':
        return this.#abort(exit)
      case 'debug':
        return { reason: 'debug', hsr: exit.esr, hsrHigh: 0, far: exit.far }
      case 'smc':
        // An SMC traps before the PC moved.
        skipInstruction(this.cpu.state)
        if (this.vm.rules.answersSmc) return this.#hypercall(exit.imm, KVM_HYPERCALL_EXIT_SMC)
        this.state.writeX(0, 0xffff_ffff_ffff_ffffn)
        return undefined
      case 'hvc':
        this.statistics.add('hvc_exit_stat')
        return this.#hypercall(exit.imm, 0n)
    }
  }

  #abort(abort: Stage2Abort): VcpuExit | undefined {
    this.#lastFar = abort.far
    const { outcome, exit } = handleAbort(this.vm, this, abort)
    if (outcome === 'device') this.statistics.add('mmio_exit_kernel')
    else if (exit?.reason === 'mmio') this.statistics.add('mmio_exit_user')
    this.vm.events?.stage2Fault?.({ ipa: abort.ipa, esr: abort.esr, vcpu: this.index, outcome })
    return exit
  }

  #hypercall(imm: number, flags: bigint): VcpuExit | undefined {
    const { state } = this.cpu
    // Of an SMC other immediates are reserved; that of an HVC means nothing. [SMCCC] §2.9
    if (imm !== 0 && flags === KVM_HYPERCALL_EXIT_SMC) {
      state.writeX(0, 0xffff_ffff_ffff_ffffn)
      return undefined
    }
    const args: CallResult = [state.readX(0), state.readX(1), state.readX(2), state.readX(3)]
    const nr = BigInt.asUintN(32, args[0])
    const action = this.vm.smcccFilter.actionOf(Number(nr))
    // The user answers it all: registers stay as they are.
    if (action === 'forward') return { reason: 'hypercall', nr, flags }
    const outcome: CallOutcome = action === 'deny' ? one(-1n) : callHypervisor(this.vm, this.index, args)
    outcome.result?.forEach((value, n) => {
      state.writeX(n, value)
    })
    if (outcome.isWaiting) this.#isWaiting = true
    return outcome.exit
  }

  #completePendingMmio(): void {
    const pending = this.pendingMmio
    if (pending === undefined) return
    this.pendingMmio = undefined
    completeMmio(this.cpu.state, pending.syndrome, decodeMmioData(pending.data), this.vm.quirks)
  }

  #takePendingAbort(): void {
    const abort = this.#pendingAbort
    this.#pendingAbort = undefined
    if (abort !== undefined) this.injectAbort(abort)
  }

  #timerLine(intid: number, level: boolean): void {
    if (this.vm.hasIrqchip) {
      this.vm.vgic?.setPpi(this.index, intid, level)
      return
    }
    const bit = intid === this.vm.timerPpis[0] ? KVM_ARM_DEV_EL1_VTIMER : KVM_ARM_DEV_EL1_PTIMER
    const levels = level ? this.#deviceIrqLevel | bit : this.#deviceIrqLevel & ~bit
    if (levels === this.#deviceIrqLevel) return
    this.#deviceIrqLevel = levels
    this.#hasNewIrqLevel = true
  }

  #accessSysReg(encoding: number, isWrite: boolean, value: bigint): bigint | undefined {
    if (isGicRegister(encoding)) {
      // Without an interrupt controller in the kernel its registers are UNDEFINED, as on a CPU without one.
      const { vgic } = this.vm
      if (vgic?.model === 'GICv2') return accessDisabledSysReg(encoding)
      return vgic?.cpus[this.index].sysRegs.access(encoding, isWrite, value)
    }
    // The slice was for the deadline of before.
    if (isWrite && this.#icount !== undefined) this.cpu.endSlice()
    return this.timers.accessSysReg(encoding, isWrite, value)
  }

  /** What the first KVM_ARM_VCPU_INIT brings: the CPU, and the registers that go with the features. */
  #begin(features: number): void {
    const { vm } = this
    const { hostFeatures } = this.#options
    this.#cpu ??= this.#options.createCpu({
      readCounter: () => vm.counter.readTicks(),
      accessSysReg: (encoding, isWrite, value) => this.#accessSysReg(encoding, isWrite, value),
    })
    this.#debugCpu(this.#cpu)
    this.#icount?.count(() => this.cpu.instructions)
    this.sve = hasFeature(features, KVM_ARM_VCPU_SVE) ? new SveState(hostFeatures.sve ?? [1]) : undefined
    const rows = sysRegRows(vm.rules, {
      sve: this.sve !== undefined,
      pauth: hasFeature(features, KVM_ARM_VCPU_PTRAUTH_ADDRESS),
      pmu: hasFeature(features, KVM_ARM_VCPU_PMU_V3),
      mte: vm.hasMte,
    })
    this.sysRegs = new Map(rows.map((row) => [row.index, row]))
    this.kernelRegs.clear()
  }

  /** Reset state of KVM: zeros, PSTATE EL1h with interrupts masked. MPIDR is of the id, and keeps what the user wrote. */
  #reset(isFirst: boolean): void {
    const { cpu, vm } = this
    const mpidr = isFirst ? mpidrOf(this.id) : (cpu.getReg(MPIDR_EL1) ?? mpidrOf(this.id))
    this.pendingMmio = undefined
    this.#pendingAbort = undefined
    this.#isWaiting = false
    cpu.reset()
    for (let n = 0; n < 31; n++) cpu.state.writeX(n, 0n)
    cpu.state.pc = 0n
    cpu.writePstate(resetPstate)
    cpu.setReg(MPIDR_EL1, mpidr)
    this.#resetSysRegs()
    this.sve?.reset()
    cpu.setStage2(vm.stage2.registers)
    cpu.counterOffset = Number(vm.counter.offset)
    cpu.setInterruptLine('irq', this.#irq)
    cpu.setInterruptLine('fiq', this.#fiq)
    this.timers.reset()
  }

  #resetSysRegs(): void {
    const { cpu, vm } = this
    vm.idRegisters.show(cpu)
    for (const { index, kind, reset } of this.sysRegs.values()) {
      if (kind === 'cacheLevels') cpu.setReg(index, vm.cacheLevels())
      else if (kind === 'state' && cpu.getReg(index) === undefined) this.kernelRegs.set(index, reset ?? 0n)
      else if (kind === 'state' && reset !== undefined) this.setCpuReg(index, reset)
    }
  }

  /** What must be as it is before the guest runs, and what becomes final when it first does. */
  #prepareRun(): void {
    const call = 'KVM_RUN'
    this.checkInitialised(call)
    this.#checkFinalized(call)
    if (this.#hasRun) return
    this.vm.prepareRun()
    if (this.hasPmu && !this.pmu.isCreated) {
      throw kvmError('EINVAL', call, 'the PMU is not initialised', 'set KVM_ARM_VCPU_PMU_V3_INIT first')
    }
    this.#hasRun = true
  }

  #checkFinalized(call: string): void {
    if (this.sve === undefined || this.sve.isFinalized) return
    throw kvmError('EPERM', call, `SVE of vCPU ${this.id} is not finalized`, 'call KVM_ARM_VCPU_FINALIZE first')
  }

  #isSignalled(): boolean {
    return this.#irq || this.#fiq
  }

  #isBlocked(): boolean {
    if (this.#mpState === KVM_MP_STATE_STOPPED) return true
    return (this.#isWaiting || this.#mpState === KVM_MP_STATE_SUSPENDED) && !this.#isSignalled()
  }

  /** Waits for a line, a kick, or the next timer; the host sleeps meanwhile, unless time is counted in instructions and jumps. */
  #block(): Promise<void> {
    const isStopped = this.#mpState === KVM_MP_STATE_STOPPED
    const deadlineNs = isStopped ? undefined : this.#nextDeadlineNs()
    if (this.#icount !== undefined && deadlineNs !== undefined) {
      this.#icount.skipTo(deadlineNs)
      return this.#host.yield()
    }
    let cancel: (() => void) | undefined
    let resolve: () => void = () => {}
    const promise = new Promise<void>((it) => {
      resolve = it
    })
    const end = (): void => {
      this.#wait = undefined
      cancel?.()
      resolve()
    }
    this.#wait = { promise, end }
    if (deadlineNs !== undefined) cancel = this.#host.setTimer(Math.max(0, deadlineNs - this.#host.monotonicNs()), end)
    return promise
  }

  #wake(): void {
    this.#wait?.end()
  }

  #checkOpen(call: string): void {
    if (this.#isClosed) throw kvmError('EBADF', call, `vCPU ${this.id} is closed`)
    this.vm.checkAlive(call)
  }

  /** Throws ENOEXEC before KVM_ARM_VCPU_INIT. */
  checkInitialised(call: string): void {
    this.#checkOpen(call)
    if (this.#features === undefined) {
      throw kvmError('ENOEXEC', call, `vCPU ${this.id} is not initialised`, 'call KVM_ARM_VCPU_INIT first')
    }
  }
}
