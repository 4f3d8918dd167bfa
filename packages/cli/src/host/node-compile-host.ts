/** Translation of guest code on a worker thread of Node. */

import { performance } from 'node:perf_hooks'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { type CompileHost, WorkerCompileHost } from '@armvisor/cpu'

/**
 * Starts the worker. It does not keep the process alive, and it stops with it.
 *
 * @param script the program of the worker, which calls `serveCompiler` with `workerData.port`
 * @param onFailure told once why the worker ended; translation goes on without it
 */
export function startCompileWorker(script: URL, onFailure: (reason: string) => void): CompileHost {
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(script, { workerData: { port: port2 }, transferList: [port2] })
  worker.unref()
  port1.unref()
  let failure: string | undefined
  worker.on('error', (error) => {
    failure ??= error.message
  })
  worker.on('exit', (code) => {
    failure ??= `it ended with status ${code}`
  })
  return new WorkerCompileHost({
    channel: {
      postMessage: (message) => port1.postMessage(message),
      // Without the event loop, which gets its turn only now and then while the guest runs.
      receive: () => receiveMessageOnPort(port1)?.message,
      get failure() {
        return failure
      },
    },
    nowMs: () => performance.now(),
    onFailure,
  })
}
