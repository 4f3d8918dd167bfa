/** PL011 UART. [PL011] §3. */

import type { InterruptLine } from '../../bus/interrupt-line.ts'
import type { MmioDevice } from '../../bus/mmio-bus.ts'
import { ByteQueue } from './byte-queue.ts'
import {
  CR_LBE,
  FR_CTS,
  FR_DCD,
  FR_DSR,
  FR_RXFE,
  FR_RXFF,
  FR_TXFE,
  fifoDepth,
  INT_RT,
  INT_RX,
  INT_TX,
  identification,
  identificationOffset,
  LCR_H_FEN,
  receiveTriggerLevels,
  UARTCR,
  UARTDMACR,
  UARTDR,
  UARTFBRD,
  UARTFR,
  UARTIBRD,
  UARTICR,
  UARTIFLS,
  UARTILPR,
  UARTIMSC,
  UARTLCR_H,
  UARTMIS,
  UARTRIS,
  UARTRSR,
  writableBits,
} from './registers.ts'
import { type Pl011State, pl011ResetState } from './state.ts'

/** What a {@link Pl011} is connected to. */
export interface Pl011Wiring {
  readonly line: InterruptLine
  /** Takes one byte of output; called while the guest's store is carried out, so it must be quick. */
  output(byte: number): void
  /** Told when the guest has read all input: more may be given. */
  inputDrained?(): void
}

/** Reads of an empty FIFO's flags after which the guest is taken to wait for input without interrupts. */
const pollsOfAWaitingGuest = 16

const receiveInterrupts = INT_RX | INT_RT

/**
 * The UART. Output leaves at once, so the transmit FIFO is always empty and the transmit interrupt is raised by each write.
 * The enable bits of UARTCR are kept but not enforced, as on QEMU's `virt`, because small guests rely on that. There are no
 * errors and breaks on this line; CTS, DSR and DCD are asserted: a terminal is always there.
 *
 * **Input is never lost.** What {@link Pl011.receive} is given waits outside until the FIFO has room, and enters the FIFO only
 * while the guest listens: it has a receive interrupt unmasked, or it keeps reading UARTFR. Drivers empty the FIFO and throw
 * away what they find when they start (Linux reads up to 32 bytes), which would swallow the start of what was piped in before
 * the kernel was up. For the same reason bytes go back outside when the guest masks its receive interrupts and has not taken
 * notice of them; if it has, they stay, for a driver that masks the interrupt and then reads.
 */
export class Pl011 implements MmioDevice {
  readonly #wiring: Pl011Wiring
  /** Registers that read as they were written, by offset. */
  readonly #registers: Record<number, number>
  readonly #input = new ByteQueue()
  #fifoLength: number
  #isFifoNoticed: boolean
  #idlePolls: number
  #rawInterrupts: number
  #isLineHigh = false

  /** A UART after reset, or as `state` has it. */
  constructor(wiring: Pl011Wiring, state: Pl011State = pl011ResetState) {
    this.#wiring = wiring
    this.#registers = {
      [UARTILPR]: state.UARTILPR,
      [UARTIBRD]: state.UARTIBRD,
      [UARTFBRD]: state.UARTFBRD,
      [UARTLCR_H]: state.UARTLCR_H,
      [UARTCR]: state.UARTCR,
      [UARTIFLS]: state.UARTIFLS,
      [UARTIMSC]: state.UARTIMSC,
      [UARTDMACR]: state.UARTDMACR,
    }
    this.#input.push(state.input)
    this.#fifoLength = state.fifoLength
    this.#isFifoNoticed = state.isFifoNoticed
    this.#idlePolls = state.idlePolls
    this.#rawInterrupts = state.UARTRIS
    this.#updateLine()
  }

  /** A UART that goes on where another's {@link Pl011.state} was taken; raises its line if it was high. */
  static fromState(state: Pl011State, wiring: Pl011Wiring): Pl011 {
    return new Pl011(wiring, state)
  }

  /** A copy of the state. */
  state(): Pl011State {
    return {
      UARTILPR: this.#registers[UARTILPR],
      UARTIBRD: this.#registers[UARTIBRD],
      UARTFBRD: this.#registers[UARTFBRD],
      UARTLCR_H: this.#registers[UARTLCR_H],
      UARTCR: this.#registers[UARTCR],
      UARTIFLS: this.#registers[UARTIFLS],
      UARTIMSC: this.#registers[UARTIMSC],
      UARTRIS: this.#rawInterrupts,
      UARTDMACR: this.#registers[UARTDMACR],
      input: this.#input.toBytes(),
      fifoLength: this.#fifoLength,
      isFifoNoticed: this.#isFifoNoticed,
      idlePolls: this.#idlePolls,
    }
  }

  /** Bytes of input that the guest has not read. A host that can hold back its source does so while this is large. */
  get pendingInputBytes(): number {
    return this.#input.length
  }

  /** Gives input to the guest; of any length, at any time. The bytes are copied. */
  receive(bytes: Uint8Array): void {
    this.#input.push(bytes)
    this.#fillIfListening()
    this.#updateLine()
  }

  read(offset: number, sizeBytes: number): number {
    const value = this.#readRegister(offset & ~3) >>> (8 * (offset & 3))
    return sizeBytes === 4 ? value : value & (2 ** (8 * sizeBytes) - 1)
  }

  write(offset: number, _sizeBytes: number, value: number): void {
    // A narrow store to a register's upper lanes misses its implemented bits.
    if ((offset & 3) === 0) this.#writeRegister(offset, value)
  }

  #readRegister(offset: number): number {
    switch (offset) {
      case UARTDR:
        return this.#readData()
      case UARTFR:
        return this.#readFlags()
      case UARTRIS:
        return this.#notice(this.#rawInterrupts)
      case UARTMIS:
        return this.#notice(this.#rawInterrupts & this.#registers[UARTIMSC])
      default:
        if (offset >= identificationOffset) return identification[(offset - identificationOffset) >> 2] ?? 0
        return this.#registers[offset] ?? 0
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case UARTDR:
        this.#writeData(value & 0xff)
        break
      case UARTICR:
        this.#rawInterrupts &= ~value
        break
      case UARTIMSC:
        this.#registers[UARTIMSC] = value & writableBits[UARTIMSC]
        this.#idlePolls = 0
        if ((value & receiveInterrupts) === 0 && !this.#isFifoNoticed) this.#setFifoLength(0)
        this.#fillIfListening()
        break
      case UARTRSR:
        break // there are no errors to clear
      default: {
        const bits = writableBits[offset]
        if (bits === undefined) return // read-only or reserved
        this.#registers[offset] = value & bits
        // Both registers change what counts as a full FIFO.
        if (offset === UARTLCR_H || offset === UARTIFLS) {
          this.#setFifoLength(Math.min(this.#fifoLength, this.#depth))
          this.#fillIfListening()
        }
      }
    }
    this.#updateLine()
  }

  #readData(): number {
    if (this.#fifoLength === 0) return 0
    const byte = this.#input.shift()
    this.#isFifoNoticed = true
    this.#setFifoLength(this.#fifoLength - 1)
    this.#fillIfListening()
    // Time passes between two reads; what is left has waited long enough for the timeout.
    if (this.#fifoLength > 0) this.#rawInterrupts |= INT_RT
    this.#updateLine()
    if (this.#input.length === 0) this.#wiring.inputDrained?.()
    return byte
  }

  #writeData(byte: number): void {
    if (this.#idlePolls > 0) this.#idlePolls--
    this.#rawInterrupts |= INT_TX
    if ((this.#registers[UARTCR] & CR_LBE) === 0) {
      this.#wiring.output(byte)
      return
    }
    this.#input.push(Uint8Array.of(byte))
    this.#fill()
  }

  #readFlags(): number {
    if (this.#fifoLength === 0 && ++this.#idlePolls >= pollsOfAWaitingGuest) {
      this.#idlePolls = 0
      this.#fill()
      this.#updateLine()
    }
    const receive = this.#fifoLength === 0 ? FR_RXFE : this.#fifoLength >= this.#depth ? FR_RXFF : 0
    return FR_TXFE | FR_CTS | FR_DSR | FR_DCD | receive
  }

  #notice(interrupts: number): number {
    if ((interrupts & receiveInterrupts) !== 0) this.#isFifoNoticed = true
    return interrupts
  }

  get #depth(): number {
    return this.#registers[UARTLCR_H] & LCR_H_FEN ? fifoDepth : 1
  }

  get #receiveTrigger(): number {
    return this.#depth === 1 ? 1 : receiveTriggerLevels[this.#registers[UARTIFLS] >> 3]
  }

  #fillIfListening(): void {
    if ((this.#registers[UARTIMSC] & receiveInterrupts) !== 0) this.#fill()
  }

  #fill(): void {
    this.#setFifoLength(Math.min(this.#depth, this.#input.length))
  }

  /** Raises the receive interrupts for bytes that arrive and lowers them as the FIFO empties. §2.8 */
  #setFifoLength(length: number): void {
    const before = this.#fifoLength
    this.#fifoLength = length
    const trigger = this.#receiveTrigger
    if (length < trigger) this.#rawInterrupts &= ~INT_RX
    else if (before < trigger) this.#rawInterrupts |= INT_RX
    if (length === 0) {
      this.#rawInterrupts &= ~INT_RT
      this.#isFifoNoticed = false
    } else if (length > before) {
      this.#rawInterrupts |= INT_RT
    }
  }

  #updateLine(): void {
    const isHigh = (this.#rawInterrupts & this.#registers[UARTIMSC]) !== 0
    if (isHigh === this.#isLineHigh) return
    this.#isLineHigh = isHigh
    this.#wiring.line.setLevel(isHigh)
  }
}
