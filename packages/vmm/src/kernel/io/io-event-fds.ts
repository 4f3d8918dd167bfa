/** `KVM_IOEVENTFD`: guest writes that signal an eventfd instead of leaving KVM_RUN. [KVM-API] §4.59 */

import {
  KVM_IOEVENTFD_FLAG_DATAMATCH,
  KVM_IOEVENTFD_FLAG_DEASSIGN,
  KVM_IOEVENTFD_FLAG_PIO,
  KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY,
} from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'
import type { EventFd } from '../fd/event-fd.ts'
import type { MmioDevices } from '../mmio.ts'

/** `struct kvm_ioeventfd`. */
export interface IoEventFdRequest {
  readonly datamatch: bigint
  readonly addr: bigint
  readonly len: number
  readonly flags: number
}

/** A registration. Those of other buses than memory's are kept, and never hit on arm64. */
interface Registration {
  readonly bus: 'mmio' | 'pio' | 'ccw'
  readonly addr: bigint
  readonly len: number
  /** Undefined for a wildcard. */
  readonly datamatch: bigint | undefined
  readonly event: EventFd
}

const call = 'KVM_IOEVENTFD'
/** Flags that the header counts: the four above, and one for MMIO without data that it does not name. */
const validFlags = 0x1f

/** The events of one VM. */
export class IoEventFds implements MmioDevices {
  readonly #registrations: Registration[] = []
  /** Registrations by address, which every guest write is looked up in. */
  readonly #byAddress = new Map<number, Registration[]>()

  get count(): number {
    return this.#registrations.length
  }

  /** @param event looks the descriptor up; throws EBADF or EINVAL. */
  set(request: IoEventFdRequest, event: () => EventFd): void {
    if ((request.flags & KVM_IOEVENTFD_FLAG_DEASSIGN) !== 0) this.#deassign(request, event())
    else this.#assign(request, event)
  }

  /** Events are for writes. */
  readMmio(): undefined {
    return undefined
  }

  writeMmio(address: number, sizeBytes: number, value: bigint): boolean {
    const registrations = this.#byAddress.get(address)
    if (registrations === undefined) return false
    for (const { len, datamatch, event } of registrations) {
      if (len !== 0 && len !== sizeBytes) continue
      if (datamatch !== undefined && BigInt.asUintN(sizeBytes * 8, datamatch) !== value) continue
      event.signal()
      return true
    }
    return false
  }

  #assign(request: IoEventFdRequest, event: () => EventFd): void {
    const { addr, len, flags } = request
    if (![0, 1, 2, 4, 8].includes(len))
      throw kvmError('EINVAL', call, `a length of ${len} bytes`, 'use 0, 1, 2, 4 or 8')
    if (addr + BigInt(len) >= 1n << 64n) throw kvmError('EINVAL', call, `${hex(addr)} + ${len} wraps`)
    if ((flags & ~validFlags) !== 0) throw kvmError('EINVAL', call, `flags ${hex(flags >>> 0)} hold unknown bits`)
    const isMatching = (flags & KVM_IOEVENTFD_FLAG_DATAMATCH) !== 0
    if (len === 0 && isMatching) throw kvmError('EINVAL', call, 'any length and a match of data exclude each other')
    const registration: Registration = {
      bus: busOf(flags),
      addr,
      len,
      datamatch: isMatching ? request.datamatch : undefined,
      event: event(),
    }
    if (this.#registrations.some((it) => collide(it, registration))) {
      throw kvmError('EEXIST', call, `${hex(addr)} + ${len} has an event that the same writes would signal`)
    }
    this.#registrations.push(registration)
    if (registration.bus !== 'mmio') return
    const address = Number(addr)
    this.#byAddress.set(address, [...(this.#byAddress.get(address) ?? []), registration])
  }

  #deassign({ datamatch, addr, len, flags }: IoEventFdRequest, event: EventFd): void {
    const isWildcard = (flags & KVM_IOEVENTFD_FLAG_DATAMATCH) === 0
    const bus = busOf(flags)
    const at = this.#registrations.findIndex(
      (it) =>
        it.bus === bus &&
        it.event === event &&
        it.addr === addr &&
        it.len === len &&
        (it.datamatch === undefined) === isWildcard &&
        (isWildcard || it.datamatch === datamatch),
    )
    if (at < 0) throw kvmError('ENOENT', call, `${hex(addr)} + ${len} has no such event`)
    const [removed] = this.#registrations.splice(at, 1)
    const address = Number(addr)
    const left = (this.#byAddress.get(address) ?? []).filter((it) => it !== removed)
    if (left.length > 0) this.#byAddress.set(address, left)
    else this.#byAddress.delete(address)
  }
}

function busOf(flags: number): Registration['bus'] {
  if ((flags & KVM_IOEVENTFD_FLAG_PIO) !== 0) return 'pio'
  return (flags & KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY) !== 0 ? 'ccw' : 'mmio'
}

/** One write could signal both. */
function collide(a: Registration, b: Registration): boolean {
  if (a.bus !== b.bus || a.addr !== b.addr) return false
  if (a.len === 0 || b.len === 0) return true
  if (a.len !== b.len) return false
  return a.datamatch === undefined || b.datamatch === undefined || a.datamatch === b.datamatch
}
