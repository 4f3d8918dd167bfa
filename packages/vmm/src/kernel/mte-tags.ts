/** `KVM_ARM_MTE_COPY_TAGS`: allocation tags of guest memory, kept by host page. [KVM-API] §4.130 */

import { hex, kvmError } from './fail.ts'
import type { MemorySlot } from './memslots.ts'

/** Bytes that one tag is for. [ARM] D10 */
const granuleBytes = 16
/** `KVM_ARM_TAGS_FROM_GUEST`. */
const fromGuest = 1n

const call = 'KVM_ARM_MTE_COPY_TAGS'

/** What copying asks of its VM. */
export interface MteVm {
  readonly pageBytes: number
  readonly slots: { find(gpa: number): MemorySlot | undefined }
  readonly userMemory: {
    find(address: number): { readonly start: number; readonly backing: number } | undefined
    copyIn(address: bigint, sizeBytes: number, who: string): Uint8Array
    copyOut(address: bigint, bytes: Uint8Array, who: string): void
  }
}

/** `struct kvm_arm_copy_mte_tags`. */
export interface MteTagCopy {
  readonly guest_ipa: bigint
  readonly length: bigint
  readonly addr: bigint
  readonly flags: bigint
  readonly reserved: readonly bigint[]
}

/** The tags of one VM's memory; what was never written is 0. */
export class MteTags {
  readonly #vm: MteVm
  readonly #tags = new Map<number, Uint8Array>()

  constructor(vm: MteVm) {
    this.#vm = vm
  }

  /** Copies whole pages; the result is how many bytes of guest memory were covered, where not all could be. */
  copy(request: MteTagCopy): number {
    const { pageBytes } = this.#vm
    const { guest_ipa: ipa, length, flags } = request
    if (request.reserved.some((word) => word !== 0n)) throw kvmError('EINVAL', call, 'reserved words are not 0')
    if ((flags & ~fromGuest) !== 0n) throw kvmError('EINVAL', call, `flags ${hex(flags)} hold unknown bits`)
    if (length % BigInt(pageBytes) !== 0n || ipa % BigInt(pageBytes) !== 0n) {
      throw kvmError('EINVAL', call, `${hex(ipa)} + ${hex(length)} are no whole pages of ${hex(pageBytes)}`)
    }
    if (ipa + length >= 1n << 64n) throw kvmError('EINVAL', call, `${hex(ipa)} + ${hex(length)} wraps`)
    if (length > 0x7fff_ffffn) throw kvmError('EINVAL', call, `${hex(length)} bytes are more than a result can say`)
    const tagsPerPage = pageBytes / granuleBytes
    const pages = Number(length) / pageBytes
    for (let n = 0; n < pages; n++) {
      try {
        const tags = this.#tagsAt(Number(ipa) + n * pageBytes, tagsPerPage)
        const user = request.addr + BigInt(n * tagsPerPage)
        if (flags === fromGuest) this.#vm.userMemory.copyOut(user, tags, call)
        else tags.set(this.#vm.userMemory.copyIn(user, tagsPerPage, call).map((tag) => tag & 15))
      } catch (error) {
        if (n === 0) throw error
        return n * pageBytes
      }
    }
    return pages * pageBytes
  }

  #tagsAt(gpa: number, count: number): Uint8Array {
    const slot = this.#vm.slots.find(gpa)
    const mapping = slot === undefined ? undefined : this.#vm.userMemory.find(slot.hva + gpa - slot.gpa)
    if (slot === undefined || mapping === undefined) throw kvmError('EFAULT', call, `no memory is at ${hex(gpa)}`)
    const page = mapping.backing + (slot.hva + gpa - slot.gpa - mapping.start)
    let tags = this.#tags.get(page)
    if (tags === undefined) {
      tags = new Uint8Array(count)
      this.#tags.set(page, tags)
    }
    return tags
  }
}
