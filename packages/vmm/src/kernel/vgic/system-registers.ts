/** The CPU interface as ICC_* system registers. [GICv3] §12.2, with DS = 1. */

import { sysRegIndex } from '@armvisor/uapi'
import { type CpuInterface, spurious } from './cpu-interface.ts'

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

/** What the guest of a GICv2 finds: ICC_SRE_EL1 says that the registers are off, and all others are UNDEFINED. */
export function accessDisabledSysReg(encoding: number): bigint | undefined {
  return encoding === ICC_SRE_EL1 ? 0n : undefined
}

/** The registers of one vCPU. */
export class SystemRegisters {
  readonly #interface: CpuInterface
  readonly #generateSgi: (value: bigint, mayHitGroup1: boolean) => void

  /** @param generateSgi takes a write to ICC_SGI1R_EL1, ICC_ASGI1R_EL1 or ICC_SGI0R_EL1. */
  constructor(cpuInterface: CpuInterface, generateSgi: (value: bigint, mayHitGroup1: boolean) => void) {
    this.#interface = cpuInterface
    this.#generateSgi = generateSgi
  }

  /** A guest's access. Undefined when the register does not exist. */
  access(encoding: number, isWrite: boolean, value: bigint): bigint | undefined {
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
    const it = this.#interface
    const { control } = it
    switch (encoding) {
      case ICC_IAR1_EL1:
        return BigInt(this.#acknowledge(1))
      case ICC_IAR0_EL1:
        return BigInt(this.#acknowledge(0))
      case ICC_HPPIR1_EL1:
        return BigInt(it.highestPendingGroup !== 0 ? it.highestPending : spurious)
      case ICC_HPPIR0_EL1:
        return BigInt(it.highestPendingGroup === 0 ? it.highestPending : spurious)
      case ICC_RPR_EL1:
        return BigInt(it.runningPriority)
      case ICC_PMR_EL1:
        return BigInt(it.priorityMask)
      case ICC_BPR0_EL1:
        return BigInt(it.binaryPoint0)
      case ICC_BPR1_EL1:
        // With one binary point for both groups, group 1 reads the other's plus one. [GICv3] ICC_BPR1_EL1
        return BigInt(control.cbpr ? Math.min(it.binaryPoint0 + 1, 7) : it.binaryPoint1)
      case ICC_CTLR_EL1:
        return BigInt(controlFixed | (control.cbpr ? CBPR : 0) | (control.eoiMode ? EOImode : 0))
      case ICC_SRE_EL1:
        return systemRegisterEnable
      case ICC_IGRPEN0_EL1:
        return control.enableGroup0 ? 1n : 0n
      case ICC_IGRPEN1_EL1:
        return control.enableGroup1 ? 1n : 0n
      case ICC_AP0R0_EL1:
        return BigInt(it.active0)
      case ICC_AP1R0_EL1:
        return BigInt(it.active1)
      default:
        return undefined
    }
  }

  #write(encoding: number, value: bigint): boolean {
    const low = Number(BigInt.asUintN(32, value))
    switch (encoding) {
      case ICC_EOIR1_EL1:
        this.#interface.endOfInterrupt(low & 0xffffff, 1)
        return true
      case ICC_EOIR0_EL1:
        this.#interface.endOfInterrupt(low & 0xffffff, 0)
        return true
      case ICC_DIR_EL1:
        // With EOImode 0 the write is UNPREDICTABLE; it is ignored.
        if (this.#interface.control.eoiMode) this.#interface.deactivate(low & 0xffffff)
        return true
      case ICC_SGI1R_EL1:
        this.#generateSgi(value, true)
        return true
      case ICC_ASGI1R_EL1:
      case ICC_SGI0R_EL1:
        // With one security state both reach group 0 only, as KVM has it.
        this.#generateSgi(value, false)
        return true
      // Fixed: there is no memory-mapped interface to switch to.
      case ICC_SRE_EL1:
        return true
      default:
        if (!this.#writeState(encoding, low)) return false
        this.#interface.refresh()
        return true
    }
  }

  #writeState(encoding: number, low: number): boolean {
    const it = this.#interface
    switch (encoding) {
      case ICC_PMR_EL1:
        it.priorityMask = low
        return true
      case ICC_BPR0_EL1:
        it.binaryPoint0 = low
        return true
      case ICC_BPR1_EL1:
        if (!it.control.cbpr) it.binaryPoint1 = low
        return true
      case ICC_CTLR_EL1:
        it.control.cbpr = (low & CBPR) !== 0
        it.control.eoiMode = (low & EOImode) !== 0
        return true
      case ICC_IGRPEN0_EL1:
        it.control.enableGroup0 = (low & 1) !== 0
        return true
      case ICC_IGRPEN1_EL1:
        it.control.enableGroup1 = (low & 1) !== 0
        return true
      case ICC_AP0R0_EL1:
        it.active0 = low
        return true
      case ICC_AP1R0_EL1:
        it.active1 = low
        return true
      default:
        return false
    }
  }

  #acknowledge(group: number): number {
    const it = this.#interface
    if (!it.isDeliverable || (it.highestPendingGroup !== 0) !== (group !== 0)) return spurious
    return it.acknowledge()
  }
}
