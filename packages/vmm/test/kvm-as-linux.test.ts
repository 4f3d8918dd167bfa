/**
 * The whole recording program gives on our kernel side what it gave under Linux, record by record, but for a list with reasons.
 * The machine that recorded had a CPU with SVE, MTE, pointer authentication and a PMU: the kernel side is told so here, and
 * keeps their registers and rules, while ours runs the guests.
 */

import { describe, expect, test } from 'vitest'
import { accepted, acceptedCapabilities } from './oracle/accepted.ts'
import { compareRecords, type Difference } from './oracle/compare.ts'
import type { ProbeRecord } from './oracle/probe.ts'
import { programBytes, recordedPrograms } from './oracle/programs.ts'
import { recordedProcess } from './oracle/recorded-host.ts'
import { readRecording, replayFirst, replaySecond } from './oracle/replay.ts'

const latest = readRecording('linux-6.12.117-4k')
const old = readRecording('linux-6.1.192-4k')
const second = readRecording('linux-6.12.117-4k-second')

function expectAccepted(recording: '6.12' | '6.12 second' | '6.1', differences: readonly Difference[]): void {
  const keys = accepted.filter(({ recordings }) => recordings.includes(recording)).flatMap((it) => it.keys)
  const rest = differences.filter(({ key }) => !keys.includes(key))
  expect(rest).toEqual([])
  // What is on the list and equal no longer must leave it.
  expect(keys.filter((key) => !differences.some((it) => it.key === key))).toEqual([])
  const caps = differences.find(({ key }) => key === 'sys: caps #0')
  if (caps !== undefined) expect(differingCaps(caps)).toEqual(Object.keys(acceptedCapabilities).sort())
}

function differingCaps({ recorded, ours }: Difference): string[] {
  const [a, b] = [recorded, ours].map((record) => record?.['v'] as Record<string, unknown>)
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((cap) => JSON.stringify(a[cap]) !== JSON.stringify(b[cap]))
    .sort()
}

describe('Linux 6.12', () => {
  let first: readonly ProbeRecord[] = []
  test('behavior: the first program', () => {
    first = replayFirst(recordedProcess({ records: latest, compat: '6.12' }))
    expectAccepted('6.12', compareRecords(latest, first))
  })

  test('behavior: the second program: rings, redistributors, order of initialisation', () => {
    const ours = replaySecond(recordedProcess({ records: latest, compat: '6.12' }))
    expectAccepted('6.12 second', compareRecords(second, ours))
  })

  test('behavior: registers are listed in the order of Linux', () => {
    const ids = (records: readonly ProbeRecord[]): unknown[] =>
      records.filter(({ g }) => g === 'reglist').map(({ id }) => id)
    expect(ids(first)).toEqual(ids(latest))
  })

  test('behavior: most records are equal', () => {
    const total = latest.length + second.length
    const differing = accepted
      .filter(({ recordings }) => recordings.some((it) => it !== '6.1'))
      .reduce((sum, { keys }) => sum + keys.length, 0)
    console.log(`${total - differing} of ${total} records equal`)
    expect(differing / total).toBeLessThan(0.02)
  })
})

describe("compat: '6.1'", () => {
  test('behavior: the first program', () => {
    const ours = replayFirst(recordedProcess({ records: old, compat: '6.1' }))
    expectAccepted('6.1', compareRecords(old, ours))
  })

  test('behavior: most records are equal', () => {
    const own = accepted.filter(({ recordings }) => recordings.includes('6.1'))
    const differing = own.reduce((sum, { keys }) => sum + keys.length, 0)
    console.log(`${old.length - differing} of ${old.length} records equal`)
    expect(differing / old.length).toBeLessThan(0.02)
  })
})

describe('the guests', () => {
  test.each(Object.keys(recordedPrograms))('default: %s is assembled to the recorded bytes', (name) => {
    const bytes = programBytes(name)
    const words = Array.from({ length: bytes.length / 4 }, (_, n) =>
      new DataView(bytes.buffer, bytes.byteOffset)
        .getUint32(n * 4, true)
        .toString(16)
        .padStart(8, '0'),
    )
    expect(words.join(' ')).toBe(recordedPrograms[name].words)
  })
})
