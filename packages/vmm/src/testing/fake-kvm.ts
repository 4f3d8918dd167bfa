/** A KVM without a CPU: it records what is asked of it and returns scripted exits. For tests of code above the handles. */

import {
  type Device,
  type Kvm,
  KvmError,
  type UserMemory,
  type UserspaceMemoryRegion,
  type Vcpu,
  type VcpuExit,
  type VcpuInit,
  type Vm,
} from '@armvisor/uapi'

/** What one vCPU does: each step is the exit of one KVM_RUN. At its end the vCPU waits for an interrupt for ever. */
export type FakeScript = Iterator<VcpuExit>

/** How the fake behaves. */
export interface FakeKvmOptions {
  /** The script of a vCPU by its id; without one it waits for ever. */
  script?(id: number): FakeScript | undefined
  /** Values of KVM_CHECK_EXTENSION; others are 0. */
  readonly capabilities?: Readonly<Record<number, number>>
  /** The most memory that can be mapped. */
  readonly memoryLimitBytes?: number
  /** Makes the call of this name fail. */
  readonly failing?: { readonly call: string; readonly error: Error }
}

/** One call, as `vm.irqLine` and its arguments. */
export interface FakeCall {
  readonly call: string
  readonly args: readonly unknown[]
}

const SYSREG_MPIDR_EL1 = 0x6030_0000_0013_c005n

/** See the file's head. */
export class FakeKvm implements Kvm {
  /** All calls in order. */
  readonly calls: FakeCall[] = []
  readonly memory: UserMemory
  readonly vcpus: FakeVcpu[] = []
  /** Handles and mappings that were not given back. */
  openHandles = 0
  readonly options: FakeKvmOptions
  readonly #mappings = new Map<bigint, Uint8Array>()
  #nextAddress = 0x20_0000n

  constructor(options: FakeKvmOptions = {}) {
    this.options = options
    this.memory = {
      pageBytes: 4096,
      map: (sizeBytes) => this.#map(sizeBytes),
      unmap: (address) => this.#unmap(address),
      bytes: (address, sizeBytes) => this.#bytes(address, sizeBytes),
    }
  }

  /** The arguments of all calls of this name. */
  callsOf(call: string): (readonly unknown[])[] {
    return this.calls.filter((entry) => entry.call === call).map(({ args }) => args)
  }

  record(call: string, ...args: readonly unknown[]): void {
    this.calls.push({ call, args })
    if (this.options.failing?.call === call) throw this.options.failing.error
  }

  getApiVersion(): number {
    return 12
  }

  checkExtension(capability: number): number {
    return this.options.capabilities?.[capability] ?? 0
  }

  getVcpuMmapSize(): number {
    return 8192
  }

  createVm(type = 0n): Vm {
    this.record('createVm', type)
    this.openHandles++
    return fakeVm(this)
  }

  close(): void {}

  #map(sizeBytes: number): bigint {
    this.record('memory.map', sizeBytes)
    if (sizeBytes > (this.options.memoryLimitBytes ?? Number.POSITIVE_INFINITY)) {
      throw new KvmError({ code: 'ENOMEM', call: 'mmap', problem: 'no memory' })
    }
    const address = this.#nextAddress
    this.#nextAddress += BigInt(sizeBytes)
    this.#mappings.set(address, new Uint8Array(sizeBytes))
    this.openHandles++
    return address
  }

  #unmap(address: bigint): void {
    this.record('memory.unmap', address)
    if (!this.#mappings.delete(address)) throw new KvmError({ code: 'EINVAL', call: 'munmap', problem: 'not mapped' })
    this.openHandles--
  }

  #bytes(address: bigint, sizeBytes: number): Uint8Array {
    const mapping = this.#mappings.get(address)
    if (mapping === undefined || mapping.length < sizeBytes) {
      throw new KvmError({ code: 'EFAULT', call: 'bytes', problem: 'not mapped' })
    }
    return mapping.subarray(0, sizeBytes)
  }
}

function fakeVm(kvm: FakeKvm): Vm {
  return {
    checkExtension: (capability) => kvm.checkExtension(capability),
    enableCap: (capability) => kvm.record('vm.enableCap', capability),
    setUserMemoryRegion: (region: UserspaceMemoryRegion) => kvm.record('vm.setUserMemoryRegion', region),
    preferredTarget: () => ({ target: 5, features: [0, 0, 0, 0, 0, 0, 0] }),
    createVcpu: (id) => {
      kvm.record('vm.createVcpu', id)
      const vcpu = new FakeVcpu(kvm, id)
      kvm.vcpus.push(vcpu)
      kvm.openHandles++
      return vcpu
    },
    createDevice: (type, flags = 0) => {
      kvm.record('vm.createDevice', type, flags)
      kvm.openHandles++
      return fakeDevice(kvm, type)
    },
    getDirtyLog: () => new Uint8Array(8),
    clearDirtyLog: (...args) => kvm.record('vm.clearDirtyLog', ...args),
    irqLine: (irq, level) => kvm.record('vm.irqLine', irq, level),
    signalMsi: (msi) => {
      kvm.record('vm.signalMsi', msi)
      return true
    },
    setGsiRouting: (routes) => kvm.record('vm.setGsiRouting', routes),
    close: () => {
      kvm.record('vm.close')
      kvm.openHandles--
    },
  }
}

function fakeDevice(kvm: FakeKvm, type: number): Device {
  return {
    type,
    setAttr: (group, attr, value) => kvm.record('device.setAttr', group, attr, value),
    getAttr: () => 0n,
    hasAttr: () => true,
    close: () => {
      kvm.openHandles--
    },
  }
}

/** A vCPU of a {@link FakeKvm}. */
export class FakeVcpu implements Vcpu {
  readonly id: number
  immediateExit = false
  /** Set by KVM_SET_ONE_REG. */
  readonly registers: Map<bigint, Uint8Array> = new Map()
  initialised: VcpuInit | undefined
  runs = 0
  /** How often {@link FakeVcpu.runnable} was awaited. */
  waits = 0
  readonly #kvm: FakeKvm
  readonly #script: FakeScript | undefined
  #isWaiting = false
  #wake: (() => void) | undefined

  constructor(kvm: FakeKvm, id: number) {
    this.#kvm = kvm
    this.id = id
    this.#script = kvm.options.script?.(id)
  }

  init(init: VcpuInit): void {
    this.#kvm.record('vcpu.init', this.id, init)
    this.initialised = init
    // As Linux: four bits of the id in Aff0, the next eight in Aff1; bit 31 is RES1.
    const mpidr = 0x8000_0000n | BigInt((this.id & 15) | ((this.id >> 4) << 8))
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, mpidr, true)
    this.registers.set(SYSREG_MPIDR_EL1, bytes)
  }

  getRegList(): bigint[] {
    return []
  }

  getOneReg(id: bigint): Uint8Array {
    const value = this.registers.get(id)
    if (this.initialised === undefined)
      throw new KvmError({ code: 'ENOEXEC', call: 'KVM_GET_ONE_REG', problem: 'no init' })
    if (value === undefined)
      throw new KvmError({ code: 'ENOENT', call: 'KVM_GET_ONE_REG', problem: 'no such register' })
    return value
  }

  setOneReg(id: bigint, value: Uint8Array): void {
    this.#kvm.record('vcpu.setOneReg', this.id, id, value)
    this.registers.set(id, value)
  }

  getVcpuEvents(): ReturnType<Vcpu['getVcpuEvents']> {
    const exception = {
      serror_pending: 0,
      serror_has_esr: 0,
      ext_dabt_pending: 0,
      pad: [0, 0, 0, 0, 0],
      serror_esr: 0n,
    }
    return { exception, reserved: Array.from({ length: 12 }, () => 0) }
  }

  setVcpuEvents(events: Parameters<Vcpu['setVcpuEvents']>[0]): void {
    this.#kvm.record('vcpu.setVcpuEvents', this.id, events)
  }

  setGuestDebug(debug: Parameters<Vcpu['setGuestDebug']>[0]): void {
    this.#kvm.record('vcpu.setGuestDebug', this.id, debug)
  }

  getMpState(): number {
    return 0
  }

  setMpState(state: number): void {
    this.#kvm.record('vcpu.setMpState', this.id, state)
  }

  run(): VcpuExit {
    this.runs++
    if (this.immediateExit) return { reason: 'intr' }
    const step = this.#script?.next()
    if (step !== undefined && step.done !== true) return step.value
    this.#isWaiting = true
    return { reason: 'intr' }
  }

  runnable(): Promise<void> {
    this.waits++
    if (!this.#isWaiting) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  kick(): void {
    this.#kvm.record('vcpu.kick', this.id)
    this.#isWaiting = false
    this.#wake?.()
  }

  close(): void {
    this.#kvm.openHandles--
  }
}
