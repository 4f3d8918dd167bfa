/**
 * Stage-2 translation tables of the Arm architecture: their geometry, their registers and descriptors.
 *
 * @packageDocumentation
 */

export type { GeometryErrorFacts, GeometryErrorReason } from './errors.ts'
export { GeometryError, Stage2ArgumentError, TableAllocationError } from './errors.ts'
export type { GeometryOptions, Granule, Stage2Geometry } from './geometry.ts'
export { computeGeometry, formatBytes, formatGeometry, granules, maxIpaBits, minIpaBits } from './geometry.ts'
export type { MmOps } from './mm-ops.ts'
export { checkProt, formatPermissions, Prot } from './prot.ts'
export { formatResult, Result } from './result.ts'
export type { VtcrFields, VtcrOptions } from './vtcr.ts'
export { decodePaRange, decodeVtcr, encodePaRange, encodeVtcr } from './vtcr.ts'
export type { VttbrFields, VttbrOptions } from './vttbr.ts'
export { decodeVttbr, encodeVttbr } from './vttbr.ts'
