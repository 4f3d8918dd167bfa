import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@armvisor/source', 'node', 'import', 'default'] } },
  resolve: { conditions: ['@armvisor/source', 'node', 'import', 'default'] },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'tests/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000,
  },
})
