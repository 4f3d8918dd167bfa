/** What the page and the worker of its VM say to each other. */

import type { TableRun, WalkStep } from '@armvisor/stage2/inspect'
import type { VmSettings } from '../settings.ts'

/** A guest to boot; without a kernel it is the embedded one. */
export interface Guest {
  readonly name: string
  readonly kernel?: Uint8Array
  readonly initrd?: Uint8Array
  readonly append?: string
}

/** What the page asks of the worker. Requests with an `id` are answered by a {@link VmAnswer} with the same. */
export type VmRequest =
  | { readonly kind: 'start'; readonly settings: VmSettings; readonly guest: Guest }
  | { readonly kind: 'input'; readonly bytes: Uint8Array }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'walk'; readonly id: number; readonly ipa: bigint }
  | { readonly kind: 'snapshot'; readonly id: number }
  | { readonly kind: 'restore'; readonly file: Uint8Array }

/** How a VM is. */
export type VmState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'ended'; readonly reason: 'poweroff' | 'crash' }
  | { readonly kind: 'failed'; readonly message: string }

/** A memory slot or a device window. */
export interface AddressRange {
  readonly name: string
  readonly base: number
  readonly sizeBytes: number
}

/** Facts of a VM that do not change while it runs. */
export interface VmFacts {
  readonly settings: VmSettings
  readonly guest: string
  readonly ipaBits: number
  readonly vtcr: bigint
  readonly vttbr: bigint
  readonly slots: readonly AddressRange[]
  readonly devices: readonly AddressRange[]
  /** Whether guest memory lies in a SharedArrayBuffer. */
  readonly isShared: boolean
}

/** One line of the log. */
export interface VmEvent {
  /** Milliseconds since the VM's start. */
  readonly atMs: number
  readonly ipa: number
  readonly outcome: FaultOutcome
}

/** What came of a stage-2 fault. */
export type FaultOutcome = 'mapped' | 'device' | 'exit' | 'injected' | 'skipped'

/** What changes while a VM runs, a few times a second. */
export interface VmStatus {
  /** Milliseconds that the VM has run. */
  readonly ranMs: number
  readonly runs: readonly TableRun[]
  /** Table pages by level, from level -1 on. */
  readonly tables: readonly number[]
  readonly faults: Readonly<Record<FaultOutcome, number>>
  /** Exits to user space by device. */
  readonly exits: Readonly<Record<string, number>>
  /** The latest faults, the newest last. */
  readonly events: readonly VmEvent[]
  /** Pages of slot 0 that the guest wrote since the last status, with the dirty log: ascending page numbers. */
  readonly dirty?: Uint32Array
}

/** What the worker tells the page. */
export type VmAnswer =
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  | { readonly kind: 'state'; readonly state: VmState }
  | { readonly kind: 'started'; readonly facts: VmFacts }
  | { readonly kind: 'status'; readonly status: VmStatus }
  | { readonly kind: 'walked'; readonly id: number; readonly ipa: bigint; readonly steps: readonly WalkStep[] }
  | { readonly kind: 'snapshot'; readonly id: number; readonly bytes: Uint8Array }
