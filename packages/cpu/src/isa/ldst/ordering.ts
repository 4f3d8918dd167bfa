/** The acquire and release suffixes of atomic instructions: `ldadd`, `ldadda`, `ldaddl`, `ldaddal`. [ARM] C3.2.12. */

import type { Alias } from '../dsl.ts'

/**
 * The spellings with a suffix. The spelling without is the row's own.
 * @param acquire the field of the acquire bit. @param release the field of the release bit.
 * @param spell gives the template for a suffix.
 */
export function ordered(acquire: string, release: string, spell: (suffix: string) => string): readonly Alias[] {
  return [[1, 1, 'al'] as const, [1, 0, 'a'] as const, [0, 1, 'l'] as const].map(([a, r, suffix]) => ({
    asm: spell(suffix),
    when: (f) => f[acquire] === a && f[release] === r,
    fields: { [acquire]: a, [release]: r },
  }))
}
