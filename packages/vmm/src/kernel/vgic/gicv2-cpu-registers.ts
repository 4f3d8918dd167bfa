/** The memory-mapped CPU interface of a GICv2 as guests have it under a hypervisor: GICV, at the addresses of GICC. [GICv2] §4.4, §5.5 */

import { type CpuInterface, spurious } from './cpu-interface.ts'
import { priorityMask, sgiCount } from './interrupts.ts'

/** Bytes of the CPU interface's frames; GICC_DIR is alone in the second. */
export const cpuInterfaceBytes = 0x2000

const GICC_CTLR = 0x00
const GICC_PMR = 0x04
const GICC_BPR = 0x08
const GICC_IAR = 0x0c
const GICC_EOIR = 0x10
const GICC_RPR = 0x14
const GICC_HPPIR = 0x18
const GICC_ABPR = 0x1c
const GICC_AIAR = 0x20
const GICC_AEOIR = 0x24
const GICC_AHPPIR = 0x28
const GICC_APR0 = 0xd0
const GICC_IIDR = 0xfc
const GICC_DIR = 0x1000

// GICC_CTLR.
const EnableGrp0 = 1 << 0
const EnableGrp1 = 1 << 1
const AckCtl = 1 << 2
const FIQEn = 1 << 3
const CBPR = 1 << 4
const EOImode = 1 << 9

/** Implementer Arm, architecture 2, product 'K': what KVM shows. */
const identification = 0x04b2_043b
/** A pending interrupt of group 1 that GICC_IAR does not acknowledge. */
const otherGroup = 1022
/** The user's GICC_PMR has the priority without its low bits, as the field of GICH_VMCR. [KVM-DEV] arm-vgic */
const userPriorityShift = 3

/** The registers of one vCPU. */
export class Gicv2CpuRegisters {
  readonly #interface: CpuInterface
  readonly #takeSgi: (sgi: number) => number
  #ackCtl = false

  /** @param takeSgi an SGI is acknowledged: the vCPU it is from. */
  constructor(cpuInterface: CpuInterface, takeSgi: (sgi: number) => number) {
    this.#interface = cpuInterface
    this.#takeSgi = takeSgi
  }

  /** A guest's load of a word; reserved registers read as zero. */
  read(offset: number): number {
    const it = this.#interface
    switch (offset) {
      case GICC_PMR:
        return it.priorityMask
      case GICC_IAR:
        return this.#acknowledge(this.#ackCtl ? undefined : 0)
      case GICC_AIAR:
        return this.#acknowledge(1)
      case GICC_RPR:
        return it.runningPriority
      case GICC_HPPIR:
        return it.highestPendingGroup === 0 || this.#ackCtl || it.highestPending === spurious
          ? it.highestPending
          : otherGroup
      case GICC_AHPPIR:
        return it.highestPendingGroup === 0 ? spurious : it.highestPending
      default:
        return this.readState(offset) ?? 0
    }
  }

  /** A guest's store of a word; reserved and read-only registers ignore it. */
  write(offset: number, word: number): void {
    const it = this.#interface
    const intid = word & 0x3ff
    switch (offset) {
      case GICC_PMR:
        it.priorityMask = word
        it.refresh()
        return
      case GICC_EOIR:
      case GICC_AEOIR:
        // There is one register of active priorities for both groups: the highest is dropped whatever its group.
        it.endOfInterrupt(intid, undefined)
        return
      case GICC_DIR:
        // With EOImode 0 the write is UNPREDICTABLE; it is ignored.
        if (it.control.eoiMode) it.deactivate(intid)
        return
      default:
        this.writeState(offset, word)
    }
  }

  /** A register as the user saves it; undefined where Linux has none. */
  readState(offset: number): number | undefined {
    const it = this.#interface
    const { control } = it
    const bit = (isOn: boolean, mask: number): number => (isOn ? mask : 0)
    switch (offset) {
      case GICC_CTLR:
        return (
          bit(control.enableGroup0, EnableGrp0) |
          bit(control.enableGroup1, EnableGrp1) |
          bit(this.#ackCtl, AckCtl) |
          bit(control.fiqEnable, FIQEn) |
          bit(control.cbpr, CBPR) |
          bit(control.eoiMode, EOImode)
        )
      case GICC_PMR:
        return it.priorityMask >> userPriorityShift
      case GICC_BPR:
        return it.binaryPoint0
      case GICC_ABPR:
        return it.binaryPoint1
      case GICC_APR0:
        return (it.active0 | it.active1) >>> 0
      case GICC_APR0 + 4:
      case GICC_APR0 + 8:
      case GICC_APR0 + 12:
        return 0
      case GICC_IIDR:
        return identification
      default:
        return undefined
    }
  }

  /** Restores a register. False where Linux has none. */
  writeState(offset: number, word: number): boolean {
    const it = this.#interface
    const { control } = it
    switch (offset) {
      case GICC_CTLR:
        control.enableGroup0 = (word & EnableGrp0) !== 0
        control.enableGroup1 = (word & EnableGrp1) !== 0
        this.#ackCtl = (word & AckCtl) !== 0
        control.fiqEnable = (word & FIQEn) !== 0
        control.cbpr = (word & CBPR) !== 0
        control.eoiMode = (word & EOImode) !== 0
        break
      case GICC_PMR:
        it.priorityMask = (word << userPriorityShift) & priorityMask
        break
      case GICC_BPR:
        it.binaryPoint0 = word
        break
      case GICC_ABPR:
        it.binaryPoint1 = word
        break
      case GICC_APR0:
        it.active0 = word
        it.active1 = 0
        break
      default:
        return this.readState(offset) !== undefined
    }
    it.refresh()
    return true
  }

  /** @param group what may be acknowledged, undefined for either. */
  #acknowledge(group: number | undefined): number {
    const it = this.#interface
    if (!it.isDeliverable) return spurious
    if (group === 0 && it.highestPendingGroup !== 0) return otherGroup
    if (group === 1 && it.highestPendingGroup === 0) return spurious
    const intid = it.acknowledge()
    return intid < sgiCount ? intid | (this.#takeSgi(intid) << 10) : intid
  }
}
