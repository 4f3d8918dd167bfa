/** Brings the guest of the userland benchmark together and boots it. */

import { fetchRoot } from '@armvisor/tools/guests/root.mjs'
import { fetchGuests } from '@armvisor/tools/guests.mjs'
import type { Contender, Guest } from '../guest/contender.ts'
import { GuestSession } from '../guest/session.ts'
import { commands, readyLine, writeImage } from './image.ts'
import { leftOut, packages } from './programs.ts'

/** For the boot, and for writing to all of memory. */
const limitMs = 180_000

/**
 * Fetches what is not in the cache and writes the initramfs.
 *
 * @param initrd - Where to.
 * @param extra - Further scripts by name.
 * @throws `GuestsError`
 */
export async function prepareGuest(
  memory: string,
  initrd: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<Guest> {
  const log = (line: string): void => console.error(line)
  const { kernel } = await fetchGuests({ log })
  const root = await fetchRoot({ packages, leftOut, log })
  writeImage(initrd, root.file, extra)
  return { kernel, initrd, append: 'console=ttyAMA0 quiet', memory }
}

/** Boots a guest until it takes names of scripts and all of its memory has been written to. @throws `BenchError` */
export async function startGuest(contender: Contender): Promise<GuestSession> {
  const session = new GuestSession(contender)
  try {
    await session.waitFor(new RegExp(`^${readyLine}$`), limitMs, 0)
    session.send(commands.fill)
    await session.waitFor(/^@end fill 0$/, limitMs, 0)
    return session
  } catch (error) {
    session.kill()
    throw error
  }
}
