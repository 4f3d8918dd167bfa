/** `armvisor run --stats`. */

import { describe, expect, test } from 'vitest'
import type { StatisticsReport } from '../src/run/run-statistics.ts'
import { FakeHost, runCommand } from './fake-host.ts'
import { powerOff, print, spinForever, testKernel, waitForever } from './test-kernel.ts'

const run = ['run', '--memory', '4M', '--kernel', 'kernel']

function hostWith(program: string, options: { readonly isTerminal?: boolean } = {}): FakeHost {
  const host = new FakeHost(options)
  host.files.set('kernel', testKernel(program))
  host.stdin.onStart = () => host.stdin.end()
  return host
}

/** Counts down from 2000, then prints two characters. */
const loop = `mov x9, #2000\nagain: subs x9, x9, #1\n b.ne again\n ${print('a')}\n ${print('b')}\n ${powerOff}`

async function report(...options: string[]): Promise<StatisticsReport> {
  const { err } = await runCommand([...run, '--stats', 'json', ...options], hostWith(loop))
  const lines = err.split('\n').filter((line) => line.startsWith('{'))
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0])
}

describe('--stats', () => {
  test.each([
    ['the guest powers off', loop, [], 0, undefined],
    ['the time is up', spinForever, ['--timeout', '0.05'], 124, undefined],
    ['a signal comes', waitForever, [], 143, (host: FakeHost) => host.kill('SIGTERM')],
    ['the guest cannot go on', 'movz x1, #0x1000, lsl #16\n ldp x2, x3, [x1]', [], 1, undefined],
  ] as const)('default: a table when %s', async (_, program, options, status, act) => {
    const host = hostWith(`${print('!')}\n${program}`)
    host.stdout.onText = () => setImmediate(() => act?.(host))
    const result = await runCommand([...run, '--stats', ...options], host)
    expect(result.status).toBe(status)
    expect(result.out).toMatch(/^!(ab)?$/)
    expect(result.err).toMatch(/^run +time +[\d.]+ ms$/m)
    expect(result.err).toMatch(/^memory +resident +123\.0 MiB$/m)
    expect(result.err).toMatch(/^ +guest RAM +4\.0 MiB$/m)
  })

  test('default: a table when Ctrl-A x ends it', async () => {
    const host = hostWith(`${print('!')}\n${waitForever}`, { isTerminal: true })
    host.stdout.onText = () => setImmediate(() => host.stdin.type('\x01x'))
    const { status, err } = await runCommand([...run, '--stats'], host)
    expect(status).toBe(0)
    expect(err).toMatch(/^exits of the loop +slice +\d+$/m)
  })

  test('behavior: the values of the table end in one column', async () => {
    const { err } = await runCommand([...run, '--stats', '--jit', 'always'], hostWith(loop))
    const ends = err
      .trimEnd()
      .split('\n')
      .map((line) => /^.{17} {2}\S.*? {2,}[\d.,]+/.exec(line)?.[0].length)
    expect(ends).not.toContain(undefined)
    expect(new Set(ends).size).toBe(1)
    expect(ends.length).toBeGreaterThan(20)
  })

  test('args: json counts what the guest did', async () => {
    const { wallMs, instructions, cpus, stage2Faults, memory } = await report('--jit', 'off')
    expect(wallMs).toBeGreaterThan(0)
    expect(instructions).toBeUndefined()
    expect(cpus).toHaveLength(1)
    expect(cpus[0]?.jit).toBeUndefined()
    // Two characters for the serial port, one call to power off.
    expect(cpus[0]?.exits.hvc).toBe(1)
    expect(stage2Faults).toMatchObject({ exit: 2, device: 0, injected: 0, skipped: 0 })
    expect(cpus[0]?.exits.abort).toBe(2 + stage2Faults.mapped)
    expect(memory).toMatchObject({ residentBytes: 123 << 20, guestBytes: 4 << 20 })
    expect(memory.linearBytes).toBeGreaterThan(memory.guestBytes)
  })

  test('args: json has the translator with --jit always, and its time though no other thread has a clock', async () => {
    const { cpus } = await report('--jit', 'always')
    expect(cpus[0]?.jit?.regions).toBeGreaterThan(0)
    expect(cpus[0]?.jit?.translateMs).toBeGreaterThan(0)
  })

  test('args: with --icount the instructions are those that are printed anyway', async () => {
    const host = hostWith(loop)
    const { err } = await runCommand([...run, '--stats=json', '--icount'], host)
    const { instructions } = JSON.parse(err.slice(err.indexOf('{'))) as StatisticsReport
    expect(instructions).toBeGreaterThan(4000)
    expect(err).toContain(`armvisor: ${instructions} instructions\n`)
  })

  test('error: another format', async () => {
    const { status, err } = await runCommand([...run, '--stats=xml'], hostWith(loop))
    expect(status).toBe(2)
    expect(err).toContain('Allowed choices are text, json.')
  })
})
