/** Handles that fail as planned, over any others. */

import type { Device, Kvm, UserMemory, Vcpu, Vm } from '@armvisor/uapi'
import type { FaultPlan } from './fault-plan.ts'

/**
 * A KVM whose calls fail when the plan says so, and are those of `kvm` otherwise.
 *
 * @example
 * const plan = new FaultPlan([{ call: 'KVM_CREATE_VCPU', nth: 2, errno: 'ENOMEM' }])
 * const kvm = injectFaults(createKvm(options), plan)
 */
export function injectFaults(kvm: Kvm, plan: FaultPlan): Kvm {
  return {
    memory: faultyMemory(kvm.memory, plan),
    getApiVersion: () => checked(plan, 'KVM_GET_API_VERSION', () => kvm.getApiVersion()),
    checkExtension: (capability) => checked(plan, 'KVM_CHECK_EXTENSION', () => kvm.checkExtension(capability)),
    getVcpuMmapSize: () => checked(plan, 'KVM_GET_VCPU_MMAP_SIZE', () => kvm.getVcpuMmapSize()),
    createVm: (type) =>
      faultyVm(
        checked(plan, 'KVM_CREATE_VM', () => kvm.createVm(type)),
        plan,
      ),
    close: () => kvm.close(),
  }
}

/** Runs a call unless it shall fail. */
export function checked<T>(plan: FaultPlan, call: string, action: () => T): T {
  plan.check(call)
  return action()
}

/** Memory whose `map` and `unmap` fail as planned: `mmap` and `munmap`. */
export function faultyMemory(memory: UserMemory, plan: FaultPlan): UserMemory {
  return {
    pageBytes: memory.pageBytes,
    map: (sizeBytes) => checked(plan, 'mmap', () => memory.map(sizeBytes)),
    unmap: (address) => checked(plan, 'munmap', () => memory.unmap(address)),
    bytes: (address, sizeBytes) => memory.bytes(address, sizeBytes),
  }
}

function faultyVm(vm: Vm, plan: FaultPlan): Vm {
  const check = <T>(call: string, action: () => T): T => checked(plan, call, action)
  return {
    checkExtension: (capability) => check('KVM_CHECK_EXTENSION', () => vm.checkExtension(capability)),
    enableCap: (capability, flags, args) => check('KVM_ENABLE_CAP', () => vm.enableCap(capability, flags, args)),
    setUserMemoryRegion: (region) => check('KVM_SET_USER_MEMORY_REGION', () => vm.setUserMemoryRegion(region)),
    preferredTarget: () => check('KVM_ARM_PREFERRED_TARGET', () => vm.preferredTarget()),
    createVcpu: (id) =>
      new FaultyVcpu(
        check('KVM_CREATE_VCPU', () => vm.createVcpu(id)),
        plan,
      ),
    createDevice: (type, flags) =>
      faultyDevice(
        check('KVM_CREATE_DEVICE', () => vm.createDevice(type, flags)),
        plan,
      ),
    getDirtyLog: (slot) => check('KVM_GET_DIRTY_LOG', () => vm.getDirtyLog(slot)),
    clearDirtyLog: (slot, firstPage, pages, bitmap) =>
      check('KVM_CLEAR_DIRTY_LOG', () => vm.clearDirtyLog(slot, firstPage, pages, bitmap)),
    irqLine: (irq, level) => check('KVM_IRQ_LINE', () => vm.irqLine(irq, level)),
    signalMsi: (msi) => check('KVM_SIGNAL_MSI', () => vm.signalMsi(msi)),
    setGsiRouting: (routes) => check('KVM_SET_GSI_ROUTING', () => vm.setGsiRouting(routes)),
    close: () => vm.close(),
  }
}

function faultyDevice(device: Device, plan: FaultPlan): Device {
  return {
    type: device.type,
    setAttr: (group, attr, value) => checked(plan, 'KVM_SET_DEVICE_ATTR', () => device.setAttr(group, attr, value)),
    getAttr: (group, attr, value) => checked(plan, 'KVM_GET_DEVICE_ATTR', () => device.getAttr(group, attr, value)),
    hasAttr: (group, attr) => checked(plan, 'KVM_HAS_DEVICE_ATTR', () => device.hasAttr(group, attr)),
    close: () => device.close(),
  }
}

class FaultyVcpu implements Vcpu {
  readonly #vcpu: Vcpu
  readonly #plan: FaultPlan

  constructor(vcpu: Vcpu, plan: FaultPlan) {
    this.#vcpu = vcpu
    this.#plan = plan
  }

  get id(): number {
    return this.#vcpu.id
  }
  get immediateExit(): boolean {
    return this.#vcpu.immediateExit
  }
  set immediateExit(value: boolean) {
    this.#vcpu.immediateExit = value
  }
  init(init: Parameters<Vcpu['init']>[0]): void {
    checked(this.#plan, 'KVM_ARM_VCPU_INIT', () => this.#vcpu.init(init))
  }
  getRegList(): bigint[] {
    return checked(this.#plan, 'KVM_GET_REG_LIST', () => this.#vcpu.getRegList())
  }
  getOneReg(id: bigint): Uint8Array {
    return checked(this.#plan, 'KVM_GET_ONE_REG', () => this.#vcpu.getOneReg(id))
  }
  setOneReg(id: bigint, value: Uint8Array): void {
    checked(this.#plan, 'KVM_SET_ONE_REG', () => this.#vcpu.setOneReg(id, value))
  }
  getVcpuEvents(): ReturnType<Vcpu['getVcpuEvents']> {
    return checked(this.#plan, 'KVM_GET_VCPU_EVENTS', () => this.#vcpu.getVcpuEvents())
  }
  setVcpuEvents(events: Parameters<Vcpu['setVcpuEvents']>[0]): void {
    checked(this.#plan, 'KVM_SET_VCPU_EVENTS', () => this.#vcpu.setVcpuEvents(events))
  }
  setGuestDebug(debug: Parameters<Vcpu['setGuestDebug']>[0]): void {
    checked(this.#plan, 'KVM_SET_GUEST_DEBUG', () => this.#vcpu.setGuestDebug(debug))
  }
  getMpState(): number {
    return checked(this.#plan, 'KVM_GET_MP_STATE', () => this.#vcpu.getMpState())
  }
  setMpState(state: number): void {
    checked(this.#plan, 'KVM_SET_MP_STATE', () => this.#vcpu.setMpState(state))
  }
  run(): ReturnType<Vcpu['run']> {
    return checked(this.#plan, 'KVM_RUN', () => this.#vcpu.run())
  }
  runnable(): Promise<void> {
    return this.#vcpu.runnable()
  }
  kick(): void {
    this.#vcpu.kick()
  }
  close(): void {
    this.#vcpu.close()
  }
}
