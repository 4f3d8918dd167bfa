/** A CPU for tests of the kernel side: registers are a map, and what it "executes" is a script. */

import { type CpuExit, CpuState, type HostDebug, LAYOUT } from '@armvisor/cpu'
import { sysRegIndex } from '@armvisor/uapi'
import type { CpuFactory, CpuPort, InjectedAbort, Stage2Registers } from '../src/kernel/cpu-port.ts'
import type { KvmHost } from '../src/kernel/kvm-host.ts'

type CreateOptions = Parameters<CpuFactory['create']>[0]

/** Registers that exist besides those a test adds. */
const registers = [
  sysRegIndex(3, 0, 0, 0, 0),
  sysRegIndex(3, 0, 0, 0, 5),
  sysRegIndex(3, 0, 1, 0, 0),
  sysRegIndex(3, 0, 4, 1, 0),
  sysRegIndex(3, 4, 4, 1, 0),
  sysRegIndex(3, 0, 4, 0, 0),
  sysRegIndex(3, 0, 4, 0, 1),
  sysRegIndex(3, 3, 4, 4, 0),
  sysRegIndex(3, 3, 4, 4, 1),
  sysRegIndex(3, 1, 0, 0, 0),
  sysRegIndex(3, 2, 0, 0, 0),
]

/** One step of a script: an exit, or work that ends in one. */
export type Step = CpuExit | (() => CpuExit)

export class FakeCpu implements CpuPort {
  readonly state: CpuState
  readonly host: CreateOptions['host']
  readonly registers: Map<number, bigint> = new Map(registers.map((encoding) => [encoding, 0n]))
  readonly lines: { irq: boolean; fiq: boolean; serror: boolean } = { irq: false, fiq: false, serror: false }
  readonly injected: InjectedAbort[] = []
  readonly invalidations: string[] = []
  script: Step[] = []
  runs = 0
  stage2: Stage2Registers | undefined
  isSErrorPending = false
  debug: HostDebug | undefined
  counterOffset = 0
  instructions = 0
  /** Budgets of the runs so far, and how often a run was asked to end. */
  readonly budgets: number[] = []
  endedSlices = 0
  #pstate = 0

  constructor({ memory, index, host }: CreateOptions) {
    this.state = new CpuState(memory, index)
    this.host = host
  }
  run(budget: number): CpuExit {
    this.runs++
    this.budgets.push(budget)
    const step = this.script.shift()
    if (step === undefined) return { kind: 'slice' }
    return typeof step === 'function' ? step() : step
  }
  endSlice(): void {
    this.endedSlices++
  }
  setInterruptLine(line: 'irq' | 'fiq' | 'serror', level: boolean): void {
    this.lines[line] = level
  }
  injectAbort(abort: InjectedAbort): void {
    this.injected.push(abort)
  }
  injectUndefined(): void {}
  injectSError(): void {
    this.isSErrorPending = true
  }
  setDebug(debug: HostDebug | undefined): void {
    this.debug = debug
  }
  setStage2(registers: Stage2Registers | undefined): void {
    this.stage2 = registers
  }
  tlbiIpa(ipa: number): void {
    this.invalidations.push(`ipa ${ipa.toString(16)}`)
  }
  tlbiVmid(): void {
    this.invalidations.push('vmid')
  }
  getReg(encoding: number): bigint | undefined {
    return this.registers.get(encoding)
  }
  setReg(encoding: number, value: bigint): void {
    this.registers.set(encoding, value)
  }
  readPstate(): number {
    return this.#pstate
  }
  writePstate(value: number): void {
    this.#pstate = value
  }
  reset(): void {
    for (const encoding of this.registers.keys()) this.registers.set(encoding, 0n)
    this.state.set32(LAYOUT.ss, 0)
  }
  invalidateCode(pa: number, sizeBytes: number): void {
    this.invalidations.push(`code ${pa.toString(16)}+${sizeBytes.toString(16)}`)
  }
}

/** A host whose clock moves only when told. */
export class FakeHost implements KvmHost {
  nowNs = 0
  yields = 0
  readonly timers: { readonly atNs: number; readonly callback: () => void }[] = []

  monotonicNs(): number {
    return this.nowNs
  }
  setTimer(delayNs: number, callback: () => void): () => void {
    const timer = { atNs: this.nowNs + delayNs, callback }
    this.timers.push(timer)
    return () => {
      const at = this.timers.indexOf(timer)
      if (at >= 0) this.timers.splice(at, 1)
    }
  }
  yield(): Promise<void> {
    this.yields++
    return Promise.resolve()
  }
  fillRandom(bytes: Uint8Array): void {
    bytes.fill(0xa5)
  }
  /** Moves the clock and fires what is due. */
  advance(ns: number): void {
    this.nowNs += ns
    for (const timer of [...this.timers]) {
      if (timer.atNs > this.nowNs) continue
      this.timers.splice(this.timers.indexOf(timer), 1)
      timer.callback()
    }
  }
}

/** A factory of fake CPUs that keeps what it made. */
export class FakeCpus implements CpuFactory {
  readonly made: FakeCpu[] = []
  connections = 0

  create(options: CreateOptions): FakeCpu {
    const cpu = new FakeCpu(options)
    this.made.push(cpu)
    return cpu
  }
  connect(): void {
    this.connections++
  }
}
