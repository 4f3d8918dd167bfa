/** What a bundle holds: one encoder stays small, and the package as a whole too. */

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

/** The little of esbuild that is used here. */
interface Esbuild {
  build(
    options: object,
  ): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array; readonly text: string }[] }>
}
// tsx brings esbuild; the workspace depends on tsx.
const { build } = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild') as Esbuild

const folder = fileURLToPath(new URL('..', import.meta.url))

async function bundle(source: string): Promise<{ gzip: number; brotli: number; text: string }> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['@armvisor/source'],
    write: false,
    logLevel: 'silent',
  })
  const { contents, text } = outputFiles[0]
  return { gzip: gzipSync(contents, { level: 9 }).length, brotli: brotliCompressSync(contents).length, text }
}

test('default: machine types alone are at most 1 kB', async () => {
  for (const names of ['encodeVmType', 'decodeVmType', 'encodeVmType, decodeVmType']) {
    const { gzip, brotli } = await bundle(`export { ${names} } from './src/index.ts'`)
    console.log(`${names}: ${gzip} bytes with gzip, ${brotli} with Brotli`)
    expect(gzip, names).toBeLessThanOrEqual(1024)
  }
})

test('default: the whole entry is at most 25 kB', async () => {
  const { gzip, brotli } = await bundle(`export * from './src/index.ts'`)
  console.log(`@armvisor/uapi: ${gzip} bytes with gzip, ${brotli} with Brotli`)
  expect(gzip).toBeLessThanOrEqual(25_000)
})

test('default: the tables for people are an entry of their own', async () => {
  const both = await bundle(`export * from './src/index.ts'; export * from './src/tables.ts'`)
  console.log(`@armvisor/uapi with @armvisor/uapi/tables: ${both.gzip} bytes with gzip, ${both.brotli} with Brotli`)
  expect(both.brotli).toBeLessThanOrEqual(30_000)
})

test('behavior: a number alone is nothing but the number, a codec has no other structure', async () => {
  expect((await bundle(`export { KVM_CREATE_VM } from './src/index.ts'`)).text.length).toBeLessThan(80)
  const { text } = await bundle(`export { kvm_one_reg } from './src/index.ts'`)
  expect(text).toContain('kvm_one_reg')
  expect(text).not.toContain('kvm_msi')
  expect((await bundle(`import '@armvisor/uapi'`)).text.trim()).toBe('')
})
