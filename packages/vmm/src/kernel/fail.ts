/** One-line construction of the errno errors that KVM calls give. */

import { type ErrnoCode, KvmError } from '@armvisor/uapi'

/**
 * A {@link KvmError} from its parts.
 *
 * @param problem a clause with the value and the limit. @param remedy the way out, if there is one.
 */
export function kvmError(code: ErrnoCode, call: string, problem: string, remedy?: string): KvmError {
  return new KvmError(remedy === undefined ? { code, call, problem } : { code, call, problem, remedy })
}

/** A number as the sentences of errors show it. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`
}
