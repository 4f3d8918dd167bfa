/** Large ranges in pieces, so that whoever works on them can rest in between. */

import { Stage2ArgumentError } from './errors.ts'
import { Result } from './result.ts'
import { checkBytes } from './walk.ts'

/** How far an operation in pieces has come. */
export interface ChunkProgress {
  /** Where the next piece begins. */
  readonly nextIpa: number
  readonly doneBytes: number
  readonly totalBytes: number
}

/** @see Stage2Table.inChunks */
export function* walkChunks(
  ipa: number,
  sizeBytes: number,
  pageBytes: number,
  chunkBytes: number,
  operation: (ipa: number, sizeBytes: number) => Result,
): Generator<ChunkProgress, Result, void> {
  checkBytes('ipa', ipa)
  checkBytes('sizeBytes', sizeBytes)
  checkBytes('chunkBytes', chunkBytes)
  if (chunkBytes === 0 || chunkBytes % pageBytes !== 0) {
    throw new Stage2ArgumentError('chunkBytes', chunkBytes, `a multiple of the page size, ${pageBytes}`)
  }
  const end = ipa + sizeBytes
  let outcome: Result = Result.ok
  // Pieces end at multiples of their size, so that no block is cut by them.
  for (let from = ipa; from < end; ) {
    const to = Math.min(end, (Math.floor(from / chunkBytes) + 1) * chunkBytes)
    const result = operation(from, to - from)
    if (result !== Result.ok && result !== Result.EAGAIN) return result
    if (result === Result.EAGAIN) outcome = result
    from = to
    if (from < end) yield { nextIpa: from, doneBytes: from - ipa, totalBytes: sizeBytes }
  }
  return outcome
}
