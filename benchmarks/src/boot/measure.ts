/** Times a guest from the start of its process to a line of its console, and weighs one. */

import type { Contender } from '../guest/contender.ts'
import { fillMemory, overheadBytes } from '../guest/memory.ts'
import { GuestSession } from '../guest/session.ts'

/**
 * Runs the contender to its end; its standard input stays empty.
 *
 * @param marker - Line to wait for.
 * @param limitMs - When to give up; the process is killed then.
 * @returns Milliseconds from just before the process is created to the arrival of the marker.
 * @throws `BenchError` When it is absent, ends or runs out of time without the marker.
 */
export async function timeToMarker(contender: Contender, marker: string, limitMs: number): Promise<number> {
  const session = new GuestSession(contender)
  try {
    const line = (await session.waitFor(lineOf(marker), limitMs, 0)).at(-1)
    await session.ended(limitMs)
    return (line?.atMs as number) - session.startedMs
  } finally {
    session.kill()
  }
}

/**
 * Boots to the shell of the guest that `fetchGuests` makes, has it write to all of its memory, and asks what the process takes besides.
 *
 * @returns Undefined where the system has no /proc.
 * @throws `BenchError`
 */
export async function weighBoot(
  contender: Contender,
  marker: string,
  guestBytes: number,
  limitMs: number,
): Promise<number | undefined> {
  const session = new GuestSession(contender)
  try {
    await session.waitFor(lineOf(marker), limitMs, 0)
    // The shell repeats what is typed: only what echo makes of it is the whole word.
    session.send([...fillMemory.trim().split('\n'), "echo '@fil''led'"].join('; '))
    await session.waitFor(/^@filled$/, limitMs, 0)
    return overheadBytes(session, guestBytes)
  } finally {
    session.kill()
  }
}

function lineOf(marker: string): RegExp {
  return new RegExp(`^${marker.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
}
