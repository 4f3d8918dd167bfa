import { describe, expect, test } from 'vitest'
import { measureEngine, operations, parseTimes } from './measure.ts'

describe('parseTimes', () => {
  const lines = ['map 512 0.000001024', 'walk 512 0.000000512', 'translate 512 0.001', 'write-protect 1 0', 'unmap 2 1']

  test('default: nanoseconds a leaf', () => {
    expect(parseTimes(`${lines.join('\n')}\n`)).toMatchObject({ map: 2, walk: 1, unmap: 5e8, 'write-protect': 0 })
  })

  test('error: a line is missing or no number', () => {
    expect(() => parseTimes(lines.slice(1).join('\n'))).toThrow(/no time for map/)
    expect(() => parseTimes([...lines, 'unmap 2 soon'].join('\n'))).toThrow(/no time for unmap/)
  })
})

test('behavior: a small case runs, and leaves nothing behind', () => {
  for (const leafLevel of [2, 3] as const) {
    const { times, tableBytes } = measureEngine({ sizeBytes: 2 ** 26, leafLevel, rounds: 1 })
    for (const name of operations) expect(times[name]).toBeGreaterThan(0)
    expect(tableBytes).toBeGreaterThan(8)
  }
})
