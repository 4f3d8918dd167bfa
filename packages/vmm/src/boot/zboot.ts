/** EFI zboot: a compressed kernel inside a PE file that unpacks itself under UEFI. [EFI-ZBOOT] header fields. */

import { LoadError } from './load-error.ts'

const headerBytes = 64

/** Where the compressed kernel lies in a zboot file. */
export interface ZbootPayload {
  readonly bytes: Uint8Array
  /** Name as the build wrote it: `gzip`, `zstd`, `lz4`, … */
  readonly compression: string
}

/** Whether the bytes start as an EFI zboot image: "MZ", two zero bytes, "zimg". */
export function isZboot(file: Uint8Array): boolean {
  return [0x4d, 0x5a, 0, 0, 0x7a, 0x69, 0x6d, 0x67].every((byte, i) => file[i] === byte)
}

/**
 * Finds the payload: offset at 8, size at 12, the compression's name as a C string at 24 (at most 32 bytes).
 *
 * @throws {@link LoadError} truncated
 */
export function findZbootPayload(file: Uint8Array): ZbootPayload {
  const format = 'EFI zboot'
  if (file.length < headerBytes) {
    throw new LoadError({
      kind: 'truncated',
      format,
      part: 'its header',
      neededBytes: headerBytes,
      sizeBytes: file.length,
    })
  }
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const offset = header.getUint32(8, true)
  const sizeBytes = header.getUint32(12, true)
  if (offset + sizeBytes > file.length) {
    throw new LoadError({
      kind: 'truncated',
      format,
      part: 'its payload',
      neededBytes: offset + sizeBytes,
      sizeBytes: file.length,
    })
  }
  const name = file.subarray(24, 56)
  const length = name.indexOf(0)
  return {
    bytes: file.subarray(offset, offset + sizeBytes),
    compression: String.fromCharCode(...name.subarray(0, length < 0 ? name.length : length)),
  }
}
