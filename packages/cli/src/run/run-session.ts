/** One `armvisor run`: machines one after another, until something ends it. */

import type { Kvm } from '@armvisor/uapi'
import type { RunOutcome, VirtMachine } from '@armvisor/vmm'
import { SerialTerminal } from '../console/serial-terminal.ts'
import { FailureError } from '../errors.ts'
import { exitStatus, statusOfSignal } from '../exit-status.ts'
import type { Host } from '../host/host.ts'
import { writeText } from '../host/write-text.ts'
import { buildMachine, explained, type GuestFiles, openKvm } from './build-machine.ts'
import { type GuestWorld, guestWorld } from './guest-world.ts'
import { RunStatistics, type StatisticsReport } from './run-statistics.ts'
import type { RunSettings } from './settings.ts'
import { statisticsText } from './statistics-text.ts'

/** How long a repeatable run waits for the end of its input before it says so. */
const silentInputNs = 1e9
/** How long the last output may take to go once the VM has ended. */
const lastOutputNs = 2e9

/** Runs a guest on a host. */
export class RunSession {
  readonly #host: Host
  readonly #settings: RunSettings
  readonly #files: GuestFiles
  readonly #world: GuestWorld
  readonly #terminal: SerialTerminal
  readonly #statistics: RunStatistics | undefined
  #machine: VirtMachine | undefined
  /** Exit status asked for from outside; the first one counts. */
  #stopStatus: number | undefined
  readonly #stopped: Promise<void>
  #tellStopped: () => void = () => {}
  /** Shown once the terminal is back in order. */
  #stopMessage: string | undefined

  constructor(host: Host, settings: RunSettings, files: GuestFiles) {
    this.#host = host
    this.#settings = settings
    this.#files = files
    this.#world = guestWorld(host, settings)
    this.#statistics = settings.stats && new RunStatistics(host, settings)
    this.#stopped = new Promise((resolve) => {
      this.#tellStopped = resolve
    })
    this.#terminal = new SerialTerminal(host, { quit: () => this.#stop(exitStatus.success) })
  }

  /** @returns the exit status. @throws {@link FailureError} */
  async run(): Promise<number> {
    const host = this.#host
    const kvm = openKvm(this.#world, this.#settings, this.#statistics)
    const undo: (() => void)[] = [() => kvm.close()]
    try {
      this.#machine = this.#build(kvm)
      // Guest memory goes with the KVM. Giving it back first would write zeros over all of it, for nobody.
      undo.push(() => this.#machine?.rtc.close())
      undo.push(host.onSignal((signal) => this.#stop(statusOfSignal(signal))))
      host.stdout.onClosed(() => this.#stop(exitStatus.closedOutput))
      const { timeoutMs } = this.#settings
      if (timeoutMs !== undefined) undo.push(host.kvm.setTimer(timeoutMs * 1e6, () => this.#timeOut(timeoutMs)))
      undo.push(() => this.#terminal.close())
      if (this.#world.icount === undefined || host.stdin.isTerminal) this.#terminal.open(this.#machine.uart)
      else await this.#readInput(this.#machine)
      return await this.#runMachines(kvm)
    } catch (error) {
      throw explained(error, this.#files)
    } finally {
      await this.#finishOutput()
      for (const step of undo.reverse()) step()
      if (this.#stopMessage !== undefined) writeText(host.stderr, `armvisor: ${this.#stopMessage}\n`)
      const { icount } = this.#world
      if (icount !== undefined) writeText(host.stderr, `armvisor: ${icount.instructions} instructions\n`)
      if (this.#statistics) this.#showStatistics(this.#statistics.report(kvm, icount?.instructions))
    }
  }

  async #runMachines(kvm: Kvm): Promise<number> {
    for (;;) {
      const machine = this.#machine as VirtMachine
      const outcome = await machine.run()
      // What the guest said last counts more than who stopped it at the same time.
      if (outcome.reason === 'stopped') return this.#stopStatus ?? exitStatus.failure
      if (outcome.reason === 'poweroff') return exitStatus.success
      if (outcome.reason === 'crash') throw crashError(outcome)
      if (!this.#settings.isRebooting) return this.#stopStatus ?? exitStatus.reset
      // A guest that resets over and over must not keep timers, signals and the reader of its output from their turn.
      await Promise.race([this.#terminal.drain(), this.#stopped])
      await this.#host.kvm.yield()
      if (this.#stopStatus !== undefined) return this.#stopStatus
      const { input } = machine.uart.state()
      machine.close()
      this.#machine = undefined
      this.#machine = this.#build(kvm)
      // The line to the other end outlives the reset: what the guest had not read is still to come.
      this.#machine.input(input)
      this.#terminal.connect(this.#machine.uart)
    }
  }

  #build(kvm: Kvm): VirtMachine {
    return buildMachine(this.#world, kvm, this.#settings, this.#files, this.#terminal)
  }

  /** All of a pipe or file, before the guest starts: when input arrives is nothing that a run could repeat. */
  async #readInput({ uart }: VirtMachine): Promise<void> {
    const { kvm, stderr } = this.#host
    const cancel = kvm.setTimer(silentInputNs, () => {
      const text = 'armvisor: with --icount the guest starts when its input has ended; without input give </dev/null\n'
      writeText(stderr, text)
    })
    await Promise.race([this.#terminal.readToEnd(uart), this.#stopped])
    cancel()
  }

  #showStatistics(report: StatisticsReport): void {
    const text = this.#settings.stats === 'json' ? `${JSON.stringify(report)}\n` : statisticsText(report)
    writeText(this.#host.stderr, text)
  }

  #timeOut(timeoutMs: number): void {
    if (this.#stopStatus === undefined) this.#stopMessage = `the ${timeoutMs / 1000} s of --timeout are over`
    this.#stop(exitStatus.timeout)
  }

  #stop(status: number): void {
    this.#stopStatus ??= status
    this.#tellStopped()
    this.#machine?.stop()
  }

  /** Waits for the last output, but not for a reader that has stopped reading. */
  async #finishOutput(): Promise<void> {
    const { stdout, kvm } = this.#host
    this.#terminal.flush()
    let cancel = (): void => {}
    const timeUp = new Promise<void>((resolve) => {
      cancel = kvm.setTimer(lastOutputNs, () => {
        stdout.abandon()
        resolve()
      })
    })
    await Promise.race([stdout.drained(), timeUp])
    cancel()
  }
}

function crashError({ vcpu, data }: RunOutcome): FailureError {
  const words = data.map((word) => `0x${word.toString(16)}`).join(' ')
  return new FailureError(
    `The guest reported a crash on CPU ${vcpu}${words === '' ? '' : ` (${words})`}; its last output says why.`,
  )
}
