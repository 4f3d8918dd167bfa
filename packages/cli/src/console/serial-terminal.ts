/** The guest's serial port on the host's stdin and stdout. */

import type { SerialConsole } from '@armvisor/vmm'
import type { Host } from '../host/host.ts'
import { writeText } from '../host/write-text.ts'
import { EscapeKeys, escapeHelp } from './escape-keys.ts'

/** Output leaves at the end of each time slice, or when there is so much of it. */
const flushBytes = 4096
/** Input for the guest beyond which no more is read from stdin, until the guest has taken all of it. */
const inputLimitBytes = 65536

/** The guest's end of the input. */
export interface SerialInput {
  receive(bytes: Uint8Array): void
  readonly pendingInputBytes: number
}

/** What the user does. */
export interface SerialTerminalEvents {
  /** `Ctrl-A x`. */
  quit(): void
}

/**
 * Connects a machine's UART with the host. On a terminal, input is raw and searched for {@link EscapeKeys}; from a pipe every byte goes to
 * the guest, and its end changes nothing. {@link SerialTerminal.open} and {@link SerialTerminal.close} enclose the time in which it reads.
 */
export class SerialTerminal implements SerialConsole {
  readonly #host: Host
  readonly #events: SerialTerminalEvents
  readonly #keys = new EscapeKeys()
  readonly #output = new Uint8Array(flushBytes)
  #outputLength = 0
  #isCongested = false
  #input: SerialInput | undefined
  #isPaused = false
  #isLineStart = true

  constructor(host: Host, events: SerialTerminalEvents) {
    this.#host = host
    this.#events = events
  }

  /** Starts reading for a machine. */
  open(input: SerialInput): void {
    const { stdin, stderr } = this.#host
    this.#input = input
    if (stdin.isTerminal) {
      writeText(stderr, 'armvisor: Ctrl-A x ends the VM, Ctrl-A h lists the keys\n')
      stdin.setRawMode(true)
    }
    stdin.start((bytes) => this.#take(bytes))
  }

  /** Gives a machine that does not run yet all input up to its end, however much. Not for a terminal. */
  readToEnd(input: SerialInput): Promise<void> {
    this.#input = input
    return new Promise((resolve) => this.#host.stdin.start((bytes) => input.receive(bytes), resolve))
  }

  /** Goes on with another machine: the guest was reset. */
  connect(input: SerialInput): void {
    this.#input = input
    this.inputDrained()
  }

  /** Gives the terminal back. Output may still be in the buffer: {@link SerialTerminal.flush}. */
  close(): void {
    const { stdin, stderr } = this.#host
    stdin.stop()
    if (!stdin.isTerminal) return
    stdin.setRawMode(false)
    if (!this.#isLineStart) writeText(stderr, '\n')
  }

  write(byte: number): void {
    this.#output[this.#outputLength++] = byte
    if (this.#outputLength === flushBytes) this.flush()
  }

  /** Called after each time slice: lets the output go, and holds the guest back while nobody takes it. */
  drain(): Promise<void> | undefined {
    this.flush()
    if (!this.#isCongested) return undefined
    return this.#host.stdout.drained().then(() => {
      this.#isCongested = false
    })
  }

  inputDrained(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#host.stdin.resume()
  }

  /** Hands what is in the buffer to stdout. */
  flush(): void {
    if (this.#outputLength === 0) return
    const bytes = this.#output.slice(0, this.#outputLength)
    this.#isLineStart = bytes[bytes.length - 1] === 0x0a
    this.#outputLength = 0
    if (!this.#host.stdout.write(bytes)) this.#isCongested = true
  }

  #take(input: Uint8Array): void {
    if (!this.#host.stdin.isTerminal) {
      this.#give(input)
      return
    }
    const { bytes, commands } = this.#keys.take(input)
    this.#give(bytes)
    for (const command of commands) {
      if (command === 'quit') this.#events.quit()
      else this.#showHelp()
    }
  }

  #give(bytes: Uint8Array): void {
    const input = this.#input
    if (input === undefined || bytes.length === 0) return
    input.receive(bytes)
    if (input.pendingInputBytes < inputLimitBytes || this.#isPaused) return
    this.#isPaused = true
    this.#host.stdin.pause()
  }

  /** A raw terminal needs a carriage return with each line. */
  #showHelp(): void {
    this.flush()
    writeText(this.#host.stderr, `\r\n${escapeHelp.map((line) => `${line}\r\n`).join('')}`)
  }
}
