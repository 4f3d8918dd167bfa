/** One VM in a worker: builds it, runs it, tells the page what happens, answers questions about its tables. */

import { cpuModels, defaultJitOptions } from '@armvisor/cpu'
import { dumpTables, type ForeignTables, stage2Tables, stepsTo } from '@armvisor/stage2/inspect'
import { type Kvm, KvmError } from '@armvisor/uapi'
import {
  createKvm,
  createVirtMachine,
  inspectStage2,
  LoadError,
  linearMemoryBytes,
  MachineError,
  memoryMap,
  type Stage2Inspection,
  type VirtMachine,
} from '@armvisor/vmm'
import { embeddedGuest, withLastPage } from '@armvisor/vmm/guest'
import { actualIpaBits, pageBytes, type VmSettings } from '../settings.ts'
import { FaultLog } from './fault-log.ts'
import type { AddressRange, Guest, VmAnswer, VmState } from './protocol.ts'
import { workerHost } from './worker-host.ts'

/** Time between two looks at the tables. */
const statusMs = 250

const deviceNames = {
  gicDist: 'GIC distributor',
  gicRedist: 'GIC redistributors',
  uart: 'serial port (PL011)',
  rtc: 'clock (PL031)',
} as const

const devices: readonly AddressRange[] = Object.entries(deviceNames).map(([key, name]) => {
  const { base, sizeBytes } = memoryMap[key as keyof typeof deviceNames]
  return { name, base, sizeBytes }
})

/** See the file's head. */
export class MachineSession {
  readonly #tell: (answer: VmAnswer, transfer?: Transferable[]) => void
  readonly #kvm: Kvm
  readonly #machine: VirtMachine
  readonly #stage2: Stage2Inspection
  readonly #tables: ForeignTables
  readonly #log: FaultLog
  #output: number[] = []
  #ranMs = 0
  #runningSince: number | undefined
  #statusTimer: ReturnType<typeof setInterval> | undefined
  #isClosed = false

  /** @throws what {@link explain} can word */
  constructor(settings: VmSettings, guest: Guest, tell: (answer: VmAnswer, transfer?: Transferable[]) => void) {
    this.#tell = tell
    const model = cpuModels[settings.cpu]
    const memoryBytes = settings.memoryMiB * 2 ** 20
    this.#log = new FaultLog(devices, performance.now())
    const kvm = createKvm({
      memoryBytes: linearMemoryBytes(memoryBytes, settings.granule),
      granule: settings.granule,
      model,
      host: workerHost(),
      events: { stage2Fault: (event) => this.#log.add(event) },
      ...(settings.jit === 'on' && { jit: defaultJitOptions }),
    })
    const ipaBits = actualIpaBits(settings)
    const machine = createVirtMachine(kvm, {
      memoryBytes,
      ipaBits: settings.ipaBits,
      kernel: guest.kernel ?? embeddedGuest({ ipaBits, pageBytes: pageBytes(settings) }),
      ...(guest.initrd && { initrd: guest.initrd }),
      ...(guest.append !== undefined && { append: guest.append }),
      random: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
      console: { write: (byte) => this.#write(byte), drain: () => this.#flush() },
      clock: {
        nowMs: () => Date.now(),
        after: (delayMs, callback) => {
          const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1))
          return () => clearTimeout(timer)
        },
      },
    })
    this.#kvm = kvm
    this.#machine = guest.kernel === undefined ? withLastPage(kvm, machine, memoryBytes) : machine
    this.#stage2 = inspectStage2(machine.vm)
    const { vtcr, vttbr } = this.#stage2.registers
    const tables = stage2Tables(vtcr, vttbr, { paBits: model.paBits, lpa2: model.lpa2 })
    if (tables === undefined) throw new Error('the VM has registers that its own CPU refuses')
    this.#tables = tables
    tell({
      kind: 'started',
      facts: {
        settings,
        guest: guest.name,
        ipaBits,
        vtcr,
        vttbr,
        slots: inspectStage2(machine.vm).slots.map(({ id, gpa, sizeBytes }) => ({
          name: id === 0 ? 'slot 0: RAM' : `slot ${id}: the last page`,
          base: gpa,
          sizeBytes,
        })),
        devices,
        isShared: isShared(kvm, this.#stage2),
      },
    })
  }

  /** Runs until the guest ends or {@link pause}. */
  async run(): Promise<void> {
    this.#runningSince = performance.now()
    this.#state({ kind: 'running' })
    this.#statusTimer = setInterval(() => this.#status(), statusMs)
    let state: VmState
    try {
      const { reason } = await this.#machine.run()
      state =
        reason === 'stopped'
          ? { kind: 'paused' }
          : reason === 'reset'
            ? { kind: 'ended', reason: 'poweroff' }
            : { kind: 'ended', reason }
    } catch (error) {
      state = { kind: 'failed', message: explain(error) }
    }
    clearInterval(this.#statusTimer)
    this.#ranMs += performance.now() - this.#runningSince
    this.#runningSince = undefined
    if (this.#isClosed) return
    this.#flush()
    this.#status()
    this.#state(state)
  }

  pause(): void {
    this.#machine.stop()
  }

  input(bytes: Uint8Array): void {
    this.#machine.input(bytes)
  }

  walk(id: number, ipa: bigint): void {
    this.#tell({ kind: 'walked', id, ipa, steps: stepsTo(this.#tables, this.#stage2.memory, ipa) })
  }

  /** Ends the VM for good. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#statusTimer)
    this.#machine.stop()
    this.#machine.close()
    this.#kvm.close()
  }

  #state(state: VmState): void {
    this.#tell({ kind: 'state', state })
  }

  #write(byte: number): void {
    this.#output.push(byte)
  }

  #flush(): undefined {
    if (this.#output.length === 0) return undefined
    const bytes = Uint8Array.from(this.#output)
    this.#output = []
    this.#tell({ kind: 'output', bytes }, [bytes.buffer])
    return undefined
  }

  #status(): void {
    const { runs, tables } = dumpTables(this.#tables, this.#stage2.memory)
    const ranMs = this.#ranMs + (this.#runningSince === undefined ? 0 : performance.now() - this.#runningSince)
    this.#tell({ kind: 'status', status: { ranMs, runs, tables, ...this.#log.read() } })
  }
}

function isShared(kvm: Kvm, { slots }: Stage2Inspection): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false
  return slots.some(({ hva }) => kvm.memory.bytes(BigInt(hva), 1).buffer instanceof SharedArrayBuffer)
}

/** What went wrong, in a sentence for the visitor. */
export function explain(error: unknown): string {
  if (error instanceof LoadError || error instanceof MachineError) return error.message
  if (error instanceof KvmError) return `The hypervisor refuses: ${error.message}.`
  if (error instanceof RangeError) {
    return `This browser has no memory of that size to give (${error.message}): choose less memory.`
  }
  return `This is a fault of the page, please report it: ${error instanceof Error ? error.message : String(error)}`
}
