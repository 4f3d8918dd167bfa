/** A kernel file of any known format: recognise, unpack, say where it goes. [BOOT] */

import { decodeElf, type ElfImage, isElf } from './elf.ts'
import { gunzipKernel, isGzip } from './gzip.ts'
import { decodeImageHeader, type ImageHeader, imageHeaderBytes, isImage } from './image.ts'
import { LoadError } from './load-error.ts'
import { findZbootPayload, isZboot } from './zboot.ts'

/** How the kernel was packed. */
export type KernelContainer = 'none' | 'gzip' | 'EFI zboot'

/** An unpacked kernel. */
export type Kernel =
  | {
      readonly format: 'Image'
      readonly container: KernelContainer
      readonly header: ImageHeader
      readonly bytes: Uint8Array
    }
  | { readonly format: 'ELF'; readonly container: KernelContainer; readonly elf: ElfImage }

/** A stretch of guest memory that the kernel occupies; beyond `bytes` it must be zero. */
export interface KernelSegment {
  readonly address: bigint
  readonly bytes: Uint8Array
  readonly memoryBytes: bigint
}

/** Where a kernel goes. Addresses may lie outside memory: the caller checks. */
export interface KernelPlacement {
  readonly segments: readonly KernelSegment[]
  readonly entry: bigint
}

/**
 * Recognises and unpacks an arm64 Image, Image.gz, EFI zboot image with gzip, or AArch64 ELF file. The result's bytes are
 * views of `file` unless it was compressed.
 *
 * @param limitBytes The guest's memory: nothing larger is unpacked.
 * @throws {@link LoadError}
 */
export function decodeKernel(file: Uint8Array, limitBytes: number): Kernel {
  if (isZboot(file)) {
    const { bytes, compression } = findZbootPayload(file)
    if (compression !== 'gzip') {
      throw new LoadError({ kind: 'unsupported-compression', container: 'an EFI zboot image,', compression })
    }
    return decodeUnpacked(gunzipKernel(bytes, 'EFI zboot', limitBytes), 'EFI zboot')
  }
  if (isGzip(file)) return decodeUnpacked(gunzipKernel(file, 'gzip', limitBytes), 'gzip')
  return decodeUnpacked(file, 'none')
}

function decodeUnpacked(bytes: Uint8Array, container: KernelContainer): Kernel {
  if (isElf(bytes)) return { format: 'ELF', container, elf: decodeElf(bytes) }
  if (isImage(bytes)) return { format: 'Image', container, header: decodeImageHeader(bytes), bytes }
  const compression = compressionOf(bytes)
  if (compression !== undefined)
    throw new LoadError({ kind: 'unsupported-compression', container: 'a file', compression })
  // A kernel with an EFI stub begins "MZ"; with the rest of the header missing that is all there is to go by.
  if (bytes.length > 0 && bytes.length < imageHeaderBytes && bytes[0] === 0x4d && bytes[1] === 0x5a) {
    throw new LoadError({
      kind: 'truncated',
      format: 'Image',
      part: 'its header',
      neededBytes: imageHeaderBytes,
      sizeBytes: bytes.length,
    })
  }
  const guess = otherFormats.find((format) => startsWith(bytes, format.bytes, format.offset))?.name
  throw new LoadError({
    kind: 'unknown-format',
    firstBytes: bytes.subarray(0, 8),
    sizeBytes: bytes.length,
    ...(guess === undefined ? {} : { guess }),
  })
}

/**
 * Where the kernel goes in a guest whose RAM starts at `memoryBase`, a multiple of 2 MiB.
 *
 * An Image goes to the lowest address that its header allows: kernels before 4.6 cannot use memory below them. [BOOT]
 */
export function placeKernel(kernel: Kernel, memoryBase: number): KernelPlacement {
  if (kernel.format === 'ELF') return kernel.elf
  const address = BigInt(memoryBase + kernel.header.textOffset)
  return { segments: [{ address, bytes: kernel.bytes, memoryBytes: BigInt(kernel.header.imageBytes) }], entry: address }
}

const compressions: readonly (readonly [string, readonly number[]])[] = [
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['lz4', [0x02, 0x21, 0x4c, 0x18]], // the legacy frame that Linux' build uses
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['lzo', [0x89, 0x4c, 0x5a, 0x4f]],
  ['lzma', [0x5d, 0x00, 0x00]],
]

const otherFormats: readonly { readonly name: string; readonly offset: number; readonly bytes: readonly number[] }[] = [
  { name: 'an x86 bzImage', offset: 0x202, bytes: [0x48, 0x64, 0x72, 0x53] },
  { name: 'a 32-bit Arm zImage', offset: 0x24, bytes: [0x18, 0x28, 0x6f, 0x01] },
  { name: 'a U-Boot image', offset: 0, bytes: [0x27, 0x05, 0x19, 0x56] },
  { name: 'a flattened image tree or device tree', offset: 0, bytes: [0xd0, 0x0d, 0xfe, 0xed] },
  { name: 'a Debian package', offset: 0, bytes: [0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e] },
  { name: 'an EFI program that is no Linux kernel', offset: 0, bytes: [0x4d, 0x5a] },
]

function compressionOf(bytes: Uint8Array): string | undefined {
  return compressions.find(([, magic]) => startsWith(bytes, magic, 0))?.[0]
}

function startsWith(bytes: Uint8Array, magic: readonly number[], offset: number): boolean {
  return magic.every((byte, i) => bytes[offset + i] === byte)
}
