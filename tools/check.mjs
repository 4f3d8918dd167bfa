/** `npm run check`: everything beside the tests. Runs all checks even when one fails, and names those that did. */

import path from 'node:path'
import { checkPackages } from './check-packages.mjs'
import { capture } from './setup/child.mjs'
import { attempt, runMain, SetupError } from './setup/failure.mjs'
import { findPnpm, root } from './setup/pnpm.mjs'
import { step } from './setup/progress.mjs'
import { setUp } from './setup/workspace.mjs'

/**
 * @param {string} title
 * @param {string} tool
 * @param {readonly string[]} args
 */
const tool = (title, tool, args) => async () => {
  const pnpm = await findPnpm()
  const env = { ...pnpm.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' }
  await step(title, async () => {
    const { status, output } = await capture(path.join(root, 'node_modules/.bin', tool), args, { cwd: root, env })
    if (status !== 0) throw new SetupError(`${title} failed; the lines above say where.`, output)
  })
  return 0
}

const checks = [
  tool('lint and format', 'biome', ['ci', '--colors=off', '--max-diagnostics=50']),
  tool('types of the packages', 'tsc', ['-b']),
  tool('types of the playground', 'tsc', ['-p', 'apps/playground']),
  tool('types of tests and tools', 'tsc', ['-p', 'tsconfig.tests.json']),
  tool('package boundaries', 'turbo', ['boundaries']),
  tool('unused files, exports and dependencies', 'knip', []),
  async () => {
    await checkPackages()
    return 0
  },
]

await runMain(async () => {
  await setUp()
  let worst = 0
  for (const check of checks) worst = Math.max(worst, await attempt(check))
  return worst
})
