/** PL031 real-time clock. [PL031] §3. */

import type { InterruptLine } from '../../bus/interrupt-line.ts'
import type { MmioDevice } from '../../bus/mmio-bus.ts'
import {
  identification,
  identificationOffset,
  RTCCR,
  RTCDR,
  RTCICR,
  RTCIMSC,
  RTCLR,
  RTCMIS,
  RTCMR,
  RTCRIS,
} from './registers.ts'
import { type Pl031State, pl031ResetState } from './state.ts'

/** The host's time. */
export interface WallClock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  nowMs(): number
  /** Calls back once after at least `delayMs` (at most a day), unless the returned function is called before. */
  after(delayMs: number, callback: () => void): () => void
}

/** What a {@link Pl031} is connected to. */
export interface Pl031Wiring {
  readonly line: InterruptLine
  readonly clock: WallClock
}

const dayMs = 86_400_000

/**
 * The clock. It counts the seconds of the host's wall clock plus an offset that the guest sets with RTCLR, and wraps at 2^32.
 * It always runs: the start bit reads as one, and writing it has no effect, since it cannot be cleared. §3.3.4
 *
 * Whether the match was passed is looked up when the guest asks; a timer of the host is armed only while the interrupt is
 * unmasked and not yet raised, so that an idle machine keeps no timer.
 */
export class Pl031 implements MmioDevice {
  readonly #wiring: Pl031Wiring
  #offsetSeconds: number
  #match: number
  #load: number
  #mask: number
  #isRaised: boolean
  #checkedSeconds: number
  #isLineHigh = false
  #cancelTimer: (() => void) | undefined

  /** A clock after reset, or as `state` has it. */
  constructor(wiring: Pl031Wiring, state: Pl031State = pl031ResetState) {
    this.#wiring = wiring
    this.#offsetSeconds = state.offsetSeconds
    this.#match = state.RTCMR
    this.#load = state.RTCLR
    this.#mask = state.RTCIMSC
    this.#isRaised = state.RTCRIS !== 0
    this.#checkedSeconds = state.checkedSeconds ?? this.#seconds()
    this.#update()
  }

  /** A clock that goes on where another's {@link Pl031.state} was taken; a match passed meanwhile is raised. */
  static fromState(state: Pl031State, wiring: Pl031Wiring): Pl031 {
    return new Pl031(wiring, state)
  }

  /** A copy of the state. */
  state(): Pl031State {
    return {
      offsetSeconds: this.#offsetSeconds,
      RTCMR: this.#match,
      RTCLR: this.#load,
      RTCIMSC: this.#mask,
      RTCRIS: Number(this.#isRaised),
      checkedSeconds: this.#checkedSeconds,
    }
  }

  /** Gives back the host's timer. */
  close(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  read(offset: number, sizeBytes: number): number {
    const value = this.#readRegister(offset & ~3) >>> (8 * (offset & 3))
    return sizeBytes === 4 ? value : value & (2 ** (8 * sizeBytes) - 1)
  }

  write(offset: number, _sizeBytes: number, value: number): void {
    this.#update()
    switch (offset) {
      case RTCMR:
        this.#match = value
        // A match with the second that is running counts.
        if (value === this.#seconds()) this.#isRaised = true
        break
      case RTCLR:
        this.#load = value
        this.#offsetSeconds = (value - hostSeconds(this.#wiring.clock)) >>> 0
        this.#checkedSeconds = value
        if (value === this.#match) this.#isRaised = true
        break
      case RTCIMSC:
        this.#mask = value & 1
        break
      case RTCICR:
        if (value & 1) this.#isRaised = false
        break
    }
    this.#update()
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case RTCDR:
        return this.#seconds()
      case RTCMR:
        return this.#match
      case RTCLR:
        return this.#load
      case RTCCR:
        return 1
      case RTCIMSC:
        return this.#mask
      case RTCRIS:
        this.#update()
        return Number(this.#isRaised)
      case RTCMIS:
        this.#update()
        return Number(this.#isRaised) & this.#mask
      default:
        return identification[(offset - identificationOffset) >> 2] ?? 0
    }
  }

  #seconds(): number {
    return (hostSeconds(this.#wiring.clock) + this.#offsetSeconds) >>> 0
  }

  /** Looks for the match since last time, then sets the line and the timer. */
  #update(): void {
    const now = this.#seconds()
    const passed = (now - this.#checkedSeconds) >>> 0
    const untilMatch = (this.#match - this.#checkedSeconds) >>> 0
    // A step of more than half the range is the wall clock set back, not 68 years.
    if (passed < 2 ** 31) {
      if (untilMatch > 0 && untilMatch <= passed) this.#isRaised = true
    }
    this.#checkedSeconds = now

    const isHigh = this.#isRaised && this.#mask === 1
    if (isHigh !== this.#isLineHigh) {
      this.#isLineHigh = isHigh
      this.#wiring.line.setLevel(isHigh)
    }
    this.close()
    if (this.#mask === 1 && !this.#isRaised) this.#armTimer(now)
  }

  #armTimer(now: number): void {
    const { clock } = this.#wiring
    // A match equal to the current second was seen to be over: it comes again after 2^32 seconds.
    const seconds = (this.#match - now) >>> 0 || 2 ** 32
    const delayMs = seconds * 1000 - (((clock.nowMs() % 1000) + 1000) % 1000)
    this.#cancelTimer = clock.after(Math.min(delayMs, dayMs), () => {
      this.#cancelTimer = undefined
      this.#update()
    })
  }
}

function hostSeconds(clock: WallClock): number {
  return Math.floor(clock.nowMs() / 1000)
}
