/** The thread of Node that translates guest code, seen from the one that starts it. */

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { CompileChannel } from '@armvisor/cpu'
import { goBeforeHelpers } from './thread-priority.ts'

/**
 * Starts the thread. It does not keep the process alive, and it stops with it.
 *
 * @param script its program, which calls `serveCompiler` with `workerData.port`
 */
export function startCompileWorker(script: URL): CompileChannel {
  goBeforeHelpers()
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
  return {
    postMessage: (message) => port1.postMessage(message),
    // Without the event loop, which gets its turn only now and then while the guest runs.
    receive: () => receiveMessageOnPort(port1)?.message,
    get failure() {
      return failure
    },
  }
}
