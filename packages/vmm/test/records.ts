/** Replay of calls that were recorded on Linux: each outcome is compared with the next record, and none may be left over. */

import { readFileSync } from 'node:fs'
import { KvmError } from '@armvisor/uapi'

/** One recorded call or value. */
export interface CallRecord {
  readonly g: string
  readonly t: string
  readonly r?: number
  readonly e?: string
  readonly v?: unknown
}

/** Reads a fixture, in order. */
export function readRecords(name: string): CallRecord[] {
  const text = readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as CallRecord)
}

/** Makes calls and collects what they gave in the form of the records. */
export class Replay {
  readonly records: CallRecord[] = []
  group = ''

  /** A call that succeeds with 0 or fails with an errno. Returns its value, undefined when it failed. */
  call<T>(title: string, action: () => T): T | undefined {
    try {
      const value = action()
      this.records.push({ g: this.group, t: title, r: 0 })
      return value
    } catch (error) {
      if (!(error instanceof KvmError)) throw error
      this.records.push({ g: this.group, t: title, r: -1, e: error.code })
      return undefined
    }
  }

  /** A value that was printed. */
  value(title: string, v: unknown): void {
    this.records.push({ g: this.group, t: title, v })
  }
}

/** A number as C's `%#lx` prints it. */
export function chex(value: bigint): string {
  return value === 0n ? '0' : `0x${value.toString(16)}`
}
