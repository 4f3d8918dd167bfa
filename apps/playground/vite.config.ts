/** The playground's bundler: workspace packages from their sources, a site that works under any path. */

import { defineConfig } from 'vite'

/** With these a page may share memory between threads. [HTML] cross-origin isolation */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  // What is not there is not found, instead of being the page again.
  appType: 'mpa',
  base: './',
  resolve: { conditions: ['@armvisor/source', 'browser', 'module', 'import', 'default'] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 1500 },
  server: { headers: isolation },
  preview: { headers: isolation },
})
