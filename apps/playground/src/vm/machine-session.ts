/** One VM in a worker: builds it, runs it, tells the page what happens, answers questions about its tables. */

import { cpuModels, defaultJitOptions } from '@armvisor/cpu'
import { dumpTables, type ForeignTables, stage2Tables, stepsTo } from '@armvisor/stage2/inspect'
import { KVM_MEM_LOG_DIRTY_PAGES, type Kvm, KvmError } from '@armvisor/uapi'
import {
  createKvm,
  createVirtMachine,
  decodeSnapshot,
  encodeSnapshot,
  inspectStage2,
  LoadError,
  linearMemoryBytes,
  MachineError,
  memoryMap,
  restoreVirtMachine,
  SnapshotError,
  type Stage2Inspection,
  takeSnapshot,
  type VirtConfig,
  type VirtMachine,
} from '@armvisor/vmm'
import { embeddedGuest, withLastPage } from '@armvisor/vmm/guest'
import { actualIpaBits, pageBytes, type VmSettings } from '../settings.ts'
import { startCompileWorker } from './compile-host.ts'
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

/** What the page must know of a snapshot beside the machine's state. */
interface SnapshotNote {
  readonly settings: VmSettings
  readonly guest: string
  readonly hasLastPage: boolean
}

function isNote(note: unknown): note is SnapshotNote {
  return typeof note === 'object' && note !== null && 'settings' in note && 'guest' in note && 'hasLastPage' in note
}

type Tell = (answer: VmAnswer, transfer?: Transferable[]) => void
type Build = (kvm: Kvm, world: Pick<VirtConfig, 'console' | 'clock'>) => VirtMachine

/** See the file's head. */
export class MachineSession {
  readonly #tell: Tell
  readonly #settings: VmSettings
  readonly #guestName: string
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

  /**
   * @param settings - what VM to make
   * @param build - builds its machine, with a guest or from a snapshot
   * @throws what {@link explain} can word
   */
  private constructor(settings: VmSettings, guestName: string, tell: Tell, build: Build) {
    this.#tell = tell
    this.#settings = settings
    this.#guestName = guestName
    const model = cpuModels[settings.cpu]
    const memoryBytes = settings.memoryMiB * 2 ** 20
    this.#log = new FaultLog(devices, performance.now())
    const compileHost = settings.jit === 'on' ? startCompileWorker() : undefined
    const kvm = createKvm({
      memoryBytes: linearMemoryBytes(memoryBytes, settings.granule),
      granule: settings.granule,
      model,
      host: workerHost(),
      events: { stage2Fault: (event) => this.#log.add(event) },
      ...(settings.jit === 'on' && { jit: { ...defaultJitOptions, ...(compileHost && { compileHost }) } }),
    })
    this.#kvm = kvm
    this.#machine = build(kvm, {
      console: { write: (byte) => this.#write(byte), drain: () => this.#flush() },
      clock: {
        nowMs: () => Date.now(),
        after: (delayMs, callback) => {
          const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1))
          return () => clearTimeout(timer)
        },
      },
    })
    if (settings.dirtyLog) this.#logDirtyPages()
    this.#stage2 = inspectStage2(this.#machine.vm)
    const { vtcr, vttbr } = this.#stage2.registers
    const tables = stage2Tables(vtcr, vttbr, { paBits: model.paBits, lpa2: model.lpa2 })
    if (tables === undefined) throw new Error('the VM has registers that its own CPU refuses')
    this.#tables = tables
    tell({
      kind: 'started',
      facts: {
        settings,
        guest: guestName,
        ipaBits: this.#machine.ipaBits,
        vtcr,
        vttbr,
        slots: this.#stage2.slots.map(({ id, gpa, sizeBytes }) => ({
          name: id === 0 ? 'slot 0: RAM' : `slot ${id}: the last page`,
          base: gpa,
          sizeBytes,
        })),
        devices,
        isShared: isShared(kvm, this.#stage2),
      },
    })
  }

  /** A VM with a guest at its entry. @throws what {@link explain} can word */
  static boot(settings: VmSettings, guest: Guest, tell: Tell): MachineSession {
    const memoryBytes = settings.memoryMiB * 2 ** 20
    return new MachineSession(settings, guest.name, tell, (kvm, world) => {
      const machine = createVirtMachine(kvm, {
        ...world,
        memoryBytes,
        ipaBits: settings.ipaBits,
        kernel: guest.kernel ?? embeddedGuest({ ipaBits: actualIpaBits(settings), pageBytes: pageBytes(settings) }),
        ...(guest.initrd && { initrd: guest.initrd }),
        ...(guest.append !== undefined && { append: guest.append }),
        random: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
      })
      return guest.kernel === undefined ? withLastPage(kvm, machine, memoryBytes) : machine
    })
  }

  /** The VM of a file that {@link save} made. @throws what {@link explain} can word */
  static restore(file: Uint8Array, tell: Tell): MachineSession {
    const { snapshot, note } = decodeSnapshot(file)
    if (!isNote(note)) throw new SnapshotError('The snapshot is none of this page: it does not say what VM it is of.')
    const { settings, guest, hasLastPage } = note
    return new MachineSession(settings, guest, tell, (kvm, world) =>
      restoreVirtMachine(kvm, world, { ...snapshot, ipaBits: settings.ipaBits }, (machine) =>
        hasLastPage ? withLastPage(kvm, machine, snapshot.memoryBytes) : machine,
      ),
    )
  }

  /** The VM as a file; it must be paused. */
  save(): Uint8Array {
    const note: SnapshotNote = {
      settings: this.#settings,
      guest: this.#guestName,
      hasLastPage: this.#machine.memory.length > 1,
    }
    return encodeSnapshot(takeSnapshot(this.#machine), note)
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

  /** RAM anew with the flag: what is mapped already is mapped again page by page. */
  #logDirtyPages(): void {
    const [ram] = inspectStage2(this.#machine.vm).slots
    if (ram === undefined) return
    this.#machine.vm.setUserMemoryRegion({
      slot: ram.id,
      flags: KVM_MEM_LOG_DIRTY_PAGES,
      guest_phys_addr: BigInt(ram.gpa),
      memory_size: BigInt(ram.sizeBytes),
      userspace_addr: BigInt(ram.hva),
    })
  }

  /** Numbers of RAM's pages that were written since the last look. */
  #dirtyPages(): Uint32Array {
    const pages: number[] = []
    this.#machine.vm.getDirtyLog(0).forEach((byte, i) => {
      for (let bit = 0; byte >>> bit !== 0; bit++) if ((byte >>> bit) & 1) pages.push(i * 8 + bit)
    })
    return Uint32Array.from(pages)
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
    this.#tell({
      kind: 'status',
      status: {
        ranMs,
        runs,
        tables,
        ...this.#log.read(),
        ...(this.#settings.dirtyLog && { dirty: this.#dirtyPages() }),
      },
    })
  }
}

function isShared(kvm: Kvm, { slots }: Stage2Inspection): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false
  return slots.some(({ hva }) => kvm.memory.bytes(BigInt(hva), 1).buffer instanceof SharedArrayBuffer)
}

/** What went wrong, in a sentence for the visitor. */
export function explain(error: unknown): string {
  if (error instanceof LoadError || error instanceof MachineError || error instanceof SnapshotError)
    return error.message
  if (error instanceof KvmError) return `The hypervisor refuses: ${error.message}.`
  if (error instanceof RangeError) {
    return `This browser has no memory of that size to give (${error.message}): choose less memory.`
  }
  return `This is a fault of the page, please report it: ${error instanceof Error ? error.message : String(error)}`
}
