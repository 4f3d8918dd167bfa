/** Translates guest code, on a thread of its own. */

import { setFlagsFromString } from 'node:v8'
import { type MessagePort, workerData } from 'node:worker_threads'
import { type CompileScope, serveCompiler } from '@armvisor/cpu'
import { letGuestsGoFirst } from './host/thread-priority.ts'

// Code is compiled here, not by the thread that runs the guest when it first calls it.
setFlagsFromString('--no-wasm-lazy-compilation')

letGuestsGoFirst()

const { port } = workerData as { readonly port: MessagePort }
serveCompiler(port as unknown as CompileScope, () => performance.now())
