/** `KVM_IRQFD`: eventfds that raise a GSI, and resample eventfds that tell of its end. [KVM-API] §4.75 */

import { KVM_IRQFD_FLAG_DEASSIGN, KVM_IRQFD_FLAG_RESAMPLE } from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'
import type { EventFd } from '../fd/event-fd.ts'
import type { IrqRouting } from './routing.ts'

/** `struct kvm_irqfd`. */
export interface IrqFdRequest {
  readonly gsi: number
  readonly flags: number
}

interface IrqFd {
  readonly gsi: number
  readonly event: EventFd
  readonly resample: EventFd | undefined
  readonly stop: () => void
}

const call = 'KVM_IRQFD'

/** The irqfds of one VM. */
export class IrqFds {
  readonly #routing: IrqRouting
  readonly #irqFds = new Set<IrqFd>()

  constructor(routing: IrqRouting) {
    this.#routing = routing
  }

  get count(): number {
    return this.#irqFds.size
  }

  /**
   * @param isReady the interrupt controller is initialised.
   * @param event and `resample` look descriptors up; they throw EBADF or EINVAL.
   */
  set({ gsi, flags }: IrqFdRequest, isReady: boolean, event: () => EventFd, resample: () => EventFd): void {
    if ((flags & ~(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE)) !== 0) {
      throw kvmError('EINVAL', call, `flags ${hex(flags >>> 0)} hold unknown bits`)
    }
    if ((flags & KVM_IRQFD_FLAG_DEASSIGN) !== 0) {
      this.#deassign(gsi, event())
      return
    }
    if (!isReady) throw kvmError('EAGAIN', call, 'the interrupt controller is not initialised', 'do CTRL_INIT first')
    const source = event()
    const resampler = (flags & KVM_IRQFD_FLAG_RESAMPLE) !== 0 ? resample() : undefined
    for (const it of this.#irqFds) {
      if (it.event === source) throw kvmError('EBUSY', call, `the eventfd raises GSI ${it.gsi} already`)
    }
    const inject = (): void => {
      source.drain()
      this.#routing.setLevel(gsi, true)
      // With a resampler the line stays up until the guest is done with the interrupt.
      if (resampler === undefined) this.#routing.setLevel(gsi, false)
    }
    const stop = source.listen(inject, () => this.#irqFds.delete(irqFd))
    const irqFd: IrqFd = { gsi, event: source, resample: resampler, stop }
    this.#irqFds.add(irqFd)
    // What was signalled before counts too.
    if (source.count > 0n) inject()
  }

  /** The guest ended the interrupt of a pin: its resamplers lower the line and say so. */
  acknowledged(pin: number): void {
    if (this.#irqFds.size === 0) return
    const gsis = this.#routing.gsisOfPin(pin)
    const resampled = [...this.#irqFds].filter((it) => it.resample !== undefined && gsis.includes(it.gsi))
    for (const gsi of new Set(resampled.map((it) => it.gsi))) this.#routing.setLevel(gsi, false)
    for (const { resample } of resampled) resample?.signal()
  }

  /** The VM is gone. */
  close(): void {
    for (const it of this.#irqFds) it.stop()
    this.#irqFds.clear()
  }

  #deassign(gsi: number, event: EventFd): void {
    for (const it of this.#irqFds) {
      if (it.event !== event || it.gsi !== gsi) continue
      it.stop()
      this.#irqFds.delete(it)
    }
  }
}
