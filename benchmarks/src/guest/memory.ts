/** How much memory a contender takes besides its guest's. */

import { readFileSync } from 'node:fs'
import type { GuestSession } from './session.ts'

/**
 * Bytes of a process that are in memory; undefined where the system has no /proc.
 *
 * @param field - What is in memory now, or the most that ever was.
 */
export function residentBytes(pid: number, field: 'VmRSS' | 'VmHWM' = 'VmRSS'): number | undefined {
  try {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match === null ? undefined : Number(match[1]) * 1024
  } catch {
    return undefined
  }
}

/** "512M" in bytes. */
export function bytesOf(memory: string): number {
  const [, count, unit] = /^(\d+)([MG])$/.exec(memory) as RegExpExecArray
  return Number(count) * 2 ** (unit === 'G' ? 30 : 20)
}

/**
 * Shell commands that write to all memory that the guest's kernel has free, but for what it needs to live, and give it back. Afterwards all
 * of the guest's memory is in the host's, so that what is in memory less that is what the contender takes for itself.
 */
export const fillMemory = `
free=$(busybox awk '/^MemFree/ { print int($2 / 1024) - 24 }' /proc/meminfo)
busybox mkdir -p /tmp/fill
busybox mount -t tmpfs -o size=100% tmpfs /tmp/fill
busybox dd if=/dev/zero of=/tmp/fill/zero bs=1M count=$free 2>/dev/null
busybox umount /tmp/fill`

/** Bytes in memory less the guest's, once {@link fillMemory} has run. */
export function overheadBytes(session: GuestSession, guestBytes: number): number | undefined {
  const resident = residentBytes(session.pid)
  return resident === undefined ? undefined : resident - guestBytes
}
