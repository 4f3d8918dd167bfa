/** The CPU interface of one vCPU: which interrupt is signalled, acknowledged and ended. [GICv3] §4, with 5 priority bits. */

import { firstLpi, type InterruptBank, priorityMask } from './interrupts.ts'

/** What an interface asks of the distributor. */
export interface CpuInterfaceEvents {
  /** The bank that an INTID known to this vCPU lies in, undefined where there is none. */
  bankOf(intid: number): InterruptBank | undefined
  /** The interrupt's state changed: queue it where it belongs now. */
  update(bank: InterruptBank, index: number): void
  /** The guest is done with the interrupt: it was active and is no more. */
  ended(bank: InterruptBank, index: number): void
  /** The distributor forwards interrupts. */
  readonly isForwarding: boolean
}

/** The interrupt inputs of a CPU. */
export interface InterruptSink {
  setInterruptLine(line: 'irq' | 'fiq', level: boolean): void
}

/** INTID of no interrupt. */
export const spurious = 1023
const firstSpecial = 1020
const idlePriority = 0xff
/** Smallest binary points: 5 priority bits leave groups of 8. [GICv3] §4.8.2 */
const minBinaryPoint0 = 2
const minBinaryPoint1 = 3

/** What registers of the CPU interface say, whatever they are called; after a change comes {@link CpuInterface.refresh}. */
export interface CpuInterfaceControl {
  /** Both groups use the binary point of group 0. */
  cbpr: boolean
  /** Ending drops the priority only; deactivation is a write of its own. */
  eoiMode: boolean
  enableGroup0: boolean
  enableGroup1: boolean
  /** Group 0 is signalled as FIQ; else as IRQ. */
  fiqEnable: boolean
}

/** The CPU interface of one vCPU. */
export class CpuInterface {
  readonly control: CpuInterfaceControl
  readonly #events: CpuInterfaceEvents
  readonly #sink: InterruptSink
  /** Interrupts that wait for this vCPU: enabled, pending, not active. Rarely more than two or three. */
  readonly #candidates: number[] = []
  /** Highest-priority candidate whose group is enabled, or -1. */
  #best = -1
  #bestPriority = idlePriority
  #bestGroup = 1
  #irq = false
  #fiq = false
  #priorityMask = 0
  #binaryPoint0 = minBinaryPoint0
  #binaryPoint1 = minBinaryPoint1
  /** Active priorities of each group, one bit for each of 32 levels. */
  #active0 = 0
  #active1 = 0

  constructor(events: CpuInterfaceEvents, sink: InterruptSink, fiqEnable: boolean) {
    this.#events = events
    this.#sink = sink
    this.control = { cbpr: false, eoiMode: false, enableGroup0: false, enableGroup1: false, fiqEnable }
  }

  /** The highest-priority pending interrupt, masked or not; {@link spurious} when there is none. */
  get highestPending(): number {
    return this.#best < 0 ? spurious : this.#best
  }
  /** Group of {@link CpuInterface.highestPending}. */
  get highestPendingGroup(): number {
    return this.#bestGroup
  }
  get priorityMask(): number {
    return this.#priorityMask
  }
  set priorityMask(value: number) {
    this.#priorityMask = value & priorityMask
  }
  get binaryPoint0(): number {
    return this.#binaryPoint0
  }
  set binaryPoint0(value: number) {
    this.#binaryPoint0 = Math.max(value & 7, minBinaryPoint0)
  }
  get binaryPoint1(): number {
    return this.#binaryPoint1
  }
  set binaryPoint1(value: number) {
    this.#binaryPoint1 = Math.max(value & 7, minBinaryPoint1)
  }
  get active0(): number {
    return this.#active0 >>> 0
  }
  set active0(value: number) {
    this.#active0 = value | 0
  }
  get active1(): number {
    return this.#active1 >>> 0
  }
  set active1(value: number) {
    this.#active1 = value | 0
  }
  /** The highest active priority, 0xff when there is none. */
  get runningPriority(): number {
    const all = this.#active0 | this.#active1
    return all === 0 ? idlePriority : trailingZeros(all) * 8
  }
  /** The best candidate passes the mask and preempts what runs. */
  get isDeliverable(): boolean {
    if (this.#best < 0 || this.#bestPriority >= this.#priorityMask) return false
    return this.#groupPriority(this.#bestPriority, this.#bestGroup) < this.runningPriority
  }

  /** Makes an interrupt a candidate. */
  add(intid: number): void {
    this.#candidates.push(intid)
    this.refresh()
  }

  /** Withdraws a candidate. */
  remove(intid: number): void {
    const at = this.#candidates.indexOf(intid)
    if (at >= 0) this.#candidates.splice(at, 1)
    this.refresh()
  }

  /** Chooses the highest-priority candidate anew and drives the CPU's lines. */
  refresh(): void {
    let best = -1
    let bestPriority = idlePriority + 1
    let bestGroup = 1
    if (this.#events.isForwarding) {
      const { enableGroup0, enableGroup1 } = this.control
      for (const intid of this.#candidates) {
        const bank = this.#events.bankOf(intid) as InterruptBank
        const index = intid - bank.first
        const group = bank.group[index]
        if (!(group !== 0 ? enableGroup1 : enableGroup0)) continue
        const priority = bank.priority[index]
        // Of equal priorities the lowest INTID goes first: a free choice, and the one that is easy to predict.
        if (priority > bestPriority || (priority === bestPriority && intid > best)) continue
        best = intid
        bestPriority = priority
        bestGroup = group
      }
    }
    this.#best = best
    this.#bestPriority = bestPriority
    this.#bestGroup = bestGroup
    this.#drive()
  }

  /** Takes the interrupt that {@link CpuInterface.isDeliverable} is about: it is active from now on, unless it is an LPI. */
  acknowledge(): number {
    const intid = this.#best
    const bit = 1 << (this.#groupPriority(this.#bestPriority, this.#bestGroup) >>> 3)
    if (this.#bestGroup === 0) this.#active0 |= bit
    else this.#active1 |= bit
    const bank = this.#events.bankOf(intid) as InterruptBank
    const index = intid - bank.first
    if (intid < firstLpi) bank.active[index] = 1
    bank.latch[index] = 0
    this.#events.update(bank, index)
    return intid
  }

  /**
   * Drops the highest active priority, and without EOImode deactivates the interrupt.
   *
   * @param group whose priority may be dropped: one of the other group stays, since the guest ends out of order. Undefined for any.
   */
  endOfInterrupt(intid: number, group: number | undefined): void {
    if (intid >= firstSpecial && intid < firstLpi) return
    const all = this.#active0 | this.#active1
    const bit = all & -all
    if (group !== 1 && (this.#active0 & bit) !== 0) this.#active0 &= ~bit
    else if (group !== 0) this.#active1 &= ~bit
    if (!this.control.eoiMode) this.deactivate(intid)
    this.#drive()
  }

  /** Ends an interrupt that is active. */
  deactivate(intid: number): void {
    const bank = intid < firstLpi ? this.#events.bankOf(intid) : undefined
    if (bank === undefined) return
    const index = intid - bank.first
    const wasActive = bank.active[index] !== 0
    bank.active[index] = 0
    if (wasActive) this.#events.ended(bank, index)
    this.#events.update(bank, index)
  }

  /** The part of a priority that decides on preemption. */
  #groupPriority(priority: number, group: number): number {
    const useBinaryPoint0 = group === 0 || this.control.cbpr
    return priority & (0xff << (useBinaryPoint0 ? this.#binaryPoint0 + 1 : this.#binaryPoint1))
  }

  #drive(): void {
    const { isDeliverable } = this
    const isFiq = this.#bestGroup === 0 && this.control.fiqEnable
    const irq = isDeliverable && !isFiq
    const fiq = isDeliverable && isFiq
    if (irq !== this.#irq) {
      this.#irq = irq
      this.#sink.setInterruptLine('irq', irq)
    }
    if (fiq !== this.#fiq) {
      this.#fiq = fiq
      this.#sink.setInterruptLine('fiq', fiq)
    }
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}
