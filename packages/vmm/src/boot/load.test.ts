import { describe, expect, test } from 'vitest'
import { encodeImageHeader } from './image.ts'
import { decodeKernel } from './kernel.ts'
import { type LoadRequest, loadGuest } from './load.ts'
import { LoadError, type LoadFault } from './load-error.ts'

const MiB = 2 ** 20
const base = 0x4000_0000

function kernelOf(imageBytes: number) {
  const file = new Uint8Array(4096).fill(0xaa)
  file.set(encodeImageHeader({ textOffset: 0, imageBytes, flags: 0 }))
  return decodeKernel(file, 2 ** 40)
}

function elfOf(...segments: [address: number, memoryBytes: number][]): LoadRequest['kernel'] {
  return {
    format: 'ELF',
    container: 'none',
    elf: {
      entry: BigInt(segments[0][0]),
      segments: segments.map(([address, memoryBytes]) => ({
        address: BigInt(address),
        bytes: Uint8Array.of(1, 2, 3, 4),
        memoryBytes: BigInt(memoryBytes),
      })),
    },
  }
}

const tree = (sizeBytes = 100) => new Uint8Array(sizeBytes).fill(0xdd)

function faultOf(memoryBytes: number, request: LoadRequest): LoadFault & { message: string } {
  const bytes = new Uint8Array(memoryBytes)
  try {
    loadGuest({ base, bytes }, request)
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    expect(bytes.every((byte) => byte === 0)).toBe(true)
    return { ...error.fault, message: error.message }
  }
  throw new Error('was accepted')
}

describe('loadGuest', () => {
  test('default: kernel at the base, initrd and device tree after its .bss', () => {
    const bytes = new Uint8Array(16 * MiB)
    const initrd = new Uint8Array(100_000).fill(0x11)
    let seen: unknown
    const loaded = loadGuest(
      { base, bytes },
      {
        kernel: kernelOf(3 * MiB + 5),
        initrd,
        deviceTree: (range) => {
          seen = range
          return tree()
        },
      },
    )
    expect(loaded.entry).toBe(base)
    expect(loaded.initrd).toEqual({ item: 'initrd', address: base + 0x31_0000, end: base + 0x31_0000 + 100_000 })
    expect(seen).toEqual(loaded.initrd)
    expect(loaded.deviceTreeAddress).toBe(base + 0x33_0000)
    expect(bytes[64]).toBe(0xaa)
    expect(bytes.subarray(0x31_0000, 0x31_0000 + 100_001).lastIndexOf(0x11)).toBe(99_999)
    expect(bytes.subarray(0x33_0000, 0x33_0000 + 101).lastIndexOf(0xdd)).toBe(99)
    expect(loaded.ranges.map(({ item }) => item)).toEqual(['kernel', 'initrd', 'device tree'])
  })

  test('behavior: no initrd, or one of no bytes', () => {
    for (const initrd of [undefined, new Uint8Array(0)]) {
      const bytes = new Uint8Array(8 * MiB)
      const loaded = loadGuest({ base, bytes }, { kernel: kernelOf(MiB), initrd, deviceTree: () => tree() })
      expect(loaded.initrd).toBeUndefined()
      expect(loaded.deviceTreeAddress).toBe(base + MiB)
    }
  })

  test('behavior: an ELF file at the end of memory leaves the room before it', () => {
    const bytes = new Uint8Array(MiB)
    const loaded = loadGuest(
      { base, bytes },
      {
        kernel: elfOf([base + MiB - 0x1_0000, 0x1_0000]),
        deviceTree: () => tree(),
      },
    )
    expect(loaded.deviceTreeAddress).toBe(base)
  })

  test('error: kernel larger than memory', () => {
    expect(faultOf(2 * MiB, { kernel: kernelOf(3 * MiB), deviceTree: () => tree() }).message).toBe(
      "The kernel needs 3 MiB of memory in one piece and 2 MiB of the guest's 2 MiB are free: give the guest more memory or a smaller kernel.",
    )
  })

  test('error: initrd larger than what the kernel leaves', () => {
    expect(
      faultOf(4 * MiB, {
        kernel: kernelOf(3 * MiB),
        initrd: new Uint8Array(2 * MiB).fill(1),
        deviceTree: () => tree(),
      }),
    ).toMatchObject({ kind: 'too-large', item: 'initrd', neededBytes: 2 * MiB, availableBytes: MiB })
  })

  test('error: no room for the device tree, or one above 2 MiB', () => {
    expect(faultOf(3 * MiB, { kernel: kernelOf(3 * MiB), deviceTree: () => tree() })).toMatchObject({
      kind: 'too-large',
      item: 'device tree',
      availableBytes: 0,
    })
    expect(faultOf(8 * MiB, { kernel: kernelOf(MiB), deviceTree: () => tree(2 * MiB + 1) })).toMatchObject({
      kind: 'too-large',
      item: 'device tree',
      availableBytes: 2 * MiB,
    })
  })

  test('error: ELF segment outside memory', () => {
    expect(faultOf(4 * MiB, { kernel: elfOf([0x8_0000, 4096]), deviceTree: () => tree() }).message).toBe(
      "The kernel wants addresses 0x80000 to 0x80fff, but the guest's memory is 0x40000000 to 0x403fffff: link it at a physical address in there, give the guest more memory, or use the Image format, which can be placed anywhere.",
    )
    expect(faultOf(4 * MiB, { kernel: elfOf([base + 3 * MiB, 2 * MiB]), deviceTree: () => tree() })).toMatchObject({
      kind: 'too-large',
      availableBytes: MiB,
    })
  })

  test('error: segments that overlap', () => {
    const kernel = elfOf([base, 0x2000], [base + 0x1000, 0x1000])
    expect(faultOf(4 * MiB, { kernel, deviceTree: () => tree() })).toMatchObject({
      kind: 'overlap',
      address: base + 0x1000,
      end: base + 0x2000,
      otherAddress: base,
    })
  })
})
