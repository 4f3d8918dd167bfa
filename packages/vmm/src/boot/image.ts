/** The arm64 `Image` header: recognise, decode, encode. [BOOT] "4. Call the kernel image". */

import { LoadError } from './load-error.ts'

/** Bytes of the header. */
export const imageHeaderBytes = 64

const MAGIC = 0x644d5241 // "ARM\x64" at offset 56
const ALIGN_2M = 0x20_0000

/** The fields of an `Image` header that a loader needs. */
export interface ImageHeader {
  /** Offset of the image from a 2 MiB aligned base. */
  readonly textOffset: number
  /** Memory that the kernel needs from its first byte on, .bss included. */
  readonly imageBytes: number
  readonly isBigEndian: boolean
  /** The kernel's page size, or undefined where the header does not say. */
  readonly pageBytes: 4096 | 16384 | 65536 | undefined
  /** Whether the 2 MiB aligned base may be anywhere, rather than close to the start of RAM. */
  readonly isPlaceableAnywhere: boolean
}

/** Whether the bytes start with an `Image` header. */
export function isImage(file: Uint8Array): boolean {
  return file.length >= imageHeaderBytes && view(file).getUint32(56, true) === MAGIC
}

/**
 * Decodes the header and checks that the file is whole as far as its own tables tell.
 *
 * @throws {@link LoadError} truncated, corrupt
 */
export function decodeImageHeader(file: Uint8Array): ImageHeader {
  const header = view(file)
  const imageSize = header.getBigUint64(16, true)
  const flags = header.getUint32(24, true)
  checkSections(file)
  const textOffset = header.getBigUint64(8, true)
  const isOld = imageSize === 0n
  if (!isOld && (textOffset >= BigInt(ALIGN_2M) || imageSize > 2n ** 48n)) {
    throw new LoadError({
      kind: 'corrupt',
      format: 'Image',
      detail: `its header has text_offset 0x${textOffset.toString(16)} and image_size 0x${imageSize.toString(16)}`,
    })
  }
  return {
    // Kernels before 3.17 leave image_size 0 and the endianness of text_offset unknown: 0x80000 is then the rule.
    textOffset: isOld ? 0x8_0000 : Number(textOffset),
    imageBytes: isOld ? file.length : Math.max(Number(imageSize), file.length),
    isBigEndian: (flags & 1) !== 0,
    pageBytes: ([undefined, 4096, 16384, 65536] as const)[(flags >>> 1) & 3],
    isPlaceableAnywhere: (flags & 8) !== 0,
  }
}

/**
 * The 64 bytes of a header, for a program that wants to be loaded as a kernel is. The first instruction word branches over
 * the header, so the program begins at offset 64.
 */
export function encodeImageHeader(header: {
  readonly textOffset: number
  readonly imageBytes: number
  readonly flags: number
}): Uint8Array {
  const bytes = new Uint8Array(imageHeaderBytes)
  const out = view(bytes)
  out.setUint32(0, 0x1400_0000 | (imageHeaderBytes / 4), true) // B .+64
  out.setBigUint64(8, BigInt(header.textOffset), true)
  out.setBigUint64(16, BigInt(header.imageBytes), true)
  out.setBigUint64(24, BigInt(header.flags), true)
  out.setUint32(56, MAGIC, true)
  return bytes
}

/**
 * A kernel with an EFI stub has a PE header whose sections tell how long the file is. Without this check a download cut short
 * would boot and die without a word.
 */
function checkSections(file: Uint8Array): void {
  const header = view(file)
  const pe = header.getUint32(60, true)
  if (header.getUint16(0, true) !== 0x5a4d || pe === 0) return
  if (pe + 24 > file.length) throw truncated('its PE header', pe + 24, file.length)
  if (header.getUint32(pe, true) !== 0x4550) return
  const count = header.getUint16(pe + 6, true)
  const first = pe + 24 + header.getUint16(pe + 20, true)
  if (first + 40 * count > file.length) throw truncated('its section table', first + 40 * count, file.length)
  for (let i = 0; i < count; i++) {
    const section = first + 40 * i
    const end = header.getUint32(section + 20, true) + header.getUint32(section + 16, true)
    if (end > file.length) throw truncated('its last section', end, file.length)
  }
}

function truncated(part: string, neededBytes: number, sizeBytes: number): LoadError {
  return new LoadError({ kind: 'truncated', format: 'Image', part, neededBytes, sizeBytes })
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
