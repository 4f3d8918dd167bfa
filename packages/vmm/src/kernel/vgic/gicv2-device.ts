/** The `KVM_DEV_TYPE_ARM_VGIC_V2` device: addresses, size, initialisation, registers. [KVM-DEV] arm-vgic */

import {
  type ErrnoCode,
  KVM_DEV_ARM_VGIC_CTRL_INIT,
  KVM_DEV_ARM_VGIC_GRP_ADDR,
  KVM_DEV_ARM_VGIC_GRP_CPU_REGS,
  KVM_DEV_ARM_VGIC_GRP_CTRL,
  KVM_DEV_ARM_VGIC_GRP_DIST_REGS,
  KVM_DEV_ARM_VGIC_GRP_NR_IRQS,
  KVM_DEV_TYPE_ARM_VGIC_V2,
  KVM_VGIC_V2_ADDR_TYPE_CPU,
  KVM_VGIC_V2_ADDR_TYPE_DIST,
} from '@armvisor/uapi'
import { type DeviceAttribute, readWord, writeWord } from '../device.ts'
import { hex, kvmError } from '../fail.ts'
import { checkIrqCount, defaultIrqCount, type InterruptController, unsetAddress, type VgicDeviceVm } from './device.ts'
import { cpuInterfaceBytes } from './gicv2-cpu-registers.ts'
import { distributorBytes, Gicv2Distributor } from './gicv2-registers.ts'
import { privateCount } from './interrupts.ts'
import { Vgic, type VgicCpu } from './vgic.ts'

const setCall = 'KVM_SET_DEVICE_ATTR'
const getCall = 'KVM_GET_DEVICE_ATTR'
/** Frames are aligned to this. */
const frameAlign = 0x1000

interface Initialised {
  readonly vgic: Vgic
  readonly distributor: Gicv2Distributor
}

/** The GICv2 of one VM as its user and its guest see it. It is initialised at first use, if not by CTRL_INIT. */
export class Gicv2Device implements InterruptController {
  readonly type: number = KVM_DEV_TYPE_ARM_VGIC_V2
  readonly #vm: VgicDeviceVm
  #distributorBase: number | undefined
  #cpuBase: number | undefined
  #irqCount = 0
  #made: Initialised | undefined

  constructor(vm: VgicDeviceVm) {
    this.#vm = vm
  }

  get vgic(): Vgic | undefined {
    return this.#made?.vgic
  }

  // All vCPUs share the frames.
  addVcpu(): void {}

  prepareInput(): void {
    this.#initialise()
  }

  mapResources(): { readonly code: ErrnoCode; readonly problem: string } | undefined {
    const [distributor, cpu] = [this.#distributorBase, this.#cpuBase]
    if (distributor === undefined || cpu === undefined) {
      return { code: 'ENXIO', problem: 'the interrupt controller has no address for its distributor or CPU interface' }
    }
    if (distributor < cpu + cpuInterfaceBytes && cpu < distributor + distributorBytes) {
      return { code: 'EINVAL', problem: `distributor ${hex(distributor)} and CPU interface ${hex(cpu)} overlap` }
    }
    this.#initialise()
    return undefined
  }

  setAttr({ group, attr, memory }: DeviceAttribute): void {
    this.#vm.checkAlive(setCall)
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR: {
        const base = readWord(memory, 8)
        if (!isAddress(attr)) throw none(setCall, group, attr)
        this.setAddress(Number(attr), base, setCall)
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_NR_IRQS: {
        const count = Number(readWord(memory, 4))
        checkIrqCount(count, this.#made !== undefined || this.#irqCount !== 0)
        this.#irqCount = count
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_CTRL:
        if (attr !== BigInt(KVM_DEV_ARM_VGIC_CTRL_INIT)) throw none(setCall, group, attr)
        this.#initialise()
        return
      case KVM_DEV_ARM_VGIC_GRP_DIST_REGS: {
        const cpu = this.#cpuOf(attr, setCall)
        const word = Number(readWord(memory, 4))
        const { distributor, offset } = this.#distributorRegister(group, attr, setCall)
        if (distributor.userWrite(cpu(), offset, word)) return
        throw kvmError('EINVAL', setCall, `GICD_IIDR ${hex(word)} is of another interrupt controller`)
      }
      case KVM_DEV_ARM_VGIC_GRP_CPU_REGS: {
        const cpu = this.#cpuOf(attr, setCall)
        const word = Number(readWord(memory, 4))
        const offset = Number(attr & 0xffff_ffffn)
        if (!cpu().memoryRegs.writeState(offset, word)) throw none(setCall, group, attr)
        return
      }
      default:
        throw none(setCall, group, attr)
    }
  }

  getAttr({ group, attr, memory }: DeviceAttribute): void {
    this.#vm.checkAlive(getCall)
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR: {
        if (!isAddress(attr)) throw none(getCall, group, attr)
        const base = attr === BigInt(KVM_VGIC_V2_ADDR_TYPE_DIST) ? this.#distributorBase : this.#cpuBase
        writeWord(memory, 8, base === undefined ? unsetAddress : BigInt(base))
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
        writeWord(memory, 4, BigInt(this.vgic?.irqCount ?? Math.max(this.#irqCount, privateCount)))
        return
      case KVM_DEV_ARM_VGIC_GRP_DIST_REGS: {
        const cpu = this.#cpuOf(attr, getCall)
        const { distributor, offset } = this.#distributorRegister(group, attr, getCall)
        writeWord(memory, 4, BigInt(distributor.read(cpu(), offset, 4)))
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_CPU_REGS: {
        const word = this.#cpuOf(attr, getCall)().memoryRegs.readState(Number(attr & 0xffff_ffffn))
        if (word === undefined) throw none(getCall, group, attr)
        writeWord(memory, 4, BigInt(word))
        return
      }
      default:
        throw none(getCall, group, attr)
    }
  }

  hasAttr(group: number, attr: bigint): boolean {
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR:
        return isAddress(attr)
      case KVM_DEV_ARM_VGIC_GRP_CTRL:
        return attr === BigInt(KVM_DEV_ARM_VGIC_CTRL_INIT)
      case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
        return true
      case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
      case KVM_DEV_ARM_VGIC_GRP_CPU_REGS: {
        const vcpu = this.#vm.vcpus.find(({ id }) => BigInt(id) === (attr >> 32n) % 256n)
        if (vcpu === undefined) return false
        const { vgic, distributor } = this.#made ?? this.#make()
        const offset = Number(attr & 0xffff_ffffn)
        if (group === KVM_DEV_ARM_VGIC_GRP_DIST_REGS) return distributor.hasRegister(offset)
        return vgic.cpus[0]?.memoryRegs.readState(offset) !== undefined
      }
      default:
        return false
    }
  }

  /**
   * Places a frame; `KVM_ARM_SET_DEVICE_ADDR` does so too.
   *
   * @throws `KvmError` EEXIST, EINVAL, E2BIG
   */
  setAddress(which: number, base: bigint, call: string): void {
    const isDistributor = which === KVM_VGIC_V2_ADDR_TYPE_DIST
    const sizeBytes = isDistributor ? distributorBytes : cpuInterfaceBytes
    if ((isDistributor ? this.#distributorBase : this.#cpuBase) !== undefined) {
      throw kvmError('EEXIST', call, `the ${isDistributor ? 'distributor' : 'CPU interface'} has an address already`)
    }
    if (base % BigInt(frameAlign) !== 0n) {
      throw kvmError('EINVAL', call, `${hex(base)} is not aligned to ${hex(frameAlign)}`)
    }
    if (base + BigInt(sizeBytes) > 1n << BigInt(this.#vm.ipaBits)) {
      throw kvmError('E2BIG', call, `${hex(base)} + ${hex(sizeBytes)} ends beyond the VM's ${this.#vm.ipaBits} bits`)
    }
    if (isDistributor) this.#distributorBase = Number(base)
    else this.#cpuBase = Number(base)
  }

  readMmio(address: number, sizeBytes: number, vcpu: number): bigint | undefined {
    const target = this.#locate(address, vcpu)
    if (target === undefined) return undefined
    const { distributor, cpu, offset, isDistributor } = target
    if (sizeBytes === 8) return 0n
    if (isDistributor) return BigInt(distributor.read(cpu, offset, sizeBytes))
    return sizeBytes === 4 && offset % 4 === 0 ? BigInt(cpu.memoryRegs.read(offset)) : 0n
  }

  writeMmio(address: number, sizeBytes: number, value: bigint, vcpu: number): boolean {
    const target = this.#locate(address, vcpu)
    if (target === undefined) return false
    const { distributor, cpu, offset, isDistributor } = target
    if (sizeBytes === 8) return true
    const word = Number(BigInt.asUintN(32, value))
    if (isDistributor) distributor.write(cpu, offset, sizeBytes, word)
    else if (sizeBytes === 4 && offset % 4 === 0) cpu.memoryRegs.write(offset, word)
    return true
  }

  #locate(
    address: number,
    vcpu: number,
  ): (Initialised & { readonly cpu: VgicCpu; readonly offset: number; readonly isDistributor: boolean }) | undefined {
    if (this.#made === undefined) return undefined
    const frames = [
      { base: this.#distributorBase, sizeBytes: distributorBytes, isDistributor: true },
      { base: this.#cpuBase, sizeBytes: cpuInterfaceBytes, isDistributor: false },
    ]
    for (const { base, sizeBytes, isDistributor } of frames) {
      if (base === undefined || address < base || address >= base + sizeBytes) continue
      return { ...this.#made, cpu: this.#made.vgic.cpus[vcpu], offset: address - base, isDistributor }
    }
    return undefined
  }

  #make(): Initialised {
    const count = this.#irqCount === 0 ? defaultIrqCount : this.#irqCount
    const vgic = new Vgic(count, this.#vm.vcpus, 'GICv2')
    return { vgic, distributor: new Gicv2Distributor(vgic) }
  }

  #initialise(): Initialised {
    if (this.#made === undefined) {
      this.#made = this.#make()
      this.#vm.initialised(this.#made.vgic)
    }
    return this.#made
  }

  /** The vCPU in attr[39:32], which must exist before anything else is looked at. */
  #cpuOf(attr: bigint, call: string): () => VgicCpu {
    const id = Number((attr >> 32n) & 0xffn)
    const index = this.#vm.vcpus.findIndex((vcpu) => vcpu.id === id)
    if (index < 0) throw kvmError('EINVAL', call, `there is no vCPU ${id}`)
    return () => this.#initialise().vgic.cpus[index]
  }

  #distributorRegister(
    group: number,
    attr: bigint,
    call: string,
  ): { readonly distributor: Gicv2Distributor; readonly offset: number } {
    const { distributor } = this.#initialise()
    const offset = Number(attr & 0xffff_ffffn)
    if (!distributor.hasRegister(offset)) throw none(call, group, attr)
    return { distributor, offset }
  }
}

function isAddress(attr: bigint): boolean {
  return attr === BigInt(KVM_VGIC_V2_ADDR_TYPE_DIST) || attr === BigInt(KVM_VGIC_V2_ADDR_TYPE_CPU)
}

function none(call: string, group: number, attr: bigint): Error {
  return kvmError('ENXIO', call, `a GICv2 has no attribute ${hex(attr)} in group ${group}`)
}
