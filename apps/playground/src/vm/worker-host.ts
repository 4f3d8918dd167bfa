/** Time and randomness for a KVM in a worker of a browser. */

import type { KvmHost } from '@armvisor/vmm'

const nsPerMs = 1e6
/** Browsers make nested timers wait for 4 ms; shorter waits go through turns of the event loop. */
const polledMs = 4

/** Makes the host. Its turns of the event loop go over a message channel, which no browser delays. */
export function workerHost(): KvmHost {
  const channel = new MessageChannel()
  const waiting: (() => void)[] = []
  channel.port1.onmessage = () => {
    for (const turn of waiting.splice(0)) turn()
  }
  const soon = (turn: () => void): void => {
    waiting.push(turn)
    if (waiting.length === 1) channel.port2.postMessage(undefined)
  }
  return {
    monotonicNs: () => performance.now() * nsPerMs,
    setTimer: (delayNs, callback) => {
      const dueMs = performance.now() + delayNs / nsPerMs
      let isCancelled = false
      let timeout: ReturnType<typeof setTimeout> | undefined
      const check = (): void => {
        if (isCancelled) return
        const leftMs = dueMs - performance.now()
        if (leftMs <= 0) callback()
        else if (leftMs < polledMs) soon(check)
        else timeout = setTimeout(check, Math.min(2 ** 31 - 1, Math.max(0, leftMs - polledMs)))
      }
      soon(check)
      return () => {
        isCancelled = true
        clearTimeout(timeout)
      }
    },
    yield: () => new Promise((resolve) => soon(resolve)),
    // Randomness does not go into shared memory directly.
    fillRandom: (bytes) => bytes.set(crypto.getRandomValues(new Uint8Array(bytes.length))),
    realtimeNs: () => BigInt(Math.round(Date.now() * nsPerMs)),
  }
}
