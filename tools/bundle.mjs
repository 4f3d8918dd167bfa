/**
 * Bundles the command line's two programs from what `npm run build` compiled. Node loads the hundreds of modules in a quarter of a second,
 * and what a command needs of the bundle in a fifth of that; the libraries are published as they are compiled.
 */

import { chmodSync, rmSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'

const cli = path.join(path.dirname(fileURLToPath(import.meta.url)), '../packages/cli')

/** @returns {string} path of the bundled executable */
export function bundleCommandLine() {
  // The names of shared parts change with what is in them.
  rmSync(path.join(cli, 'bundle'), { recursive: true, force: true })
  buildSync({
    absWorkingDir: cli,
    entryPoints: ['dist/bin.js', 'dist/compile-worker.js'],
    outdir: 'bundle',
    bundle: true,
    // What only some commands need is a file of its own, and what both programs need is one.
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
    // commander is CommonJS, and asks for Node's modules when it runs.
    banner: { js: "import{createRequire as nodeRequire}from'node:module';const require=nodeRequire(import.meta.url);" },
  })
  const bin = path.join(cli, 'bundle/bin.js')
  chmodSync(bin, 0o755)
  return bin
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) bundleCommandLine()
