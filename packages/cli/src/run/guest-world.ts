/** What the guest gets from outside: time and randomness, of the host or the same in every run. */

import { InstructionClock, type KvmHost, type WallClock } from '@armvisor/vmm'
import type { Host } from '../host/host.ts'
import { seededRandom } from './seeded-random.ts'
import type { RunSettings } from './settings.ts'

/** The world as one run has it. */
export interface GuestWorld {
  readonly kvm: KvmHost
  readonly wallClock: WallClock
  fillRandom(bytes: Uint8Array): void
  /** The guest's time, where it is instructions. */
  readonly icount: InstructionClock | undefined
}

/** The host's time and randomness, but for what the settings replace. */
export function guestWorld(host: Host, { icountShift, seed }: RunSettings): GuestWorld {
  const icount = icountShift === undefined ? undefined : new InstructionClock({ shift: icountShift })
  const fillRandom = seed === undefined ? (bytes: Uint8Array) => host.kvm.fillRandom(bytes) : seededRandom(seed)
  const kvm: KvmHost = {
    monotonicNs: () => host.kvm.monotonicNs(),
    setTimer: (delayNs, callback) => host.kvm.setTimer(delayNs, callback),
    yield: () => host.kvm.yield(),
    fillRandom,
    ...(host.kvm.realtimeNs && { realtimeNs: () => host.kvm.realtimeNs?.() as bigint }),
  }
  return { kvm, wallClock: icount?.wallClock ?? host.wallClock, fillRandom, icount }
}
