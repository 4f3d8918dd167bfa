/** What a translation failed of: one record, written by the walkers and read at once. */

/** A fault value; reused, so take from it what you need before the next translation. */
export interface TranslationFault {
  /** DFSC or IFSC with its level. */
  fsc: number
  /** The fault is of stage 2: it goes to the hypervisor. */
  isStage2: boolean
  /** A stage-2 fault on the fetch of a stage-1 descriptor. */
  isWalk: boolean
  /** ESR WnR: the faulting access was a write (for an atomic: only the write would have failed). */
  isWrite: boolean
  /** For a stage-2 fault, the intermediate physical address that failed. */
  ipa: number
}

/** Access rights, and what an access needs; an atomic needs READ | WRITE. */
export const PERM = { read: 1, write: 2, exec: 4 } as const
