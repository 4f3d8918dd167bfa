/** `struct kvm_run` in the memory that a vCPU shares with its user. [KVM-API] §5 */

import type { LinearMemory } from '@armvisor/cpu'
import {
  exitReasonTable,
  KVM_EXIT_INTR,
  KVM_EXIT_MMIO,
  KVM_EXIT_UNKNOWN,
  kvm_run,
  offsetOfField,
  type VcpuExit,
} from '@armvisor/uapi'

const at = (path: string): number => offsetOfField(kvm_run, path)
const field = {
  immediateExit: at('immediate_exit'),
  exitReason: at('exit_reason'),
  flags: at('flags'),
  union: at('exit'),
  mmioAddress: at('exit.mmio.phys_addr'),
  mmioData: at('exit.mmio.data'),
  mmioLength: at('exit.mmio.len'),
  mmioIsWrite: at('exit.mmio.is_write'),
  eventType: at('exit.system_event.type'),
  eventCount: at('exit.system_event.ndata'),
  eventData: at('exit.system_event.data'),
  hypercallNr: at('exit.hypercall.nr'),
  hypercallFlags: at('exit.hypercall.flags'),
  nisvIss: at('exit.arm_nisv.esr_iss'),
  nisvIpa: at('exit.arm_nisv.fault_ipa'),
  debugHsr: at('exit.debug.arch.hsr'),
  debugHsrHigh: at('exit.debug.arch.hsr_high'),
  debugFar: at('exit.debug.arch.far'),
  failReason: at('exit.fail_entry.hardware_entry_failure_reason'),
  failCpu: at('exit.fail_entry.cpu'),
  internalSuberror: at('exit.internal.suberror'),
  internalCount: at('exit.internal.ndata'),
  internalData: at('exit.internal.data'),
  faultFlags: at('exit.memory_fault.flags'),
  faultGpa: at('exit.memory_fault.gpa'),
  faultSize: at('exit.memory_fault.size'),
  deviceIrqLevel: at('s.regs.device_irq_level'),
} as const

/** Words of `data` of a system event or an internal error. */
const dataWords = 16
/** `flags` of a debug exit: `hsr_high` is valid. */
const hsrHighValid = 1

/** The structure at an offset of the linear memory. Only the member of the union that an exit uses is written, as in Linux. */
export class RunPage {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  readonly #base: number

  constructor(memory: LinearMemory, base: number) {
    this.#view = memory.view
    this.#bytes = memory.u8
    this.#base = base
  }

  get isImmediateExit(): boolean {
    return this.#bytes[this.#base + field.immediateExit] !== 0
  }
  /** The bytes of an MMIO access, which are the user's to fill. */
  get mmioData(): Uint8Array {
    const start = this.#base + field.mmioData
    return this.#bytes.subarray(start, start + 8)
  }
  set deviceIrqLevel(level: number) {
    this.#set64(field.deviceIrqLevel, BigInt(level))
  }

  /** The guest is about to be entered. */
  begin(): void {
    this.#set32(field.exitReason, KVM_EXIT_UNKNOWN)
    this.#view.setUint16(this.#base + field.flags, 0, true)
  }

  /** A signal, or what stands for one, ended the run. */
  interrupt(): void {
    this.#set32(field.exitReason, KVM_EXIT_INTR)
  }

  write(exit: VcpuExit): void {
    this.#set32(field.exitReason, exit.reason === 'unknown' ? exit.exitReason : exitReasonTable[exit.reason])
    switch (exit.reason) {
      case 'mmio':
        this.#set64(field.mmioAddress, exit.physAddr)
        if (exit.isWrite) this.mmioData.set(exit.data)
        this.#set32(field.mmioLength, exit.len)
        this.#bytes[this.#base + field.mmioIsWrite] = exit.isWrite ? 1 : 0
        return
      case 'system_event':
        this.#set32(field.eventType, exit.type)
        this.#setData(field.eventCount, field.eventData, exit.data)
        return
      case 'hypercall':
        this.#bytes.fill(0, this.#base + field.union, this.#base + field.hypercallFlags + 8)
        this.#set64(field.hypercallNr, exit.nr)
        this.#set64(field.hypercallFlags, exit.flags)
        return
      case 'arm_nisv':
        this.#set64(field.nisvIss, exit.esrIss)
        this.#set64(field.nisvIpa, exit.faultIpa)
        return
      case 'debug':
        this.#set32(field.debugHsr, exit.hsr)
        this.#set32(field.debugHsrHigh, exit.hsrHigh)
        this.#set64(field.debugFar, exit.far)
        this.#view.setUint16(this.#base + field.flags, hsrHighValid, true)
        return
      case 'fail_entry':
        this.#set64(field.failReason, exit.hardwareEntryFailureReason)
        this.#set32(field.failCpu, exit.cpu)
        return
      case 'internal_error':
        this.#set32(field.internalSuberror, exit.suberror)
        this.#setData(field.internalCount, field.internalData, exit.data)
        return
      case 'memory_fault':
        this.#set64(field.faultFlags, exit.flags)
        this.#set64(field.faultGpa, exit.gpa)
        this.#set64(field.faultSize, exit.size)
        return
    }
  }

  /** The exit before was for MMIO: the user has not overwritten what the access needs. */
  get isMmioExit(): boolean {
    return this.#view.getUint32(this.#base + field.exitReason, true) === KVM_EXIT_MMIO
  }

  #setData(countOffset: number, dataOffset: number, data: readonly bigint[]): void {
    this.#set32(countOffset, data.length)
    for (let n = 0; n < dataWords; n++) this.#set64(dataOffset + n * 8, data[n] ?? 0n)
  }
  #set32(offset: number, value: number): void {
    this.#view.setUint32(this.#base + offset, value, true)
  }
  #set64(offset: number, value: bigint): void {
    this.#view.setBigUint64(this.#base + offset, value, true)
  }
}
