/** What the entries weigh in a bundle, and that none brings another. */

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bundle } from './bundle.ts'

test.each([
  { entry: 'index', limit: 12_000 },
  { entry: 'hardware', limit: 6_500 },
  { entry: 'inspect', limit: 12_000 },
])('default: the entry $entry is at most $limit bytes, minified and compressed', async ({ entry, limit }) => {
  const text = await bundle(`export * from './src/${entry}.ts'`)
  const gzip = gzipSync(text, { level: 9 }).length
  console.log(`${entry}: ${gzip} bytes with gzip, ${brotliCompressSync(text).length} with Brotli`)
  expect(gzip).toBeLessThanOrEqual(limit)
})

test('behavior: what is not used is not there', async () => {
  const geometry = await bundle(`export { computeGeometry } from './src/index.ts'`)
  expect(gzipSync(geometry).length).toBeLessThan(2_500)
  expect(geometry).not.toContain('allocTable')
  const core = await bundle(`export * from './src/index.ts'`)
  expect(core).not.toContain('<svg')
  expect(core).not.toContain('Device memory, and the access')
  expect((await bundle(`import './src/index.ts'`)).trim()).toBe('')
})
