/** Translation of guest code in a worker of the VM's worker. */

import { type CompileHost, WorkerCompileHost } from '@armvisor/cpu'

/**
 * Starts the worker; undefined where threads cannot share memory, as on a page that is not isolated. It ends with the worker that
 * started it.
 */
export function startCompileWorker(): CompileHost | undefined {
  if (!globalThis.crossOriginIsolated || typeof Worker === 'undefined') return undefined
  const worker = new Worker(new URL('./compile.worker.ts', import.meta.url), { type: 'module', name: 'translator' })
  // The VM gives its event loop a turn every few milliseconds; what came meanwhile waits here.
  const received: unknown[] = []
  let failure: string | undefined
  worker.onmessage = ({ data }) => received.push(data)
  worker.onerror = ({ message }) => {
    failure ??= message
  }
  return new WorkerCompileHost({
    channel: {
      postMessage: (message) => worker.postMessage(message),
      receive: () => received.shift(),
      get failure() {
        return failure
      },
    },
    nowMs: () => performance.now(),
    // It goes on without the worker, only slower.
    onFailure: (reason) => console.warn(`The translator's worker failed (${reason}); the VM translates on its own.`),
  })
}
