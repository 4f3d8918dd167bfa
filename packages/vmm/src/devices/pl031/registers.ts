// biome-ignore-all format: the columns are the table
/** PL031 register offsets. [PL031] §3.2 Table 3-1. */

/** Data: the seconds. */                                         export const RTCDR   = 0x00
/** Match. */                                                     export const RTCMR   = 0x04
/** Load: sets the seconds. */                                    export const RTCLR   = 0x08
/** Control: bit 0 start, and it stays. */                        export const RTCCR   = 0x0c
/** Interrupt mask set or clear: 1 lets the interrupt through. */ export const RTCIMSC = 0x10
/** Raw interrupt status. */                                      export const RTCRIS  = 0x14
/** Masked interrupt status. */                                   export const RTCMIS  = 0x18
/** Interrupt clear. */                                           export const RTCICR  = 0x1c

/** RTCPeriphID0-3 and RTCPCellID0-3 from 0xfe0: part 0x031, designer Arm. §3.3.9 */
export const identification: readonly number[] = [0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]
/** Offset of the first identification register. */
export const identificationOffset = 0xfe0
