/** The acquire and release suffixes of atomic instructions: `ldadd`, `ldadda`, `ldaddl`, `ldaddal`. [ARM] C3.2.12. */

import type { Syntax } from '../syntax.ts'

/** Both suffixes, from a field each. */
export function orderSuffix(acquire: string, release: string): Syntax {
  return {
    pattern: '(?:al|a|l|)',
    format: (f) => `${f[acquire] ? 'a' : ''}${f[release] ? 'l' : ''}`,
    parse: (text) => ({ [acquire]: text.startsWith('a') ? 1 : 0, [release]: text.endsWith('l') ? 1 : 0 }),
  }
}

/** The release suffix alone. */
export function releaseSuffix(release: string): Syntax {
  return {
    pattern: '(?:l|)',
    format: (f) => (f[release] ? 'l' : ''),
    parse: (text) => ({ [release]: text === 'l' ? 1 : 0 }),
  }
}
