/** Tests run on the sources, without a build; slow suites and those in a browser run when asked for. */

import process from 'node:process'
import { defineConfig } from 'vitest/config'

const conditions = ['@armvisor/source', 'node', 'import', 'default']
const withSlow = process.env['ARMVISOR_SLOW'] === '1'
/** Tests in a browser need one installed. */
const withBrowser = process.env['ARMVISOR_E2E'] === '1'

export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'tests/**/*.test.ts',
      'tools/**/*.test.ts',
      'benchmarks/**/*.test.ts',
      'apps/**/*.test.ts',
    ],
    exclude: [
      '**/node_modules/**',
      '**/dist/**',
      ...(withSlow ? [] : ['**/*.slow.test.ts']),
      ...(withBrowser ? [] : ['**/*.e2e.test.ts']),
    ],
    testTimeout: withSlow ? 900_000 : 60_000,
  },
})
