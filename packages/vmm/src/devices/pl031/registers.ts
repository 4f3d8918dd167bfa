// biome-ignore-all format: the columns are the table
/** PL031 register offsets. [PL031] §3.2 Table 3-1. */

export const RTCDR   = 0x00 // data: the seconds
export const RTCMR   = 0x04 // match
export const RTCLR   = 0x08 // load: sets the seconds
export const RTCCR   = 0x0c // control: bit 0 start, and it stays
export const RTCIMSC = 0x10 // interrupt mask set or clear: 1 lets the interrupt through
export const RTCRIS  = 0x14 // raw interrupt status
export const RTCMIS  = 0x18 // masked interrupt status
export const RTCICR  = 0x1c // interrupt clear

/** RTCPeriphID0-3 and RTCPCellID0-3 from 0xfe0: part 0x031, designer Arm. §3.3.9 */
export const identification: readonly number[] = [0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]
export const identificationOffset = 0xfe0
