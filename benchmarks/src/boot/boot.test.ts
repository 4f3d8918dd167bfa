/** The parts of the boot benchmark that need no guest: timing, statistics, arguments. */

import { describe, expect, test } from 'vitest'
import { BootError, timeToMarker } from './measure.ts'
import { parseBootOptions, UsageError } from './options.ts'
import { formatRow, median, summarize } from './result.ts'

const script = (source: string) => ({ name: 'it', command: process.execPath, args: ['-e', source] })

describe('timeToMarker', () => {
  test('behavior: the marker counts even when it arrives in two pieces', async () => {
    const split = `process.stdout.write('rea'); setTimeout(() => process.stdout.write('dy\\n'), 50)`
    expect(await timeToMarker(script(split), 'ready', 10_000)).toBeGreaterThanOrEqual(50)
  })

  test('behavior: what comes after the marker does not count', async () => {
    const started = performance.now()
    const elapsedMs = await timeToMarker(script(`console.log('ready'); setTimeout(() => {}, 400)`), 'ready', 10_000)
    expect(performance.now() - started - elapsedMs).toBeGreaterThanOrEqual(350)
  })

  test.each([
    [
      'ends early',
      script(`console.log('half way'); process.exit(3)`),
      10_000,
      /it ended \(status 3\) without the marker.*\nhalf way/,
    ],
    ['says why on the other stream', script(`console.error('no such file')`), 10_000, /no such file/],
    ['hangs', script('setInterval(() => {}, 1000)'), 300, /printed no marker in 0\.3 s/],
    ['is absent', { name: 'it', command: '/nowhere/qemu', args: [] }, 300, /it: \/nowhere\/qemu does not exist/],
  ])('error: a program that %s', async (_, contender, limitMs, message) => {
    const failure = timeToMarker(contender, 'ready', limitMs)
    await expect(failure).rejects.toThrow(BootError)
    await expect(failure).rejects.toThrow(message)
  })
})

describe('summarize', () => {
  test('behavior: the ratio is the median of the ratios, not the ratio of the medians', () => {
    const pairs = [
      { oursMs: 100, qemuMs: 100 },
      { oursMs: 900, qemuMs: 300 },
      { oursMs: 400, qemuMs: 200 },
    ]
    expect(summarize(pairs)).toEqual({ oursMs: 400, qemuMs: 200, ratio: 2 })
    expect(
      summarize([
        { oursMs: 4, qemuMs: 1 },
        { oursMs: 2, qemuMs: 4 },
        { oursMs: 9, qemuMs: 8 },
      ]),
    ).toEqual({ oursMs: 4, qemuMs: 4, ratio: 1.125 })
  })

  test('args: median of odd and even counts, in numeric order', () => {
    expect(median([10, 9, 100])).toBe(10)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(() => median([])).toThrow(RangeError)
  })

  test('default: a row', () => {
    expect(formatRow('pair 1', { oursMs: 6000, qemuMs: 1500 })).toBe('pair 1      6.00 s    1.50 s    4.00')
  })
})

describe('parseBootOptions', () => {
  test('default', () => {
    expect(parseBootOptions([])).toEqual({ append: '', memory: '512M', pairs: 5, limitSeconds: 120 })
    expect(parseBootOptions(['--help'])).toBeUndefined()
  })

  test.each([
    [['--pairs', '0'], '--pairs is "0"'],
    [['--pairs', '1.5'], 'whole number'],
    [['--pairs='], '--pairs is ""'],
    [['--memory', 'lots'], '--memory is "lots"'],
    [['--kernel', 'Image'], '--kernel and --initrd go together'],
    [['--max-ratio', 'x'], '--max-ratio is "x"'],
    [['--fast'], "Unknown option '--fast'"],
  ])('error: %j', (argv, message) => {
    expect(() => parseBootOptions(argv)).toThrow(UsageError)
    expect(() => parseBootOptions(argv)).toThrow(message)
  })
})
