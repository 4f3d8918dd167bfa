/** State of a PL011 as plain data. */

/** Everything that a {@link Pl011} needs to go on; registers by their names in [PL011]. */
export interface Pl011State {
  readonly UARTILPR: number
  readonly UARTIBRD: number
  readonly UARTFBRD: number
  readonly UARTLCR_H: number
  readonly UARTCR: number
  readonly UARTIFLS: number
  readonly UARTIMSC: number
  readonly UARTRIS: number
  readonly UARTDMACR: number
  /** Input that the guest has not read: the FIFO's bytes, then those that wait outside. */
  readonly input: Uint8Array
  /** How many bytes of `input` are in the FIFO. */
  readonly fifoLength: number
  /** Whether the guest has taken notice of what is in the FIFO. */
  readonly isFifoNoticed: boolean
  /** Reads of UARTFR that found the FIFO empty and no write of data accounts for. */
  readonly idlePolls: number
}

/** State after reset. [PL011] Table 3-1 */
export const pl011ResetState: Pl011State = {
  UARTILPR: 0,
  UARTIBRD: 0,
  UARTFBRD: 0,
  UARTLCR_H: 0,
  UARTCR: 0x300,
  UARTIFLS: 0x12,
  UARTIMSC: 0,
  UARTRIS: 0,
  UARTDMACR: 0,
  input: new Uint8Array(0),
  fifoLength: 0,
  isFifoNoticed: false,
  idlePolls: 0,
}
