/** Puts kernel, initrd and device tree into guest memory. [BOOT] */

import { GuestMemoryPlan, type PlannedRange } from './guest-memory-plan.ts'
import { type Kernel, placeKernel } from './kernel.ts'
import { LoadError } from './load-error.ts'

/** [BOOT] "must not exceed 2 megabytes in size". */
const maxDeviceTreeBytes = 0x20_0000
const ALIGN_64K = 0x1_0000

/** Guest RAM of one stretch: its address and its bytes. */
export interface GuestRam {
  readonly base: number
  readonly bytes: Uint8Array
}

/** Addresses in a loaded guest. */
export interface LoadedGuest {
  /** Where the first vCPU starts. */
  readonly entry: number
  /** What goes into x0. */
  readonly deviceTreeAddress: number
  readonly initrd: PlannedRange | undefined
  readonly ranges: readonly PlannedRange[]
}

/** What to load. */
export interface LoadRequest {
  readonly kernel: Kernel
  /** An initrd of no bytes counts as none. */
  readonly initrd?: Uint8Array | undefined
  /** Makes the device tree once it is known where the initrd lies. */
  deviceTree(initrd: PlannedRange | undefined): Uint8Array
}

/**
 * Places everything, and only when all of it fits writes it into `ram`, which must be zeroed memory.
 *
 * The initrd follows the kernel at a multiple of 64 KiB, the largest page, and the device tree follows at another, so it
 * crosses no 2 MiB boundary unless it is larger than 64 KiB.
 *
 * @throws {@link LoadError} too-large, outside-memory, overlap
 */
export function loadGuest(ram: GuestRam, request: LoadRequest): LoadedGuest {
  const plan = new GuestMemoryPlan(ram.base, ram.bytes.length)
  const { segments, entry } = placeKernel(request.kernel, ram.base)
  for (const segment of segments) plan.claim('kernel', segment.address, segment.memoryBytes)
  const kernelEnd = plan.ranges.at(-1)!.end

  const { initrd } = request
  const initrdRange =
    initrd === undefined || initrd.length === 0
      ? undefined
      : plan.allocate('initrd', initrd.length, ALIGN_64K, kernelEnd)
  const tree = request.deviceTree(initrdRange)
  if (tree.length > maxDeviceTreeBytes) {
    throw new LoadError({
      kind: 'too-large',
      item: 'device tree',
      neededBytes: tree.length,
      availableBytes: maxDeviceTreeBytes,
      memoryBytes: ram.bytes.length,
    })
  }
  const treeRange = plan.allocate('device tree', tree.length, ALIGN_64K, initrdRange?.end ?? kernelEnd)

  for (const segment of segments) ram.bytes.set(segment.bytes, Number(segment.address) - ram.base)
  if (initrd !== undefined && initrdRange !== undefined) ram.bytes.set(initrd, initrdRange.address - ram.base)
  ram.bytes.set(tree, treeRange.address - ram.base)
  return { entry: Number(entry), deviceTreeAddress: treeRange.address, initrd: initrdRange, ranges: plan.ranges }
}
