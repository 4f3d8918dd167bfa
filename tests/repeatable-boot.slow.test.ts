/** `--icount` boots Debian's kernel to its init, and to a shell that works off commands, the same way each time. */

import { createHash } from 'node:crypto'
import { exitParameter, fetchGuests, initMarker } from '@armvisor/tools/guests.mjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Boot, bootGuest, type GuestFiles } from './boot-guest.ts'

let guest: GuestFiles

beforeAll(async () => {
  guest = await fetchGuests({ log: () => {} })
}, 300_000)

const boot = (append: string, input: string, ...options: readonly string[]): Promise<Boot> =>
  bootGuest(guest, append, input, ...options)

/** Short enough to read when two differ. */
const summary = ({ out, instructions }: Boot): string =>
  `${instructions.trim()}, ${out.length} bytes, SHA-256 ${createHash('sha256').update(out).digest('hex')}`

describe("Debian's kernel with --icount", () => {
  test('behavior: two boots have the same instruction count and console bytes, and so has one without the translator', async () => {
    const first = await boot(exitParameter, '')
    expect(first.out).toContain(initMarker)
    expect(first.instructions).toMatch(/^armvisor: \d+ instructions\n$/)
    for (const jit of ['on', 'off']) {
      expect(summary(await boot(exitParameter, '', '--jit', jit))).toBe(summary(first))
    }
  })

  test('behavior: commands from a pipe, processes, time and randomness are repeated, too', async () => {
    const commands = [
      'date',
      'head -c 16 /dev/urandom | od -x',
      'for i in 1 2 3 4 5 6 7 8; do echo $i | sed s/1/one/; done',
      'sleep 2; date',
      'poweroff -f',
    ]
    const input = commands.map((command) => `${command}\n`).join('')
    const first = await boot('', input)
    expect(first.out).toContain('2025')
    expect(first.out).toMatch(/\none\r?\n/)
    for (const jit of ['on', 'off']) expect(summary(await boot('', input, '--jit', jit))).toBe(summary(first))
    const seeded = await boot('', input, '--seed', '1')
    expect(seeded.out).not.toBe(first.out)
  })
})
