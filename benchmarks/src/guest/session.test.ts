/** Consoles of programs that play a guest, and what is said when they do not do as they should. */

import { describe, expect, test } from 'vitest'
import { timeToMarker } from '../boot/measure.ts'
import { BenchError } from '../harness/errors.ts'
import { measure } from '../userland/measure.ts'
import { residentBytes } from './memory.ts'
import { GuestSession } from './session.ts'

const script = (source: string) => ({ name: 'it', command: process.execPath, args: ['-e', source] })

/** Answers each name that is typed as the guest's init does. */
const guest = (body: string) =>
  script(`
    require('node:readline').createInterface({ input: process.stdin }).on('line', async (name) => {
      console.log('@start ' + name)
      ${body}
      console.log('@end ' + name + ' ' + (name === 'bad' ? 1 : 0))
    })
    console.log('@ready')`)

async function withGuest<T>(body: string, action: (session: GuestSession) => Promise<T>): Promise<T> {
  const session = new GuestSession(guest(body))
  try {
    await session.waitFor(/^@ready$/, 10_000, 0)
    return await action(session)
  } finally {
    session.kill()
  }
}

describe('timeToMarker', () => {
  test('behavior: the marker counts even when it arrives in two pieces', async () => {
    const split = `process.stdout.write('rea'); setTimeout(() => process.stdout.write('dy\\r\\n'), 50)`
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
      /it ended \(status 3\) without.*\nhalf way/,
    ],
    ['says why on the other stream', script(`console.error('no such file')`), 10_000, /no such file/],
    ['hangs', script('setInterval(() => {}, 1000)'), 300, /it .*limit of 0\.3 s/],
    ['is absent', { name: 'it', command: '/nowhere/qemu', args: [] }, 300, /it \/nowhere\/qemu does not exist/],
  ])('error: a program that %s', async (_, contender, limitMs, message) => {
    const failure = timeToMarker(contender, 'ready', limitMs)
    await expect(failure).rejects.toThrow(BenchError)
    await expect(failure).rejects.toThrow(message)
  })
})

describe('measure', () => {
  test('default: the time between the lines around the program, and what it printed', async () => {
    const body = `await new Promise((done) => setTimeout(done, 100)); console.log('123 bytes')`
    const { speed, output } = await withGuest(body, (session) => measure(session, { name: 'gzip', script: '' }, 10_000))
    expect(output).toBe('123 bytes')
    expect(speed).toBeLessThan(1000 / 95)
    expect(speed).toBeGreaterThan(0.2)
  })

  test('behavior: a program that counts is timed between its own lines', async () => {
    const body = `
      console.log('+go'); await new Promise((done) => setTimeout(done, 100)); console.log('+R:50')
      await new Promise((done) => setTimeout(done, 300))`
    const program = { name: 'speed', script: '', measured: { start: /^\+go/, count: /^\+R:(\d+)/ } }
    const { speed, output } = await withGuest(body, (session) => measure(session, program, 10_000))
    expect(output).toBeUndefined()
    // 50 in a tenth of a second; with the time afterwards it would be 125.
    expect(speed).toBeGreaterThan(130)
    expect(speed).toBeLessThan(530)
  })

  test('error: a program that fails, with what it printed', async () => {
    const failure = withGuest(`console.log('no such file')`, (session) =>
      measure(session, { name: 'bad', script: '' }, 10_000),
    )
    await expect(failure).rejects.toThrow(/bad failed in the guest \(@end bad 1\):\nno such file/)
  })

  test('error: a program that counts nothing', async () => {
    const program = { name: 'speed', script: '', measured: { start: /^\+go/, count: /^\+R:(\d+)/ } }
    const failure = withGuest(`console.log('usage')`, (session) => measure(session, program, 10_000))
    await expect(failure).rejects.toThrow(/speed printed no figure:\nusage/)
  })
})

describe('residentBytes', () => {
  test.runIf(process.platform === 'linux')('default: what the process has in memory', () => {
    const bytes = residentBytes(process.pid)
    expect(Math.abs((bytes as number) / process.memoryUsage().rss - 1)).toBeLessThan(0.2)
  })

  test('behavior: unknown of a process that is not there', () => {
    expect(residentBytes(2 ** 30)).toBeUndefined()
  })
})
