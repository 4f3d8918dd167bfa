/** The sources as one piece of JavaScript, for sizes and for threads. */

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The little of esbuild that is used here. */
interface Esbuild {
  build(options: object): Promise<{ readonly outputFiles: readonly { readonly text: string }[] }>
}
// tsx brings esbuild; the workspace depends on tsx.
const { build } = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild') as Esbuild

const folder = fileURLToPath(new URL('..', import.meta.url))

/** Bundles what a module of this package's folder would export. */
export async function bundle(source: string, minify = true): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    bundle: true,
    minify,
    format: 'esm',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
  })
  return (outputFiles[0] as { text: string }).text
}
