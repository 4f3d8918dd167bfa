/** Debian's kernel comes to its init with each interrupt controller, and uses what it finds. */

import { exitParameter, fetchGuests, initMarker } from '@armvisor/tools/guests.mjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { bootGuest, type GuestFiles } from './boot-guest.ts'

let guest: GuestFiles

beforeAll(async () => {
  guest = await fetchGuests({ log: () => {} })
}, 300_000)

describe("Debian's kernel", () => {
  test('behavior: boots with a GICv2', async () => {
    const { out } = await bootGuest(guest, exitParameter, '', '--gic', '2')
    expect(out).toContain(initMarker)
    // No GICv3 line, and that the system registers are off.
    expect(out).not.toContain('GICv3:')
    expect(out).toContain('present but disabled by higher exception level')
  })

  test('behavior: boots with a GICv3 and its ITS, to which the kernel gives tables', async () => {
    const { out } = await bootGuest(guest, exitParameter, '', '--gic', '3', '--its')
    expect(out).toContain(initMarker)
    expect(out).toMatch(/ITS@0x0000000008080000: allocated 8192 Devices/)
    expect(out).toMatch(/GICv3: CPU0: using allocated LPI pending table/)
    expect(out).toContain('its@8080000 domain created')
  })
})
