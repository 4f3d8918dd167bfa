import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EscapeKeys } from '../src/console/escape-keys.ts'
import { FakeHost, runCommand } from './fake-host.ts'
import { echo, print, spinForever, testKernel, waitForever } from './test-kernel.ts'

const run = ['run', '--memory', '4M', '--kernel', 'kernel']

function hostWith(program: string, options: { readonly isTerminal?: boolean } = {}): FakeHost {
  const host = new FakeHost(options)
  host.files.set('kernel', testKernel(program))
  return host
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('escape keys', () => {
  const take = (...pieces: readonly string[]) => {
    const keys = new EscapeKeys()
    const taken = pieces.map((piece) => keys.take(Buffer.from(piece, 'latin1')))
    return { text: taken.map(({ bytes }) => latin1(bytes)).join(''), commands: taken.flatMap((it) => it.commands) }
  }

  test.each([
    [['ls\r'], 'ls\r', []],
    [['\x01x'], '', ['quit']],
    [['\x01X'], '', ['quit']],
    [['\x01', 'x'], '', ['quit']],
    [['a\x01hb'], 'ab', ['help']],
    [['\x01?'], '', ['help']],
    [['\x01a'], '\x01', []],
    [['\x01\x01'], '\x01', []],
    [['\x01\x01x'], '\x01x', []],
    [['\x01zx'], 'x', []],
    [['\x03\x04\x1a\x1c'], '\x03\x04\x1a\x1c', []],
  ])('default: %j', (pieces, text, commands) => {
    expect(take(...pieces)).toEqual({ text, commands })
  })

  test('behavior: it does not matter how input is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('\x01', 'x', 'h', 'a', 'q', '\r')), fc.nat(20), (letters, cut) => {
        expect(take(letters.slice(0, cut).join(''), letters.slice(cut).join(''))).toEqual(take(letters.join('')))
      }),
    )
  })
})

describe('on a terminal', () => {
  test('default: raw while the guest runs, cooked afterwards', async () => {
    const host = hostWith(echo, { isTerminal: true })
    host.stdin.setRawMode = (isRaw) => {
      host.stdin.calls.push(isRaw ? 'raw' : 'cooked')
      if (isRaw) setImmediate(() => host.stdin.type('\x03\x01a.'))
    }
    const { status, out, err } = await runCommand(run, host)
    expect(status).toBe(0)
    expect(out).toBe('[\x03][\x01]')
    expect(host.stdin.calls).toEqual(['raw', 'start', 'stop', 'cooked'])
    expect(err).toBe('armvisor: Ctrl-A x ends the VM, Ctrl-A h lists the keys\n\n')
    expect(host.isListening).toBe(false)
  })

  test('behavior: Ctrl-A x ends the VM with status 0', async () => {
    const host = hostWith(`${print('$')}\n${waitForever}`, { isTerminal: true })
    host.stdout.onText = () => setImmediate(() => host.stdin.type('\x01x'))
    expect(await runCommand(run, host)).toMatchObject({ status: 0, out: '$' })
    expect(host.stdin.calls.at(-1)).toBe('cooked')
  })

  test('behavior: Ctrl-A x ends a busy guest too', async () => {
    const host = hostWith(`${print('$')}\n${spinForever}`, { isTerminal: true })
    host.stdout.onText = () => setImmediate(() => host.stdin.type('\x01x'))
    expect((await runCommand(run, host)).status).toBe(0)
  })

  test('behavior: Ctrl-A h lists the keys, with carriage returns, and the guest sees nothing of it', async () => {
    const host = hostWith(echo, { isTerminal: true })
    host.stdin.setRawMode = (isRaw) => {
      if (isRaw) setImmediate(() => host.stdin.type('\x01h.'))
    }
    const { status, out, err } = await runCommand(run, host)
    expect({ status, out }).toEqual({ status: 0, out: '' })
    for (const key of ['Ctrl-A x ', 'Ctrl-A h ', 'Ctrl-A Ctrl-A ']) expect(err).toContain(`\r\n${key}`)
  })

  test('error: the terminal is given back when the guest cannot go on', async () => {
    // A pair of registers at an address where nothing is: no syndrome tells KVM what to do.
    const host = hostWith('movz x1, #0x1000, lsl #16\n ldp x2, x3, [x1]', { isTerminal: true })
    const { status, err } = await runCommand(run, host)
    expect(status).toBe(1)
    expect(err).toMatch(/armvisor: The hypervisor failed: .*0x10000000.*\.\n$/)
    expect(host.stdin.calls).toEqual(['raw', 'start', 'stop', 'cooked'])
  })
})

describe('on pipes', () => {
  test('behavior: every byte goes to the guest, Ctrl-A too, and no line is added', async () => {
    const host = hostWith(echo)
    host.stdin.start = (onData) => setImmediate(() => onData(Buffer.from('\x01x.')))
    expect(await runCommand(run, host)).toEqual({ status: 0, out: '[\x01][x]', err: '' })
    expect(host.stdin.calls).toEqual(['stop'])
  })

  test('behavior: input beyond 64 KiB waits until the guest has read what there is', async () => {
    const host = hostWith(echo)
    const flood = '-'.repeat(65536)
    host.stdin.start = (onData) =>
      setImmediate(() => {
        onData(Buffer.from(flood))
        host.stdin.resume = () => {
          host.stdin.calls.push('resume')
          setImmediate(() => onData(Buffer.from('.')))
        }
      })
    const { status, out } = await runCommand(run, host)
    expect(status).toBe(0)
    expect(out).toBe('[-]'.repeat(65536))
    expect(host.stdin.calls).toEqual(['pause', 'resume', 'stop'])
  })

  test('behavior: output goes in pieces, and the guest waits while nobody takes it', async () => {
    const host = hostWith(`loop:\n${print('x')}\n b loop`)
    host.stdout.block()
    let blockedBytes = 0
    const wait = (): void => {
      blockedBytes = host.stdout.text.length
      setTimeout(() => {
        expect(host.stdout.text.length).toBe(blockedBytes)
        host.kill('SIGTERM')
      }, 50)
    }
    host.stdout.onText = () => setTimeout(wait, 50)
    const { status } = await runCommand(run, host)
    expect(status).toBe(143)
    expect(blockedBytes).toBeGreaterThan(100)
    expect(host.stdout.chunks.length).toBeLessThan(3)
  })

  test('behavior: an output that nobody reads any more ends the VM without a word', async () => {
    const host = hostWith(`loop:\n${print('x')}\n b loop`)
    host.stdout.onText = () => setImmediate(() => host.stdout.fail('EPIPE'))
    expect(await runCommand(run, host)).toMatchObject({ status: 141, err: '' })
  })

  test('error: an output that cannot be written ends the VM and says why', async () => {
    const host = hostWith(`loop:\n${print('x')}\n b loop`)
    host.stdout.onText = () => setImmediate(() => host.stdout.fail('ENOSPC'))
    expect(await runCommand(run, host)).toMatchObject({
      status: 1,
      err: 'armvisor: The output cannot be written (ENOSPC): make room, or send it elsewhere.\n',
    })
  })
})
