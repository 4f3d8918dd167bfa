/** `npm run clean`: removes what a build writes, so that the next one starts from the sources alone. */

import { rmSync } from 'node:fs'
import path from 'node:path'
import { root } from './setup/pnpm.mjs'
import { workspaceFolders } from './setup/workspace.mjs'

for (const folder of workspaceFolders()) rmSync(path.join(root, folder, 'dist'), { recursive: true, force: true })
