/** The page's end of a VM: one worker for each VM, its state as signals. */

import type { WalkStep } from '@armvisor/stage2/inspect'
import { type Signal, signal } from '@preact/signals'
import type { VmSettings } from '../settings.ts'
import type { Guest, VmAnswer, VmFacts, VmRequest, VmState, VmStatus } from './protocol.ts'

/** A walk of the tables to an address. */
export interface Walk {
  readonly ipa: bigint
  readonly steps: readonly WalkStep[]
}

/** See the file's head. Starting a VM ends the one before it. */
export class VmClient {
  readonly state: Signal<VmState> = signal({ kind: 'idle' })
  readonly facts: Signal<VmFacts | undefined> = signal(undefined)
  readonly status: Signal<VmStatus | undefined> = signal(undefined)
  readonly walked: Signal<Walk | undefined> = signal(undefined)
  /** Takes the guest's output. */
  onOutput: (bytes: Uint8Array) => void = () => {}
  #worker: Worker | undefined
  #requests = 0
  readonly #snapshots = new Map<number, (bytes: Uint8Array) => void>()

  /** Starts a VM in a new worker. */
  start(settings: VmSettings, guest: Guest): void {
    this.#begin()
    this.#ask({ kind: 'start', settings, guest })
  }

  /** Starts the VM of a snapshot's file. */
  restore(file: Uint8Array): void {
    this.#begin()
    this.#ask({ kind: 'restore', file })
  }

  /** The VM as a file. It is paused for that, and goes on afterwards if it ran. */
  async save(): Promise<Uint8Array> {
    const wasRunning = this.state.value.kind === 'running'
    if (wasRunning) this.pause()
    const id = ++this.#requests
    const bytes = await new Promise<Uint8Array>((resolve) => {
      this.#snapshots.set(id, resolve)
      const unsubscribe = this.state.subscribe(({ kind }) => {
        if (kind === 'running') return
        this.#ask({ kind: 'snapshot', id })
        queueMicrotask(() => unsubscribe())
      })
    })
    if (wasRunning && this.state.value.kind === 'paused') this.resume()
    return bytes
  }

  pause(): void {
    this.#ask({ kind: 'pause' })
  }

  resume(): void {
    this.#ask({ kind: 'resume' })
  }

  input(bytes: Uint8Array): void {
    this.#ask({ kind: 'input', bytes })
  }

  /** Asks for the walk to an address; it comes as {@link walked}. */
  walk(ipa: bigint): void {
    this.#ask({ kind: 'walk', id: ++this.#requests, ipa })
  }

  #begin(): void {
    this.#worker?.terminate()
    this.facts.value = undefined
    this.status.value = undefined
    this.walked.value = undefined
    this.state.value = { kind: 'starting' }
    const worker = new Worker(new URL('./vm.worker.ts', import.meta.url), { type: 'module', name: 'VM' })
    worker.onmessage = ({ data }: MessageEvent<VmAnswer>) => this.#take(data)
    worker.onerror = ({ message }) => {
      this.state.value = { kind: 'failed', message: `The VM's worker failed: ${message}` }
    }
    this.#worker = worker
  }

  #ask(request: VmRequest): void {
    this.#worker?.postMessage(request)
  }

  #take(answer: VmAnswer): void {
    switch (answer.kind) {
      case 'output':
        this.onOutput(answer.bytes)
        return
      case 'state':
        this.state.value = answer.state
        return
      case 'started':
        this.facts.value = answer.facts
        return
      case 'status':
        this.status.value = answer.status
        return
      case 'snapshot':
        this.#snapshots.get(answer.id)?.(answer.bytes)
        this.#snapshots.delete(answer.id)
        return
      case 'walked':
        this.walked.value = { ipa: answer.ipa, steps: answer.steps }
        return
    }
  }
}
