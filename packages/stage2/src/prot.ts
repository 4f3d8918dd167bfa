/** What a mapping allows and what kind of memory it is. */

import { Result } from './result.ts'

/** Flags of {@link Prot}, ORed together. */
export type Prot = number

/** Permissions and memory type of a mapping; same meaning as Linux's `enum kvm_pgtable_prot`. */
export const Prot = {
  /** Execute. */
  x: 1,
  /** Write. */
  w: 2,
  /** Read. */
  r: 4,
  /** Device-nGnRE memory instead of Normal write-back. */
  device: 8,
  /** Normal non-cacheable memory instead of write-back. */
  normalNc: 16,
  /** Software bit, descriptor bit 55. */
  sw0: 32,
  /** Software bit, descriptor bit 56. */
  sw1: 64,
  /** Software bit, descriptor bit 57. */
  sw2: 128,
  /** Software bit, descriptor bit 58. */
  sw3: 256,
  /** Read and write. */
  rw: 6,
  /** Read, write and execute. */
  rwx: 7,
} as const

/** All permissions. */
export const permissionMask: Prot = 7
/** All software bits. */
export const softwareMask: Prot = 0x1e0
const memoryTypeMask = Prot.device | Prot.normalNc
const knownMask = permissionMask | softwareMask | memoryTypeMask

/** EINVAL for device memory that is executable or also non-cacheable, non-cacheable memory that is executable, or an unknown flag. */
export function checkProt(prot: Prot): Result {
  if ((prot & ~knownMask) !== 0) return Result.EINVAL
  const type = prot & memoryTypeMask
  if (type === 0) return Result.ok
  return type === memoryTypeMask || (prot & Prot.x) !== 0 ? Result.EINVAL : Result.ok
}

/** Permissions as text: `rwx`, `r--`. */
export function formatPermissions(prot: Prot): string {
  return `${prot & Prot.r ? 'r' : '-'}${prot & Prot.w ? 'w' : '-'}${prot & Prot.x ? 'x' : '-'}`
}
