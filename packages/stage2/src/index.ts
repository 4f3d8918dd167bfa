/**
 * Stage-2 translation tables of the Arm architecture: their geometry, their registers and descriptors, and the engine that
 * maps, unmaps and walks them in memory that the caller provides.
 *
 * @example
 * ```ts
 * import { computeGeometry, formatGeometry, Prot, Stage2Table } from '@armvisor/stage2'
 * import { ArrayMemory } from '@armvisor/stage2/testing'
 *
 * const geometry = computeGeometry({ ipaBits: 40, granule: '4K' })
 * console.log(formatGeometry(geometry))
 *
 * const table = new Stage2Table({ geometry, mm: new ArrayMemory() })
 * table.map(0x4000_0000n, 0x1000n, 0x8_0000_0000n, Prot.rw)
 * console.log(table.dump().join('\n'))
 * // 0x0040000000-0x0040001000 -> 0x0800000000 rw- Normal-WB AF L3 x1 (4 KiB)
 * ```
 *
 * @packageDocumentation
 */

export type { Address } from './address.ts'
export type { ChunkProgress } from './chunks.ts'
export { contiguousEntries } from './contiguous.ts'
export type { Descriptor, InvalidDescriptor, LeafDescriptor, LeafOptions, TableDescriptor } from './descriptor.ts'
export { decodeDescriptor, encodeLeaf, encodeTable, joinHalves } from './descriptor.ts'
export type { Stage2Run } from './dump.ts'
export { formatRun } from './dump.ts'
export type { GeometryErrorFacts, GeometryErrorReason } from './errors.ts'
export { GeometryError, Stage2ArgumentError, TableAllocationError } from './errors.ts'
export type { GeometryOptions, Granule, Stage2Geometry } from './geometry.ts'
export { computeGeometry, formatBytes, formatGeometry, granules, maxIpaBits, minIpaBits } from './geometry.ts'
export { MapFlags } from './map.ts'
export { EntryRun, type MmOps } from './mm-ops.ts'
export { maxOwner } from './owner.ts'
export { checkProt, formatPermissions, Prot, permissionMask, softwareMask } from './prot.ts'
export { DescriptorFormat, DescriptorHi, DescriptorLo, formatMemAttr } from './pte.ts'
export { formatResult, Result } from './result.ts'
export type { Stage2Leaf, Stage2TableOptions } from './table.ts'
export { Stage2Table } from './table.ts'
export { TableCache } from './table-cache.ts'
export { TablePool, type TablePoolOptions, type TlbOps } from './table-pool.ts'
export type { VtcrFields, VtcrOptions } from './vtcr.ts'
export { decodePaRange, decodeVtcr, encodePaRange, encodeVtcr } from './vtcr.ts'
export type { VttbrFields, VttbrOptions } from './vttbr.ts'
export { decodeVttbr, encodeVttbr } from './vttbr.ts'
export { type WalkContext, WalkFlags, type WalkVisitor } from './walk.ts'
