/** `npm run setup`: brings pnpm, installs, builds. */

import { runMain } from './setup/failure.mjs'
import { setUp } from './setup/workspace.mjs'

await runMain(async () => {
  await setUp()
  return 0
})
