/** PL011 UART. [PL011] */

export { Pl011, type Pl011Wiring } from './pl011.ts'
export { type Pl011State, pl011ResetState } from './state.ts'
