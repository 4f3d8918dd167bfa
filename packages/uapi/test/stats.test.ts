/** Statistics files with the headers and descriptors that Linux gave (`fixtures/stats-6.12.json`). */

import { expect, test } from 'vitest'
import {
  decodeStats,
  encodeStruct,
  KVM_STATS_TYPE_MASK,
  KVM_STATS_UNIT_MASK,
  kvm_stats_desc,
  kvm_stats_header,
  LayoutError,
} from '../src/index.ts'
import recorded from './fixtures/stats-6.12.json' with { type: 'json' }

type Recorded = (typeof recorded)[number]

/** ASCII text and NULs up to `sizeBytes`. */
const padded = (text: string, sizeBytes: number): number[] =>
  Array.from({ length: sizeBytes }, (_, index) => (index < text.length ? text.charCodeAt(index) : 0))

/** The file, with 100 + n as the n-th 64-bit word of the data. */
function fileOf({ flags, name_size, num, id_off, desc_off, data_off, total, id, stats }: Recorded): Uint8Array {
  const file = new Uint8Array(total)
  const header = { flags, name_size, num_desc: num, id_offset: id_off, desc_offset: desc_off, data_offset: data_off }
  file.set(encodeStruct(kvm_stats_header, header))
  file.set(padded(id, name_size), id_off)
  for (const [index, [name, statFlags, exponent, size, offset]] of stats.entries()) {
    const desc = encodeStruct(kvm_stats_desc, {
      flags: Number(statFlags),
      exponent: Number(exponent),
      size: Number(size),
      offset: Number(offset),
      name: padded(String(name), name_size),
    })
    file.set(desc, desc_off + index * desc.length)
  }
  const data = new DataView(file.buffer, data_off)
  for (let n = 0; n * 8 < data.byteLength; n += 1) data.setBigUint64(n * 8, BigInt(100 + n), true)
  return file
}

test.each(recorded)('default: $t', (file) => {
  const { id, stats } = decodeStats(fileOf(file))
  expect(id).toBe(file.id)
  expect(stats).toHaveLength(file.num)
  for (const [index, [name, flags, exponent, size, offset]] of file.stats.entries()) {
    expect(stats[index]).toMatchObject({ name, exponent, bucketBytes: 0 })
    expect(stats[index].type).toBe(Number(flags) & KVM_STATS_TYPE_MASK)
    expect(stats[index].unit).toBe(Number(flags) & KVM_STATS_UNIT_MASK)
    expect(stats[index].values).toEqual(
      Array.from({ length: Number(size) }, (_, n) => BigInt(100 + Number(offset) / 8 + n)),
    )
  }
})

test('error: every shorter file', () => {
  const file = fileOf(recorded[0])
  for (let length = 0; length < file.length; length += 1) {
    expect(() => decodeStats(file.slice(0, length)), String(length)).toThrow(LayoutError)
  }
})
