/** Times a program from its start to a line on its standard output. */

import { spawn } from 'node:child_process'

/** One program to time. */
export interface Contender {
  /** How results name it. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

/** A contender that never printed the marker; `message` is one sentence and the end of what it did print. */
export class BootError extends Error {
  override name = 'BootError'
}

/** How much of a failed run's output an error shows. */
const tailLines = 12

/**
 * Runs the program to its end.
 *
 * @param contender - What to run; its standard input is empty.
 * @param marker - Text to wait for on standard output.
 * @param limitMs - When to give up; the program is killed then.
 * @returns Milliseconds from just before the process is created to the arrival of the marker.
 * @throws {@link BootError} When the program is absent, ends or runs out of time without the marker.
 */
export function timeToMarker(contender: Contender, marker: string, limitMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const { name, command, args } = contender
    const started = performance.now()
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    let elapsedMs: number | undefined
    let isOutOfTime = false
    const timer = setTimeout(() => {
      isOutOfTime = true
      child.kill('SIGKILL')
    }, limitMs)
    child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      output += chunk
      if (elapsedMs === undefined && output.includes(marker)) elapsedMs = performance.now() - started
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      reject(error.code === 'ENOENT' ? new BootError(`${name}: ${command} does not exist`) : error)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (elapsedMs !== undefined) {
        resolve(elapsedMs)
        return
      }
      const how = isOutOfTime
        ? `printed no marker in ${limitMs / 1000} s`
        : `ended (${signal ?? `status ${code}`}) without the marker`
      const tail = `${output}\n${errors}`.trim().split('\n').slice(-tailLines).join('\n')
      reject(new BootError(`${name} ${how}; its last lines:\n${tail}`))
    })
  })
}
