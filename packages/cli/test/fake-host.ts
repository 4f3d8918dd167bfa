/** A host in memory: files, a terminal or pipes, signals, and time that passes only while everybody waits. */

import type { Host, InputStream, OutputStream, Signal } from '../src/host/host.ts'
import { main } from '../src/main.ts'

/** An output that can be stopped and closed. */
export class FakeOutput implements OutputStream {
  readonly chunks: Uint8Array[] = []
  /** Called with all text so far after each write. */
  onText: (text: string) => void = () => {}
  #isBlocked = false
  #isClosed = false
  #failure: string | undefined
  #waiting: (() => void)[] = []
  readonly #closed: (() => void)[] = []

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed) return true
    this.chunks.push(bytes.slice())
    this.onText(this.text)
    return !this.#isBlocked
  }
  drained(): Promise<void> {
    if (!this.#isBlocked || this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
  onClosed(callback: () => void): void {
    this.#closed.push(callback)
  }
  get failure(): string | undefined {
    return this.#failure
  }
  /** Writing fails from now on. */
  fail(code: string): void {
    this.#failure = code
    this.abandon()
  }
  abandon(): void {
    this.#isClosed = true
    this.unblock()
    for (const callback of this.#closed.splice(0)) callback()
  }

  /** From now on nobody reads. */
  block(): void {
    this.#isBlocked = true
  }
  unblock(): void {
    this.#isBlocked = false
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** Input that a test types. */
export class FakeInput implements InputStream {
  readonly isTerminal: boolean
  /** Called when reading starts. */
  onStart: () => void = () => {}
  /** All that was asked of it, in order. */
  readonly calls: string[] = []
  #onData: ((bytes: Uint8Array) => void) | undefined
  #onEnd: (() => void) | undefined

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal
  }

  setRawMode(isRaw: boolean): void {
    this.calls.push(isRaw ? 'raw' : 'cooked')
  }
  start(onData: (bytes: Uint8Array) => void, onEnd?: () => void): void {
    this.calls.push('start')
    this.#onData = onData
    this.#onEnd = onEnd
    this.onStart()
  }
  pause(): void {
    this.calls.push('pause')
  }
  resume(): void {
    this.calls.push('resume')
  }
  stop(): void {
    this.calls.push('stop')
    this.#onData = undefined
  }

  type(text: string): void {
    this.#onData?.(Buffer.from(text, 'latin1'))
  }
  end(): void {
    this.#onEnd?.()
  }
}

interface FakeTimer {
  readonly dueNs: number
  readonly callback: () => void
}

/** Time that stands still while code runs, but for 20 µs a look, and jumps to the next timer when nothing else is due. */
class FakeTime {
  #nowNs = 0
  readonly #timers = new Set<FakeTimer>()
  #isPumping = false
  #isBusy = false

  monotonicNs(): number {
    this.#nowNs += 20_000
    return this.#nowNs
  }
  setTimer(delayNs: number, callback: () => void): () => void {
    const timer = { dueNs: this.#nowNs + delayNs, callback }
    this.#timers.add(timer)
    this.#pump()
    return () => this.#timers.delete(timer)
  }
  yield(): Promise<void> {
    this.#isBusy = true
    return new Promise((resolve) => setImmediate(resolve))
  }

  #pump(): void {
    if (this.#isPumping || this.#timers.size === 0) return
    this.#isPumping = true
    setImmediate(() => {
      this.#isPumping = false
      const next = [...this.#timers].sort((a, b) => a.dueNs - b.dueNs)[0]
      if (next !== undefined && (!this.#isBusy || next.dueNs <= this.#nowNs)) {
        this.#timers.delete(next)
        this.#nowNs = Math.max(this.#nowNs, next.dueNs)
        next.callback()
      }
      this.#isBusy = false
      this.#pump()
    })
  }
}

/** {@link Host} for tests. */
export class FakeHost implements Host {
  readonly version = '1.2.3'
  readonly stdin: FakeInput
  readonly stdout: FakeOutput = new FakeOutput()
  readonly stderr: FakeOutput = new FakeOutput()
  readonly files = new Map<string, Uint8Array | string>()
  readonly wallClock = { nowMs: () => 1_700_000_000_000, after: () => () => {} }
  readonly kvm: Host['kvm']
  #signal: ((signal: Signal) => void) | undefined

  constructor(options: { readonly isTerminal?: boolean } = {}) {
    this.stdin = new FakeInput(options.isTerminal ?? false)
    const time = new FakeTime()
    this.kvm = Object.assign(time, { fillRandom: (bytes: Uint8Array) => void bytes.fill(0x5a) })
  }

  get isListening(): boolean {
    return this.#signal !== undefined
  }
  startCompiler(): undefined {
    return undefined
  }
  residentBytes(): number {
    return 123 << 20
  }
  readFile(path: string): Promise<Uint8Array> {
    const file = this.files.get(path)
    if (file === undefined) return Promise.reject(Object.assign(new Error(`no ${path}`), { code: 'ENOENT' }))
    if (file === 'EISDIR' || file === 'EACCES') return Promise.reject(Object.assign(new Error(), { code: file }))
    return Promise.resolve(typeof file === 'string' ? Buffer.from(file) : file)
  }
  onSignal(callback: (signal: Signal) => void): () => void {
    this.#signal = callback
    return () => {
      this.#signal = undefined
    }
  }

  kill(signal: Signal): void {
    this.#signal?.(signal)
  }
}

/** Runs a command and returns all there is to see of it. */
export async function runCommand(
  argv: readonly string[],
  host: FakeHost = new FakeHost(),
): Promise<{ readonly status: number; readonly out: string; readonly err: string }> {
  const status = await main(argv, host)
  return { status, out: host.stdout.text, err: host.stderr.text }
}
