/** A million random ioctls. */

import { expect, test } from 'vitest'
import { Storm } from './storm.ts'

const seed = Number(process.env['ARMVISOR_SEED'] ?? Date.now() >>> 0)

test('behavior: a million random calls', () => {
  const storm = new Storm(seed)
  const { calls, outcomes, succeeded } = storm.run(1_000_000)
  console.log(`${calls} calls, ARMVISOR_SEED=${seed}`, Object.fromEntries(outcomes), [...succeeded].sort().join(' '))
  expect(storm.brokenCanaries()).toBe(0)
  expect(storm.end()).toEqual({ openFds: 0, lostBytes: 0 })
})
