/** The command line as a process: pipes, signals and an idle guest on the real host. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { echo, print, testKernel, waitForever } from './test-kernel.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
const folder = mkdtempSync(path.join(tmpdir(), 'armvisor-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Running {
  readonly child: ChildProcessWithoutNullStreams
  /** Resolves when stdout holds the text. */
  shows(text: string): Promise<void>
  readonly end: Promise<{ readonly status: number | null; readonly out: string; readonly err: string }>
}

/** Starts the sources as they are, through the loader that the workspace has for that. */
function start(args: readonly string[], stdout: 'pipe' | number = 'pipe'): Running {
  // With a file for stdout the child has no stream for it; only the test that gives one looks.
  const child = spawn(process.execPath, ['--conditions=@armvisor/source', '--import', 'tsx', bin, ...args], {
    cwd: root,
    stdio: ['pipe', stdout, 'pipe'],
  }) as ChildProcessWithoutNullStreams
  let out = ''
  let err = ''
  let check = (): void => {}
  child.stdout?.on('data', (chunk) => {
    out += chunk
    check()
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  child.stdin.on('error', () => {})
  const end = new Promise<Awaited<Running['end']>>((resolve) => {
    child.on('close', (status) => resolve({ status, out, err }))
  })
  const shows = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      check = () => {
        if (out.includes(text)) resolve()
      }
      check()
      end.then(() => reject(new Error(`ended without ${text}: ${out}${err}`)))
    })
  return { child, shows, end }
}

function kernelFile(name: string, program: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, testKernel(program))
  return file
}

const machine = ['run', '--memory', '4M', '--timeout', '40']

describe('as a process', () => {
  test('default: runs the embedded guest in real time and exits with 0', async () => {
    const { status, out, err } = await start(machine).end
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toContain('timer interrupt   3')
  })

  test('behavior: pipes carry input to the guest and its output back', async () => {
    const { child, end } = start([...machine, '--kernel', kernelFile('echo', echo)])
    child.stdin.end('hello.')
    expect(await end).toEqual({ status: 0, out: '[h][e][l][l][o]', err: '' })
  })

  test('behavior: an idle guest outlives its input, uses no CPU time, and ends with a signal', async () => {
    const { child, shows, end } = start([...machine, '--kernel', kernelFile('idle', `${print('!')}\n${waitForever}`)])
    child.stdin.end()
    await shows('!')
    // The time that starting took settles first.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const before = cpuMs(child.pid)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const used = cpuMs(child.pid) - before
    child.kill('SIGINT')
    expect(await end).toEqual({ status: 130, out: '!', err: '' })
    expect(used).toBeLessThan(100)
  })

  test('behavior: a reader that goes away ends the VM without a word', async () => {
    const { child, shows, end } = start([...machine, '--kernel', kernelFile('loud', `loop:\n${print('x')}\n b loop`)])
    await shows('x')
    child.stdout.destroy()
    expect(await end).toMatchObject({ status: 141, err: '' })
  })

  test('behavior: a reader that stops reading does not keep the time from running out', async () => {
    const kernel = kernelFile('flood', `loop:\n${print('x')}\n b loop`)
    const { child, end } = start(['run', '--memory', '4M', '--timeout', '1', '--kernel', kernel])
    child.stdout.pause()
    const exited = new Promise((resolve) => child.on('exit', resolve))
    expect(await exited).toBe(124)
    child.stdout.resume()
    expect((await end).err).toBe('armvisor: the 1 s of --timeout are over\n')
  })

  test.runIf(existsSync('/dev/full'))('error: a full disk is no success', async () => {
    const full = openSync('/dev/full', 'w')
    const { child, end } = start(['asm', 'nop'], full)
    closeSync(full)
    expect(child.stdout).toBeNull()
    expect(await end).toEqual({
      status: 1,
      out: '',
      err: 'armvisor: The output cannot be written (ENOSPC): make room, or send it elsewhere.\n',
    })
  })

  test('error: a wrong command line exits with 2', async () => {
    expect(await start(['run', '--ipa-bits', '31']).end).toMatchObject({ status: 2, out: '' })
  })
})

/** CPU time that a process used so far, by Linux' account; elsewhere none is known. */
function cpuMs(pid: number | undefined): number {
  if (process.platform !== 'linux') return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
