/** `KVM_CREATE_VM`'s handle: memory slots, stage-2 tables, vCPUs, the interrupt controller. [KVM-API] §4 */

import type { LinearMemory } from '@armvisor/cpu'
import type { Stage2Geometry } from '@armvisor/stage2'
import {
  type Device,
  type GsiRoute,
  KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE,
  KVM_CAP_MSI_DEVID,
  sysRegIndex,
  type UserspaceMemoryRegion,
  type Vcpu,
  type VcpuInit,
  type Vm,
} from '@armvisor/uapi'
import { maxVcpuIds } from './capabilities.ts'
import type { CpuBlocks } from './cpu-blocks.ts'
import type { CpuModelPort } from './cpu-port.ts'
import { DeviceHandle, type KernelDevice } from './device.ts'
import { DirtyLog } from './dirty-log.ts'
import { DirtyRing } from './dirty-ring.ts'
import { enableVmCap } from './enable-cap.ts'
import { kvmError } from './fail.ts'
import { debugCountsOf } from './guest-debug.ts'
import { GuestMemoryAccess } from './guest-memory.ts'
import { allHypercallFeatures, type HypercallFeatures } from './hypercall.ts'
import type { Stage2Inspection } from './inspection.ts'
import type { InstructionClock } from './instruction-clock.ts'
import { CoalescedMmio } from './io/coalesced-mmio.ts'
import { IoBus } from './io/io-bus.ts'
import { IoEventFds } from './io/io-event-fds.ts'
import { IrqFds } from './irq/irq-fds.ts'
import { setIrqLine } from './irq/irq-line.ts'
import { IrqRouting, type Msi, maxRoutes, routingEntryOf } from './irq/routing.ts'
import type { KvmEvents } from './kvm-events.ts'
import type { KvmHost } from './kvm-host.ts'
import type { LinuxRules } from './linux-rules.ts'
import { type MemorySlot, MemorySlots } from './memslots.ts'
import type { Quirks } from './mmio.ts'
import { MteTags } from './mte-tags.ts'
import { PSCI_0_1, PSCI_1_1 } from './psci.ts'
import { cacheLevelsOf, IdRegisters } from './regs/id-registers.ts'
import { SmcccFilter } from './smccc-filter.ts'
import { VmStage2 } from './stage2.ts'
import { type VmStatistics, vmStatistics } from './stats.ts'
import { physicalTimerIntid, SystemCounter, virtualTimerIntid } from './timer.ts'
import type { KernelPages, LinearUserMemory } from './user-memory.ts'
import { KernelVcpu, type VcpuTiming } from './vcpu.ts'
import { KVM_ARM_TARGET_GENERIC_V8 } from './vcpu-features.ts'
import type { VcpuVm } from './vcpu-vm.ts'
import { VfioDevice } from './vfio-device.ts'
import { privateCount } from './vgic/interrupts.ts'
import { maxGicv2Cpus, type Vgic } from './vgic/vgic.ts'
import { VmDevices } from './vm-devices.ts'

const CTR_EL0 = sysRegIndex(3, 3, 0, 0, 1)
/** PPIs of the virtual and physical timers of EL1 and EL2. [BSA] §3.8 */
const defaultTimerPpis: readonly number[] = [virtualTimerIntid, physicalTimerIntid, 28, 26]

/** What a VM is made from. */
export interface VmOptions {
  readonly memory: LinearMemory
  readonly userMemory: LinearUserMemory
  readonly host: KvmHost
  /** The guest's time, where it is not the host's. */
  readonly icount: InstructionClock | undefined
  readonly geometry: Stage2Geometry
  readonly ipaLimit: number
  readonly model: CpuModelPort
  /** Physical address size that stage 2 is set up for. */
  readonly paBits: number
  readonly rules: LinuxRules
  readonly quirks: Quirks
  readonly vmid: number
  /** The host has a GICv2, or a GICv3 that can be one. */
  readonly hasGicv2: boolean
  readonly timing: VcpuTiming
  readonly cpuBlocks: CpuBlocks
  readonly events: KvmEvents | undefined
  checkExtension(capability: number): number
  onClose(): void
}

/** A VM. Everything beyond {@link Vm} is for its vCPUs and devices, and for the file over it. */
export class KernelVm implements Vm, VcpuVm {
  readonly ipaLimit: number
  readonly ipaBits: number
  readonly pageBytes: number
  readonly slots: MemorySlots
  readonly userMemory: LinearUserMemory
  readonly stage2: VmStage2
  readonly counter: SystemCounter
  readonly vcpus: KernelVcpu[] = []
  readonly features: HypercallFeatures = { ...allHypercallFeatures }
  readonly fillRandom: ((bytes: Uint8Array) => void) | undefined
  readonly realtimeNs: (() => bigint) | undefined
  readonly rules: LinuxRules
  readonly quirks: Quirks
  readonly idRegisters: IdRegisters
  readonly hostCaches: ReadonlyMap<number, bigint> | undefined
  readonly dirtyLog: DirtyLog
  readonly ioEventFds: IoEventFds = new IoEventFds()
  readonly coalescedMmio: CoalescedMmio
  readonly routing: IrqRouting
  readonly irqFds: IrqFds
  readonly smcccFilter: SmcccFilter = new SmcccFilter(() => this.hasRun)
  readonly statistics: VmStatistics = vmStatistics()
  readonly timerPpis: number[] = [...defaultTimerPpis]
  readonly devices: IoBus = new IoBus()
  /** Guest memory as devices of the kernel reach it. */
  readonly guestMemory: GuestMemoryAccess = new GuestMemoryAccess(this)
  psciVersion: number = PSCI_0_1
  isNisvToUser = false
  isSystemSuspendEnabled = false
  /** Bytes of the blocks that splitting replaces ahead of writes, 0 for none. */
  eagerSplitBytes = 0
  #mteTags: MteTags | undefined
  readonly #options: VmOptions
  readonly #releases: (() => void)[] = []
  readonly #devices: VmDevices
  #coalescedPage: KernelPages | undefined
  #isCounterFixed = false
  #hasRun = false
  #isDead = false
  #isClosed = false

  constructor(options: VmOptions) {
    const { memory, host, geometry, model, paBits, vmid, rules } = options
    this.#options = options
    this.ipaLimit = options.ipaLimit
    this.ipaBits = geometry.ipaBits
    this.pageBytes = geometry.pageBytes
    this.userMemory = options.userMemory
    this.rules = rules
    this.quirks = options.quirks
    this.hostCaches = model.caches
    this.idRegisters = new IdRegisters(rules, model.idRegisters)
    const clock = options.icount ?? host
    this.counter = new SystemCounter(clock)
    this.fillRandom = host.fillRandom?.bind(host)
    this.realtimeNs = clock.realtimeNs?.bind(clock)
    const tlbs = {
      tlbiIpa: (ipa: number) => {
        for (const { cpuIfAny } of this.vcpus) cpuIfAny?.tlbiIpa(ipa)
      },
      tlbiVmid: () => {
        this.statistics.add('remote_tlb_flush')
        this.statistics.add('remote_tlb_flush_requests')
        for (const { cpuIfAny } of this.vcpus) cpuIfAny?.tlbiVmid()
      },
    }
    this.stage2 = new VmStage2({ memory, geometry, paBits, vmid, tlbs })
    this.dirtyLog = new DirtyLog({
      pageBytes: geometry.pageBytes,
      vcpus: this.vcpus,
      slots: { byId: (id) => this.slots.byId(id), isEmpty: () => this.slots.all.length === 0 },
      writeProtect: (gpa, sizeBytes) => this.stage2.writeProtect(gpa, sizeBytes),
      splitEagerly: (gpa, sizeBytes) => this.#splitEagerly(gpa, sizeBytes),
      flushTlbs: () => this.stage2.invalidateTlb(),
    })
    this.slots = new MemorySlots(geometry.pageBytes, geometry.ipaBits, {
      unmapRange: (gpa, sizeBytes) => this.stage2.unmap(gpa, sizeBytes),
      loggingStarted: (slot) => this.#loggingStarted(slot),
      logging: this.dirtyLog,
    })
    this.coalescedMmio = new CoalescedMmio(memory, () => this.coalescedPage)
    this.routing = new IrqRouting({
      setPin: (pin, level) => this.#devices.setPin(pin, level),
      sendMsi: (msi) => {
        this.signalMsi(msi)
      },
    })
    this.irqFds = new IrqFds(this.routing)
    this.#devices = new VmDevices({
      ipaBits: this.ipaBits,
      vcpus: this.vcpus,
      devices: this.devices,
      guestMemory: this.guestMemory,
      hasGicv2: options.hasGicv2,
      checkAlive: (name) => this.checkAlive(name),
      initialised: (vgic) => {
        this.routing.setDefault(vgic.irqCount - privateCount)
        vgic.onSpiEnd = (intid) => this.irqFds.acknowledged(intid - privateCount)
      },
    })
    this.devices.add(this.ioEventFds)
    this.devices.add(this.coalescedMmio)
  }

  get vgic(): Vgic | undefined {
    return this.#devices.controller?.vgic
  }
  get hasIrqchip(): boolean {
    return this.#devices.controller !== undefined
  }
  get isIrqchipInitialised(): boolean {
    return this.vgic !== undefined
  }
  get hasMte(): boolean {
    return this.#mteTags !== undefined
  }
  /** Tags of guest memory. @throws `KvmError` EINVAL without `KVM_CAP_ARM_MTE` */
  get mteTags(): MteTags {
    if (this.#mteTags !== undefined) return this.#mteTags
    throw kvmError(
      'EINVAL',
      'KVM_ARM_MTE_COPY_TAGS',
      'the VM has no tags',
      'enable KVM_CAP_ARM_MTE before the first vCPU',
    )
  }
  /** The page that holds the ring of coalesced writes, made at first use. */
  get coalescedPage(): KernelPages {
    this.#coalescedPage ??= this.userMemory.allocate(this.pageBytes)
    return this.#coalescedPage
  }
  get events(): KvmEvents | undefined {
    return this.#options.events
  }
  get hasRun(): boolean {
    return this.#hasRun
  }

  checkExtension(capability: number): number {
    this.checkAlive('KVM_CHECK_EXTENSION')
    if (capability === KVM_CAP_MSI_DEVID) return this.#devices.hasIts ? 1 : 0
    if (capability === KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE) return this.eagerSplitBytes
    return this.#options.checkExtension(capability)
  }

  enableCap(capability: number, flags = 0, args: readonly bigint[] = []): void {
    this.checkAlive('KVM_ENABLE_CAP')
    enableVmCap(this, capability, flags, args)
  }

  /** `KVM_CAP_ARM_MTE`. */
  enableMte(): void {
    if (this.#options.model.features?.mte !== true || this.vcpus.length > 0) {
      throw kvmError('EINVAL', 'KVM_ENABLE_CAP', 'memory tags need a CPU that has them, and a VM without vCPUs')
    }
    this.#mteTags ??= new MteTags(this)
  }

  /** Leaf sizes of the host at stage 2. */
  get blockSizes(): readonly number[] {
    return this.stage2.blockSizes
  }

  setUserMemoryRegion(region: UserspaceMemoryRegion): void {
    this.checkAlive('KVM_SET_USER_MEMORY_REGION')
    this.slots.set(region)
    // The user may have written there since a guest last executed from it.
    this.#options.cpuBlocks.invalidateCode(Number(region.userspace_addr), Number(region.memory_size))
  }

  getDirtyLog(slot: number): Uint8Array {
    this.checkAlive('KVM_GET_DIRTY_LOG')
    return this.dirtyLog.prepareGet(slot).take()
  }

  clearDirtyLog(slot: number, firstPage: bigint, pages: number, bitmap: Uint8Array): void {
    const call = 'KVM_CLEAR_DIRTY_LOG'
    this.checkAlive(call)
    this.dirtyLog.clear(slot, firstPage, pages, (sizeBytes) => {
      if (bitmap.length >= sizeBytes) return bitmap
      throw kvmError('EFAULT', call, `${bitmap.length} bytes do not hold the ${sizeBytes} of ${pages} pages`)
    })
  }

  preferredTarget(): VcpuInit {
    this.checkAlive('KVM_ARM_PREFERRED_TARGET')
    return { target: KVM_ARM_TARGET_GENERIC_V8, features: [0] }
  }

  createVcpu(id: number): Vcpu {
    return this.createKernelVcpu(id)
  }

  /** {@link Vm.createVcpu} with all that the kernel side has of it. */
  createKernelVcpu(id: number): KernelVcpu {
    const call = 'KVM_CREATE_VCPU'
    this.checkAlive(call)
    if (!(Number.isInteger(id) && id >= 0 && id < maxVcpuIds)) {
      throw kvmError('EINVAL', call, `id ${id} is not below ${maxVcpuIds}`)
    }
    if (this.vgic !== undefined) {
      throw kvmError(
        'EBUSY',
        call,
        'the interrupt controller is initialised already',
        'create all vCPUs before CTRL_INIT',
      )
    }
    if (id >= this.#devices.vcpuLimit) {
      throw kvmError(
        'EINVAL',
        call,
        `vCPU ${id} is beyond what a GICv2 reaches`,
        `use ids below ${maxGicv2Cpus}, or a GICv3`,
      )
    }
    if (this.vcpus.some((vcpu) => vcpu.id === id)) throw kvmError('EEXIST', call, `vCPU ${id} exists`)
    const { host, icount, timing, model, memory } = this.#options
    if (this.vcpus.length > 0) this.#checkCounted(call, this.vcpus.length)
    const { ringBytes } = this.dirtyLog
    const ring = ringBytes === 0 ? undefined : new DirtyRing(memory, this.userMemory.allocate(ringBytes), ringBytes)
    const vcpu = new KernelVcpu({
      vm: this,
      id,
      index: this.vcpus.length,
      host,
      icount,
      timing,
      hostFeatures: model.features ?? {},
      debugCounts: debugCountsOf(model.idRegisters),
      dirtyRing: ring,
      createCpu: (cpuHost) => this.#lendCpu(cpuHost),
    })
    this.vcpus.push(vcpu)
    this.#devices.controller?.addVcpu()
    return vcpu
  }

  createDevice(type: number, flags = 0): Device {
    const device = this.createKernelDevice(type, flags)
    return new DeviceHandle(type, device ?? new VfioDevice())
  }

  /** `KVM_CREATE_DEVICE`; undefined where the flags ask only whether there is such a device. */
  createKernelDevice(type: number, flags: number): KernelDevice | undefined {
    this.checkAlive('KVM_CREATE_DEVICE')
    return this.#devices.create(type, flags)
  }

  /** `KVM_CREATE_IRQCHIP`: a GICv2. */
  createIrqchip(): void {
    this.checkAlive('KVM_CREATE_IRQCHIP')
    this.#devices.createIrqchip()
  }

  /** `KVM_ARM_SET_DEVICE_ADDR`: addresses of a GICv2. */
  setDeviceAddress(id: bigint, address: bigint): void {
    this.checkAlive('KVM_ARM_SET_DEVICE_ADDR')
    this.#devices.setAddress(id, address)
  }

  prepareInput(): void {
    this.#devices.controller?.prepareInput()
  }

  irqLine(irq: number, level: boolean): void {
    this.checkAlive('KVM_IRQ_LINE')
    setIrqLine(this, irq, level)
  }

  setGsiRouting(routes: readonly GsiRoute[]): void {
    this.checkAlive('KVM_SET_GSI_ROUTING')
    this.checkGsiRouting(routes.length)
    this.routing.set(routes.map(routingEntryOf))
  }

  /** What holds whatever the routes are. @throws `KvmError` EINVAL */
  checkGsiRouting(count: number): void {
    const call = 'KVM_SET_GSI_ROUTING'
    if (!this.hasIrqchip) throw kvmError('EINVAL', call, 'the VM has no interrupt controller')
    if (count > maxRoutes) throw kvmError('EINVAL', call, `${count} routes are more than ${maxRoutes}`)
  }

  /** Delivers a message. True when an interrupt is pending by it, false when the guest has not set it up. */
  signalMsi(msi: Msi): boolean {
    this.checkAlive('KVM_SIGNAL_MSI')
    return this.#devices.signalMsi(msi)
  }

  /** See `inspectStage2`. */
  inspect(): Stage2Inspection {
    const { memory, geometry } = this.#options
    return {
      geometry,
      registers: this.stage2.registers,
      slots: [...this.slots.all].sort((a, b) => a.id - b.id),
      memory: {
        readLo: (pa) => memory.u32[pa >>> 2],
        readHi: (pa) => memory.u32[(pa >>> 2) + 1],
        contains: (pa) => pa >= 0 && pa + 8 <= memory.totalBytes,
      },
    }
  }

  close(): void {
    if (this.#isClosed) return
    for (const vcpu of this.vcpus) vcpu.close()
    this.#isClosed = true
    this.irqFds.close()
    this.stage2.destroy()
    for (const { dirtyRing } of this.vcpus) if (dirtyRing !== undefined) this.userMemory.free(dirtyRing.pages)
    if (this.#coalescedPage !== undefined) this.userMemory.free(this.#coalescedPage)
    for (const release of this.#releases) release()
    this.#options.onClose()
  }

  checkAlive(call: string): void {
    if (this.#isClosed) throw kvmError('EBADF', call, 'the VM is closed')
    if (this.#isDead) throw kvmError('EIO', call, 'the VM is dead: its interrupt controller was not set up when it ran')
  }

  prepareRun(): void {
    if (this.#hasRun) return
    const failure = this.#devices.controller?.mapResources()
    if (failure !== undefined) {
      this.#isDead = true
      throw kvmError(failure.code, 'KVM_RUN', failure.problem)
    }
    const [virtual, physical] = this.timerPpis
    if (this.hasIrqchip && virtual === physical) {
      throw kvmError('EINVAL', 'KVM_RUN', `both timers have PPI ${virtual}`, 'give them different ones')
    }
    this.#hasRun = true
    if (!this.hasIrqchip) this.idRegisters.hideGic()
    this.showIdRegisters()
    for (const vcpu of this.vcpus) vcpu.timers.repeatLines()
  }

  vcpuInitialised(vcpu: KernelVcpu): void {
    for (const slot of this.slots.all) this.#options.cpuBlocks.invalidateCode(slot.hva, slot.sizeBytes)
    const indices = [...vcpu.sysRegs.values()].filter(({ kind }) => kind === 'id').map(({ index }) => index)
    const fixed = [...vcpu.sysRegs.values()].filter(({ kind }) => kind === 'fixed').map(({ index }) => index)
    this.idRegisters.adopt(vcpu.cpu, [...indices, ...fixed], { sve: vcpu.sve !== undefined, mte: this.hasMte })
    if (!vcpu.hasPsci02) this.psciVersion = PSCI_0_1
    else if (this.psciVersion === PSCI_0_1) this.psciVersion = PSCI_1_1
  }

  showIdRegisters(): void {
    for (const { cpuIfAny } of this.vcpus) if (cpuIfAny !== undefined) this.idRegisters.show(cpuIfAny)
  }

  cacheLevels(): bigint {
    return cacheLevelsOf(this.idRegisters.get(CTR_EL0) ?? 0n)
  }

  markDirty(slot: MemorySlot, gpa: number, vcpu: { readonly dirtyRing?: DirtyRing | undefined } | undefined): void {
    this.dirtyLog.mark(slot, gpa, vcpu?.dirtyRing)
  }

  timerPpisChanged(): void {
    for (const { timers } of this.vcpus) timers.setIntids(this.timerPpis[0], this.timerPpis[1])
  }

  hasMemoryAt(gpa: number): boolean {
    return this.slots.find(gpa) !== undefined
  }

  /** `KVM_ARM_SET_COUNTER_OFFSET`: both counters are the host's minus this, for good. */
  setCounterOffset(offset: bigint): void {
    this.checkAlive('KVM_ARM_SET_COUNTER_OFFSET')
    this.counter.setOffset(offset)
    this.#isCounterFixed = true
    this.#countersChanged()
  }

  readCounter(which: number): bigint {
    const ticks = this.counter.readTicks()
    return which === 0 ? this.counter.virtualAt(ticks) : BigInt(ticks)
  }

  setVirtualCounter(value: bigint): void {
    if (this.#isCounterFixed) return
    this.counter.setVirtual(value)
    this.#countersChanged()
  }

  setPhysicalCounter(value: bigint): void {
    if (this.#isCounterFixed) return
    this.counter.setPhysical(value)
    this.#countersChanged()
  }

  #countersChanged(): void {
    for (const vcpu of this.vcpus) vcpu.counterChanged()
  }

  /** Throws where time is made of one vCPU's instructions, and there is one. */
  #checkCounted(call: string, existing: number): void {
    if (this.#options.icount === undefined || existing === 0) return
    throw kvmError(
      'EINVAL',
      call,
      'this KVM counts the instructions of one vCPU, and that exists',
      'use one vCPU, or open the KVM without icount',
    )
  }

  #lendCpu(cpuHost: Parameters<CpuBlocks['lend']>[0]): NonNullable<ReturnType<CpuBlocks['lend']>>['cpu'] {
    const { cpuBlocks } = this.#options
    this.#checkCounted('KVM_ARM_VCPU_INIT', cpuBlocks.lent)
    const lent = cpuBlocks.lend(cpuHost)
    if (lent === undefined) {
      throw kvmError(
        'ENOMEM',
        'KVM_ARM_VCPU_INIT',
        'the linear memory has no room for another CPU',
        'close a VM or make it larger',
      )
    }
    this.#releases.push(lent.release)
    const others = this.vcpus.flatMap(({ cpuIfAny }) => (cpuIfAny === undefined ? [] : [cpuIfAny]))
    cpuBlocks.connect([...others, lent.cpu])
    return lent.cpu
  }

  #loggingStarted(slot: MemorySlot): void {
    this.#splitEagerly(slot.gpa, slot.sizeBytes)
    this.stage2.writeProtect(slot.gpa, slot.sizeBytes)
    this.stage2.invalidateTlb()
  }

  #splitEagerly(gpa: number, sizeBytes: number): void {
    if (this.eagerSplitBytes !== 0) this.stage2.split(gpa, sizeBytes)
  }
}
