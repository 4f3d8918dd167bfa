/** Coalesced MMIO: guest writes that wait in a ring until the vCPU leaves for another reason. [KVM-API] §4.116 */

import type { LinearMemory } from '@armvisor/cpu'
import { kvm_coalesced_mmio, kvm_coalesced_mmio_ring, offsetOfField, sizeOfStruct } from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'
import type { MmioDevices } from '../mmio.ts'
import type { KernelPages } from '../user-memory.ts'

/** `struct kvm_coalesced_mmio_zone`. */
export interface CoalescedZone {
  readonly addr: bigint
  readonly size: number
  readonly pio: number
}

const headBytes = sizeOfStruct(kvm_coalesced_mmio_ring)
const entryBytes = sizeOfStruct(kvm_coalesced_mmio)
const firstOffset = offsetOfField(kvm_coalesced_mmio_ring, 'first')
const lastOffset = offsetOfField(kvm_coalesced_mmio_ring, 'last')
const addressOffset = offsetOfField(kvm_coalesced_mmio, 'phys_addr')
const lengthOffset = offsetOfField(kvm_coalesced_mmio, 'len')
const pioOffset = offsetOfField(kvm_coalesced_mmio, 'pio')
const dataOffset = offsetOfField(kvm_coalesced_mmio, 'data')

/** Devices that one bus of Linux takes. */
const maxZones = 1000

/** The zones and the ring of one VM. The ring is a page that all its vCPUs' mappings show. */
export class CoalescedMmio implements MmioDevices {
  readonly #memory: LinearMemory
  readonly #page: () => KernelPages
  readonly #zones: CoalescedZone[] = []

  /** @param page the ring's page, made at first use. */
  constructor(memory: LinearMemory, page: () => KernelPages) {
    this.#memory = memory
    this.#page = page
  }

  get count(): number {
    return this.#zones.length
  }

  /** `KVM_REGISTER_COALESCED_MMIO`. The same zone may come twice. */
  register(zone: CoalescedZone): void {
    const call = 'KVM_REGISTER_COALESCED_MMIO'
    checkPio(call, zone)
    if (this.#zones.length >= maxZones) throw kvmError('ENOSPC', call, `the VM has ${maxZones} zones already`)
    this.#zones.push(zone)
  }

  /** `KVM_UNREGISTER_COALESCED_MMIO`: every zone that holds the range goes; none is fine too. */
  unregister(zone: CoalescedZone): void {
    checkPio('KVM_UNREGISTER_COALESCED_MMIO', zone)
    for (let i = this.#zones.length - 1; i >= 0; i--) {
      const it = this.#zones[i]
      if (it.pio === zone.pio && holds(it, zone.addr, BigInt(zone.size))) this.#zones.splice(i, 1)
    }
  }

  /** Only writes wait. */
  readMmio(): undefined {
    return undefined
  }

  /** False when the ring is full: then the write leaves KVM_RUN like any other. */
  writeMmio(address: number, sizeBytes: number, value: bigint): boolean {
    if (!this.#zones.some((zone) => zone.pio === 0 && holds(zone, BigInt(address), BigInt(sizeBytes)))) return false
    const { backing, sizeBytes: ringBytes } = this.#page()
    const { view } = this.#memory
    const entries = Math.floor((ringBytes - headBytes) / entryBytes)
    const last = view.getUint32(backing + lastOffset, true)
    const first = view.getUint32(backing + firstOffset, true)
    // The user can write the page: an index that is none counts as full.
    if (last >= entries || first >= entries || (last + 1) % entries === first) return false
    const at = backing + headBytes + last * entryBytes
    view.setBigUint64(at + addressOffset, BigInt(address), true)
    view.setUint32(at + lengthOffset, sizeBytes, true)
    view.setUint32(at + pioOffset, 0, true)
    for (let i = 0; i < sizeBytes; i++) view.setUint8(at + dataOffset + i, Number((value >> BigInt(8 * i)) & 0xffn))
    view.setUint32(backing + lastOffset, (last + 1) % entries, true)
    return true
  }
}

function checkPio(call: string, { pio }: CoalescedZone): void {
  if (pio > 1) throw kvmError('EINVAL', call, `pio ${hex(pio)} is neither 0 nor 1`)
}

function holds(zone: CoalescedZone, addr: bigint, size: bigint): boolean {
  return addr + size < 1n << 64n && addr >= zone.addr && addr + size <= zone.addr + BigInt(zone.size)
}
