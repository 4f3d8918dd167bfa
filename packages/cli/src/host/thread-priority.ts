/** Who goes first where there are more threads than cores. */

import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import process from 'node:process'

const { PRIORITY_BELOW_NORMAL } = constants.priority

function lower(thread: number): void {
  try {
    setPriority(thread, PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended, or the system does not let us: then all go on as they were.
  }
}

/**
 * Lets the calling thread, which runs a guest, go before the engine's compiler and collector threads: on two cores those took a quarter of
 * its time. Linux alone has priorities of threads.
 */
export function goBeforeHelpers(): void {
  if (process.platform !== 'linux') return
  for (const name of readdirSync('/proc/self/task')) if (Number(name) !== process.pid) lower(Number(name))
}

/** Lets the threads that run guests go before the calling one. */
export function letGuestsGoFirst(): void {
  if (process.platform === 'linux') lower(0)
}
