/** Where translation happens: on the vCPU's thread, or on one that a host provides. */

import type { HotEntry } from './code-reader.ts'
import { type CompiledBatch, Compiler, type CompilerSetup } from './compiler.ts'

/** A host that can translate on another thread. */
export interface CompileHost {
  /** A clock for statistics, in milliseconds. */
  nowMs(): number
  /** Prepares for one vCPU, whose memory is shared; undefined where there is no other thread. */
  open(setup: CompilerSetup): CompilePort | undefined
}

/** The way to the compiler of one vCPU. Batches come back in the order in which they were posted. */
export interface CompilePort {
  /** Whether a batch is finished once {@link CompilePort.post} returns. */
  readonly isImmediate: boolean
  post(entries: readonly HotEntry[]): void
  /** The next finished batch, without waiting for one. @throws an error of the translation. */
  poll(): CompiledBatch | undefined
}

/** Translates on the thread that asks. */
export class LocalCompilePort implements CompilePort {
  readonly isImmediate = true
  readonly #compiler: Compiler
  readonly #finished: CompiledBatch[] = []

  constructor(setup: CompilerSetup, nowMs: () => number) {
    this.#compiler = new Compiler(setup, nowMs)
  }

  post(entries: readonly HotEntry[]): void {
    this.#finished.push(this.#compiler.compile(entries))
  }

  poll(): CompiledBatch | undefined {
    return this.#finished.shift()
  }
}
