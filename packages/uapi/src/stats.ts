/** Binary statistics: flags, and the file of `KVM_GET_STATS_FD`. [KVM-API] §4.133. */

import { sizeOfStruct } from './layout/define.ts'
import { kvm_stats_desc, kvm_stats_header } from './layout/device.ts'
import { LayoutError } from './layout/layout-error.ts'
import { viewStruct, viewStructAt } from './layout/view.ts'

/** Position of the type of a statistic. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_SHIFT = 0
/** Mask of the type. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_MASK = 0xf
/** Type: only grows. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_CUMULATIVE = 0
/** Type: the current value. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_INSTANT = 1
/** Type: the largest value so far. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_PEAK = 2
/** Type: a histogram of buckets of `bucket_size`. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_LINEAR_HIST = 3
/** Type: a histogram of buckets that double. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_LOG_HIST = 4
/** Largest type. @see [KVM-API] §4.133 */
export const KVM_STATS_TYPE_MAX = 4
/** Position of the unit. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_SHIFT = 4
/** Mask of the unit. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_MASK = 0xf0
/** Unit: a count. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_NONE = 0
/** Unit: bytes. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_BYTES = 0x10
/** Unit: seconds. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_SECONDS = 0x20
/** Unit: cycles. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_CYCLES = 0x30
/** Unit: 0 or 1. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_BOOLEAN = 0x40
/** Largest unit. @see [KVM-API] §4.133 */
export const KVM_STATS_UNIT_MAX = 0x40
/** Position of the base of the exponent. @see [KVM-API] §4.133 */
export const KVM_STATS_BASE_SHIFT = 8
/** Mask of the base. @see [KVM-API] §4.133 */
export const KVM_STATS_BASE_MASK = 0xf00
/** Base: values are times 10 to the exponent. @see [KVM-API] §4.133 */
export const KVM_STATS_BASE_POW10 = 0
/** Base: values are times 2 to the exponent. @see [KVM-API] §4.133 */
export const KVM_STATS_BASE_POW2 = 0x100
/** Largest base. @see [KVM-API] §4.133 */
export const KVM_STATS_BASE_MAX = 0x100

/** A statistic of a statistics file. @see {@link decodeStats} */
export interface Stat {
  readonly name: string
  /** `KVM_STATS_TYPE_*`. */
  readonly type: number
  /** `KVM_STATS_UNIT_*`. */
  readonly unit: number
  /** `KVM_STATS_BASE_*`: base of the exponent. */
  readonly base: number
  /** A value counts base to this power of units. */
  readonly exponent: number
  /** Width of a bucket of a linear histogram. */
  readonly bucketBytes: number
  /** One value, or the buckets of a histogram. */
  readonly values: readonly bigint[]
}

/** What a statistics file holds. @see {@link decodeStats} */
export interface Stats {
  /** `kvm-` and the process, of a vCPU also its number. */
  readonly id: string
  readonly stats: readonly Stat[]
}

/** Text up to the first NUL. Names are ASCII. */
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)))

/**
 * The contents of a `KVM_GET_STATS_FD` descriptor, read from its beginning to its end.
 *
 * @throws {@link LayoutError} if a part that the header or a descriptor names lies outside the bytes, or is misaligned.
 * @see [KVM-API] §4.133
 */
export function decodeStats(bytes: Uint8Array): Stats {
  const header = viewStructAt(kvm_stats_header, bytes)
  const part = (what: string, offset: number, sizeBytes: number): Uint8Array => {
    if (offset + sizeBytes > bytes.length) throw new LayoutError('truncated', what, offset + sizeBytes, bytes.length)
    return bytes.subarray(offset, offset + sizeBytes)
  }
  const descBytes = sizeOfStruct(kvm_stats_desc) + header.name_size
  const stats = Array.from({ length: header.num_desc }, (_, index): Stat => {
    const offset = header.desc_offset + index * descBytes
    const desc = viewStruct(kvm_stats_desc, part('kvm_stats_desc', offset, descBytes))
    const data = part('statistics data', header.data_offset + desc.offset, desc.size * 8)
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    return {
      name: textOf(desc.name),
      type: desc.flags & KVM_STATS_TYPE_MASK,
      unit: desc.flags & KVM_STATS_UNIT_MASK,
      base: desc.flags & KVM_STATS_BASE_MASK,
      exponent: desc.exponent,
      bucketBytes: desc.bucket_size,
      values: Array.from({ length: desc.size }, (_value, n) => view.getBigUint64(n * 8, true)),
    }
  })
  return { id: textOf(part('statistics id', header.id_offset, header.name_size)), stats }
}
