/** `npm test`: set-up, then every test. Arguments go to vitest. The last line is the count. */

import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { handOver } from './setup/child.mjs'
import { runMain } from './setup/failure.mjs'
import { cacheFolder, root } from './setup/pnpm.mjs'
import { setUp } from './setup/workspace.mjs'

/** Vitest's own report of the last run; `.ci/run` counts from it. */
const report = path.join(cacheFolder, 'test-report.json')

/**
 * Counts from vitest's report. A file that fails outside its tests (it does not load, or a hook throws) counts as one
 * failure, which vitest counts among suites only.
 */
function count() {
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  /** @param {{ status: string, assertionResults: { status: string }[] }} file */
  const failsOutside = (file) =>
    file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed')
  return { passed: numPassedTests, failed: numFailedTests + testResults.filter(failsOutside).length }
}

await runMain(async () => {
  await setUp()
  rmSync(report, { force: true })
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)]
  const status = await handOver(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
  })
  const { passed, failed } = count()
  // An error outside every test and file (an unhandled rejection) is in vitest's exit status only.
  const unattributed = status !== 0 && failed === 0 ? 1 : 0
  console.log(`${passed} passed, ${failed + unattributed} failed`)
  return status === 0 && failed > 0 ? 1 : status
})
