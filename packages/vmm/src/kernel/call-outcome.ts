/** What a call of the guest's to the hypervisor leads to. [SMCCC] §2.9 */

import type { VcpuExit } from '@armvisor/uapi'

/** x0 to x3 after a call. */
export type CallResult = readonly [bigint, bigint, bigint, bigint]

/** What a call does besides its result. */
export interface CallOutcome {
  /** New x0 to x3; undefined leaves all registers as they are. */
  readonly result?: CallResult
  /** The exit for the user. */
  readonly exit?: VcpuExit
  /** The vCPU stops until something happens: CPU_OFF, CPU_SUSPEND. */
  readonly isWaiting?: boolean
}

/** One value in x0; x1 to x3 are cleared, as KVM does for every call it answers. */
export function one(value: bigint): CallOutcome {
  return { result: [BigInt.asUintN(64, value), 0n, 0n, 0n] }
}
