/** `KVM_CREATE_VCPU`'s handle: one vCPU, from initialisation through `KVM_RUN` and its exits. [KVM-API] §4.12 */

import type { CpuExit, CpuHost } from '@armvisor/cpu'
import { sysRegIndex, type Vcpu, type VcpuExit, type VcpuInit } from '@armvisor/uapi'
import { type AbortVcpu, handleAbort, type Stage2Abort } from './abort.ts'
import type { CallOutcome, CallResult } from './call-outcome.ts'
import type { CpuPort, InjectedAbort } from './cpu-port.ts'
import { hex, kvmError } from './fail.ts'
import { callHypervisor } from './hypercall.ts'
import type { InstructionClock } from './instruction-clock.ts'
import type { KvmHost } from './kvm-host.ts'
import { completeMmio, decodeMmioData, type PendingMmio, skipInstruction } from './mmio.ts'
import { getOneReg, type OneRegVcpu, setOneReg } from './one-reg.ts'
import type { PsciTarget } from './psci.ts'
import { ArchTimers } from './timer.ts'
import type { VcpuVm } from './vcpu-vm.ts'
import { isGicRegister } from './vgic/cpu-interface.ts'
import type { VgicVcpu } from './vgic/vgic.ts'

/** Target of `KVM_ARM_VCPU_INIT`: any Armv8 CPU. [LINUX-UAPI] asm/kvm.h */
export const KVM_ARM_TARGET_GENERIC_V8 = 5
const KVM_ARM_VCPU_POWER_OFF = 0
const KVM_ARM_VCPU_PSCI_0_2 = 2
/** Feature bits that Linux 6.12 knows; the ones beyond are ENOENT, the ones this CPU lacks EINVAL. */
const knownFeatures = 0x7f
const supportedFeatures = (1 << KVM_ARM_VCPU_POWER_OFF) | (1 << KVM_ARM_VCPU_PSCI_0_2)

/** States of `KVM_SET_MP_STATE`. [LINUX-UAPI] linux/kvm.h */
const KVM_MP_STATE_RUNNABLE = 0
const KVM_MP_STATE_STOPPED = 5
const KVM_MP_STATE_SUSPENDED = 10

const KVM_SYSTEM_EVENT_WAKEUP = 4

const MPIDR_EL1 = sysRegIndex(3, 0, 0, 0, 5)
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

/** MPIDR_EL1 of a vCPU id: 16 vCPUs a cluster, as GICv3's SGIs reach them. */
function mpidrOf(id: number): bigint {
  return 0x8000_0000n | BigInt((id & 15) | (((id >> 4) & 0xff) << 8) | ((id >> 12) << 16))
}

/** A vCPU. Everything beyond {@link Vcpu} is for its VM. */
export class KernelVcpu implements Vcpu, AbortVcpu, VgicVcpu, PsciTarget, OneRegVcpu {
  readonly id: number
  /** Place among the vCPUs of the VM. */
  readonly index: number
  readonly cpu: CpuPort
  readonly timers: ArchTimers
  readonly vm: VcpuVm
  readonly bankedSpsr: BigUint64Array = new BigUint64Array(4)
  immediateExit = false
  pendingMmio: PendingMmio | undefined
  readonly #host: KvmHost
  readonly #icount: InstructionClock | undefined
  readonly #timing: VcpuTiming
  /** Feature word of KVM_ARM_VCPU_INIT without POWER_OFF; undefined before. */
  #features: number | undefined
  #mpState = KVM_MP_STATE_RUNNABLE
  /** The guest waits for an interrupt: WFI, or PSCI CPU_SUSPEND. */
  #isWaiting = false
  #isKicked = false
  #isClosed = false
  /** Raised inputs of the CPU. */
  #irq = false
  #fiq = false
  #wait: { readonly promise: Promise<void>; readonly end: () => void } | undefined

  constructor(options: {
    readonly vm: VcpuVm
    readonly id: number
    readonly index: number
    readonly host: KvmHost
    readonly icount?: InstructionClock | undefined
    readonly timing: VcpuTiming
    readonly createCpu: (host: CpuHost) => CpuPort
  }) {
    const { vm, id, index, host, icount, timing } = options
    this.vm = vm
    this.id = id
    this.index = index
    this.#host = host
    this.#icount = icount
    this.#timing = timing
    this.timers = new ArchTimers(vm.counter, (intid, level) => vm.vgic?.setPpi(index, intid, level))
    this.cpu = options.createCpu({
      readCounter: () => vm.counter.readTicks(),
      accessSysReg: (encoding, isWrite, value) => this.#accessSysReg(encoding, isWrite, value),
    })
    icount?.count(() => this.cpu.instructions)
    this.cpu.setStage2(vm.stage2.registers)
    this.cpu.counterOffset = Number(vm.counter.offset)
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
    return ((this.#features ?? 0) & (1 << KVM_ARM_VCPU_PSCI_0_2)) !== 0
  }

  init(init: VcpuInit): void {
    const call = 'KVM_ARM_VCPU_INIT'
    this.#checkOpen(call)
    if (init.target !== KVM_ARM_TARGET_GENERIC_V8) {
      throw kvmError(
        'EINVAL',
        call,
        `target ${init.target} is not this host's`,
        'use what KVM_ARM_PREFERRED_TARGET returns',
      )
    }
    const [word = 0, ...rest] = init.features
    if ((word & ~knownFeatures) !== 0 || rest.some((it) => it !== 0)) {
      throw kvmError('ENOENT', call, `features ${init.features.map(hex).join(' ')} hold unknown bits`)
    }
    if ((word & ~supportedFeatures) !== 0) {
      throw kvmError(
        'EINVAL',
        call,
        `features ${hex(word)} hold ${hex(word & ~supportedFeatures)}, which this CPU lacks`,
      )
    }
    const features = word & ~(1 << KVM_ARM_VCPU_POWER_OFF)
    // Features belong to the VM: all vCPUs have the same, for good.
    if (this.vm.vcpus.some((vcpu) => vcpu.features !== undefined && vcpu.features !== features)) {
      throw kvmError('EINVAL', call, `features ${hex(features)} differ from those that this VM's vCPUs have`)
    }
    const isFirst = this.#features === undefined
    this.#features = features
    this.vm.vcpuInitialised(this.hasPsci02)
    this.#reset(isFirst)
    this.#mpState = (word & (1 << KVM_ARM_VCPU_POWER_OFF)) !== 0 ? KVM_MP_STATE_STOPPED : KVM_MP_STATE_RUNNABLE
  }

  getOneReg(id: bigint): Uint8Array {
    this.#checkInitialised('KVM_GET_ONE_REG')
    return getOneReg(this, id)
  }

  setOneReg(id: bigint, value: Uint8Array): void {
    this.#checkInitialised('KVM_SET_ONE_REG')
    setOneReg(this, id, value)
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
    this.#checkInitialised('KVM_RUN')
    this.vm.prepareRun()
    this.#isKicked = false
    this.#completePendingMmio()
    if (this.immediateExit) return interrupted
    this.#updateTimers()
    if (this.#mpState === KVM_MP_STATE_STOPPED) return interrupted
    if (this.#mpState === KVM_MP_STATE_SUSPENDED) {
      // The state stays until the user honours the wake-up by making the vCPU runnable.
      return this.#isSignalled() ? { reason: 'system_event', type: KVM_SYSTEM_EVENT_WAKEUP, data: [] } : interrupted
    }
    if (this.#isWaiting && !this.#isSignalled()) return interrupted
    this.#isWaiting = false
    return this.#runGuest()
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
    this.cpu.setInterruptLine(line, level)
    if (level) this.#wake()
  }

  injectAbort(abort: InjectedAbort): void {
    this.cpu.injectAbort(abort)
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
      if (this.immediateExit || this.#isKicked || this.#mpState !== KVM_MP_STATE_RUNNABLE) return interrupted
      this.#updateTimers()
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

  #handle(exit: CpuExit): VcpuExit | undefined {
    switch (exit.kind) {
      case 'slice':
        return undefined
      case 'wfi':
        this.#isWaiting = true
        return undefined
      case 'abort':
        return this.#abort(exit)
      case 'smc':
        // As Linux 6.12: an SMC is answered like an HVC, but traps before the PC moved.
        skipInstruction(this.cpu.state)
        return this.#hypercall(exit.imm)
      case 'hvc':
        return this.#hypercall(exit.imm)
    }
  }

  #abort(abort: Stage2Abort): VcpuExit | undefined {
    const { outcome, exit } = handleAbort(this.vm, this, abort)
    this.vm.events?.stage2Fault?.({ ipa: abort.ipa, esr: abort.esr, vcpu: this.index, outcome })
    return exit
  }

  #hypercall(imm: number): VcpuExit | undefined {
    const { state } = this.cpu
    if (imm !== 0) {
      state.writeX(0, 0xffff_ffff_ffff_ffffn)
      return undefined
    }
    const args: CallResult = [state.readX(0), state.readX(1), state.readX(2), state.readX(3)]
    const outcome: CallOutcome = callHypervisor(this.vm, this.index, args)
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
    completeMmio(this.cpu.state, pending.syndrome, decodeMmioData(pending.data))
  }

  #accessSysReg(encoding: number, isWrite: boolean, value: bigint): bigint | undefined {
    if (isGicRegister(encoding)) {
      // Without an interrupt controller in the kernel its registers are UNDEFINED, as on a CPU without one.
      return this.vm.vgic?.cpus[this.index].interface.accessSysReg(encoding, isWrite, value)
    }
    // The slice was for the deadline of before.
    if (isWrite && this.#icount !== undefined) this.cpu.endSlice()
    return this.timers.accessSysReg(encoding, isWrite, value)
  }

  /** Reset state of KVM: zeros, PSTATE EL1h with interrupts masked. MPIDR is of the id, and keeps what the user wrote. */
  #reset(isFirst: boolean): void {
    const mpidr = isFirst ? mpidrOf(this.id) : (this.cpu.getReg(MPIDR_EL1) ?? mpidrOf(this.id))
    this.pendingMmio = undefined
    this.#isWaiting = false
    this.cpu.reset()
    for (let n = 0; n < 31; n++) this.cpu.state.writeX(n, 0n)
    this.cpu.state.pc = 0n
    this.cpu.writePstate(resetPstate)
    this.cpu.setReg(MPIDR_EL1, mpidr)
    this.cpu.setStage2(this.vm.stage2.registers)
    this.cpu.counterOffset = Number(this.vm.counter.offset)
    this.cpu.setInterruptLine('irq', this.#irq)
    this.cpu.setInterruptLine('fiq', this.#fiq)
    this.timers.reset()
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

  #checkInitialised(call: string): void {
    this.#checkOpen(call)
    if (this.#features === undefined) {
      throw kvmError('ENOEXEC', call, `vCPU ${this.id} is not initialised`, 'call KVM_ARM_VCPU_INIT first')
    }
  }
}
