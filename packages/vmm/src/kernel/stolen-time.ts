/** Stolen time: how long a vCPU could have run and did not, told to its guest. [KVM-API] arm/pvtime */

import type { KvmHost } from './kvm-host.ts'
import type { MemorySlot } from './memslots.ts'
import type { UserMapping } from './user-memory.ts'

/** Bytes of the structure that guest and hypervisor share. */
export const stolenTimeBytes = 64
const timeOffset = 8

/** Where the structure lies. */
export interface StolenTimeVcpu {
  readonly stolenTimeBase: number | undefined
  readonly vm: StolenTimeVm
}

/** What writing it asks of the VM. */
export interface StolenTimeVm {
  readonly slots: { find(gpa: number): MemorySlot | undefined }
  readonly userMemory: {
    find(address: number): UserMapping | undefined
    copyOut(address: bigint, bytes: Uint8Array, who: string): void
  }
  /** Memory that the kernel wrote counts as written. */
  markDirty(slot: MemorySlot, gpa: number, vcpu: undefined): void
}

/** The clock of one vCPU. Time between two runs is stolen when the vCPU left although it could have gone on. */
export class StolenTime {
  readonly #host: KvmHost
  #leftNs: number | undefined
  #stolenNs = 0

  constructor(host: KvmHost) {
    this.#host = host
  }

  /** The guest is about to run. */
  entered(vcpu: StolenTimeVcpu): void {
    const base = vcpu.stolenTimeBase
    if (base === undefined || this.#leftNs === undefined) return
    this.#stolenNs += Math.max(0, this.#host.monotonicNs() - this.#leftNs)
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.floor(this.#stolenNs)), true)
    writeGuest(vcpu.vm, base + timeOffset, bytes)
  }

  /** The guest stopped running. */
  left(isRunnable: boolean): void {
    this.#leftNs = isRunnable ? this.#host.monotonicNs() : undefined
  }
}

/** Writes guest memory from inside the kernel; memory that is not there is skipped. */
export function writeGuest(vm: StolenTimeVm, gpa: number, bytes: Uint8Array): void {
  const slot = vm.slots.find(gpa)
  if (slot === undefined || vm.userMemory.find(slot.hva + gpa - slot.gpa) === undefined) return
  try {
    vm.userMemory.copyOut(BigInt(slot.hva + gpa - slot.gpa), bytes, 'KVM_RUN')
  } catch {
    return
  }
  vm.markDirty(slot, gpa, undefined)
}
