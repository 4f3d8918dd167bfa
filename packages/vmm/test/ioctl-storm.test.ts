/** Random ioctls on live VMs give nothing but errnos, leave nothing behind, and touch no memory but that of slots. */

import { expect, test } from 'vitest'
import { Storm } from './storm.ts'

const seed = Number(process.env['ARMVISOR_SEED'] ?? 20_261_126)

test('behavior: a storm of random calls', () => {
  const storm = new Storm(seed)
  const endMs = Date.now() + 15_000
  const { calls, outcomes, succeeded } = storm.run(30_000, () => Date.now() > endMs)
  console.log(`${calls} calls, ARMVISOR_SEED=${seed}`, Object.fromEntries(outcomes))
  expect(calls).toBeGreaterThan(1000)
  // The generator is worth something only if much of it gets through.
  expect(succeeded.size).toBeGreaterThan(25)
  expect(outcomes.size).toBeGreaterThan(8)
  expect(storm.brokenCanaries()).toBe(0)
  expect(storm.end()).toEqual({ openFds: 0, lostBytes: 0 })
})
