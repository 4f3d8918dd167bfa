/** Tables of an ITS in guest memory: where an entry lies, and its layout in KVM's ABI revision 0. [KVM-DEV] arm-vgic-its, [GICv3] §5.2 */

import type { GuestMemoryAccess } from '../guest-memory.ts'

/** Bytes of an entry of each kind of table. */
export const entryBytes = 8
/** Bits of device, event and collection ids. */
export const idBits = 16
/** Bytes of a page of a table: the one size that there is. */
const tablePageBytes = 0x10000
const VALID = 1n << 63n
const INDIRECT = 1n << 62n
const pageAddress = 0xf_ffff_ffff_0000n

/** GITS_BASER.Valid, and that of entries. */
export function isValid(word: bigint): boolean {
  return (word & VALID) !== 0n
}

/** Bytes of the table, or of its first level, that a GITS_BASER is about. */
export function tableBytes(baser: bigint): number {
  return (Number(baser & 0xffn) + 1) * tablePageBytes
}

/** Address in a GITS_BASER with pages of 64 KiB: bits [51:48] of it are in [15:12]. */
export function tableAddress(baser: bigint): number {
  return Number((baser & 0xffff_ffff_0000n) | (((baser >> 12n) & 0xfn) << 48n))
}

/** Guest address of the entry of an id, undefined where the table has none. */
export function entryAddress(memory: GuestMemoryAccess, baser: bigint, id: number): number | undefined {
  if (id >= 1 << idBits) return undefined
  const base = tableAddress(baser)
  if ((baser & INDIRECT) === 0n) {
    if (id >= tableBytes(baser) / entryBytes) return undefined
    return visible(memory, base + id * entryBytes)
  }
  const perPage = tablePageBytes / entryBytes
  const index = Math.floor(id / perPage)
  if (index >= tableBytes(baser) / 8) return undefined
  const pointer = memory.readWord(base + index * 8)
  if (pointer === undefined || !isValid(pointer)) return undefined
  return visible(memory, Number(pointer & pageAddress) + (id % perPage) * entryBytes)
}

function visible(memory: GuestMemoryAccess, address: number): number | undefined {
  return memory.isVisible(address) ? address : undefined
}

/** What reading a table met. */
export type ScanResult = 'done' | 'EFAULT' | 'EINVAL' | 'EEXIST'

/**
 * Reads a table entry by entry. `take` says how many entries further the next is: 0 after the last.
 *
 * Of an indirect table both levels are read.
 */
export function scanTable(
  memory: GuestMemoryAccess,
  baser: bigint,
  take: (id: number, entry: bigint) => number | Exclude<ScanResult, 'done'>,
): ScanResult {
  const perPage = tablePageBytes / entryBytes
  const isFlat = (baser & INDIRECT) === 0n
  // What is beyond the last id is not looked at, however large the table.
  const sizeBytes = Math.min(tableBytes(baser), (isFlat ? 1 << idBits : (1 << idBits) / perPage) * entryBytes)
  if (isFlat) return asResult(scanEntries(memory, tableAddress(baser), sizeBytes, 0, take))
  return asResult(
    scanEntries(memory, tableAddress(baser), sizeBytes, 0, (index, pointer) => {
      if (!isValid(pointer)) return 1
      const page = Number(pointer & pageAddress)
      return scanEntries(memory, page, tablePageBytes, index * perPage, take)
    }),
  )
}

/**
 * Reads entries from `base` on. 0 after the entry that is the last, 1 when none said so: the next may be in another page.
 */
export function scanEntries(
  memory: GuestMemoryAccess,
  base: number,
  sizeBytes: number,
  firstId: number,
  take: (id: number, entry: bigint) => number | Exclude<ScanResult, 'done'>,
): number | Exclude<ScanResult, 'done'> {
  for (let at = 0; at < sizeBytes; ) {
    const entry = memory.readWord(base + at)
    if (entry === undefined) return 'EFAULT'
    const next = take(firstId + at / entryBytes, entry)
    if (typeof next === 'string' || next <= 0) return next
    at += next * entryBytes
  }
  return 1
}

/** @returns 'done' for the end of a scan, else what was wrong */
export function asResult(outcome: number | Exclude<ScanResult, 'done'>): ScanResult {
  return typeof outcome === 'string' ? outcome : 'done'
}

/** A device table entry. */
export interface DeviceEntry {
  /** Guest address of the table of the device's events. */
  readonly ittAddress: number
  readonly eventBits: number
}

/** Encodes it. @param next - distance of the next valid entry, 0 for none */
export function encodeDevice({ ittAddress, eventBits }: DeviceEntry, next: number): bigint {
  const offset = BigInt(Math.min(next, 0x3fff))
  return VALID | (offset << 49n) | (BigInt(ittAddress / 256) << 5n) | BigInt(eventBits - 1)
}

export function decodeDevice(entry: bigint): DeviceEntry & { readonly next: number } {
  return {
    ittAddress: Number((entry >> 5n) & 0xfff_ffff_ffffn) * 256,
    eventBits: Number(entry & 0x1fn) + 1,
    next: Number((entry >> 49n) & 0x3fffn),
  }
}

/** An entry of a device's events. */
export interface EventEntry {
  readonly lpi: number
  readonly collection: number
}

/** Encodes it. @param next - distance of the next entry, 0 for none */
export function encodeEvent({ lpi, collection }: EventEntry, next: number): bigint {
  return (BigInt(Math.min(next, 0xffff)) << 48n) | (BigInt(lpi) << 16n) | BigInt(collection)
}

export function decodeEvent(entry: bigint): EventEntry & { readonly next: number } {
  return {
    lpi: Number((entry >> 16n) & 0xffff_ffffn),
    collection: Number(entry & 0xffffn),
    next: Number(entry >> 48n),
  }
}

/** A collection table entry: the id of its vCPU, undefined while it is not mapped. */
export interface CollectionEntry {
  readonly id: number
  readonly target: number | undefined
}

const notMapped = 0xffff_ffff

export function encodeCollection({ id, target }: CollectionEntry): bigint {
  return VALID | (BigInt(target ?? notMapped) << 16n) | BigInt(id)
}

export function decodeCollection(entry: bigint): CollectionEntry {
  const target = Number((entry >> 16n) & 0xf_ffff_ffffn)
  return { id: Number(entry & 0xffffn), target: target === notMapped ? undefined : target }
}
