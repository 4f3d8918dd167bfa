/** The EL1 virtual and physical timers of one vCPU, and the counter they compare with. [ARM] D12 */

import { sysRegIndex } from '@armvisor/uapi'
import type { KvmHost } from './kvm-host.ts'

/** Counter frequency, CNTFRQ_EL0: that of QEMU's `virt` machine. */
const counterHz = 62_500_000
const nsPerTick = 1_000_000_000 / counterHz

/** PPI of the virtual timer. [SBSA] §3.8.3 */
export const virtualTimerIntid = 27
/** PPI of the physical EL1 timer. [SBSA] §3.8.3 */
export const physicalTimerIntid = 30

const CNTPCT_EL0 = sysRegIndex(3, 3, 14, 0, 1)
const CNTVCT_EL0 = sysRegIndex(3, 3, 14, 0, 2)
const CNTP_TVAL_EL0 = sysRegIndex(3, 3, 14, 2, 0)
const CNTP_CTL_EL0 = sysRegIndex(3, 3, 14, 2, 1)
const CNTP_CVAL_EL0 = sysRegIndex(3, 3, 14, 2, 2)
const CNTV_TVAL_EL0 = sysRegIndex(3, 3, 14, 3, 0)
const CNTV_CTL_EL0 = sysRegIndex(3, 3, 14, 3, 1)
const CNTV_CVAL_EL0 = sysRegIndex(3, 3, 14, 3, 2)

/** CTL.ENABLE, CTL.IMASK, CTL.ISTATUS. [ARM] D24 CNTV_CTL_EL0 */
const ENABLE = 1
const IMASK = 2
const ISTATUS = 4

/** The system counter as one VM sees it. */
export class SystemCounter {
  readonly #host: Pick<KvmHost, 'monotonicNs'>
  /** Host ticks minus physical counter: 0 until the user moves the physical counter. */
  #hostOffset = 0
  /** CNTVOFF_EL2: the virtual counter is the physical one minus this. */
  #offset: bigint

  /** The virtual counter starts at 0 now. */
  constructor(host: Pick<KvmHost, 'monotonicNs'>) {
    this.#host = host
    this.#offset = BigInt(this.readTicks())
  }

  /** CNTVOFF_EL2. */
  get offset(): bigint {
    return this.#offset
  }

  /** The physical counter; an exact integer. */
  readTicks(): number {
    return Math.floor(this.#host.monotonicNs() / nsPerTick) - this.#hostOffset
  }

  /** The virtual counter at a time of the physical one. */
  virtualAt(ticks: number): bigint {
    return BigInt.asUintN(64, BigInt(ticks) - this.#offset)
  }

  /** When the physical counter reaches `ticks`, on the clock of `KvmHost.monotonicNs`. */
  nsAt(ticks: number): number {
    return (ticks + this.#hostOffset) * nsPerTick
  }

  /** Both counters are the host's minus `offset`, modulo 2^64. */
  setOffset(offset: bigint): void {
    const delta = Number(BigInt.asIntN(64, offset))
    this.#hostOffset = delta
    this.#offset = 0n
  }

  /** Lets the virtual counter read `value` now. */
  setVirtual(value: bigint): void {
    this.#offset = BigInt.asIntN(64, BigInt(this.readTicks()) - value)
  }

  /** Lets the physical counter read `value` now; the virtual one goes on undisturbed. */
  setPhysical(value: bigint): void {
    const delta = Number(BigInt.asIntN(64, BigInt(this.readTicks()) - value))
    this.#hostOffset += delta
    this.#offset -= BigInt(delta)
  }
}

/** One timer: a control and a compare register, and the time at which they raise the line. */
class Timer {
  intid: number
  control = 0
  compare = 0n
  level = false
  /** Physical counter value from which the condition is met. */
  dueTicks = 0

  constructor(intid: number) {
    this.intid = intid
  }

  /** @param now the counter that this timer compares with, at physical time `ticks`. */
  schedule(ticks: number, now: bigint): void {
    this.dueTicks = now >= this.compare ? 0 : ticks + Number(this.compare - now)
  }

  isUnmasked(): boolean {
    return (this.control & (ENABLE | IMASK)) === ENABLE
  }
}

/** Raises and lowers the private interrupt of a timer. */
export type TimerLine = (intid: number, level: boolean) => void

/** Both EL1 timers of one vCPU. */
export class ArchTimers {
  readonly #counter: SystemCounter
  readonly #setLine: TimerLine
  readonly #virtual = new Timer(virtualTimerIntid)
  readonly #physical = new Timer(physicalTimerIntid)

  constructor(counter: SystemCounter, setLine: TimerLine) {
    this.#counter = counter
    this.#setLine = setLine
  }

  /** Changes the private interrupts of the virtual and the physical timer. */
  setIntids(virtual: number, physical: number): void {
    this.#virtual.intid = virtual
    this.#physical.intid = physical
  }

  /** Both timers off, as after a reset of the vCPU. */
  reset(): void {
    for (const timer of [this.#virtual, this.#physical]) {
      timer.control = 0
      timer.compare = 0n
    }
    this.reschedule()
  }

  /** Brings the interrupt lines up to date with the counter. Cheap when nothing changes. */
  update(): void {
    if (!this.#virtual.isUnmasked() && !this.#physical.isUnmasked()) return
    const ticks = this.#counter.readTicks()
    this.#drive(this.#virtual, ticks)
    this.#drive(this.#physical, ticks)
  }

  /** Tells both lines anew: to an interrupt controller that did not exist when they last changed. */
  repeatLines(): void {
    for (const timer of [this.#virtual, this.#physical]) this.#setLine(timer.intid, timer.level)
  }

  /** After a change of the counter's offsets: what was due may no longer be. */
  reschedule(): void {
    const ticks = this.#counter.readTicks()
    this.#virtual.schedule(ticks, this.#counter.virtualAt(ticks))
    this.#physical.schedule(ticks, BigInt(ticks))
    this.#drive(this.#virtual, ticks)
    this.#drive(this.#physical, ticks)
  }

  /** Time of the next line that will rise, on the clock of `KvmHost.monotonicNs`; undefined when none will. */
  nextDeadlineNs(): number | undefined {
    let ticks = Number.POSITIVE_INFINITY
    for (const timer of [this.#virtual, this.#physical]) {
      if (timer.isUnmasked() && !timer.level) ticks = Math.min(ticks, timer.dueTicks)
    }
    return Number.isFinite(ticks) ? this.#counter.nsAt(ticks) : undefined
  }

  /** A guest's access. Undefined when the register is not one of the counter's or the timers'. */
  accessSysReg(encoding: number, isWrite: boolean, value: bigint): bigint | undefined {
    switch (encoding) {
      case CNTPCT_EL0:
        return isWrite ? undefined : BigInt(this.#counter.readTicks())
      case CNTVCT_EL0:
        return isWrite ? undefined : this.#counter.virtualAt(this.#counter.readTicks())
      case CNTV_CTL_EL0:
      case CNTV_CVAL_EL0:
      case CNTV_TVAL_EL0:
        return this.#access(this.#virtual, encoding - CNTV_TVAL_EL0, isWrite, value)
      case CNTP_CTL_EL0:
      case CNTP_CVAL_EL0:
      case CNTP_TVAL_EL0:
        return this.#access(this.#physical, encoding - CNTP_TVAL_EL0, isWrite, value)
      default:
        return undefined
    }
  }

  /** A register as the one-reg interface has it: ISTATUS tells of the condition even while the timer is off. */
  readRegister(timer: 'virtual' | 'physical', register: 'ctl' | 'cval' | 'cnt'): bigint {
    const ticks = this.#counter.readTicks()
    const it = timer === 'virtual' ? this.#virtual : this.#physical
    if (register === 'cval') return it.compare
    if (register === 'ctl') return BigInt(it.control | (ticks >= it.dueTicks ? ISTATUS : 0))
    return timer === 'virtual' ? this.#counter.virtualAt(ticks) : BigInt(ticks)
  }

  /** Writes CTL or CVAL as the one-reg interface has it. */
  writeRegister(timer: 'virtual' | 'physical', register: 'ctl' | 'cval', value: bigint): void {
    const it = timer === 'virtual' ? this.#virtual : this.#physical
    this.#access(it, register === 'ctl' ? 1 : 2, true, value)
  }

  /** @param register 0 TVAL, 1 CTL, 2 CVAL: the op2 of all timers. */
  #access(timer: Timer, register: number, isWrite: boolean, value: bigint): bigint {
    const ticks = this.#counter.readTicks()
    const now = timer === this.#virtual ? this.#counter.virtualAt(ticks) : BigInt(ticks)
    if (!isWrite) {
      if (register === 0) return BigInt.asUintN(32, timer.compare - now)
      if (register === 2) return timer.compare
      const isMet = (timer.control & ENABLE) !== 0 && ticks >= timer.dueTicks
      return BigInt(timer.control | (isMet ? ISTATUS : 0))
    }
    if (register === 0) timer.compare = BigInt.asUintN(64, now + BigInt.asIntN(32, value))
    else if (register === 2) timer.compare = BigInt.asUintN(64, value)
    else timer.control = Number(value & BigInt(ENABLE | IMASK))
    timer.schedule(ticks, now)
    this.#drive(timer, ticks)
    return 0n
  }

  #drive(timer: Timer, ticks: number): void {
    const level = timer.isUnmasked() && ticks >= timer.dueTicks
    if (level === timer.level) return
    timer.level = level
    this.#setLine(timer.intid, level)
  }
}
