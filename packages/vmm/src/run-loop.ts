/** Runs vCPUs until the guest stops: exits to devices, waits, system events. [KVM-API] §5. */

import { coreReg, type Vcpu, type VcpuExit } from '@armvisor/uapi'
import type { MmioBus } from './bus/mmio-bus.ts'
import { formatAddress } from './machine/format-size.ts'
import { formatWords, MachineError } from './machine/machine-error.ts'

// KVM_SYSTEM_EVENT_*, [KVM-API] §5 kvm_run.system_event
const KVM_SYSTEM_EVENT_SHUTDOWN = 1
const KVM_SYSTEM_EVENT_RESET = 2
const KVM_SYSTEM_EVENT_CRASH = 3
const KVM_SYSTEM_EVENT_WAKEUP = 4
const KVM_MP_STATE_RUNNABLE = 0

/**
 * Device accesses after which the loop gives way though the time slice goes on. A guest that polls a device leaves KVM_RUN at
 * each access, and an implementation that counts its slice per call would never end one.
 */
const accessesPerTurn = 1024

/** How a run ended. */
export interface RunOutcome {
  /** What the guest asked for, or `stopped` for {@link RunLoop.stop}. */
  readonly reason: 'poweroff' | 'reset' | 'crash' | 'stopped'
  /** The vCPU that asked; undefined when stopped. */
  readonly vcpu: number | undefined
  /** Data of the system event. */
  readonly data: readonly bigint[]
}

/** Settings of a {@link RunLoop}. */
export interface RunLoopOptions {
  /**
   * Asked at the end of each time slice: a promise holds the vCPU back until it resolves. With it a console that cannot keep
   * up slows the guest down, instead of filling memory.
   */
  backPressure?(): Promise<void> | undefined
}

/** Drives the vCPUs of one VM on this thread, in turn. */
export class RunLoop {
  readonly #vcpus: readonly Vcpu[]
  readonly #bus: MmioBus
  readonly #options: RunLoopOptions
  #outcome: RunOutcome | undefined
  #error: unknown
  #isRunning = false
  #isOver = false
  #wake: () => void = () => {}

  constructor(vcpus: readonly Vcpu[], bus: MmioBus, options: RunLoopOptions = {}) {
    this.#vcpus = vcpus
    this.#bus = bus
    this.#options = options
  }

  /**
   * Runs until the guest powers off, resets or crashes, or {@link RunLoop.stop} is called; after a stop it may be called again
   * to go on. A device access takes no promise: the loop awaits only where KVM_RUN was interrupted or had a long turn.
   *
   * @throws {@link MachineError} for an exit that nothing can be done about; `KvmError` as KVM_RUN gives it
   */
  async run(): Promise<RunOutcome> {
    if (this.#isRunning) throw new TypeError('RunLoop.run was called while it runs: await the first call, or stop it.')
    this.#isRunning = true
    const over = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    try {
      await Promise.all(this.#vcpus.map((vcpu) => this.#drive(vcpu, over)))
      if (this.#error !== undefined) throw this.#error
      return this.#outcome ?? { reason: 'stopped', vcpu: undefined, data: [] }
    } finally {
      this.#isRunning = false
      this.#isOver = false
      this.#outcome = undefined
      this.#error = undefined
      for (const vcpu of this.#vcpus) vcpu.immediateExit = false
    }
  }

  /** Ends the current run, or the next one if none is under way, with `stopped`. */
  stop(): void {
    this.#isOver = true
    this.#wake()
    for (const vcpu of this.#vcpus) {
      vcpu.immediateExit = true
      vcpu.kick()
    }
  }

  async #drive(vcpu: Vcpu, over: Promise<void>): Promise<void> {
    try {
      while (!this.#isOver) {
        this.#takeTurn(vcpu)
        if (this.#isOver) break
        const drained = this.#options.backPressure?.()
        if (drained !== undefined) await Promise.race([drained, over])
        if (!this.#isOver) await vcpu.runnable()
      }
    } catch (error) {
      this.#error ??= error
      this.stop()
    }
  }

  /** Runs until the vCPU is interrupted, has had its turn, or the guest ended. */
  #takeTurn(vcpu: Vcpu): void {
    for (let accesses = 0; accesses < accessesPerTurn; accesses++) {
      const exit = vcpu.run()
      if (exit.reason === 'mmio') {
        const address = Number(exit.physAddr)
        if (exit.isWrite) this.#bus.write(address, exit.data)
        else this.#bus.read(address, exit.data)
      } else if (exit.reason === 'intr') {
        return
      } else if (exit.reason === 'system_event') {
        if (exit.type === KVM_SYSTEM_EVENT_WAKEUP) {
          // The vCPU stays suspended, and says so again, until it is told to go on.
          vcpu.setMpState(KVM_MP_STATE_RUNNABLE)
          continue
        }
        this.#outcome ??= { reason: systemEventReason(vcpu, exit), vcpu: vcpu.id, data: exit.data }
        this.stop()
        return
      } else {
        throw exitError(vcpu, exit)
      }
      if (this.#isOver) return
    }
  }
}

function systemEventReason(vcpu: Vcpu, exit: VcpuExit & { readonly reason: 'system_event' }): RunOutcome['reason'] {
  switch (exit.type) {
    case KVM_SYSTEM_EVENT_SHUTDOWN:
      return 'poweroff'
    case KVM_SYSTEM_EVENT_RESET:
      return 'reset'
    case KVM_SYSTEM_EVENT_CRASH:
      return 'crash'
    default:
      throw exitError(vcpu, exit)
  }
}

function exitError(vcpu: Vcpu, exit: VcpuExit): MachineError {
  const { detail, remedy } = describe(exit)
  return new MachineError({
    kind: 'vcpu-exit',
    vcpu: vcpu.id,
    exit: `KVM_EXIT_${exit.reason.toUpperCase()}`,
    detail: `${detail}, PC ${programCounter(vcpu)}`,
    remedy,
  })
}

function describe(exit: VcpuExit): { readonly detail: string; readonly remedy: string } {
  const report = 'this is a fault of the KVM implementation, please report it with the kernel and the options used'
  switch (exit.reason) {
    case 'arm_nisv':
      return {
        detail: `access at ${formatAddress(exit.faultIpa)} by an instruction that its syndrome ${formatAddress(exit.esrIss)} does not describe`,
        remedy:
          'make the guest use plain loads and stores of one register for devices, and check that the address is right',
      }
    case 'fail_entry':
      return {
        detail: `hardware entry failure reason ${formatAddress(exit.hardwareEntryFailureReason)}`,
        remedy: report,
      }
    case 'internal_error':
      return { detail: `suberror ${exit.suberror}, ${formatWords(exit.data)}`, remedy: report }
    case 'system_event':
      return { detail: `type ${exit.type}, ${formatWords(exit.data)}`, remedy: report }
    case 'memory_fault':
      return {
        detail: `${formatAddress(exit.size)} bytes at ${formatAddress(exit.gpa)}, flags ${formatAddress(exit.flags)}`,
        remedy: report,
      }
    case 'unknown':
      return { detail: `exit reason ${exit.exitReason}`, remedy: report }
    default:
      return { detail: 'which this machine did not ask for', remedy: report }
  }
}

function programCounter(vcpu: Vcpu): string {
  try {
    const bytes = vcpu.getOneReg(coreReg('pc'))
    return formatAddress(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  } catch {
    // A vCPU that failed may refuse everything; the exit is what matters.
    return 'unknown'
  }
}
