/** Tests run on the sources, without a build; slow suites run when asked for. */

import process from 'node:process'
import { defineConfig } from 'vitest/config'

const conditions = ['@armvisor/source', 'node', 'import', 'default']
const withSlow = process.env['ARMVISOR_SLOW'] === '1'

export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'tests/**/*.test.ts',
      'tools/**/*.test.ts',
      'benchmarks/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', ...(withSlow ? [] : ['**/*.slow.test.ts'])],
    testTimeout: withSlow ? 900_000 : 60_000,
  },
})
