/** The VM as its vCPUs see it. */

import type { AbortVm } from './abort.ts'
import type { Stage2Registers } from './cpu-port.ts'
import type { HypercallVm } from './hypercall.ts'
import type { KvmEvents } from './kvm-events.ts'
import type { OneRegVm } from './one-reg.ts'
import type { PsciTarget } from './psci.ts'
import type { SystemCounter } from './timer.ts'
import type { Vgic } from './vgic/vgic.ts'

/** Everything of a VM that running one of its vCPUs needs. */
export interface VcpuVm extends AbortVm, Omit<HypercallVm, 'features' | 'psciVersion'>, OneRegVm {
  readonly counter: SystemCounter
  /** Whoever watches. */
  readonly events: KvmEvents | undefined
  readonly stage2: AbortVm['stage2'] & { readonly registers: Stage2Registers }
  /** The initialised interrupt controller. */
  readonly vgic: Vgic | undefined
  readonly vcpus: readonly (PsciTarget & { readonly features: number | undefined })[]
  /** Throws EIO when the VM is dead, EBADF when it is closed. */
  checkAlive(call: string): void
  /** Checks, before the first run, what must be set up; marks the VM dead when it is not. */
  prepareRun(): void
  /** A vCPU of these features was initialised: the PSCI version follows from them, and code is decoded anew, as after a reboot. */
  vcpuInitialised(hasPsci02: boolean): void
}
