/** What the kernel side needs from the place it runs in: time, a timer, a way to give up the thread, randomness. */

/** The injected environment of {@link createKvm}. Nothing here is called while the guest runs undisturbed. */
export interface KvmHost {
  /** Nanoseconds of a clock that never goes back; integers or fractions. Origin is free. */
  monotonicNs(): number
  /** Calls `callback` once, `delayNs` from now or a little later. Returns what cancels it. */
  setTimer(delayNs: number, callback: () => void): () => void
  /** Resolves as soon as the host has run what was due: how a busy guest shares the thread. */
  yield(): Promise<void>
  /** Fills `bytes` with randomness for the guest's TRNG. Without it the guest finds no TRNG. */
  fillRandom?(bytes: Uint8Array): void
  /** Wall-clock nanoseconds since 1970. Without it the guest finds no PTP service. */
  realtimeNs?(): bigint
}
