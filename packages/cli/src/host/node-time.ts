/** The hypervisor's clock and timers on Node's event loop. */

import { performance } from 'node:perf_hooks'
import type { Host } from './host.ts'

const nsPerMs = 1e6
const longestTimeoutMs = 2 ** 31 - 1

/**
 * Waits shorter than this are polled for, once each turn of the event loop. Node's timers have whole milliseconds, which would
 * make a guest's timer of 50 µs twenty times too slow; a wait of a millisecond and more costs no CPU time.
 */
const polledNs = 250_000

/** `KvmHost` on Node. */
export class NodeTime {
  readonly fillRandom: Host['kvm']['fillRandom']

  constructor(fillRandom: Host['kvm']['fillRandom']) {
    this.fillRandom = fillRandom
  }

  monotonicNs(): number {
    return performance.now() * nsPerMs
  }

  realtimeNs(): bigint {
    return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n
  }

  /** Never early: a timer that Node fires before its time, as its rounding of the clock may, is set again for the rest. */
  setTimer(delayNs: number, callback: () => void): () => void {
    const dueNs = this.monotonicNs() + delayNs
    let cancel = (): void => {}
    const check = (): void => {
      if (this.monotonicNs() >= dueNs) callback()
      else arm()
    }
    const arm = (): void => {
      const leftNs = dueNs - this.monotonicNs()
      if (leftNs < polledNs) {
        const immediate = setImmediate(check)
        cancel = () => clearImmediate(immediate)
      } else {
        const timeout = setTimeout(check, Math.min(longestTimeoutMs, Math.ceil(leftNs / nsPerMs)))
        cancel = () => clearTimeout(timeout)
      }
    }
    arm()
    return () => cancel()
  }

  yield(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }
}
