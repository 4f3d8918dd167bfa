/** The CPU interface of one vCPU: ICC_* system registers. [GICv3] §12.2, with 5 priority bits and DS = 1. */

import { sysRegIndex } from '@armvisor/uapi'
import { type InterruptBank, priorityMask } from './interrupts.ts'

/** What an interface asks of the distributor. */
export interface CpuInterfaceEvents {
  /** The bank that an INTID known to this vCPU lies in, undefined beyond the last. */
  bankOf(intid: number): InterruptBank | undefined
  /** The interrupt's state changed: queue it where it belongs now. */
  update(bank: InterruptBank, index: number): void
  /** The guest is done with the interrupt: it was active and is no more. */
  ended(bank: InterruptBank, index: number): void
  /** The distributor forwards interrupts (GICD_CTLR.EnableGrp1). */
  readonly isForwarding: boolean
  /** A write to ICC_SGI1R_EL1, ICC_ASGI1R_EL1 or ICC_SGI0R_EL1. */
  generateSgi(value: bigint, mayHitGroup1: boolean): void
}

/** The interrupt inputs of a CPU. */
export interface InterruptSink {
  setInterruptLine(line: 'irq' | 'fiq', level: boolean): void
}

const spurious = 1023
const idlePriority = 0xff
/** Smallest binary points: 5 priority bits leave groups of 8. [GICv3] §4.8.2 */
const minBinaryPoint0 = 2
const minBinaryPoint1 = 3
/** ICC_CTLR_EL1: A3V, 16 bits of INTID (IDbits 0), 5 priority bits. */
const controlFixed = 0x8400
const CBPR = 1
const EOImode = 2
/** ICC_SRE_EL1: DIB, DFB and SRE, all fixed at 1. */
const systemRegisterEnable = 7n

const ICC_PMR_EL1 = sysRegIndex(3, 0, 4, 6, 0)
const ICC_IAR0_EL1 = sysRegIndex(3, 0, 12, 8, 0)
const ICC_EOIR0_EL1 = sysRegIndex(3, 0, 12, 8, 1)
const ICC_HPPIR0_EL1 = sysRegIndex(3, 0, 12, 8, 2)
const ICC_BPR0_EL1 = sysRegIndex(3, 0, 12, 8, 3)
const ICC_AP0R0_EL1 = sysRegIndex(3, 0, 12, 8, 4)
const ICC_AP1R0_EL1 = sysRegIndex(3, 0, 12, 9, 0)
const ICC_DIR_EL1 = sysRegIndex(3, 0, 12, 11, 1)
const ICC_RPR_EL1 = sysRegIndex(3, 0, 12, 11, 3)
const ICC_SGI1R_EL1 = sysRegIndex(3, 0, 12, 11, 5)
const ICC_ASGI1R_EL1 = sysRegIndex(3, 0, 12, 11, 6)
const ICC_SGI0R_EL1 = sysRegIndex(3, 0, 12, 11, 7)
const ICC_IAR1_EL1 = sysRegIndex(3, 0, 12, 12, 0)
const ICC_EOIR1_EL1 = sysRegIndex(3, 0, 12, 12, 1)
const ICC_HPPIR1_EL1 = sysRegIndex(3, 0, 12, 12, 2)
const ICC_BPR1_EL1 = sysRegIndex(3, 0, 12, 12, 3)
const ICC_CTLR_EL1 = sysRegIndex(3, 0, 12, 12, 4)
const ICC_SRE_EL1 = sysRegIndex(3, 0, 12, 12, 5)
const ICC_IGRPEN0_EL1 = sysRegIndex(3, 0, 12, 12, 6)
const ICC_IGRPEN1_EL1 = sysRegIndex(3, 0, 12, 12, 7)

/** Registers that hold state, for the device's `CPU_SYSREGS`. */
const stateRegisters: readonly number[] = [
  ICC_PMR_EL1,
  ICC_BPR0_EL1,
  ICC_AP0R0_EL1,
  ICC_AP1R0_EL1,
  ICC_BPR1_EL1,
  ICC_CTLR_EL1,
  ICC_SRE_EL1,
  ICC_IGRPEN0_EL1,
  ICC_IGRPEN1_EL1,
]

/** Whether a system register belongs to the GIC: CRn 12 with CRm 8 and up, and PMR. */
export function isGicRegister(encoding: number): boolean {
  return encoding === ICC_PMR_EL1 || (encoding >= ICC_IAR0_EL1 && encoding <= ICC_IGRPEN1_EL1)
}

/** The CPU interface of one vCPU. */
export class CpuInterface {
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
  #control = 0
  #groupEnable0 = false
  #groupEnable1 = false
  /** Active priorities, one bit for each of 32 levels: ICC_AP0R0 and ICC_AP1R0. */
  #active0 = 0
  #active1 = 0

  constructor(events: CpuInterfaceEvents, sink: InterruptSink) {
    this.#events = events
    this.#sink = sink
  }

  /** An interrupt is signalled to the CPU: it ends a WFI. */
  get isSignalled(): boolean {
    return this.#irq || this.#fiq
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
      for (const intid of this.#candidates) {
        const bank = this.#events.bankOf(intid) as InterruptBank
        const index = intid - bank.first
        const group = bank.group[index]
        if (!(group !== 0 ? this.#groupEnable1 : this.#groupEnable0)) continue
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

  /** A guest's access. Undefined when the register does not exist. */
  accessSysReg(encoding: number, isWrite: boolean, value: bigint): bigint | undefined {
    if (!isWrite) return this.#read(encoding)
    return this.#write(encoding, value) ? 0n : undefined
  }

  /** A register of the saved state; undefined for others. */
  readState(encoding: number): bigint | undefined {
    return stateRegisters.includes(encoding) ? this.#read(encoding) : undefined
  }

  /** Restores a register of the saved state. False for others. */
  writeState(encoding: number, value: bigint): boolean {
    return stateRegisters.includes(encoding) && this.#write(encoding, value)
  }

  #read(encoding: number): bigint | undefined {
    switch (encoding) {
      case ICC_IAR1_EL1:
        return BigInt(this.#acknowledge(1))
      case ICC_IAR0_EL1:
        return BigInt(this.#acknowledge(0))
      case ICC_HPPIR1_EL1:
        return BigInt(this.#best >= 0 && this.#bestGroup !== 0 ? this.#best : spurious)
      case ICC_HPPIR0_EL1:
        return BigInt(this.#best >= 0 && this.#bestGroup === 0 ? this.#best : spurious)
      case ICC_RPR_EL1:
        return BigInt(this.#runningPriority())
      case ICC_PMR_EL1:
        return BigInt(this.#priorityMask)
      case ICC_BPR0_EL1:
        return BigInt(this.#binaryPoint0)
      case ICC_BPR1_EL1:
        // With one binary point for both groups, group 1 reads the other's plus one. [GICv3] ICC_BPR1_EL1
        return BigInt((this.#control & CBPR) !== 0 ? Math.min(this.#binaryPoint0 + 1, 7) : this.#binaryPoint1)
      case ICC_CTLR_EL1:
        return BigInt(controlFixed | this.#control)
      case ICC_SRE_EL1:
        return systemRegisterEnable
      case ICC_IGRPEN0_EL1:
        return this.#groupEnable0 ? 1n : 0n
      case ICC_IGRPEN1_EL1:
        return this.#groupEnable1 ? 1n : 0n
      case ICC_AP0R0_EL1:
        return BigInt(this.#active0 >>> 0)
      case ICC_AP1R0_EL1:
        return BigInt(this.#active1 >>> 0)
      default:
        return undefined
    }
  }

  #write(encoding: number, value: bigint): boolean {
    const low = Number(BigInt.asUintN(32, value))
    switch (encoding) {
      case ICC_EOIR1_EL1:
        this.#endOfInterrupt(low & 0xffffff, 1)
        return true
      case ICC_EOIR0_EL1:
        this.#endOfInterrupt(low & 0xffffff, 0)
        return true
      case ICC_DIR_EL1:
        // With EOImode 0 the write is UNPREDICTABLE; it is ignored.
        if ((this.#control & EOImode) !== 0) this.#deactivate(low & 0xffffff)
        return true
      case ICC_SGI1R_EL1:
        this.#events.generateSgi(value, true)
        return true
      case ICC_ASGI1R_EL1:
      case ICC_SGI0R_EL1:
        // With one security state both reach group 0 only, as KVM has it.
        this.#events.generateSgi(value, false)
        return true
      // Fixed: there is no memory-mapped interface to switch to.
      case ICC_SRE_EL1:
        return true
      default:
        if (!this.#writeState(encoding, low)) return false
        this.refresh()
        return true
    }
  }

  #writeState(encoding: number, low: number): boolean {
    switch (encoding) {
      case ICC_PMR_EL1:
        this.#priorityMask = low & priorityMask
        return true
      case ICC_BPR0_EL1:
        this.#binaryPoint0 = Math.max(low & 7, minBinaryPoint0)
        return true
      case ICC_BPR1_EL1:
        if ((this.#control & CBPR) === 0) this.#binaryPoint1 = Math.max(low & 7, minBinaryPoint1)
        return true
      case ICC_CTLR_EL1:
        this.#control = low & (CBPR | EOImode)
        return true
      case ICC_IGRPEN0_EL1:
        this.#groupEnable0 = (low & 1) !== 0
        return true
      case ICC_IGRPEN1_EL1:
        this.#groupEnable1 = (low & 1) !== 0
        return true
      case ICC_AP0R0_EL1:
        this.#active0 = low
        return true
      case ICC_AP1R0_EL1:
        this.#active1 = low
        return true
      default:
        return false
    }
  }

  /** The highest active priority, 0xff when there is none. */
  #runningPriority(): number {
    const all = this.#active0 | this.#active1
    return all === 0 ? idlePriority : trailingZeros(all) * 8
  }

  /** The part of a priority that decides on preemption. */
  #groupPriority(priority: number, group: number): number {
    const useBinaryPoint0 = group === 0 || (this.#control & CBPR) !== 0
    return priority & (0xff << (useBinaryPoint0 ? this.#binaryPoint0 + 1 : this.#binaryPoint1))
  }

  /** The best candidate passes the mask and preempts what runs. */
  #isDeliverable(): boolean {
    if (this.#best < 0 || this.#bestPriority >= this.#priorityMask) return false
    return this.#groupPriority(this.#bestPriority, this.#bestGroup) < this.#runningPriority()
  }

  #drive(): void {
    const isDeliverable = this.#isDeliverable()
    const irq = isDeliverable && this.#bestGroup !== 0
    const fiq = isDeliverable && this.#bestGroup === 0
    if (irq !== this.#irq) {
      this.#irq = irq
      this.#sink.setInterruptLine('irq', irq)
    }
    if (fiq !== this.#fiq) {
      this.#fiq = fiq
      this.#sink.setInterruptLine('fiq', fiq)
    }
  }

  #acknowledge(group: number): number {
    if (!this.#isDeliverable() || (this.#bestGroup !== 0) !== (group !== 0)) return spurious
    const intid = this.#best
    const bit = 1 << (this.#groupPriority(this.#bestPriority, this.#bestGroup) >>> 3)
    if (group === 0) this.#active0 |= bit
    else this.#active1 |= bit
    const bank = this.#events.bankOf(intid) as InterruptBank
    const index = intid - bank.first
    bank.active[index] = 1
    bank.latch[index] = 0
    this.#events.update(bank, index)
    return intid
  }

  #endOfInterrupt(intid: number, group: number): void {
    if (intid >= 1020) return
    // The drop is for the highest active priority. If that is of the other group, the guest ends out of order: no drop.
    const all = this.#active0 | this.#active1
    if (all !== 0) {
      const bit = all & -all
      if (group === 0 && (this.#active0 & bit) !== 0) this.#active0 &= ~bit
      else if (group !== 0 && (this.#active1 & bit) !== 0) this.#active1 &= ~bit
    }
    if ((this.#control & EOImode) === 0) this.#deactivate(intid)
    this.#drive()
  }

  #deactivate(intid: number): void {
    const bank = this.#events.bankOf(intid)
    if (bank === undefined) return
    const index = intid - bank.first
    const wasActive = bank.active[index] !== 0
    bank.active[index] = 0
    if (wasActive) this.#events.ended(bank, index)
    this.#events.update(bank, index)
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}
