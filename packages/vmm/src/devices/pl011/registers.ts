// biome-ignore-all format: the columns are the table
/** PL011 register offsets and bits. [PL011] §3.2 Table 3-1, §3.3. */

/** Data; bits [11:8] of a read are the errors of that byte. */ export const UARTDR    = 0x000
/** Receive status; a write clears it (UARTECR). */             export const UARTRSR   = 0x004
/** Flags. */                                                   export const UARTFR    = 0x018
/** IrDA low-power counter. */                                  export const UARTILPR  = 0x020
/** Integer baud rate. */                                       export const UARTIBRD  = 0x024
/** Fractional baud rate. */                                    export const UARTFBRD  = 0x028
/** Line control. */                                            export const UARTLCR_H = 0x02c
/** Control. */                                                 export const UARTCR    = 0x030
/** Interrupt FIFO level select. */                             export const UARTIFLS  = 0x034
/** Interrupt mask set/clear: 1 lets the interrupt through. */  export const UARTIMSC  = 0x038
/** Raw interrupt status. */                                    export const UARTRIS   = 0x03c
/** Masked interrupt status. */                                 export const UARTMIS   = 0x040
/** Interrupt clear. */                                         export const UARTICR   = 0x044
/** DMA control. */                                             export const UARTDMACR = 0x048

// UARTFR
/** Clear to send. */       export const FR_CTS  = 0x01
/** Data set ready. */      export const FR_DSR  = 0x02
/** Data carrier detect. */ export const FR_DCD  = 0x04
/** Receive FIFO empty. */  export const FR_RXFE = 0x10
/** Receive FIFO full. */   export const FR_RXFF = 0x40
/** Transmit FIFO empty. */ export const FR_TXFE = 0x80

/** FIFOs enabled. */ export const LCR_H_FEN = 0x10
/** Loop back. */     export const CR_LBE    = 0x80

// UARTIMSC, UARTRIS, UARTMIS, UARTICR
/** Receive FIFO at its trigger level. */                             export const INT_RX = 0x10
/** Transmit FIFO at its trigger level. */                            export const INT_TX = 0x20
/** Receive timeout: data waits and no more came for 32 bit times. */ export const INT_RT = 0x40

/** Implemented bits of the registers that hold what was written. */
export const writableBits: Readonly<Record<number, number>> = {
  [UARTILPR]:  0x00ff,
  [UARTIBRD]:  0xffff,
  [UARTFBRD]:  0x003f,
  [UARTLCR_H]: 0x00ff,
  [UARTCR]:    0xff87,
  [UARTIFLS]:  0x003f,
  [UARTIMSC]:  0x07ff,
  [UARTDMACR]: 0x0007,
}

/** Entries of each FIFO in revision 1. §2.4.1 */
export const fifoDepth = 16

/** Receive trigger level by UARTIFLS[5:3]: 1/8, 1/4, 1/2, 3/4, 7/8; the rest is reserved and taken as 7/8. §3.3.11 */
export const receiveTriggerLevels: readonly number[] = [2, 4, 8, 12, 14, 14, 14, 14]

/** UARTPeriphID0-3 and UARTPCellID0-3 from 0xfe0: part 0x011, designer Arm, revision 1 (16-entry FIFOs). §3.3.15 */
export const identification: readonly number[] = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]
/** Offset of the first identification register. */
export const identificationOffset = 0xfe0
