/** `KVM_CREATE_VM`'s handle: memory slots, stage-2 tables, vCPUs, the interrupt controller. [KVM-API] §4 */

import type { LinearMemory } from '@armvisor/cpu'
import type { Stage2Geometry } from '@armvisor/stage2'
import {
  type Device,
  KVM_CAP_ARM_NISV_TO_USER,
  KVM_CAP_ARM_SYSTEM_SUSPEND,
  KVM_CAP_MSI_DEVID,
  type UserspaceMemoryRegion,
  type Vcpu,
  type VcpuInit,
  type Vm,
} from '@armvisor/uapi'
import { maxVcpuIds } from './capabilities.ts'
import type { CpuBlocks } from './cpu-blocks.ts'
import { hex, kvmError } from './fail.ts'
import { allHypercallFeatures, type HypercallFeatures } from './hypercall.ts'
import type { Stage2Inspection } from './inspection.ts'
import type { InstructionClock } from './instruction-clock.ts'
import type { KvmEvents } from './kvm-events.ts'
import type { KvmHost } from './kvm-host.ts'
import { MemorySlots } from './memslots.ts'
import type { MmioDevices } from './mmio.ts'
import { PSCI_0_1, PSCI_1_1 } from './psci.ts'
import { VmStage2 } from './stage2.ts'
import { physicalTimerIntid, SystemCounter, virtualTimerIntid } from './timer.ts'
import type { LinearUserMemory } from './user-memory.ts'
import { KernelVcpu, KVM_ARM_TARGET_GENERIC_V8, type VcpuTiming } from './vcpu.ts'
import type { VcpuVm } from './vcpu-vm.ts'
import { KVM_DEV_TYPE_ARM_VGIC_V3, VgicDevice } from './vgic/device.ts'
import { privateCount, sgiCount } from './vgic/interrupts.ts'
import type { Vgic } from './vgic/vgic.ts'

/** Types of `KVM_IRQ_LINE`, bits [27:24]. [KVM-API] §4.25 */
const KVM_ARM_IRQ_TYPE_CPU = 0
const KVM_ARM_IRQ_TYPE_SPI = 1
const KVM_ARM_IRQ_TYPE_PPI = 2

const KVM_CREATE_DEVICE_TEST = 1

/** What a VM is made from. */
export interface VmOptions {
  readonly memory: LinearMemory
  readonly userMemory: LinearUserMemory
  readonly host: KvmHost
  /** The guest's time, where it is not the host's. */
  readonly icount: InstructionClock | undefined
  readonly geometry: Stage2Geometry
  readonly ipaLimit: number
  readonly paBits: number
  readonly vmid: number
  readonly timing: VcpuTiming
  readonly cpuBlocks: CpuBlocks
  readonly events: KvmEvents | undefined
  checkExtension(capability: number): number
  onClose(): void
}

/** A VM. Everything beyond {@link Vm} is for its vCPUs and devices. */
export class KernelVm implements Vm, VcpuVm {
  readonly ipaLimit: number
  readonly ipaBits: number
  readonly slots: MemorySlots
  readonly userMemory: LinearUserMemory
  readonly stage2: VmStage2
  readonly counter: SystemCounter
  readonly vcpus: KernelVcpu[] = []
  readonly features: HypercallFeatures = { ...allHypercallFeatures }
  readonly fillRandom: ((bytes: Uint8Array) => void) | undefined
  readonly realtimeNs: (() => bigint) | undefined
  psciVersion: number = PSCI_0_1
  isNisvToUser = false
  isSystemSuspendEnabled = false
  readonly #options: VmOptions
  readonly #releases: (() => void)[] = []
  #device: VgicDevice | undefined
  #hasRun = false
  #isDead = false
  #isClosed = false

  constructor(options: VmOptions) {
    const { memory, host, geometry, paBits, vmid } = options
    this.#options = options
    this.ipaLimit = options.ipaLimit
    this.ipaBits = geometry.ipaBits
    this.userMemory = options.userMemory
    const clock = options.icount ?? host
    this.counter = new SystemCounter(clock)
    this.fillRandom = host.fillRandom?.bind(host)
    this.realtimeNs = clock.realtimeNs?.bind(clock)
    const tlbs = {
      tlbiIpa: (ipa: number) => {
        for (const vcpu of this.vcpus) vcpu.cpu.tlbiIpa(ipa)
      },
      tlbiVmid: () => {
        for (const vcpu of this.vcpus) vcpu.cpu.tlbiVmid()
      },
    }
    this.stage2 = new VmStage2({ memory, geometry, paBits, vmid, tlbs })
    this.slots = new MemorySlots(geometry.pageBytes, geometry.ipaBits, {
      unmapRange: (gpa, sizeBytes) => this.stage2.unmap(gpa, sizeBytes),
    })
  }

  get vgic(): Vgic | undefined {
    return this.#device?.vgic
  }
  get devices(): MmioDevices | undefined {
    return this.#device
  }
  get events(): KvmEvents | undefined {
    return this.#options.events
  }
  get hasRun(): boolean {
    return this.#hasRun
  }

  checkExtension(capability: number): number {
    this.checkAlive('KVM_CHECK_EXTENSION')
    // Without an ITS there are no device ids; only the system handle calls the question itself wrong.
    return capability === KVM_CAP_MSI_DEVID ? 0 : this.#options.checkExtension(capability)
  }

  enableCap(capability: number, flags = 0, _args: readonly bigint[] = []): void {
    const call = 'KVM_ENABLE_CAP'
    this.checkAlive(call)
    if (flags !== 0) throw kvmError('EINVAL', call, `flags ${hex(flags)} are not 0`)
    switch (capability) {
      case KVM_CAP_ARM_NISV_TO_USER:
        this.isNisvToUser = true
        return
      case KVM_CAP_ARM_SYSTEM_SUSPEND:
        this.isSystemSuspendEnabled = true
        return
      default:
        throw kvmError('EINVAL', call, `capability ${capability} cannot be enabled here`)
    }
  }

  setUserMemoryRegion(region: UserspaceMemoryRegion): void {
    this.checkAlive('KVM_SET_USER_MEMORY_REGION')
    this.slots.set(region)
    // The user may have written there since a guest last executed from it.
    this.#options.cpuBlocks.invalidateCode(Number(region.userspace_addr), Number(region.memory_size))
  }

  preferredTarget(): VcpuInit {
    this.checkAlive('KVM_ARM_PREFERRED_TARGET')
    return { target: KVM_ARM_TARGET_GENERIC_V8, features: [0] }
  }

  createVcpu(id: number): Vcpu {
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
    if (this.vcpus.some((vcpu) => vcpu.id === id)) throw kvmError('EEXIST', call, `vCPU ${id} exists`)
    const { host, icount, timing, cpuBlocks } = this.#options
    if (icount !== undefined && cpuBlocks.lent > 0) {
      throw kvmError(
        'EINVAL',
        call,
        'this KVM counts the instructions of one vCPU, and that exists',
        'use one vCPU, or open the KVM without icount',
      )
    }
    const vcpu = new KernelVcpu({
      vm: this,
      id,
      index: this.vcpus.length,
      host,
      icount,
      timing,
      createCpu: (cpuHost) => {
        const lent = cpuBlocks.lend(cpuHost)
        if (lent === undefined) {
          throw kvmError(
            'ENOMEM',
            call,
            `the linear memory has no room for another vCPU`,
            'close a VM or make it larger',
          )
        }
        this.#releases.push(lent.release)
        return lent.cpu
      },
    })
    this.vcpus.push(vcpu)
    cpuBlocks.connect(this.vcpus.map((it) => it.cpu))
    this.#device?.addVcpu()
    return vcpu
  }

  createDevice(type: number, flags = 0): Device {
    const call = 'KVM_CREATE_DEVICE'
    this.checkAlive(call)
    if (type !== KVM_DEV_TYPE_ARM_VGIC_V3) throw kvmError('ENODEV', call, `there is no device of type ${type}`)
    // A test answers for the type alone: no device comes to be, and what is returned stays without effect.
    if ((flags & KVM_CREATE_DEVICE_TEST) !== 0) return new VgicDevice(this)
    if (this.#device !== undefined) throw kvmError('EEXIST', call, 'the VM has an interrupt controller')
    if (this.#hasRun) throw kvmError('EBUSY', call, 'a vCPU has run already')
    this.#device = new VgicDevice(this)
    return this.#device
  }

  irqLine(irq: number, level: boolean): void {
    const call = 'KVM_IRQ_LINE'
    this.checkAlive(call)
    const type = (irq >>> 24) & 15
    const id = ((irq >>> 16) & 0xff) + ((irq >>> 28) & 15) * 256
    const number = irq & 0xffff
    switch (type) {
      case KVM_ARM_IRQ_TYPE_CPU: {
        if (this.#device !== undefined) throw kvmError('ENXIO', call, 'CPU inputs belong to the interrupt controller')
        const vcpu = this.#vcpuOf(id, call)
        if (number > 1) throw kvmError('EINVAL', call, `a CPU has inputs 0 and 1, not ${number}`)
        vcpu.setInterruptLine(number === 0 ? 'irq' : 'fiq', level)
        return
      }
      case KVM_ARM_IRQ_TYPE_PPI: {
        this.#checkDevice(call)
        const vcpu = this.#vcpuOf(id, call)
        if (number < sgiCount || number >= privateCount) throw kvmError('EINVAL', call, `${number} is no PPI`)
        // The timers' lines are the timers' alone; others' calls have no effect.
        const vgic = this.#initialisedVgic(call)
        if (number !== virtualTimerIntid && number !== physicalTimerIntid) vgic.setPpi(vcpu.index, number, level)
        return
      }
      case KVM_ARM_IRQ_TYPE_SPI: {
        this.#checkDevice(call)
        if (number < privateCount) throw kvmError('EINVAL', call, `${number} is no SPI`)
        const vgic = this.#initialisedVgic(call)
        if (number >= vgic.irqCount) throw kvmError('EINVAL', call, `interrupt ${number} is not below ${vgic.irqCount}`)
        vgic.setSpi(number, level)
        return
      }
      default:
        throw kvmError('EINVAL', call, `type ${type} does not exist`)
    }
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
    this.stage2.destroy()
    for (const release of this.#releases) release()
    this.#options.onClose()
  }

  checkAlive(call: string): void {
    if (this.#isClosed) throw kvmError('EBADF', call, 'the VM is closed')
    if (this.#isDead) throw kvmError('EIO', call, 'the VM is dead: its interrupt controller was not set up when it ran')
  }

  prepareRun(): void {
    if (this.#hasRun) return
    const failure = this.#device?.notReady()
    if (failure !== undefined) {
      this.#isDead = true
      throw kvmError(failure.code, 'KVM_RUN', failure.problem)
    }
    this.#hasRun = true
    for (const vcpu of this.vcpus) vcpu.timers.repeatLines()
  }

  vcpuInitialised(hasPsci02: boolean): void {
    for (const slot of this.slots.all) this.#options.cpuBlocks.invalidateCode(slot.hva, slot.sizeBytes)
    if (!hasPsci02) this.psciVersion = PSCI_0_1
    else if (this.psciVersion === PSCI_0_1) this.psciVersion = PSCI_1_1
  }

  readCounter(which: number): bigint {
    const ticks = this.counter.readTicks()
    return which === 0 ? this.counter.virtualAt(ticks) : BigInt(ticks)
  }

  setVirtualCounter(value: bigint): void {
    this.counter.setVirtual(value)
    this.#countersChanged()
  }

  setPhysicalCounter(value: bigint): void {
    this.counter.setPhysical(value)
    this.#countersChanged()
  }

  #countersChanged(): void {
    for (const vcpu of this.vcpus) {
      vcpu.cpu.counterOffset = Number(this.counter.offset)
      vcpu.timers.reschedule()
    }
  }

  #vcpuOf(id: number, call: string): KernelVcpu {
    const vcpu = this.vcpus.find((it) => it.id === id)
    if (vcpu === undefined) throw kvmError('EINVAL', call, `there is no vCPU ${id}`)
    return vcpu
  }

  #checkDevice(call: string): void {
    if (this.#device === undefined) throw kvmError('ENXIO', call, 'the VM has no interrupt controller')
  }

  #initialisedVgic(call: string): Vgic {
    const { vgic } = this
    if (vgic === undefined) throw kvmError('EBUSY', call, 'the interrupt controller is not initialised')
    return vgic
  }
}
