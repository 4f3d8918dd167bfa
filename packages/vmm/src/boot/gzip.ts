/** gzip, with its checksum. [RFC1952]. */

import { gunzipSync } from 'fflate'
import { LoadError } from './load-error.ts'

const headerAndTrailerBytes = 18

/** Whether the bytes start with a gzip member that uses deflate. */
export function isGzip(file: Uint8Array): boolean {
  return file[0] === 0x1f && file[1] === 0x8b && file[2] === 8
}

/**
 * Unpacks a file of one gzip member.
 *
 * @param format What the file is, for messages.
 * @param limitBytes The most that may come out.
 * @throws {@link LoadError} truncated, corrupt (a wrong checksum, or bytes after the member), too-large
 */
export function gunzipKernel(file: Uint8Array, format: string, limitBytes: number): Uint8Array {
  if (file.length < headerAndTrailerBytes) throw cutShort(format, headerAndTrailerBytes, file.length)
  const trailer = new DataView(file.buffer, file.byteOffset + file.length - 8, 8)
  const sizeBytes = trailer.getUint32(4, true)
  // Of a file cut short the trailer is any four bytes, so it must not decide how much is allocated, nor which error it is.
  const out = new Uint8Array(Math.min(sizeBytes, limitBytes))
  try {
    gunzipSync(file, { out })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (message === 'unexpected EOF') throw cutShort(format, file.length + 1, file.length)
    throw new LoadError(
      { kind: 'corrupt', format, detail: `its compressed data is invalid (${message})` },
      { cause: error },
    )
  }
  if (sizeBytes > limitBytes) {
    throw new LoadError({
      kind: 'too-large',
      item: 'kernel',
      neededBytes: sizeBytes,
      availableBytes: limitBytes,
      memoryBytes: limitBytes,
    })
  }
  const expected = trailer.getUint32(0, true)
  const found = crc32(out)
  if (found !== expected) {
    const detail = `its checksum is 0x${found.toString(16)} instead of 0x${expected.toString(16)}`
    throw new LoadError({ kind: 'corrupt', format, detail })
  }
  return out
}

function cutShort(format: string, neededBytes: number, sizeBytes: number): LoadError {
  return new LoadError({ kind: 'truncated', format, part: 'its compressed data', neededBytes, sizeBytes })
}

/** CRC-32 as gzip has it. [RFC1952] §8. */
function crc32(bytes: Uint8Array): number {
  const table = new Uint32Array(256)
  for (let i = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1
    table[i] = value
  }
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}
