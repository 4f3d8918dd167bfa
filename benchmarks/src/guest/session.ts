/** A running guest and its console, line by line with the host's time of arrival. */

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { BenchError } from '../harness/errors.ts'
import type { Contender } from './contender.ts'

/** A line of the console. */
export interface Line {
  readonly text: string
  /** Milliseconds, of the host's clock that `performance.now()` reads. */
  readonly atMs: number
}

/** How much of the console an error shows. */
const tailLines = 12

/** A guest that runs until it is ended. */
export class GuestSession {
  readonly #name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: Line[] = []
  #rest = ''
  #errors = ''
  /** Why there will be no more lines. */
  #ending: string | undefined
  #wake: () => void = () => {}
  /** Milliseconds of `performance.now()`, from just before the process was made. */
  readonly startedMs: number

  constructor({ name, command, args, env }: Contender) {
    this.#name = name
    this.startedMs = performance.now()
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    this.#child.stdout.setEncoding('latin1').on('data', (chunk: string) => this.#take(chunk, performance.now()))
    this.#child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors += chunk
      this.#wake()
    })
    // The guest may be gone while something is on its way to it; `close` tells.
    this.#child.stdin.on('error', () => {})
    this.#child.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      this.#end(code === 'ENOENT' ? `${command} does not exist` : message),
    )
    this.#child.on('close', (code, signal) => this.#end(`ended (${signal ?? `status ${code}`})`))
  }

  /** The process. @throws {@link BenchError} when it could not be started */
  get pid(): number {
    if (this.#child.pid === undefined) throw this.#failure(this.#ending ?? 'did not start')
    return this.#child.pid
  }

  /** How many lines there are, for {@link waitFor}. */
  get position(): number {
    return this.#lines.length
  }

  /** Types a line. */
  send(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /**
   * Waits for a line.
   *
   * @param from - Lines before this position do not count.
   * @returns The lines from there to the first that matches.
   * @throws {@link BenchError} When the guest ends or the time is over before.
   */
  async waitFor(pattern: RegExp, limitMs: number, from = this.position): Promise<readonly Line[]> {
    let next = from
    const found = (): readonly Line[] | undefined => {
      for (; next < this.#lines.length; next++)
        if (pattern.test((this.#lines[next] as Line).text)) return this.#lines.slice(from, next + 1)
      return undefined
    }
    return this.#until(found, `a line like ${pattern.source}`, limitMs)
  }

  /** Waits for a text in standard error. @throws {@link BenchError} When the guest ends or the time is over before. */
  async waitForError(text: string, limitMs: number): Promise<void> {
    await this.#until(() => this.#errors.includes(text) || undefined, `"${text}"`, limitMs)
  }

  /** Waits for the end of the process. @throws {@link BenchError} when the time is over */
  async ended(limitMs: number): Promise<void> {
    await this.#until(() => (this.#ending === undefined ? undefined : true), 'its end', limitMs)
  }

  /** Asks again whenever something has come. */
  async #until<T>(ask: () => T | undefined, what: string, limitMs: number): Promise<T> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const answer = ask()
      if (answer !== undefined) return answer
      if (this.#ending !== undefined) throw this.#failure(`${this.#ending} without ${what}`)
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw this.#failure(`came without ${what} to the limit of ${limitMs / 1000} s`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #take(chunk: string, atMs: number): void {
    const parts = (this.#rest + chunk).split('\n')
    this.#rest = parts.pop() as string
    for (const text of parts) this.#lines.push({ text: text.replaceAll('\r', ''), atMs })
    this.#wake()
  }

  #end(how: string): void {
    this.#ending ??= how
    this.#wake()
  }

  #failure(how: string): BenchError {
    const tail = [...this.#lines.slice(-tailLines).map(({ text }) => text), this.#rest, this.#errors.trim()]
    return new BenchError(`${this.#name} ${how}; its last lines:\n${tail.filter((text) => text !== '').join('\n')}`)
  }
}
