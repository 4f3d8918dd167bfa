/** Guest memory as the kernel's own devices read and write it. */

import type { MemorySlot } from './memslots.ts'

/** What it asks of the VM. */
export interface GuestMemoryVm {
  readonly slots: { find(gpa: number): MemorySlot | undefined }
  readonly userMemory: {
    copyIn(address: bigint, sizeBytes: number, who: string): Uint8Array
    copyOut(address: bigint, bytes: Uint8Array, who: string): void
  }
  /** Memory that the kernel wrote counts as written. */
  markDirty(slot: MemorySlot, gpa: number, vcpu: undefined): void
}

/** Access by guest physical address; each stays inside one slot. */
export class GuestMemoryAccess {
  readonly #vm: GuestMemoryVm

  constructor(vm: GuestMemoryVm) {
    this.#vm = vm
  }

  /** A slot is there. */
  isVisible(gpa: number): boolean {
    return this.#vm.slots.find(gpa) !== undefined
  }

  /** A copy; undefined where no memory is. */
  read(gpa: number, sizeBytes: number): Uint8Array | undefined {
    const slot = this.#slotOf(gpa, sizeBytes)
    if (slot === undefined) return undefined
    try {
      return this.#vm.userMemory.copyIn(BigInt(slot.hva + gpa - slot.gpa), sizeBytes, 'KVM_RUN')
    } catch {
      return undefined
    }
  }

  /** False where no memory is, or none that can be written. */
  write(gpa: number, bytes: Uint8Array): boolean {
    const slot = this.#slotOf(gpa, bytes.length)
    if (slot === undefined || slot.isReadOnly) return false
    try {
      this.#vm.userMemory.copyOut(BigInt(slot.hva + gpa - slot.gpa), bytes, 'KVM_RUN')
    } catch {
      return false
    }
    this.#vm.markDirty(slot, gpa, undefined)
    return true
  }

  /** A little-endian doubleword; undefined where no memory is. */
  readWord(gpa: number): bigint | undefined {
    const bytes = this.read(gpa, 8)
    return bytes && new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  }

  /** False where no memory is, or none that can be written. */
  writeWord(gpa: number, value: bigint): boolean {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, value, true)
    return this.write(gpa, bytes)
  }

  #slotOf(gpa: number, sizeBytes: number): MemorySlot | undefined {
    const slot = this.#vm.slots.find(gpa)
    return slot === undefined || gpa + sizeBytes > slot.gpa + slot.sizeBytes ? undefined : slot
  }
}
