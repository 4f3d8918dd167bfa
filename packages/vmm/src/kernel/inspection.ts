/** Looking in from outside: at a VM's stage-2 translation, as Linux' debugfs files `stage2_page_tables` and `ipa_range` let one, and at CPUs. */

import type { CpuStatistics } from '@armvisor/cpu'
import type { Stage2Geometry } from '@armvisor/stage2'
import type { Kvm, Vm } from '@armvisor/uapi'
import type { Stage2Registers } from './cpu-port.ts'
import { KernelKvm } from './kvm.ts'
import type { MemorySlot } from './memslots.ts'
import { KernelVm } from './vm.ts'

/** The memory that descriptors lie in, by host physical address; the shape that `@armvisor/stage2/inspect` reads. */
export interface TableMemory {
  /** Bits [31:0] of the descriptor at `pa`. */
  readLo(pa: number): number
  /** Bits [63:32]. */
  readHi(pa: number): number
  contains(pa: number): boolean
}

/** A VM's stage-2 translation as it is now; nothing here changes it. */
export interface Stage2Inspection {
  readonly geometry: Stage2Geometry
  /** VTTBR_EL2 and VTCR_EL2 while the VM runs. */
  readonly registers: Stage2Registers
  readonly memory: TableMemory
  /** Memory slots by number. */
  readonly slots: readonly MemorySlot[]
}

/**
 * Opens a VM's stage-2 tables for reading.
 *
 * @throws TypeError for a VM of another KVM implementation
 */
export function inspectStage2(vm: Vm): Stage2Inspection {
  if (!(vm instanceof KernelVm)) throw new TypeError('inspectStage2 looks into VMs of createKvm only.')
  return vm.inspect()
}

/**
 * What the CPUs of a KVM did since it was opened, in the order in which they were made. They outlive VMs, and count on for the next one.
 *
 * @throws TypeError for another KVM implementation
 */
export function inspectCpus(kvm: Kvm): readonly CpuStatistics[] {
  if (!(kvm instanceof KernelKvm)) throw new TypeError('inspectCpus looks into KVMs of createKvm only.')
  return kvm.cpuStatistics
}
