/** The command line as a process: arguments in, exit status out. */

import process from 'node:process'
import { NodeHost } from './host/node.ts'
import { main } from './main.ts'

// Beside this file, whether compiled or bundled. The sources, which a loader of the main thread compiles, are no program for a worker.
const compileWorker = import.meta.url.endsWith('.js') ? new URL('./compile-worker.js', import.meta.url) : undefined
process.exit(
  await main(
    process.argv.slice(2),
    new NodeHost({ manifest: new URL('../package.json', import.meta.url), compileWorker }),
  ),
)
