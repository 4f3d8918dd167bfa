/** What the command line touches: files, terminal, signals, time. A test gives its own. */

import type { CompileChannel } from '@armvisor/cpu'
import type { KvmHost, WallClock } from '@armvisor/vmm'

/** Signals that end a running VM. */
export type Signal = 'SIGHUP' | 'SIGINT' | 'SIGQUIT' | 'SIGTERM'

/** Where text and the guest's output go. */
export interface OutputStream {
  /** False when what was written so far waits in memory: {@link OutputStream.drained} tells when it has gone. */
  write(bytes: Uint8Array): boolean
  /** Code of the error after which nothing is written any more: EPIPE when nobody reads, ENOSPC … */
  readonly failure: string | undefined
  /** Resolves when nothing waits any more, or when nothing is written any more. */
  drained(): Promise<void>
  /** Calls back once when nothing is written any more. */
  onClosed(callback: () => void): void
  /** Gives up on what still waits: its reader has stopped reading. */
  abandon(): void
}

/** Where input for the guest comes from. */
export interface InputStream {
  readonly isTerminal: boolean
  /** Raw mode: keys arrive as they are pressed, unechoed, Ctrl-C among them. Only for terminals; ends with the process. */
  setRawMode(isRaw: boolean): void
  /** Starts reading. The end of input changes nothing for a guest that runs; `onEnd` is for one that waits to start. */
  start(onData: (bytes: Uint8Array) => void, onEnd?: () => void): void
  /** Stops reading until {@link InputStream.resume}; a few more bytes may still arrive. */
  pause(): void
  resume(): void
  /** Ends reading for good. */
  stop(): void
}

/** The injected environment of {@link main}. */
export interface Host {
  /** The version of this package. */
  readonly version: string
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Time and randomness for the hypervisor. */
  readonly kvm: KvmHost & { fillRandom(bytes: Uint8Array): void }
  /** For the guest's clock chip. */
  readonly wallClock: WallClock
  /** Starts another thread to translate guest code on; undefined for none. */
  startCompiler(): CompileChannel | undefined
  /** Memory of this process that is resident, in bytes. */
  residentBytes(): number
  /** The whole file. @throws an error with the `code` that the system gave: ENOENT, EACCES, EISDIR … */
  readFile(path: string): Promise<Uint8Array>
  /** Calls back at each signal, which then does not end the process, until the returned function is called. */
  onSignal(callback: (signal: Signal) => void): () => void
}
