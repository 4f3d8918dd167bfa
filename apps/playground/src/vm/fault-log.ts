/** Counts of a VM's stage-2 faults and exits, and the latest of them. */

import type { Stage2FaultEvent } from '@armvisor/vmm'
import type { AddressRange, FaultOutcome, VmEvent } from './protocol.ts'

/** Events that the page is shown. */
const keptEvents = 200

/** See the file's head. */
export class FaultLog {
  readonly #devices: readonly AddressRange[]
  readonly #startedMs: number
  readonly #faults: Record<FaultOutcome, number> = { mapped: 0, device: 0, exit: 0, injected: 0, skipped: 0 }
  readonly #exits: Record<string, number> = {}
  #events: VmEvent[] = []

  constructor(devices: readonly AddressRange[], startedMs: number) {
    this.#devices = devices
    this.#startedMs = startedMs
  }

  add({ ipa, outcome }: Stage2FaultEvent): void {
    this.#faults[outcome]++
    if (outcome === 'exit') {
      const name =
        this.#devices.find(({ base, sizeBytes }) => ipa >= base && ipa < base + sizeBytes)?.name ?? 'nothing there'
      this.#exits[name] = (this.#exits[name] ?? 0) + 1
    }
    this.#events.push({ atMs: performance.now() - this.#startedMs, ipa, outcome })
    // Cut seldom: a guest that prints leaves thousands of times a second.
    if (this.#events.length > 4 * keptEvents) this.#events = this.#events.slice(-keptEvents)
  }

  /** A copy for the page. */
  read(): { faults: Record<FaultOutcome, number>; exits: Record<string, number>; events: VmEvent[] } {
    return { faults: { ...this.#faults }, exits: { ...this.#exits }, events: this.#events.slice(-keptEvents) }
  }
}
