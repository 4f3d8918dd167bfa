/** What an ITS has been told by its commands, and how it translates. [GICv3] §5.3, errors and limits as in KVM */

import type { GuestMemoryAccess } from '../guest-memory.ts'
import { firstLpi } from './interrupts.ts'
import {
  asResult,
  decodeCollection,
  decodeDevice,
  decodeEvent,
  encodeCollection,
  encodeDevice,
  encodeEvent,
  entryAddress,
  entryBytes,
  idBits,
  isValid,
  type ScanResult,
  scanEntries,
  scanTable,
  tableAddress,
  tableBytes,
} from './its-tables.ts'
import type { Vgic } from './vgic.ts'

interface Collection {
  readonly id: number
  /** Index of its vCPU, undefined while it is not mapped. */
  vcpu: number | undefined
}

interface Event {
  readonly lpi: number
  /** Undefined once the collection was unmapped. */
  collection: Collection | undefined
}

interface Device {
  readonly id: number
  readonly ittAddress: number
  readonly eventBits: number
  readonly events: Map<number, Event>
}

/** Numbers of commands. [GICv3] §5.3 */
const MOVI = 0x01
const INT = 0x03
const CLEAR = 0x04
const MAPD = 0x08
const MAPC = 0x09
const MAPTI = 0x0a
const MAPI = 0x0b
const INV = 0x0c
const INVALL = 0x0d
const MOVALL = 0x0e
const DISCARD = 0x0f

/** What a message led to. */
export type Delivery = 'delivered' | 'blocked' | 'busy'

/** Registers that commands look at. */
export interface ItsRegisters {
  /** GITS_BASER0 and GITS_BASER1. */
  readonly deviceTable: bigint
  readonly collectionTable: bigint
}

/** Mappings of one ITS. A command with an error has no effect, as in KVM. */
export class Its {
  readonly #vgic: Vgic
  readonly #memory: GuestMemoryAccess
  readonly #registers: ItsRegisters
  readonly #devices = new Map<number, Device>()
  readonly #collections = new Map<number, Collection>()

  constructor(vgic: Vgic, memory: GuestMemoryAccess, registers: ItsRegisters) {
    this.#vgic = vgic
    this.#memory = memory
    this.#registers = registers
  }

  /** Carries out a command of four doublewords; SYNC and unknown ones do nothing. */
  execute(command: DataView): void {
    const word = (n: number): bigint => command.getBigUint64(n * 8, true)
    const deviceId = command.getUint32(4, true)
    const eventId = command.getUint32(8, true)
    const collectionId = Number(word(2) & 0xffffn)
    const target = Number((word(2) >> 16n) & 0xffff_ffffn)
    switch (Number(word(0) & 0xffn)) {
      case MAPD:
        this.#mapDevice(deviceId, isValid(word(2)), Number(word(1) & 0x1fn) + 1, Number(word(2) & 0xf_ffff_ffff_ff00n))
        return
      case MAPC:
        this.#mapCollection(collectionId, isValid(word(2)), target)
        return
      case MAPTI:
        this.#mapEvent(deviceId, eventId, command.getUint32(12, true), collectionId)
        return
      case MAPI:
        this.#mapEvent(deviceId, eventId, eventId, collectionId)
        return
      case MOVI:
        this.#moveEvent(deviceId, eventId, collectionId)
        return
      case DISCARD:
        this.#discard(deviceId, eventId)
        return
      case INT:
        this.deliver(deviceId, eventId)
        return
      case CLEAR:
        this.#withEvent(deviceId, eventId, ({ lpi }) => this.#vgic.lpis.setPending(lpi, false))
        return
      case INV:
        this.#withEvent(deviceId, eventId, ({ lpi }) => this.#vgic.lpis.loadConfig(lpi))
        return
      case INVALL: {
        const vcpu = this.#collections.get(collectionId)?.vcpu
        if (vcpu !== undefined) this.#vgic.lpis.loadConfigs(vcpu)
        return
      }
      case MOVALL: {
        const to = Number((word(3) >> 16n) & 0xffff_ffffn)
        const [source, destination] = [this.#cpuOf(target), this.#cpuOf(to)]
        if (source !== undefined && destination !== undefined) this.#vgic.lpis.moveAll(source, destination)
        return
      }
    }
  }

  /** An event of a device happened: makes its LPI pending. */
  deliver(deviceId: number, eventId: number): Delivery {
    const event = this.#devices.get(deviceId)?.events.get(eventId)
    const vcpu = event?.collection?.vcpu
    if (event === undefined || vcpu === undefined) return 'blocked'
    if (!this.#vgic.lpis.isEnabledOn(vcpu)) return 'busy'
    this.#vgic.lpis.setPending(event.lpi, true)
    return 'delivered'
  }

  /** Forgets all devices and their events. */
  clearDevices(): void {
    for (const device of this.#devices.values()) this.#freeDevice(device)
  }

  /** Forgets all collections. */
  clearCollections(): void {
    for (const id of [...this.#collections.keys()]) this.#freeCollection(id)
  }

  /** `KVM_DEV_ARM_ITS_SAVE_TABLES`. False when a table has no room or its memory is not there. */
  saveTables(): ScanResult {
    const { deviceTable, collectionTable } = this.#registers
    if (isValid(deviceTable)) {
      const devices = [...this.#devices.values()].sort((a, b) => a.id - b.id)
      for (let i = 0; i < devices.length; i++) {
        const device = devices[i]
        const at = entryAddress(this.#memory, deviceTable, device.id)
        if (at === undefined) return 'EINVAL'
        const next = i + 1 < devices.length ? devices[i + 1].id - device.id : 0
        if (!this.#saveEvents(device) || !this.#memory.writeWord(at, encodeDevice(device, next))) return 'EFAULT'
      }
    }
    if (!isValid(collectionTable)) return 'done'
    const base = tableAddress(collectionTable)
    const room = tableBytes(collectionTable) / entryBytes
    const entries = [...this.#collections.values()].slice(0, room).map(({ id, vcpu }) => {
      return encodeCollection({ id, target: vcpu === undefined ? undefined : this.#vgic.cpus[vcpu].vcpu.id })
    })
    // An entry that is not valid ends the table.
    if (entries.length < room) entries.push(0n)
    return entries.every((entry, i) => this.#memory.writeWord(base + i * entryBytes, entry)) ? 'done' : 'EFAULT'
  }

  /** `KVM_DEV_ARM_ITS_RESTORE_TABLES`. */
  restoreTables(): ScanResult {
    const { deviceTable, collectionTable } = this.#registers
    const collections = isValid(collectionTable) ? this.#restoreCollections(collectionTable) : 'done'
    if (collections !== 'done' || !isValid(deviceTable)) return collections
    const result = scanTable(this.#memory, deviceTable, (id, entry) => {
      if (!isValid(entry)) return 1
      const { next, ...device } = decodeDevice(entry)
      const restored = this.#restoreEvents({ ...device, id, events: new Map() })
      return restored === 'done' ? next : restored
    })
    if (result !== 'done') this.clearDevices()
    return result
  }

  #mapDevice(id: number, isMapping: boolean, eventBits: number, ittAddress: number): void {
    const at = entryAddress(this.#memory, this.#registers.deviceTable, id)
    if (at === undefined || (isMapping && eventBits > idBits)) return
    const old = this.#devices.get(id)
    if (old !== undefined) this.#freeDevice(old)
    if (isMapping) this.#devices.set(id, { id, ittAddress, eventBits, events: new Map() })
    else this.#memory.writeWord(at, 0n)
  }

  #mapCollection(id: number, isMapping: boolean, target: number): void {
    if (!isMapping) {
      this.#freeCollection(id)
      return
    }
    const vcpu = this.#cpuOf(target)
    if (vcpu === undefined) return
    const collection = this.#collections.get(id) ?? this.#addCollection(id)
    if (collection === undefined) return
    collection.vcpu = vcpu
    for (const event of this.#events()) if (event.collection === collection) this.#vgic.lpis.move(event.lpi, vcpu)
  }

  #mapEvent(deviceId: number, eventId: number, lpi: number, collectionId: number): void {
    const device = this.#devices.get(deviceId)
    if (device === undefined || eventId >= 2 ** device.eventBits) return
    if (lpi < firstLpi || lpi >= this.#vgic.lpis.intidLimit) return
    // A second mapping is UNPREDICTABLE; the first stays.
    if (device.events.has(eventId)) return
    const collection = this.#collections.get(collectionId) ?? this.#addCollection(collectionId)
    if (collection !== undefined) this.#addEvent(device, eventId, lpi, collection)
  }

  #moveEvent(deviceId: number, eventId: number, collectionId: number): void {
    const to = this.#collections.get(collectionId)
    this.#withEvent(deviceId, eventId, (event) => {
      if (event.collection?.vcpu === undefined || to?.vcpu === undefined) return
      event.collection = to
      this.#vgic.lpis.move(event.lpi, to.vcpu)
    })
  }

  #discard(deviceId: number, eventId: number): void {
    const device = this.#devices.get(deviceId)
    const event = device?.events.get(eventId)
    if (device === undefined || event?.collection?.vcpu === undefined) return
    device.events.delete(eventId)
    this.#vgic.lpis.unmap(event.lpi)
    this.#memory.writeWord(device.ittAddress + eventId * entryBytes, 0n)
  }

  #withEvent(deviceId: number, eventId: number, action: (event: Event) => void): void {
    const event = this.#devices.get(deviceId)?.events.get(eventId)
    if (event !== undefined) action(event)
  }

  *#events(): Generator<Event> {
    for (const { events } of this.#devices.values()) yield* events.values()
  }

  /** Index of the vCPU whose processor number, its id, is the target of a collection. */
  #cpuOf(target: number): number | undefined {
    return this.#vgic.cpus.find(({ vcpu }) => vcpu.id === target)?.index
  }

  #addCollection(id: number): Collection | undefined {
    if (entryAddress(this.#memory, this.#registers.collectionTable, id) === undefined) return undefined
    const collection: Collection = { id, vcpu: undefined }
    this.#collections.set(id, collection)
    return collection
  }

  #addEvent(device: Device, eventId: number, lpi: number, collection: Collection): void {
    device.events.set(eventId, { lpi, collection })
    this.#vgic.lpis.map(lpi, collection.vcpu ?? -1)
  }

  #freeDevice(device: Device): void {
    this.#devices.delete(device.id)
    for (const { lpi } of device.events.values()) this.#vgic.lpis.unmap(lpi)
  }

  /** Its events keep the vCPU that they had, and are not delivered any more. */
  #freeCollection(id: number): void {
    const collection = this.#collections.get(id)
    if (collection === undefined) return
    for (const event of this.#events()) if (event.collection === collection) event.collection = undefined
    this.#collections.delete(id)
  }

  #saveEvents({ ittAddress, events }: Device): boolean {
    const sorted = [...events].sort(([a], [b]) => a - b)
    return sorted.every(([id, { lpi, collection }], i) => {
      const next = i + 1 < sorted.length ? sorted[i + 1][0] - id : 0
      const entry = encodeEvent({ lpi, collection: collection?.id ?? 0 }, next)
      return this.#memory.writeWord(ittAddress + id * entryBytes, entry)
    })
  }

  #restoreCollections(table: bigint): ScanResult {
    const outcome = scanEntries(this.#memory, tableAddress(table), tableBytes(table), 0, (_, entry) => {
      if (!isValid(entry)) return 0
      const { id, target } = decodeCollection(entry)
      const vcpu = target === undefined ? undefined : this.#cpuOf(target)
      if (vcpu === undefined && target !== undefined) return 'EINVAL'
      if (this.#collections.has(id)) return 'EEXIST'
      const collection = this.#addCollection(id)
      if (collection === undefined) return 'EINVAL'
      collection.vcpu = vcpu
      return 1
    })
    return asResult(outcome)
  }

  #restoreEvents(device: Device): ScanResult {
    const limit = 2 ** device.eventBits
    this.#devices.set(device.id, device)
    const outcome = scanEntries(this.#memory, device.ittAddress, limit * entryBytes, 0, (eventId, entry) => {
      const { lpi, collection: collectionId, next } = decodeEvent(entry)
      if (lpi === 0) return 1
      const collection = this.#collections.get(collectionId)
      if (lpi < firstLpi || eventId + next >= limit || collection === undefined) return 'EINVAL'
      this.#addEvent(device, eventId, lpi, collection)
      return next
    })
    return asResult(outcome)
  }
}
