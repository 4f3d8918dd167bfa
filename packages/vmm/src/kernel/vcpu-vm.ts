/** The VM as its vCPUs see it. */

import type { AbortVm } from './abort.ts'
import type { Stage2Registers } from './cpu-port.ts'
import type { HypercallVm } from './hypercall.ts'
import type { KvmEvents } from './kvm-events.ts'
import type { LinuxRules } from './linux-rules.ts'
import type { PsciTarget } from './psci.ts'
import type { IdRegisters } from './regs/id-registers.ts'
import type { OneRegVm } from './regs/one-reg.ts'
import type { SmcccFilter } from './smccc-filter.ts'
import type { StolenTimeVm } from './stolen-time.ts'
import type { SystemCounter } from './timer.ts'
import type { KernelVcpu } from './vcpu.ts'
import type { AttributesVm, PmuState } from './vcpu-attributes.ts'
import type { Vgic } from './vgic/vgic.ts'

/** Everything of a VM that running one of its vCPUs needs. */
export interface VcpuVm
  extends AbortVm,
    Omit<HypercallVm, 'features' | 'psciVersion' | 'vcpus'>,
    OneRegVm,
    Omit<AttributesVm, 'vcpus'>,
    Omit<StolenTimeVm, 'slots' | 'userMemory' | 'markDirty'> {
  readonly counter: SystemCounter
  readonly rules: LinuxRules
  readonly idRegisters: IdRegisters
  readonly smcccFilter: SmcccFilter
  readonly userMemory: AbortVm['userMemory'] & StolenTimeVm['userMemory']
  markDirty: AbortVm['markDirty'] & StolenTimeVm['markDirty']
  /** `KVM_CAP_ARM_MTE` is on. */
  readonly hasMte: boolean
  /** Whoever watches. */
  readonly events: KvmEvents | undefined
  readonly stage2: AbortVm['stage2'] & { readonly registers: Stage2Registers }
  /** The initialised interrupt controller. */
  readonly vgic: Vgic | undefined
  readonly vcpus: readonly (HypercallVm['vcpus'][number] &
    PsciTarget & { readonly features: number | undefined; readonly pmu: PmuState })[]
  /** CLIDR_EL1 after a reset. */
  cacheLevels(): bigint
  /** Throws EIO when the VM is dead, EBADF when it is closed. */
  checkAlive(call: string): void
  /** Checks, before the first run, what must be set up; marks the VM dead when it is not. */
  prepareRun(): void
  /** A vCPU was initialised: the PSCI version follows from its features, and code is decoded anew, as after a reboot. */
  vcpuInitialised(vcpu: KernelVcpu): void
}
