import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { encodeImageHeader } from './image.ts'
import { decodeKernel, placeKernel } from './kernel.ts'
import { LoadError, type LoadFault } from './load-error.ts'

const MiB = 2 ** 20
const limit = 64 * MiB
const base = 0x4000_0000

function image(
  options: { textOffset?: number; imageBytes?: number; flags?: number; bodyBytes?: number } = {},
): Uint8Array {
  const { textOffset = 0, imageBytes = 3 * MiB, flags = 0b1010, bodyBytes = 5000 } = options
  const file = new Uint8Array(64 + bodyBytes).map((_, i) => (i * 31) & 0xff)
  file.set(encodeImageHeader({ textOffset, imageBytes, flags }))
  return file
}

function zboot(payload: Uint8Array, compression: string): Uint8Array {
  const offset = 0x200
  const file = new Uint8Array(offset + payload.length + 100)
  const view = new DataView(file.buffer)
  file.set(Buffer.from('MZ\0\0zimg'))
  view.setUint32(8, offset, true)
  view.setUint32(12, payload.length, true)
  file.set(Buffer.from(compression), 24)
  view.setUint32(56, 0x818223cd, true)
  file.set(payload, offset)
  return file
}

/** An Image with an EFI stub's PE header: two sections that end at `end`. */
function imageWithSections(end: number, fileBytes: number): Uint8Array {
  const file = image({ bodyBytes: fileBytes - 64 })
  const view = new DataView(file.buffer)
  file.set([0x4d, 0x5a])
  view.setUint32(60, 64, true)
  file.set(Buffer.from('PE\0\0'), 64)
  view.setUint16(64 + 6, 2, true)
  view.setUint16(64 + 20, 160, true)
  const table = 64 + 24 + 160
  for (const [i, [from, to]] of [
    [4096, 8192],
    [8192, end],
  ].entries()) {
    view.setUint32(table + 40 * i + 16, to - from, true)
    view.setUint32(table + 40 * i + 20, from, true)
  }
  return file
}

const elfFile = new Uint8Array(readFileSync(new URL('../../test/fixtures/elf/guest.elf', import.meta.url)))

function faultOf(file: Uint8Array, limitBytes = limit): LoadFault {
  try {
    decodeKernel(file, limitBytes)
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    expect(error.message).toMatch(/^[A-Z].*\.$/)
    expect(error.name).toBe('LoadError')
    return error.fault
  }
  throw new Error('was accepted')
}

describe('Image', () => {
  test('default: header fields, bytes are the file itself', () => {
    const file = image({ textOffset: 0x8_0000 })
    const kernel = decodeKernel(file, limit)
    expect(kernel).toMatchObject({
      format: 'Image',
      container: 'none',
      header: {
        textOffset: 0x8_0000,
        imageBytes: 3 * MiB,
        isBigEndian: false,
        pageBytes: 4096,
        isPlaceableAnywhere: true,
      },
    })
    expect(kernel.format === 'Image' && kernel.bytes).toBe(file)
  })

  test('args: page size and endianness flags', () => {
    const header = (flags: number) => {
      const kernel = decodeKernel(image({ flags }), limit)
      return kernel.format === 'Image' ? kernel.header : undefined
    }
    expect(header(0)).toMatchObject({ pageBytes: undefined, isBigEndian: false, isPlaceableAnywhere: false })
    expect(header(1)).toMatchObject({ isBigEndian: true })
    expect(header(4)).toMatchObject({ pageBytes: 16384 })
    expect(header(6)).toMatchObject({ pageBytes: 65536 })
  })

  test('behavior: goes text_offset above the base of memory, with room for .bss', () => {
    const placed = placeKernel(decodeKernel(image({ textOffset: 0x8_0000 }), limit), base)
    expect(placed.entry).toBe(0x4008_0000n)
    expect(placed.segments).toMatchObject([{ address: 0x4008_0000n, memoryBytes: BigInt(3 * MiB) }])
  })

  test('behavior: before 3.17 image_size is 0 and the offset is 0x80000 whatever the field says', () => {
    const kernel = decodeKernel(image({ imageBytes: 0, textOffset: 0x1234 }), limit)
    expect(kernel).toMatchObject({ header: { textOffset: 0x8_0000, imageBytes: 5064 } })
  })

  test('behavior: image_size smaller than the file still reserves the file', () => {
    expect(decodeKernel(image({ imageBytes: 100 }), limit)).toMatchObject({ header: { imageBytes: 5064 } })
  })

  test('behavior: a whole file with PE sections is taken', () => {
    expect(decodeKernel(imageWithSections(20_000, 20_000), limit).format).toBe('Image')
  })

  test('error: a file that ends before its last PE section', () => {
    expect(faultOf(imageWithSections(20_000, 19_999))).toMatchObject({
      kind: 'truncated',
      neededBytes: 20_000,
      sizeBytes: 19_999,
    })
    expect(faultOf(imageWithSections(20_000, 20_000).subarray(0, 80))).toMatchObject({
      kind: 'truncated',
      part: 'its PE header',
    })
    expect(faultOf(imageWithSections(20_000, 20_000).subarray(0, 260))).toMatchObject({ part: 'its section table' })
  })

  test('error: fewer bytes than a header, of a kernel with an EFI stub', () => {
    expect(faultOf(imageWithSections(20_000, 20_000).subarray(0, 40))).toMatchObject({
      kind: 'truncated',
      neededBytes: 64,
    })
  })

  test('error: an offset of 2 MiB or more', () => {
    expect(faultOf(image({ textOffset: 2 * MiB }))).toMatchObject({ kind: 'corrupt' })
  })
})

describe('gzip', () => {
  test('default: unpacks what is inside', () => {
    const inside = image()
    const kernel = decodeKernel(gzipSync(inside), limit)
    expect(kernel).toMatchObject({ format: 'Image', container: 'gzip' })
    expect(kernel.format === 'Image' && Buffer.from(kernel.bytes).equals(Buffer.from(inside))).toBe(true)
  })

  test('behavior: an ELF file inside', () => {
    expect(decodeKernel(gzipSync(elfFile), limit)).toMatchObject({ format: 'ELF', container: 'gzip' })
  })

  test('error: cut short anywhere is truncated, whatever the last four bytes say', () => {
    const packed = gzipSync(image({ bodyBytes: 200_000 }))
    for (const length of [3, 10, 17, 100, packed.length >> 1, packed.length - 9]) {
      expect(faultOf(packed.subarray(0, length)), `${length} bytes`).toMatchObject({ kind: 'truncated' })
    }
  })

  test('error: one wrong bit is damage', () => {
    const packed = new Uint8Array(gzipSync(image()))
    packed[packed.length - 6] ^= 1
    expect(faultOf(packed)).toMatchObject({ kind: 'corrupt', format: 'gzip' })
    const broken = new Uint8Array(gzipSync(image()))
    broken[10] = 0xff
    expect(['corrupt', 'truncated']).toContain(faultOf(broken).kind)
  })

  test('error: larger than memory once unpacked', () => {
    expect(faultOf(gzipSync(image({ bodyBytes: 2 * MiB })), MiB)).toMatchObject({
      kind: 'too-large',
      neededBytes: 2 * MiB + 64,
      availableBytes: MiB,
    })
  })

  test('error: something else inside', () => {
    expect(faultOf(gzipSync(Buffer.from('#!/bin/sh')))).toMatchObject({ kind: 'unknown-format' })
  })
})

describe('EFI zboot', () => {
  test('default: gzip payload', () => {
    expect(decodeKernel(zboot(gzipSync(image()), 'gzip'), limit)).toMatchObject({
      format: 'Image',
      container: 'EFI zboot',
    })
  })

  test('error: any other compression is named', () => {
    for (const compression of ['zstd', 'lz4', 'lzma', 'lzo', 'xzkern']) {
      expect(faultOf(zboot(new Uint8Array(100), compression))).toMatchObject({
        kind: 'unsupported-compression',
        compression,
      })
    }
  })

  test('error: payload beyond the end of the file', () => {
    const file = zboot(gzipSync(image()), 'gzip')
    expect(faultOf(file.subarray(0, 0x210))).toMatchObject({ kind: 'truncated', part: 'its payload', sizeBytes: 0x210 })
    expect(faultOf(file.subarray(0, 20))).toMatchObject({ kind: 'truncated', part: 'its header' })
  })
})

describe('ELF', () => {
  test('default: PT_LOAD segments at p_paddr, as the GNU linker wrote them; the entry is made physical', () => {
    const kernel = decodeKernel(elfFile, limit)
    expect(kernel.format).toBe('ELF')
    const { segments, entry } = placeKernel(kernel, base)
    expect(entry).toBe(0x4020_0004n)
    expect(segments.map(({ address, memoryBytes }) => [address, memoryBytes])).toEqual([
      [0x4020_0000n, 12n],
      [0x4021_0000n, 0x1008n],
    ])
    expect(Array.from(segments[0].bytes.subarray(0, 4))).toEqual([0x1f, 0x20, 0x03, 0xd5]) // NOP
    expect(Array.from(segments[1].bytes)).toEqual([0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11])
  })

  const patched = (offset: number, ...bytes: number[]): Uint8Array => {
    const file = elfFile.slice()
    file.set(bytes, offset)
    return file
  }

  test('error: other machines, classes, byte orders and types', () => {
    expect(faultOf(patched(18, 62, 0))).toMatchObject({ kind: 'wrong-machine', field: 'e_machine', value: 62 })
    expect(faultOf(patched(4, 1))).toMatchObject({ kind: 'wrong-machine', field: 'ELF class' })
    expect(faultOf(patched(5, 2))).toMatchObject({ kind: 'wrong-machine', field: 'ELF data encoding' })
    expect(faultOf(patched(16, 1))).toMatchObject({ kind: 'wrong-machine', field: 'e_type', value: 1 })
  })

  test('error: cut short in header, table and segment', () => {
    expect(faultOf(elfFile.subarray(0, 30))).toMatchObject({ kind: 'truncated', part: 'its header' })
    expect(faultOf(elfFile.subarray(0, 100))).toMatchObject({ kind: 'truncated', part: 'its program header table' })
    expect(faultOf(elfFile.subarray(0, 0x1004))).toMatchObject({ kind: 'truncated', part: 'its segment 0' })
  })

  test('error: no segments, impossible segments', () => {
    expect(faultOf(patched(56, 0, 0))).toMatchObject({ kind: 'corrupt' })
    expect(faultOf(patched(54, 8))).toMatchObject({ kind: 'corrupt' })
    expect(faultOf(patched(64 + 40, 1))).toMatchObject({ kind: 'corrupt' })
  })
})

describe('unknown', () => {
  test('error: names the first bytes', () => {
    expect(() => decodeKernel(Buffer.from('hello, world'), limit)).toThrow(
      "The kernel's first bytes are 68 65 6c 6c 6f 2c 20 77, which is no format known here: give an arm64 Image, Image.gz, EFI zboot image (vmlinuz) or AArch64 ELF file.",
    )
  })

  test('error: an empty file', () => {
    expect(() => decodeKernel(new Uint8Array(0), limit)).toThrow(/^The kernel file is empty: give an arm64 Image/)
  })

  test('error: compressed with something else', () => {
    expect(faultOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))).toMatchObject({ compression: 'zstd' })
    expect(faultOf(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]))).toMatchObject({ compression: 'xz' })
  })

  test('error: a kernel for x86 is called that', () => {
    const file = new Uint8Array(0x300)
    file.set(Buffer.from('MZ'))
    file.set(Buffer.from('HdrS'), 0x202)
    expect(faultOf(file)).toMatchObject({ kind: 'unknown-format', guess: 'an x86 bzImage' })
  })
})
