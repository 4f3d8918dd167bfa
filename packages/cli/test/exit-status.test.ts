import { describe, expect, test } from 'vitest'
import { FakeHost, runCommand } from './fake-host.ts'
import { powerOff, print, reset, spinForever, testKernel, waitForever } from './test-kernel.ts'

const run = ['run', '--memory', '4M', '--kernel', 'kernel']

function hostWith(program: string): FakeHost {
  const host = new FakeHost()
  host.files.set('kernel', testKernel(program))
  return host
}

describe('exit status', () => {
  test('0 when the guest powers off', async () => {
    expect(await runCommand(run, hostWith(`${print('!')}\n${powerOff}`))).toEqual({ status: 0, out: '!', err: '' })
  })

  test('3 when it resets, with --no-reboot', async () => {
    const host = hostWith(`${print('!')}\n${reset}`)
    expect(await runCommand([...run, '--no-reboot'], host)).toEqual({ status: 3, out: '!', err: '' })
  })

  test.each([
    ['waits', waitForever],
    ['is busy', spinForever],
  ])('124 when the time is up while the guest %s', async (_, program) => {
    const host = hostWith(`${print('!')}\n${program}`)
    expect(await runCommand([...run, '--timeout', '0.05'], host)).toEqual({
      status: 124,
      out: '!',
      err: 'armvisor: the 0.05 s of --timeout are over\n',
    })
  })

  test.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGTERM', 143],
  ] as const)('%s: %i', async (signal, status) => {
    const host = hostWith(`${print('!')}\n${waitForever}`)
    host.stdout.onText = () => setImmediate(() => host.kill(signal))
    expect(await runCommand(run, host)).toEqual({ status, out: '!', err: '' })
    expect(host.isListening).toBe(false)
  })

  test('1 when the guest cannot go on', async () => {
    const host = hostWith('movz x1, #0x1000, lsl #16\n ldp x2, x3, [x1]')
    const { status, err } = await runCommand(run, host)
    expect(status).toBe(1)
    expect(err).toMatch(/^armvisor: The hypervisor failed: .*\.\n$/)
  })
})

describe('reboot', () => {
  const program = `
    poll:
      ldr w1, [x19, #0x18]
      tbnz w1, #4, poll
      ldr w0, [x19]
      str w0, [x19]
      cmp w0, #46
      b.eq off
      ${reset}
    off:
      ${powerOff}`

  test('behavior: the machine is built anew, and input that was not read is still there', async () => {
    const host = hostWith(program)
    host.stdin.start = (onData) => setImmediate(() => onData(Buffer.from('123.')))
    expect(await runCommand(run, host)).toEqual({ status: 0, out: '123.', err: '' })
  })

  test('behavior: memory is fresh', async () => {
    // Prints whether the flag was set, sets it, and resets.
    const host = hostWith(`
      adr x5, flag
      ldr w2, [x5]
      add w2, w2, #48
      str w2, [x19]
      mov w2, #1
      str w2, [x5]
      ${reset}
      flag: .word 0`)
    host.stdout.onText = (text) => {
      if (text.length >= 10) host.kill('SIGINT')
    }
    const { status, out } = await runCommand(run, host)
    expect(status).toBe(130)
    expect(out).toBe('0'.repeat(10))
  })

  test('behavior: a guest that does nothing but reset can be ended', async () => {
    const timeout = await runCommand([...run, '--timeout', '0.05'], hostWith(reset))
    expect(timeout.status).toBe(124)

    const host = hostWith(`${print('!')}\n${reset}`)
    host.stdout.block()
    host.stdout.onText = () => setTimeout(() => host.kill('SIGTERM'), 50)
    expect(await runCommand(run, host)).toMatchObject({ status: 143, out: '!' })
  })
})
