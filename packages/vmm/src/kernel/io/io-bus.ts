/** What answers a guest's access to an address without memory inside the kernel: devices, events, coalesced zones. */

import type { MmioDevices } from '../mmio.ts'

/** Something on the bus. */
export type BusDevice = MmioDevices

/** The MMIO bus of a VM: devices are asked in the order in which they came. */
export class IoBus implements MmioDevices {
  readonly #devices: BusDevice[] = []

  add(device: BusDevice): void {
    this.#devices.push(device)
  }

  remove(device: BusDevice): void {
    const at = this.#devices.indexOf(device)
    if (at >= 0) this.#devices.splice(at, 1)
  }

  readMmio(address: number, sizeBytes: number, vcpu: number): bigint | undefined {
    for (const device of this.#devices) {
      const value = device.readMmio(address, sizeBytes, vcpu)
      if (value !== undefined) return value
    }
    return undefined
  }

  writeMmio(address: number, sizeBytes: number, value: bigint, vcpu: number): boolean {
    for (const device of this.#devices) if (device.writeMmio(address, sizeBytes, value, vcpu)) return true
    return false
  }
}
