/** What `--stats` tells of a run. */

import type { CpuStatistics } from '@armvisor/cpu'
import type { Kvm } from '@armvisor/uapi'
import { inspectCpus, type KvmEvents, linearMemoryBytes, type Stage2FaultEvent } from '@armvisor/vmm'
import type { Host } from '../host/host.ts'
import type { RunSettings } from './settings.ts'

/** What `--stats json` prints. */
export interface StatisticsReport {
  /** Time since the machine was begun. */
  readonly wallMs: number
  /** With `--icount`. */
  readonly instructions?: number
  /** The guest's CPU; none where no machine could be made. */
  readonly cpus: readonly CpuStatistics[]
  readonly stage2Faults: Readonly<Record<Stage2FaultEvent['outcome'], number>>
  readonly memory: {
    /** Of the whole process. */
    readonly residentBytes: number
    readonly guestBytes: number
    /** Guest RAM, tables, CPU state and decoded code; what was never touched is not resident. */
    readonly linearBytes: number
  }
}

/** Listens to a KVM, and asks it and the host at the end. */
export class RunStatistics implements KvmEvents {
  readonly #host: Host
  readonly #settings: RunSettings
  readonly #startNs: number
  readonly #stage2Faults = { mapped: 0, device: 0, exit: 0, injected: 0, skipped: 0 }

  constructor(host: Host, settings: RunSettings) {
    this.#host = host
    this.#settings = settings
    this.#startNs = host.kvm.monotonicNs()
  }

  stage2Fault({ outcome }: Stage2FaultEvent): void {
    this.#stage2Faults[outcome]++
  }

  report(kvm: Kvm, instructions: number | undefined): StatisticsReport {
    const { memoryBytes, granule } = this.#settings
    return {
      wallMs: (this.#host.kvm.monotonicNs() - this.#startNs) / 1e6,
      ...(instructions !== undefined && { instructions }),
      cpus: inspectCpus(kvm),
      stage2Faults: { ...this.#stage2Faults },
      memory: {
        residentBytes: this.#host.residentBytes(),
        guestBytes: memoryBytes,
        linearBytes: linearMemoryBytes(memoryBytes, granule),
      },
    }
  }
}
