/** Time that is made of executed instructions: what makes runs of a guest repeatable. */

/** Settings of an {@link InstructionClock}. */
export interface InstructionClockOptions {
  /** An instruction takes 2^shift nanoseconds; 0 to 10, default {@link defaultIcountShift}. */
  readonly shift?: number
  /** What real-time clocks show when the machine starts, in milliseconds since 1970. Default {@link defaultEpochMs}. */
  readonly epochMs?: number
}

/** 8 ns an instruction: about the speed of the translator, so that a guest's time-outs keep their proportions. */
export const defaultIcountShift = 3
/** 2025-01-01T00:00:00Z. */
export const defaultEpochMs: number = Date.UTC(2025, 0, 1)
/** 1024 ns an instruction, as slow as QEMU's `-icount` goes. */
export const largestIcountShift = 10

/** A shift that no {@link InstructionClock} has. */
export class IcountShiftError extends RangeError {
  override readonly name = 'IcountShiftError'
  constructor(facts: { readonly shift: number }) {
    super(`shift ${facts.shift} is no integer from 0 to ${largestIcountShift}: an instruction takes 1 to 1024 ns`)
  }
}

interface ClockTimer {
  readonly dueNs: number
  readonly callback: () => void
}

/**
 * A clock that shows 2^shift nanoseconds for each instruction of the one vCPU it counts, and jumps over the time in which the guest waits.
 * It is the time of a KVM that was opened with it ({@link KvmOptions.icount}), and by {@link InstructionClock.wallClock} that of devices;
 * the host's time is then seen by nothing in the guest.
 */
export class InstructionClock {
  readonly #nsPerInstruction: number
  readonly #epochMs: number
  #count: () => number = () => 0
  /** Instructions that were counted before those of `#count`, less what that began with. */
  #before = 0
  /** Time that passed without instructions. */
  #skippedNs = 0
  /** By time, and at equal times in the order in which they were set. */
  readonly #timers: ClockTimer[] = []

  /** @throws {@link IcountShiftError} */
  constructor({ shift = defaultIcountShift, epochMs = defaultEpochMs }: InstructionClockOptions = {}) {
    if (!(Number.isInteger(shift) && shift >= 0 && shift <= largestIcountShift)) throw new IcountShiftError({ shift })
    this.#nsPerInstruction = 2 ** shift
    this.#epochMs = epochMs
  }

  /** Counts the instructions of a CPU from now on; time goes on where it is. */
  count(instructions: () => number): void {
    this.#before = this.instructions - instructions()
    this.#count = instructions
  }

  /** Instructions executed since the clock was made. */
  get instructions(): number {
    return this.#before + this.#count()
  }

  /** Nanoseconds since the clock was made: exact while they are below 2^53. */
  monotonicNs(): number {
    return this.#skippedNs + this.instructions * this.#nsPerInstruction
  }

  /** Wall-clock nanoseconds since 1970. */
  realtimeNs(): bigint {
    return BigInt(this.#epochMs) * 1_000_000n + BigInt(this.monotonicNs())
  }

  /** For devices: what they see as the host's wall clock. */
  readonly wallClock: { nowMs(): number; after(delayMs: number, callback: () => void): () => void } = {
    nowMs: () => this.#epochMs + this.monotonicNs() / 1e6,
    after: (delayMs, callback) => this.setTimer(delayMs * 1e6, callback),
  }

  /** Calls back at the first instruction at which `delayNs` are over. Returns what cancels it. */
  setTimer(delayNs: number, callback: () => void): () => void {
    const timer: ClockTimer = { dueNs: this.monotonicNs() + Math.ceil(delayNs), callback }
    const at = this.#timers.findIndex(({ dueNs }) => dueNs > timer.dueNs)
    this.#timers.splice(at < 0 ? this.#timers.length : at, 0, timer)
    return () => {
      const index = this.#timers.indexOf(timer)
      if (index >= 0) this.#timers.splice(index, 1)
    }
  }

  /** Time of the next timer; undefined when none is set. */
  get nextTimerNs(): number | undefined {
    return this.#timers[0]?.dueNs
  }

  /** Calls back every timer that is due. */
  runTimers(): void {
    const now = this.monotonicNs()
    for (let next = this.#timers[0]; next !== undefined && next.dueNs <= now; next = this.#timers[0]) {
      this.#timers.shift()
      next.callback()
    }
  }

  /** Instructions until a time: at least 1. */
  instructionsUntil(ns: number): number {
    return Math.max(1, Math.ceil((ns - this.monotonicNs()) / this.#nsPerInstruction))
  }

  /** Lets time pass without instructions: the guest waits. A time that is over changes nothing. */
  skipTo(ns: number): void {
    this.#skippedNs += Math.max(0, ns - this.monotonicNs())
  }
}
