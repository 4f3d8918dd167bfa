/** What every operation on one table shares. */

import type { Stage2Geometry } from './geometry.ts'
import type { MmOps } from './mm-ops.ts'
import type { DescriptorFormat } from './pte.ts'
import type { WalkContext } from './walk.ts'

/** One table: where it is and how it is read. */
export interface TableState {
  readonly geometry: Stage2Geometry
  readonly format: DescriptorFormat
  readonly mm: MmOps
  /** Smallest level at which `map` puts a block. */
  readonly minBlockLevel: number
  /** Every IPA maps to the equal address. */
  readonly isIdentity: boolean
  /** Address of the root, -1 once destroyed. */
  root: number
  /** 2^ipaBits. */
  readonly ipaLimit: number
  /** What an entry maps, by level. Powers of two, so that multiplying by `inverse` is exact. */
  readonly bytes: readonly number[]
  /** 1 / bytes, by level. */
  readonly inverse: readonly number[]
  /** A walk context that is free for the next walk. */
  spareContext: WalkContext | undefined
}
