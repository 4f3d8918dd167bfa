/** The keys that a terminal's input is searched for, as in QEMU: Ctrl-A and another. */

const ctrlA = 0x01

/** What a key after Ctrl-A asks for. */
export type EscapeCommand = 'quit' | 'help'

/** What one piece of input holds: bytes for the guest, and commands in their order. */
export interface EscapedInput {
  readonly bytes: Uint8Array
  readonly commands: readonly EscapeCommand[]
}

/** What `Ctrl-A h` shows. */
export const escapeHelp: readonly string[] = [
  'Ctrl-A h        this help',
  'Ctrl-A x        end the VM',
  'Ctrl-A Ctrl-A   send Ctrl-A to the guest (also Ctrl-A a)',
]

/** Finds the keys in a stream of input; a Ctrl-A at the end of one piece counts for the next. */
export class EscapeKeys {
  #isEscaped = false

  /** Takes a piece of input. Keys after Ctrl-A that mean nothing are swallowed. */
  take(input: Uint8Array): EscapedInput {
    const bytes: number[] = []
    const commands: EscapeCommand[] = []
    for (const byte of input) {
      if (!this.#isEscaped) {
        if (byte === ctrlA) this.#isEscaped = true
        else bytes.push(byte)
        continue
      }
      this.#isEscaped = false
      const key = String.fromCharCode(byte).toLowerCase()
      if (byte === ctrlA || key === 'a') bytes.push(ctrlA)
      else if (key === 'x') commands.push('quit')
      else if (key === 'h' || key === '?') commands.push('help')
    }
    return { bytes: Uint8Array.from(bytes), commands }
  }
}
