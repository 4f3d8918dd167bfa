/** How large the one linear memory must be for a guest. */

import type { Granule } from '@armvisor/stage2'

const MiB = 2 ** 20
const wasmPageBytes = 65536
/** What 32-bit offsets reach. */
const largestLinearBytes = 2 ** 32

/** The most that a vCPU takes for decoded code. {@link createKvm} */
const codeBytes = 128 * MiB
/** vCPU state below the first allocation, root tables (1 MiB with 64K pages and 16 of them), the embedded guest's extra page. */
const fixedBytes = 6 * MiB
/** RAM is aligned for the smallest stage-2 block; what is skipped for that. With 64K a block is 512 MiB: see below. */
const alignmentBytes: Readonly<Record<Granule, number>> = { '4K': 2 * MiB, '16K': 32 * MiB, '64K': 512 * MiB }

/**
 * Bytes of linear memory for one VM with one vCPU: RAM, decoded code, stage-2 tables as if all of RAM were mapped by pages, and room to
 * align RAM. Memory that is never touched costs the host nothing, so there is no point in being sparing.
 */
export function linearMemoryBytes(guestBytes: number, granule: Granule): number {
  const needed = neededBytes(guestBytes)
  // Blocks are a matter of speed only: where there is no room for the alignment the guest gets pages.
  const wanted = guestBytes < alignmentBytes[granule] ? needed : needed + alignmentBytes[granule]
  return Math.ceil(Math.min(wanted, Math.max(needed, largestLinearBytes)) / wasmPageBytes) * wasmPageBytes
}

/** The most guest memory for which {@link linearMemoryBytes} is possible, in whole MiB. */
export function largestGuestBytes(): number {
  let guestBytes = largestLinearBytes
  while (neededBytes(guestBytes) > largestLinearBytes) guestBytes -= MiB
  return guestBytes
}

function neededBytes(guestBytes: number): number {
  // A table of 512 descriptors maps 512 pages, and 1/256 leaves room for the levels above.
  return guestBytes + Math.ceil(guestBytes / 256) + codeBytes + fixedBytes
}
