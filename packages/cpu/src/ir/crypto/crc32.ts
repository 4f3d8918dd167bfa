/** CRC32 and CRC32C by tables, four bytes at a time. [ARM] C6.2 CRC32B, CRC32CB. */

import type { Size } from '../../isa/ops.ts'
import { TABLES } from '../../state.ts'
import { tableWord, type Word, word, xor } from './values.ts'

const TABLE_BYTES = 0x400

/** What the bytes of a word contribute when `behind` bytes follow the word. */
function contributions(tables: number, bytes: Word, count: number, behind: number): Word[] {
  return Array.from({ length: count }, (_, i) => {
    const shifted = i === 0 ? bytes : word('i32.shr_u', bytes, 8 * i)
    const byte = i === 3 ? shifted : word('i32.and', shifted, 0xff)
    return tableWord(tables + TABLE_BYTES * (behind + count - 1 - i), byte)
  })
}

/** The checksum `acc` after `size` bytes more, the lower four of them in `low`. */
export function crc32(acc: Word, low: Word, high: Word, size: Size, castagnoli: boolean): Word {
  const tables = TABLES.crc32 + (castagnoli ? TABLES.crc32Bytes : 0)
  const first = xor(acc, low)
  if (size === 8) return xor(...contributions(tables, first, 4, 4), ...contributions(tables, high, 4, 0))
  const parts = contributions(tables, first, size, 0)
  return size === 4 ? xor(...parts) : xor(...parts, word('i32.shr_u', acc, 8 * size))
}
