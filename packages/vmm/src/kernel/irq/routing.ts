/** `KVM_SET_GSI_ROUTING`: which pin or message a GSI is. [KVM-API] §4.52 */

import {
  type GsiRoute,
  KVM_IRQ_ROUTING_IRQCHIP,
  KVM_IRQ_ROUTING_MSI,
  KVM_MSI_VALID_DEVID,
  type MsiMessage,
} from '@armvisor/uapi'
import { hex, kvmError } from '../fail.ts'

/** Routes of one VM at most, and the limit of GSIs. */
export const maxRoutes = 4096
/** Pins of the interrupt controller: INTIDs 32 to 1019. */
const pins = 988

/** A message-signalled interrupt. */
export type Msi = MsiMessage

/** `struct kvm_irq_routing_entry`, of the union the members that arm64 has. */
export interface RoutingEntry {
  readonly gsi: number
  readonly type: number
  readonly flags: number
  readonly u: {
    readonly irqchip: { readonly irqchip: number; readonly pin: number }
    readonly msi: {
      readonly address_lo: number
      readonly address_hi: number
      readonly data: number
      readonly devid: number
    }
  }
}

/** A route as the table's structure has it. */
export function routingEntryOf(route: GsiRoute): RoutingEntry {
  const irqchip = { irqchip: 0, pin: 'pin' in route ? route.pin : 0 }
  const none = { address_lo: 0, address_hi: 0, data: 0, devid: 0 }
  if ('pin' in route) return { gsi: route.gsi, type: KVM_IRQ_ROUTING_IRQCHIP, flags: 0, u: { irqchip, msi: none } }
  const { address, data, deviceId } = route.msi
  const msi = {
    address_lo: Number(address & 0xffff_ffffn),
    address_hi: Number(address >> 32n),
    data,
    devid: deviceId ?? 0,
  }
  const flags = deviceId === undefined ? 0 : KVM_MSI_VALID_DEVID
  return { gsi: route.gsi, type: KVM_IRQ_ROUTING_MSI, flags, u: { irqchip, msi } }
}

type Route = { readonly kind: 'pin'; readonly pin: number } | { readonly kind: 'msi'; readonly msi: Msi }

/** Where interrupts end. */
export interface RoutingSink {
  /** SPI number `pin` plus 32; false when there is none. */
  setPin(pin: number, level: boolean): boolean
  /** @throws `KvmError` as `KVM_SIGNAL_MSI` */
  sendMsi(msi: Msi): void
}

const call = 'KVM_SET_GSI_ROUTING'

/** The table of one VM. */
export class IrqRouting {
  readonly #sink: RoutingSink
  #routes = new Map<number, Route[]>()

  constructor(sink: RoutingSink) {
    this.#sink = sink
  }

  /** Every SPI is the GSI of its pin: what the interrupt controller's initialisation leaves. */
  setDefault(spis: number): void {
    this.#routes = new Map(Array.from({ length: Math.min(spis, pins) }, (_, pin) => [pin, [{ kind: 'pin', pin }]]))
  }

  /** Replaces the whole table. */
  set(entries: readonly RoutingEntry[]): void {
    const highest = entries.find(({ gsi }) => gsi >= maxRoutes)
    if (highest !== undefined) throw kvmError('EINVAL', call, `GSI ${highest.gsi} is not below ${maxRoutes}`)
    const routes = new Map<number, Route[]>()
    for (const entry of entries) {
      const route = routeOf(entry)
      const others = routes.get(entry.gsi) ?? []
      // A GSI may be a pin of several controllers; there is one here. A message is alone.
      if (others.length > 0) throw kvmError('EINVAL', call, `GSI ${entry.gsi} has two routes`)
      routes.set(entry.gsi, [...others, route])
    }
    this.#routes = routes
  }

  /** Drives a GSI. A message is sent when the level is high; one that cannot be delivered is lost. */
  setLevel(gsi: number, level: boolean): void {
    for (const route of this.#routes.get(gsi) ?? []) {
      if (route.kind === 'pin') this.#sink.setPin(route.pin, level)
      else if (level) {
        try {
          this.#sink.sendMsi(route.msi)
        } catch {
          // Nobody waits for the outcome of an irqfd.
        }
      }
    }
  }

  /** GSIs that are a pin. */
  gsisOfPin(pin: number): number[] {
    const gsis: number[] = []
    for (const [gsi, routes] of this.#routes) {
      if (routes.some((route) => route.kind === 'pin' && route.pin === pin)) gsis.push(gsi)
    }
    return gsis
  }
}

function routeOf({ gsi, type, flags, u }: RoutingEntry): Route {
  const known = type === KVM_IRQ_ROUTING_MSI ? KVM_MSI_VALID_DEVID : 0
  if ((flags & ~known) !== 0) throw kvmError('EINVAL', call, `GSI ${gsi} has unknown flags ${hex(flags >>> 0)}`)
  if (type === KVM_IRQ_ROUTING_IRQCHIP) {
    const { irqchip, pin } = u.irqchip
    if (irqchip !== 0 || pin >= pins) {
      throw kvmError('EINVAL', call, `GSI ${gsi} is pin ${pin} of controller ${irqchip}`, `use pins below ${pins} of 0`)
    }
    return { kind: 'pin', pin }
  }
  if (type === KVM_IRQ_ROUTING_MSI) {
    const { address_lo, address_hi, data, devid } = u.msi
    const address = (BigInt(address_hi) << 32n) | BigInt(address_lo)
    const deviceId = (flags & KVM_MSI_VALID_DEVID) !== 0 ? devid : undefined
    return { kind: 'msi', msi: { address, data, deviceId } }
  }
  throw kvmError('EINVAL', call, `GSI ${gsi} is of type ${type}`, 'use 1 IRQCHIP or 2 MSI')
}
