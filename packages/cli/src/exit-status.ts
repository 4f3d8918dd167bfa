/** Exit statuses of the command line. */

import type { Signal } from './host/host.ts'

/** What the process exits with. Those above 128 are what shells report for a process that a signal ended. */
export const exitStatus = {
  success: 0,
  failure: 1,
  usage: 2,
  reset: 3,
  timeout: 124,
  /** As if by SIGPIPE: nobody reads the output any more. */
  closedOutput: 141,
} as const

const signalStatus: Readonly<Record<Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 }

/** 128 and the signal's number. */
export function statusOfSignal(signal: Signal): number {
  return signalStatus[signal]
}
