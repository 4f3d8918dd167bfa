/** The devices that a VM has inside the kernel: interrupt controller, ITSs, VFIO. */

import {
  KVM_ARM_DEVICE_ID_SHIFT,
  KVM_ARM_DEVICE_VGIC_V2,
  KVM_CREATE_DEVICE_TEST,
  KVM_DEV_TYPE_ARM_VGIC_ITS,
  KVM_DEV_TYPE_ARM_VGIC_V2,
  KVM_DEV_TYPE_ARM_VGIC_V3,
  KVM_DEV_TYPE_VFIO,
} from '@armvisor/uapi'
import { maxVcpuIds } from './capabilities.ts'
import type { KernelDevice } from './device.ts'
import { hex, kvmError } from './fail.ts'
import type { IoBus } from './io/io-bus.ts'
import type { Msi } from './irq/routing.ts'
import { VfioDevice } from './vfio-device.ts'
import { type InterruptController, VgicDevice, type VgicDeviceVm } from './vgic/device.ts'
import { Gicv2Device } from './vgic/gicv2-device.ts'
import { privateCount } from './vgic/interrupts.ts'
import { ItsDevice } from './vgic/its-device.ts'
import { maxGicv2Cpus, type Vgic, type VgicVcpu } from './vgic/vgic.ts'

/** What they ask of their VM. */
export interface VmDevicesVm extends Omit<VgicDeviceVm, 'vcpus'> {
  readonly vcpus: readonly (VgicVcpu & { readonly hasRun: boolean })[]
  readonly devices: IoBus
  /** The host has a GICv2, or a GICv3 that can be one. */
  readonly hasGicv2: boolean
}

/** The devices of one VM. */
export class VmDevices {
  readonly #vm: VmDevicesVm
  #controller: InterruptController | undefined
  #vfio: VfioDevice | undefined
  readonly #its: ItsDevice[] = []

  constructor(vm: VmDevicesVm) {
    this.#vm = vm
  }

  get controller(): InterruptController | undefined {
    return this.#controller
  }
  get hasIts(): boolean {
    return this.#its.length > 0
  }
  /** vCPU ids are below this. */
  get vcpuLimit(): number {
    return this.#controller instanceof Gicv2Device ? maxGicv2Cpus : maxVcpuIds
  }

  /** `KVM_CREATE_DEVICE`; undefined where the flags ask only whether there is such a device. */
  create(type: number, flags: number): KernelDevice | undefined {
    const call = 'KVM_CREATE_DEVICE'
    const types = [KVM_DEV_TYPE_ARM_VGIC_V3, KVM_DEV_TYPE_ARM_VGIC_ITS, KVM_DEV_TYPE_VFIO]
    if (this.#vm.hasGicv2) types.push(KVM_DEV_TYPE_ARM_VGIC_V2)
    if (!types.includes(type)) throw kvmError('ENODEV', call, `there is no device of type ${type}`)
    if ((flags & KVM_CREATE_DEVICE_TEST) !== 0) return undefined
    switch (type) {
      case KVM_DEV_TYPE_ARM_VGIC_ITS:
        return this.#createIts()
      case KVM_DEV_TYPE_VFIO:
        if (this.#vfio !== undefined) throw kvmError('EBUSY', call, 'the VM has its VFIO device')
        this.#vfio = new VfioDevice()
        return this.#vfio
      default:
        return this.#createController(call, type)
    }
  }

  /** `KVM_CREATE_IRQCHIP`: a GICv2. */
  createIrqchip(): void {
    const call = 'KVM_CREATE_IRQCHIP'
    if (!this.#vm.hasGicv2) {
      throw kvmError('ENODEV', call, 'the host has no GICv2', `create a device of type ${KVM_DEV_TYPE_ARM_VGIC_V3}`)
    }
    this.#createController(call, KVM_DEV_TYPE_ARM_VGIC_V2)
  }

  /** `KVM_ARM_SET_DEVICE_ADDR`: addresses of a GICv2. */
  setAddress(id: bigint, address: bigint): void {
    const call = 'KVM_ARM_SET_DEVICE_ADDR'
    const device = (id >> BigInt(KVM_ARM_DEVICE_ID_SHIFT)) & 0xfff_ffffn
    const which = Number(id & 0xffffn)
    if (device !== BigInt(KVM_ARM_DEVICE_VGIC_V2) || !(this.#controller instanceof Gicv2Device) || which > 1) {
      throw kvmError('ENODEV', call, `the VM has no device ${device} with an address of type ${which}`)
    }
    this.#controller.setAddress(which, address, call)
  }

  /** `KVM_SIGNAL_MSI`. True when an interrupt is pending by it, false when the guest has not set it up. */
  signalMsi(msi: Msi): boolean {
    const call = 'KVM_SIGNAL_MSI'
    if (this.#its.length === 0) throw kvmError('ENODEV', call, 'the VM has no ITS')
    if (msi.deviceId === undefined) throw kvmError('EINVAL', call, 'an ITS needs a device id')
    const its = this.#its.find((it) => it.isDoorbell(msi.address))
    if (its === undefined) throw kvmError('EINVAL', call, `no ITS has its doorbell at ${hex(msi.address)}`)
    const delivery = its.deliver(msi.deviceId, msi.data)
    if (delivery === 'busy') throw kvmError('EBUSY', call, 'the ITS or the LPIs of the vCPU are not enabled')
    return delivery === 'delivered'
  }

  /** Drives SPI `pin` plus 32; false when there is none. */
  setPin(pin: number, level: boolean): boolean {
    const vgic = this.#controller?.vgic
    const intid = pin + privateCount
    if (vgic === undefined || intid >= vgic.irqCount) return false
    vgic.setSpi(intid, level)
    return true
  }

  #createIts(): ItsDevice {
    const its = new ItsDevice(this.#vm)
    this.#its.push(its)
    this.#vm.devices.add(its)
    this.#connectIts(this.#controller?.vgic)
    return its
  }

  #createController(call: string, type: number): InterruptController {
    const { vcpus } = this.#vm
    if (this.#controller !== undefined) throw kvmError('EEXIST', call, 'the VM has an interrupt controller')
    if (vcpus.some((vcpu) => vcpu.hasRun)) throw kvmError('EBUSY', call, 'a vCPU has run already')
    if (type === KVM_DEV_TYPE_ARM_VGIC_V2 && vcpus.length > maxGicv2Cpus) {
      throw kvmError('E2BIG', call, `a GICv2 reaches ${maxGicv2Cpus} vCPUs, not ${vcpus.length}`, 'use a GICv3')
    }
    const vm: VgicDeviceVm = {
      ipaBits: this.#vm.ipaBits,
      vcpus,
      guestMemory: this.#vm.guestMemory,
      checkAlive: (name) => this.#vm.checkAlive(name),
      initialised: (vgic) => {
        this.#vm.initialised(vgic)
        this.#connectIts(vgic)
      },
    }
    this.#controller = type === KVM_DEV_TYPE_ARM_VGIC_V2 ? new Gicv2Device(vm) : new VgicDevice(vm)
    this.#vm.devices.add(this.#controller)
    return this.#controller
  }

  /** LPIs are there with the first ITS, and it can map them once the interrupt controller is initialised. */
  #connectIts(vgic: Vgic | undefined): void {
    if (vgic === undefined || vgic.model === 'GICv2') return
    for (const its of this.#its) its.connect(vgic)
    vgic.lpis.hasIts = this.hasIts
  }
}
