/** The command line's environment on Node. */

import { Buffer } from 'node:buffer'
import { randomFillSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import process from 'node:process'
import type { WriteStream } from 'node:tty'
import type { CompileChannel } from '@armvisor/cpu'
import type { WallClock } from '@armvisor/vmm'
import type { Host, InputStream, OutputStream, Signal } from './host.ts'
import { startCompileWorker } from './node-compile-worker.ts'
import { NodeTime } from './node-time.ts'

const signals: readonly Signal[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']
/** Node's timers count milliseconds in 31 bits. */
const longestTimeoutMs = 2 ** 31 - 1

/** {@link Host} on the current process. Make one only; it keeps the process alive until it is told to exit. */
export class NodeHost implements Host {
  readonly version: string
  readonly stdin: InputStream = new NodeInput()
  readonly stdout: OutputStream = new NodeOutput(process.stdout)
  readonly stderr: OutputStream = new NodeOutput(process.stderr)
  readonly kvm: Host['kvm'] = new NodeTime((bytes) => {
    randomFillSync(bytes)
  })
  readonly wallClock: WallClock = {
    nowMs: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, Math.min(delayMs, longestTimeoutMs))
      return () => clearTimeout(timer)
    },
  }

  readonly #compileWorker: URL | undefined

  /**
   * @param files.manifest this package's `package.json`
   * @param files.compileWorker the program of the thread that translates; without it there is none
   */
  constructor({ manifest, compileWorker }: { readonly manifest: URL; readonly compileWorker: URL | undefined }) {
    this.#compileWorker = compileWorker
    const text = readFileSync(manifest, 'utf8')
    this.version = (JSON.parse(text) as { readonly version: string }).version
    // A guest that waits for an interrupt which nothing will raise leaves Node without anything to wait for.
    setInterval(() => {}, longestTimeoutMs)
  }

  startCompiler(): CompileChannel | undefined {
    return this.#compileWorker && startCompileWorker(this.#compileWorker)
  }

  residentBytes(): number {
    return process.memoryUsage.rss()
  }

  async readFile(path: string): Promise<Uint8Array> {
    const file = await open(path)
    try {
      const stat = await file.stat()
      // Pipes, and files that the system makes up, do not say how long they are.
      return stat.isFile() && stat.size > 0 ? await readWhole(file, stat.size) : await file.readFile()
    } finally {
      await file.close()
    }
  }

  onSignal(callback: (signal: Signal) => void): () => void {
    for (const signal of signals) process.on(signal, callback)
    return () => {
      for (const signal of signals) process.off(signal, callback)
    }
  }
}

/** All of a file by one request, since this thread is busy with other things; Node's own `readFile` asks for half a MiB at a time. */
async function readWhole(file: FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, sizeBytes - length)
    length += bytesRead
    if (bytesRead === 0 || length === sizeBytes) return bytes.subarray(0, length)
  }
}

class NodeInput implements InputStream {
  readonly isTerminal: boolean = process.stdin.isTTY === true
  #isExitHooked = false

  setRawMode(isRaw: boolean): void {
    if (!this.isTerminal) return
    process.stdin.setRawMode(isRaw)
    if (this.#isExitHooked) return
    this.#isExitHooked = true
    // Whatever ends the process, an uncaught exception too, leaves the terminal as it was.
    process.on('exit', () => process.stdin.setRawMode(false))
  }

  start(onData: (bytes: Uint8Array) => void, onEnd?: () => void): void {
    process.stdin.on('data', (chunk) => onData(typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
    // A closed or unreadable stdin is an empty one.
    process.stdin.on('error', () => onEnd?.())
    if (onEnd) process.stdin.on('end', onEnd)
  }

  pause(): void {
    process.stdin.pause()
  }

  resume(): void {
    process.stdin.resume()
  }

  stop(): void {
    process.stdin.removeAllListeners('data')
    process.stdin.pause()
  }
}

class NodeOutput implements OutputStream {
  readonly #stream: WriteStream
  #isClosed = false
  #failure: string | undefined
  readonly #onClosed = new Set<() => void>()

  constructor(stream: WriteStream) {
    this.#stream = stream
    stream.on('error', (error: Error & { readonly code?: string }) => {
      this.#failure ??= error.code ?? error.message
      this.abandon()
    })
  }

  get failure(): string | undefined {
    return this.#failure
  }

  write(bytes: Uint8Array): boolean {
    return this.#isClosed || this.#stream.write(bytes)
  }

  drained(): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onClosed.add(resolve)
      // The callback of an empty write comes when all before it has gone, or the error of a write that was thought to have.
      this.#stream.write('', () => {
        this.#onClosed.delete(resolve)
        resolve()
      })
    })
  }

  onClosed(callback: () => void): void {
    if (this.#isClosed) callback()
    else this.#onClosed.add(callback)
  }

  abandon(): void {
    this.#isClosed = true
    const callbacks = [...this.#onClosed]
    this.#onClosed.clear()
    for (const callback of callbacks) callback()
  }
}
