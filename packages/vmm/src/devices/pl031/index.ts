/** PL031 real-time clock. [PL031] */

export { Pl031, type Pl031Wiring, type WallClock } from './pl031.ts'
export { type Pl031State, pl031ResetState } from './state.ts'
