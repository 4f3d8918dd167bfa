/** A worker that translates: both ends of the channel to it. Nothing here knows whether it is Node's or a browser's. */

import type { HotEntry } from './code-reader.ts'
import { type CompileHost, type CompilePort, LocalCompilePort } from './compile-host.ts'
import { type CompiledBatch, Compiler, type CompilerSetup } from './compiler.ts'

/** What is said to the worker. `id` tells vCPUs apart. */
type Request =
  | { readonly kind: 'open'; readonly id: number; readonly setup: CompilerSetup }
  | { readonly kind: 'compile'; readonly id: number; readonly entries: readonly HotEntry[] }

/** What the worker says. */
type Reply =
  | { readonly id: number; readonly batch: CompiledBatch }
  /** The translation failed, which is a fault of this package. */
  | { readonly id: number; readonly error: string }

/** This end of the channel to a worker that called {@link serveCompiler}. */
export interface CompileChannel {
  postMessage(message: unknown): void
  /** The next message that came, without waiting; undefined for none. */
  receive(): unknown
  /** Why nothing will come any more: the worker could not be started, or ended. */
  readonly failure: string | undefined
}

/** A worker's own end: a `DedicatedWorkerGlobalScope`, or Node's `parentPort`. */
export interface CompileScope {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  postMessage(message: unknown): void
}

/** An error inside the worker's translator. */
export class CompileError extends Error {
  override readonly name = 'CompileError'
  constructor(facts: { readonly detail: string }) {
    super(`the translation of guest code failed: ${facts.detail}`)
  }
}

/** Compiles for all vCPUs that talk through one channel. When the worker fails, their own thread takes over. */
export class WorkerCompileHost implements CompileHost {
  readonly nowMs: () => number
  readonly #channel: CompileChannel
  readonly #onFailure: (reason: string) => void
  readonly #ports: WorkerCompilePort[] = []
  #isFailed = false

  /** @param parts.onFailure told once why the worker is gone. */
  constructor(parts: {
    readonly channel: CompileChannel
    readonly nowMs: () => number
    readonly onFailure: (reason: string) => void
  }) {
    this.#channel = parts.channel
    this.nowMs = parts.nowMs
    this.#onFailure = parts.onFailure
  }

  open(setup: CompilerSetup): CompilePort {
    const id = this.#ports.length
    const port = new WorkerCompilePort({
      post: (entries) => this.#send({ kind: 'compile', id, entries }),
      receive: () => this.#receive(),
      local: () => new LocalCompilePort(setup, this.nowMs),
    })
    this.#ports.push(port)
    this.#send({ kind: 'open', id, setup })
    return port
  }

  #send(request: Request): void {
    this.#channel.postMessage(request)
  }

  /** Hands out what came to whom it belongs. */
  #receive(): void {
    for (let reply = this.#channel.receive(); reply !== undefined; reply = this.#channel.receive()) {
      const { id } = reply as Reply
      this.#ports[id]?.take(reply as Reply)
    }
    const { failure } = this.#channel
    if (failure === undefined || this.#isFailed) return
    this.#isFailed = true
    for (const port of this.#ports) port.takeOver()
    this.#onFailure(failure)
  }
}

/** What a port needs of its host. */
interface Way {
  post(entries: readonly HotEntry[]): void
  receive(): void
  local(): LocalCompilePort
}

class WorkerCompilePort implements CompilePort {
  readonly isImmediate = false
  readonly #way: Way
  /** Posted and not yet answered. */
  readonly #pending: (readonly HotEntry[])[] = []
  readonly #finished: CompiledBatch[] = []
  #local: LocalCompilePort | undefined

  constructor(way: Way) {
    this.#way = way
  }

  post(entries: readonly HotEntry[]): void {
    if (this.#local) {
      this.#local.post(entries)
      return
    }
    this.#pending.push(entries)
    this.#way.post(entries)
  }

  poll(): CompiledBatch | undefined {
    if (!this.#local) this.#way.receive()
    return this.#finished.shift() ?? this.#local?.poll()
  }

  take(reply: Reply): void {
    this.#pending.shift()
    if ('error' in reply) throw new CompileError({ detail: reply.error })
    this.#finished.push(reply.batch)
  }

  /** Does what the worker owes, and everything from now on, on this thread. */
  takeOver(): void {
    this.#local = this.#way.local()
    for (const entries of this.#pending.splice(0)) this.#local.post(entries)
  }
}

/** A worker's whole program: answers requests as long as it lives. */
export function serveCompiler(scope: CompileScope, nowMs: () => number): void {
  const compilers = new Map<number, Compiler>()
  const answer = (request: Request): Reply | undefined => {
    const { id } = request
    try {
      if (request.kind === 'compile') return { id, batch: (compilers.get(id) as Compiler).compile(request.entries) }
      compilers.set(id, new Compiler(request.setup, nowMs))
      return undefined
    } catch (error) {
      return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
  scope.onmessage = ({ data }) => {
    const reply = answer(data as Request)
    if (reply) scope.postMessage(reply)
  }
}
