/** Boots Debian's kernel with the command line program, from its sources. */

import { spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'

const root = path.resolve(import.meta.dirname, '..')
const bin = path.join(root, 'packages/cli/src/bin.ts')

/** What a guest needs. */
export interface GuestFiles {
  readonly kernel: string
  readonly initrd: string
}

/** What came of it. */
export interface Boot {
  readonly out: string
  readonly instructions: string
}

/** Boots with `--icount` until the guest powers off. */
export function bootGuest(
  guest: GuestFiles,
  append: string,
  input: string,
  ...options: readonly string[]
): Promise<Boot> {
  const run = ['run', '--kernel', guest.kernel, '--initrd', guest.initrd, '--icount', '--timeout', '800', ...options]
  const args = ['--conditions=@armvisor/source', '--import', 'tsx', bin, ...run]
  const child = spawn(process.execPath, [...args, '--append', `console=ttyAMA0 ${append}`], { cwd: root })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('close', (status) => {
      if (status === 0) resolve({ out, instructions: err })
      else reject(new Error(`status ${status}: ${err}${out.slice(-2000)}`))
    })
  })
}
