/** State of a PL031 as plain data. */

/** Everything that a {@link Pl031} needs to go on; registers by their names in [PL031]. */
export interface Pl031State {
  /** What the guest's seconds are ahead of the host's wall clock, modulo 2^32. */
  readonly offsetSeconds: number
  readonly RTCMR: number
  readonly RTCLR: number
  readonly RTCIMSC: number
  readonly RTCRIS: number
  /** The guest's seconds when the match was last looked for. */
  readonly checkedSeconds: number | undefined
}

/** State after reset: the seconds are those of the wall clock. */
export const pl031ResetState: Pl031State = {
  offsetSeconds: 0,
  RTCMR: 0,
  RTCLR: 0,
  RTCIMSC: 0,
  RTCRIS: 0,
  checkedSeconds: undefined,
}
