/** Commands of an ITS, and its tables. [GICv3] §5 */

import { beforeEach, describe, expect, test } from 'vitest'
import { GuestMemoryAccess } from '../guest-memory.ts'
import { Its } from './its.ts'
import { decodeDevice, encodeDevice, entryAddress } from './its-tables.ts'
import { Vgic, type VgicVcpu } from './vgic.ts'

const VALID = 1n << 63n
const INDIRECT = 1n << 62n
const config = 0x1_0000
const pending = [0x2_0000, 0x3_0000] as const
const devices = 0x4_0000
const collections = 0x5_0000
const itt = 0x6_0000
const memoryBytes = 0x20_0000
const lpi = 8192 + 5

const vcpu = (id: number): VgicVcpu => ({ id, mpidr: BigInt(id), setInterruptLine: () => {} })

let bytes: Uint8Array
let view: DataView
let vgic: Vgic
let its: Its
let tables: { deviceTable: bigint; collectionTable: bigint }

beforeEach(() => {
  bytes = new Uint8Array(memoryBytes)
  view = new DataView(bytes.buffer)
  const slot = { gpa: 0, hva: 0, sizeBytes: memoryBytes, isReadOnly: false }
  const memory = new GuestMemoryAccess({
    slots: { find: (gpa) => (gpa < memoryBytes ? (slot as never) : undefined) },
    userMemory: {
      copyIn: (address, size) => bytes.slice(Number(address), Number(address) + size),
      copyOut: (address, data) => bytes.set(data, Number(address)),
    },
    markDirty: () => {},
  })
  // Ids need not be indices.
  vgic = new Vgic(64, [vcpu(0), vcpu(5)], 'GICv3', memory)
  vgic.lpis.hasIts = true
  vgic.lpis.propbaser = BigInt(config | 15)
  pending.forEach((at, cpu) => {
    vgic.lpis.pendbasers[cpu] = BigInt(at)
    vgic.lpis.setEnabled(cpu, true)
  })
  tables = { deviceTable: VALID | BigInt(devices), collectionTable: VALID | BigInt(collections) }
  its = new Its(vgic, memory, tables)
})

function command(...words: readonly bigint[]): void {
  const data = new DataView(new ArrayBuffer(32))
  words.forEach((word, i) => {
    data.setBigUint64(i * 8, word, true)
  })
  its.execute(data)
}
const mapd = (device: bigint, size = 4n, at = itt): void => command((device << 32n) | 8n, size, VALID | BigInt(at))
const mapc = (collection: bigint, target: bigint): void => command(9n, 0n, VALID | (target << 16n) | collection)
const mapti = (device: bigint, event: bigint, intid: number, collection: bigint): void =>
  command((device << 32n) | 0xan, (BigInt(intid) << 32n) | event, collection)
const onEvent = (code: bigint, device: bigint, event: bigint, collection = 0n): void =>
  command((device << 32n) | code, event, collection)
const isPending = (intid = lpi): boolean => vgic.lpis.bank.latch[intid - 8192] !== 0
const owner = (intid = lpi): number | undefined => vgic.lpis.bank.owner[intid - 8192]

describe('commands', () => {
  beforeEach(() => {
    mapd(1n)
    mapc(2n, 5n)
    mapti(1n, 3n, lpi, 2n)
  })

  test('default: an event becomes the LPI it is mapped to, at the vCPU of its collection', () => {
    expect(owner()).toBe(1)
    expect(its.deliver(1, 3)).toBe('delivered')
    expect(isPending()).toBe(true)
    expect([its.deliver(1, 4), its.deliver(2, 3)]).toEqual(['blocked', 'blocked'])
  })

  test('behavior: a vCPU whose LPIs are off takes none', () => {
    vgic.lpis.setEnabled(1, false)
    expect(its.deliver(1, 3)).toBe('busy')
  })

  test('behavior: configuration is read when an LPI is mapped, and anew by INV and INVALL', () => {
    const state = (): unknown[] => [vgic.lpis.bank.enabled[lpi - 8192], vgic.lpis.bank.priority[lpi - 8192]]
    expect(state()).toEqual([0, 0])
    bytes[config + 5] = 0xa1
    onEvent(0xcn, 1n, 3n)
    expect(state()).toEqual([1, 0xa0])
    bytes[config + 5] = 0x50
    command(0xdn, 0n, 2n)
    expect(state()).toEqual([0, 0x50])
  })

  test('behavior: INT and CLEAR', () => {
    onEvent(3n, 1n, 3n)
    expect(isPending()).toBe(true)
    onEvent(4n, 1n, 3n)
    expect(isPending()).toBe(false)
  })

  test('behavior: MOVI, MAPC and MOVALL move LPIs to another vCPU', () => {
    mapc(4n, 0n)
    onEvent(1n, 1n, 3n, 4n)
    expect(owner()).toBe(0)
    mapc(4n, 5n)
    expect(owner()).toBe(1)
    command(0xen, 0n, 5n << 16n, 0n)
    expect(owner()).toBe(0)
  })

  test('behavior: DISCARD and MAPD forget mappings, and clear their entries in memory', () => {
    its.saveTables()
    expect(view.getBigUint64(itt + 3 * 8, true)).toBe((BigInt(lpi) << 16n) | 2n)
    onEvent(0xfn, 1n, 3n)
    expect(its.deliver(1, 3)).toBe('blocked')
    expect(view.getBigUint64(itt + 3 * 8, true)).toBe(0n)
    expect(owner()).toBe(-1)
    command((1n << 32n) | 8n, 0n, 0n)
    expect(view.getBigUint64(devices + 8, true)).toBe(0n)
  })

  test('behavior: events of a collection that is unmapped are blocked', () => {
    command(9n, 0n, 2n)
    expect(its.deliver(1, 3)).toBe('blocked')
  })

  test.each([
    ['an event beyond the device', 1n, 32n, lpi + 1, 2n],
    ['an INTID below LPIs', 1n, 4n, 8191, 2n],
    ['a device that is not mapped', 9n, 4n, lpi + 1, 2n],
    ['a collection beyond its table', 1n, 4n, lpi + 1, 0x2000n],
  ])('error: MAPTI of %s has no effect', (_, device, event, intid, collection) => {
    mapti(device, event, intid, collection)
    expect(its.deliver(Number(device), Number(event))).toBe('blocked')
  })

  test('error: MAPC to a vCPU that is not there has no effect', () => {
    mapc(2n, 1n)
    expect(owner()).toBe(1)
  })
})

describe('pending tables', () => {
  test('behavior: what is pending in memory is so when the LPI is mapped or LPIs are enabled', () => {
    mapd(1n)
    mapc(2n, 0n)
    bytes[pending[0] + (lpi >> 3)] = 1 << (lpi & 7)
    mapti(1n, 3n, lpi, 2n)
    expect(isPending()).toBe(true)
    expect(bytes[pending[0] + (lpi >> 3)]).toBe(0)
    expect(vgic.lpis.savePending()).toBe(true)
    expect(bytes[pending[0] + (lpi >> 3)]).toBe(1 << (lpi & 7))
    vgic.lpis.setEnabled(0, false)
    expect(isPending()).toBe(false)
    vgic.lpis.setEnabled(0, true)
    expect(isPending()).toBe(true)
  })
})

describe('tables', () => {
  test('behavior: saved and restored, also through two levels and over gaps', () => {
    tables.deviceTable = VALID | INDIRECT | BigInt(devices)
    view.setBigUint64(devices, VALID | 0x8_0000n, true)
    view.setBigUint64(devices + 8, VALID | 0x9_0000n, true)
    mapc(7n, 5n)
    for (const [device, at] of [
      [0n, itt],
      [20n, itt + 0x1000],
      [0x2003n, itt + 0x2000],
    ] as const) {
      mapd(device, 4n, at)
      mapti(device, 1n, 8192 + Number(device), 7n)
      mapti(device, 30n, 8300 + Number(device), 7n)
    }
    expect(its.saveTables()).toBe('done')
    expect(view.getBigUint64(0x8_0000, true)).toBe(VALID | (20n << 49n) | (BigInt(itt) >> 3n) | 4n)
    expect(view.getBigUint64(itt + 8, true)).toBe((29n << 48n) | (8192n << 16n) | 7n)
    its.clearDevices()
    its.clearCollections()
    expect(its.deliver(20, 1)).toBe('blocked')
    expect(its.restoreTables()).toBe('done')
    for (const device of [0, 20, 0x2003]) {
      expect([its.deliver(device, 1), its.deliver(device, 30)]).toEqual(['delivered', 'delivered'])
      expect([owner(8192 + device), owner(8300 + device)]).toEqual([1, 1])
    }
  })

  test('error: entries that cannot be', () => {
    view.setBigUint64(collections, VALID | (9n << 16n) | 1n, true)
    expect(its.restoreTables()).toBe('EINVAL')
    view.setBigUint64(collections, VALID | (5n << 16n) | 1n, true)
    view.setBigUint64(devices, VALID | (BigInt(itt) >> 3n) | 4n, true)
    view.setBigUint64(itt, (5n << 16n) | 1n, true)
    expect(its.restoreTables()).toBe('EINVAL')
    expect(its.restoreTables()).toBe('EEXIST')
  })

  test('behavior: entries lie inside their table, and inside memory', () => {
    const memory = { isVisible: (at: number) => at < memoryBytes } as GuestMemoryAccess
    expect(entryAddress(memory, VALID | BigInt(devices), 0x1fff)).toBe(devices + 0xfff8)
    expect(entryAddress(memory, VALID | BigInt(devices), 0x2000)).toBeUndefined()
    expect(entryAddress(memory, VALID | BigInt(devices) | 1n, 0x2000)).toBe(devices + 0x1_0000)
    expect(entryAddress(memory, VALID | BigInt(memoryBytes), 0)).toBeUndefined()
  })

  test('behavior: an ITT address has 52 bits', () => {
    const device = { ittAddress: 2 ** 52 - 256, eventBits: 16 }
    expect(decodeDevice(encodeDevice(device, 3))).toEqual({ ...device, next: 3 })
  })
})
