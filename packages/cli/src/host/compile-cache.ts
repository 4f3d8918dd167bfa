/** What Node compiles of this program is kept for the next time it starts. */

import module from 'node:module'

/**
 * Keeps what this thread loads from now on, in Node's own folder for that, and uses what is there. Before Node 22, and where nothing can be
 * written, does nothing.
 */
export function keepCompiled(): void {
  const { enableCompileCache } = module as { readonly enableCompileCache?: () => unknown }
  enableCompileCache?.()
}
