/** The `KVM_DEV_TYPE_ARM_VGIC_V3` device: addresses, size, initialisation, registers. [KVM-API] devices/arm-vgic-v3 */

import type { ErrnoCode } from '@armvisor/uapi'
import { type AttrMemory, type DeviceAttribute, type KernelDevice, readWord, writeWord } from '../device.ts'
import { hex, kvmError } from '../fail.ts'
import type { GuestMemoryAccess } from '../guest-memory.ts'
import type { MmioDevices } from '../mmio.ts'
import { type InterruptBank, privateCount } from './interrupts.ts'
import { frameBytes, redistributorBytes, VgicRegisters } from './registers.ts'
import { Vgic, type VgicCpu, type VgicVcpu } from './vgic.ts'

/** Device type of `KVM_CREATE_DEVICE`. */
const KVM_DEV_TYPE_ARM_VGIC_V3 = 7

/** Attribute groups. [LINUX-UAPI] asm/kvm.h */
const KVM_DEV_ARM_VGIC_GRP_ADDR = 0
const KVM_DEV_ARM_VGIC_GRP_DIST_REGS = 1
const KVM_DEV_ARM_VGIC_GRP_NR_IRQS = 3
const KVM_DEV_ARM_VGIC_GRP_CTRL = 4
const KVM_DEV_ARM_VGIC_GRP_REDIST_REGS = 5
const KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS = 6
const KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO = 7

/** Attributes of GRP_ADDR and GRP_CTRL. */
const KVM_VGIC_V3_ADDR_TYPE_DIST = 2
const KVM_VGIC_V3_ADDR_TYPE_REDIST = 3
const KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION = 5
const KVM_DEV_ARM_VGIC_CTRL_INIT = 0
const KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES = 3

/** Interrupts of a VM whose user never said how many. */
export const defaultIrqCount = 256
/** What an address reads as before it is set. */
export const unsetAddress = 0xffff_ffff_ffff_ffffn

/** A range of guest addresses that holds redistributors. */
interface RedistributorRegion {
  readonly index: number
  readonly base: number
  /** Redistributors that fit; 0 for a legacy region, which has no end. */
  readonly count: number
  used: number
}

/** What the device asks of its VM. */
export interface VgicDeviceVm {
  readonly ipaBits: number
  readonly vcpus: readonly VgicVcpu[]
  readonly guestMemory: GuestMemoryAccess
  /** Throws when the VM is dead. */
  checkAlive(call: string): void
  /** CTRL_INIT made the controller. */
  initialised(vgic: Vgic): void
}

/** An interrupt controller of either architecture, as its VM has it. */
export interface InterruptController extends KernelDevice, MmioDevices {
  /** The interrupts, undefined before the controller is initialised. */
  readonly vgic: Vgic | undefined
  /** A vCPU was created. */
  addVcpu(): void
  /** A vCPU is to run for the first time: what forbids that, such as an address that is not set. */
  mapResources(): { readonly code: ErrnoCode; readonly problem: string } | undefined
  /** An interrupt comes from outside: initialises a controller that does not wait to be told. */
  prepareInput(): void
}

/** The GICv3 of one VM as its user and its guest see it. */
export class VgicDevice implements InterruptController {
  readonly type: number = KVM_DEV_TYPE_ARM_VGIC_V3
  readonly #vm: VgicDeviceVm
  #distributor: number | undefined
  readonly #regions: RedistributorRegion[] = []
  /** Base of the redistributor of each vCPU that has one, by index. */
  readonly #redistributors: number[] = []
  #irqCount = 0
  #vgic: Vgic | undefined
  #registers: VgicRegisters | undefined

  constructor(vm: VgicDeviceVm) {
    this.#vm = vm
  }

  /** The controller, undefined before CTRL_INIT. */
  get vgic(): Vgic | undefined {
    return this.#vgic
  }

  /** A vCPU was created: its redistributor takes the next place. */
  addVcpu(): void {
    this.#placeRedistributors()
  }

  // It does wait.
  prepareInput(): void {}

  /** An address that is not set gives ENXIO, no CTRL_INIT EBUSY. */
  mapResources(): { readonly code: ErrnoCode; readonly problem: string } | undefined {
    if (this.#redistributors.length < this.#vm.vcpus.length || this.#distributor === undefined) {
      return {
        code: 'ENXIO',
        problem: 'the interrupt controller has no address for its distributor or a redistributor',
      }
    }
    if (this.#vgic === undefined) return { code: 'EBUSY', problem: 'the interrupt controller is not initialised' }
    return undefined
  }

  setAttr({ group, attr, memory }: DeviceAttribute): void {
    const call = 'KVM_SET_DEVICE_ATTR'
    this.#vm.checkAlive(call)
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR:
        this.#setAddress(Number(attr), readWord(memory, 8))
        return
      case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
        this.#setIrqCount(Number(readWord(memory, 4)))
        return
      case KVM_DEV_ARM_VGIC_GRP_CTRL:
        this.#control(Number(attr))
        return
      case KVM_DEV_ARM_VGIC_GRP_DIST_REGS: {
        this.#checkAnyVcpu(call)
        const value = readWord(memory, 4)
        this.#initialised(call).registers.writeDistributor(offsetOf(attr), 4, value)
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS: {
        const cpu = this.#cpuOf(attr, call)
        const value = readWord(memory, 4)
        this.#initialised(call).registers.writeRedistributor(cpu(), offsetOf(attr), 4, value)
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS: {
        const cpu = this.#cpuOf(attr, call)
        this.#initialised(call)
        const { sysRegs: registers } = cpu()
        const encoding = Number(attr & 0xffffn)
        if (registers.readState(encoding) === undefined) throw noRegister(call, attr)
        registers.writeState(encoding, readWord(memory, 8))
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO: {
        const cpu = this.#cpuOf(attr, call)
        const word = Number(readWord(memory, 4))
        this.#setLevels(attr, cpu, word)
        return
      }
      default:
        throw noAttribute(call, group, attr)
    }
  }

  hasAttr(group: number, attr: bigint): boolean {
    const number = Number(attr)
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR:
        return [KVM_VGIC_V3_ADDR_TYPE_DIST, KVM_VGIC_V3_ADDR_TYPE_REDIST, KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION].includes(
          number,
        )
      case KVM_DEV_ARM_VGIC_GRP_CTRL:
        return number === KVM_DEV_ARM_VGIC_CTRL_INIT || number === KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES
      case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
      case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS:
        // Word-aligned offsets; reserved registers in between are RAZ/WI here, where Linux has gaps.
        return offsetOf(attr) % 4 === 0
      case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
      case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
        return true
      default:
        return false
    }
  }

  readMmio(address: number, sizeBytes: number): bigint | undefined {
    const target = this.#locate(address)
    if (target === undefined || this.#registers === undefined) return undefined
    if (target.cpu === undefined) return this.#registers.readDistributor(target.offset, sizeBytes)
    return this.#registers.readRedistributor(target.cpu, target.offset, sizeBytes)
  }

  writeMmio(address: number, sizeBytes: number, value: bigint): boolean {
    const target = this.#locate(address)
    if (target === undefined || this.#registers === undefined) return false
    if (target.cpu === undefined) this.#registers.writeDistributor(target.offset, sizeBytes, value)
    else this.#registers.writeRedistributor(target.cpu, target.offset, sizeBytes, value)
    return true
  }

  #locate(address: number): { readonly cpu: VgicCpu | undefined; readonly offset: number } | undefined {
    const distributor = this.#distributor
    if (distributor !== undefined && address >= distributor && address < distributor + frameBytes) {
      return { cpu: undefined, offset: address - distributor }
    }
    for (let i = 0; i < this.#redistributors.length; i++) {
      const base = this.#redistributors[i]
      if (address >= base && address < base + redistributorBytes) {
        return { cpu: this.#vgic?.cpus[i], offset: address - base }
      }
    }
    return undefined
  }

  getAttr({ group, attr, memory }: DeviceAttribute): void {
    const call = 'KVM_GET_DEVICE_ATTR'
    this.#vm.checkAlive(call)
    switch (group) {
      case KVM_DEV_ARM_VGIC_GRP_ADDR:
        writeWord(memory, 8, this.#getAddress(Number(attr), memory))
        return
      case KVM_DEV_ARM_VGIC_GRP_NR_IRQS:
        writeWord(memory, 4, BigInt(this.#vgic?.irqCount ?? Math.max(this.#irqCount, privateCount)))
        return
      case KVM_DEV_ARM_VGIC_GRP_DIST_REGS:
        this.#checkAnyVcpu(call)
        writeWord(memory, 4, this.#initialised(call).registers.readDistributor(offsetOf(attr), 4))
        return
      case KVM_DEV_ARM_VGIC_GRP_REDIST_REGS: {
        const cpu = this.#cpuOf(attr, call)
        writeWord(memory, 4, this.#initialised(call).registers.readRedistributor(cpu(), offsetOf(attr), 4))
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS: {
        const cpu = this.#cpuOf(attr, call)
        this.#initialised(call)
        const register = cpu().sysRegs.readState(Number(attr & 0xffffn))
        if (register === undefined) throw noRegister(call, attr)
        writeWord(memory, 8, register)
        return
      }
      case KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO:
        writeWord(memory, 4, this.#getLevels(attr, this.#cpuOf(attr, call)))
        return
      default:
        throw noAttribute(call, group, attr)
    }
  }

  #setAddress(attr: number, value: bigint): void {
    const call = 'KVM_SET_DEVICE_ATTR'
    switch (attr) {
      case KVM_VGIC_V3_ADDR_TYPE_DIST:
        if (this.#distributor !== undefined) throw kvmError('EEXIST', call, 'the distributor has an address already')
        this.#checkRange(value, BigInt(frameBytes))
        this.#distributor = Number(value)
        return
      case KVM_VGIC_V3_ADDR_TYPE_REDIST:
        this.#addRegion(0, value, 0)
        return
      case KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION: {
        // count[63:52] base[51:16] flags[15:12] index[11:0]
        const count = Number(value >> 52n)
        const flags = Number((value >> 12n) & 0xfn)
        if (count === 0 || flags !== 0) {
          throw kvmError('EINVAL', call, `a region of ${count} redistributors with flags ${flags} is none`)
        }
        this.#addRegion(Number(value & 0xfffn), value & 0xf_ffff_ffff_0000n, count)
        return
      }
      default:
        throw noAttribute(call, KVM_DEV_ARM_VGIC_GRP_ADDR, BigInt(attr))
    }
  }

  /** @param memory of REDIST_REGION it holds the index to look up. */
  #getAddress(attr: number, memory: AttrMemory): bigint {
    const call = 'KVM_GET_DEVICE_ATTR'
    switch (attr) {
      case KVM_VGIC_V3_ADDR_TYPE_DIST:
        return this.#distributor === undefined ? unsetAddress : BigInt(this.#distributor)
      case KVM_VGIC_V3_ADDR_TYPE_REDIST: {
        const legacy = this.#regions.find((region) => region.count === 0)
        return legacy === undefined ? unsetAddress : BigInt(legacy.base)
      }
      case KVM_VGIC_V3_ADDR_TYPE_REDIST_REGION: {
        const index = Number(readWord(memory, 8) & 0xfffn)
        const region = this.#regions.find((it) => it.index === index && it.count !== 0)
        if (region === undefined) throw kvmError('ENOENT', call, `there is no redistributor region ${index}`)
        return (BigInt(region.count) << 52n) | BigInt(region.base) | BigInt(index)
      }
      default:
        throw noAttribute(call, KVM_DEV_ARM_VGIC_GRP_ADDR, BigInt(attr))
    }
  }

  #checkRange(base: bigint, sizeBytes: bigint): void {
    const call = 'KVM_SET_DEVICE_ATTR'
    if (base % BigInt(frameBytes) !== 0n) {
      throw kvmError('EINVAL', call, `${hex(base)} is not aligned to ${hex(frameBytes)}`)
    }
    if (base + sizeBytes > 1n << BigInt(this.#vm.ipaBits)) {
      throw kvmError(
        'E2BIG',
        call,
        `${hex(base)} + ${hex(sizeBytes)} ends beyond the VM's IPA space of ${this.#vm.ipaBits} bits`,
      )
    }
  }

  #addRegion(index: number, base: bigint, count: number): void {
    const call = 'KVM_SET_DEVICE_ATTR'
    const last = this.#regions.at(-1)
    const size = BigInt(count * redistributorBytes)
    if (last === undefined) {
      if (index !== 0) throw kvmError('EINVAL', call, `redistributor region ${index} comes before region 0`)
    } else {
      if (count === 0 && last.count !== 0) throw kvmError('EINVAL', call, 'redistributor regions exist already')
      if (count === 0) throw kvmError('EEXIST', call, 'the redistributors have an address already')
      if (last.count === 0 || index !== last.index + 1) {
        throw kvmError('EINVAL', call, `redistributor region ${index} does not follow region ${last.index}`)
      }
    }
    if (this.#overlaps(base, size, count === 0)) {
      throw kvmError('EINVAL', call, `${hex(base)} overlaps the distributor or other redistributors`)
    }
    // A legacy region has no size of its own; what is checked is that the first redistributor fits.
    this.#checkRange(base, count === 0 ? BigInt(redistributorBytes) : size)
    this.#regions.push({ index, base: Number(base), count, used: 0 })
    this.#placeRedistributors()
  }

  #overlaps(base: bigint, size: bigint, isLegacy: boolean): boolean {
    const meets = (start: number, bytes: number, ownSize: bigint): boolean =>
      base < BigInt(start + bytes) && BigInt(start) < base + ownSize
    if (isLegacy) {
      return this.#distributor !== undefined && meets(this.#distributor, frameBytes, BigInt(redistributorBytes))
    }
    return this.#regions.some((region) => meets(region.base, region.count * redistributorBytes, size))
  }

  /** Gives the next free place to each vCPU that has none. */
  #placeRedistributors(): void {
    while (this.#redistributors.length < this.#vm.vcpus.length) {
      const region = this.#regions.find((it) => it.count === 0 || it.used < it.count)
      if (region === undefined) return
      const base = region.base + region.used * redistributorBytes
      region.used++
      this.#redistributors.push(base)
    }
  }

  /** No redistributor follows right behind. */
  #isLast(cpu: number): boolean {
    const base = this.#redistributors[cpu]
    return base !== undefined && this.#redistributors[cpu + 1] !== base + redistributorBytes
  }

  #setIrqCount(count: number): void {
    checkIrqCount(count, this.#vgic !== undefined || this.#irqCount !== 0)
    this.#irqCount = count
  }

  #control(attr: number): void {
    const call = 'KVM_SET_DEVICE_ATTR'
    if (attr === KVM_DEV_ARM_VGIC_CTRL_INIT) {
      if (this.#vgic !== undefined) return
      const count = this.#irqCount === 0 ? defaultIrqCount : this.#irqCount
      this.#vgic = new Vgic(count, this.#vm.vcpus, 'GICv3', this.#vm.guestMemory)
      this.#registers = new VgicRegisters(this.#vgic, (cpu) => this.#isLast(cpu))
      this.#vm.initialised(this.#vgic)
      return
    }
    if (attr === KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES && this.#vgic !== undefined) {
      if (this.#vgic.lpis.savePending()) return
      throw kvmError('EFAULT', call, 'a pending table lies where no memory is', 'look at GICR_PENDBASER')
    }
    throw noAttribute(call, KVM_DEV_ARM_VGIC_GRP_CTRL, BigInt(attr))
  }

  #initialised(call: string): { readonly vgic: Vgic; readonly registers: VgicRegisters } {
    if (this.#vgic === undefined || this.#registers === undefined) {
      throw kvmError('EBUSY', call, 'the interrupt controller is not initialised', 'set CTRL_INIT first')
    }
    return { vgic: this.#vgic, registers: this.#registers }
  }

  /** Checks the affinity in attr[63:32] before anything else, as Linux does; the controller may be missing still. */
  #cpuOf(attr: bigint, call: string): () => VgicCpu {
    // aff3 aff2 aff1 aff0 as in GICR_TYPER.
    const packed = attr >> 32n
    const affinity = ((packed & 0xff00_0000n) << 8n) | (packed & 0xff_ffffn)
    const index = this.#vm.vcpus.findIndex((vcpu) => (vcpu.mpidr & 0xff_00ff_ffffn) === affinity)
    if (index < 0) throw kvmError('EINVAL', call, `no vCPU has affinity ${hex(packed)}`)
    return () => this.#initialised(call).vgic.cpus[index]
  }

  /** Registers of the distributor go by way of vCPU 0, so that there must be one. */
  #checkAnyVcpu(call: string): void {
    if (this.#vm.vcpus.length === 0) throw kvmError('EINVAL', call, 'the VM has no vCPU', 'create one first')
  }

  #levelBank(attr: bigint, cpu: () => VgicCpu, call: string): { readonly bank: InterruptBank; readonly first: number } {
    const { vgic } = this.#initialised(call)
    const intid = Number(attr & 0x3ffn)
    if (intid % 32 !== 0 || ((attr >> 10n) & 0x3f_ffffn) !== 0n) {
      throw kvmError('EINVAL', call, `attribute ${hex(attr)} is not the line level of a multiple of 32`)
    }
    const bank = intid < privateCount ? cpu().privates : vgic.spis
    return { bank, first: intid - bank.first }
  }

  #getLevels(attr: bigint, cpu: () => VgicCpu): bigint {
    const { bank, first } = this.#levelBank(attr, cpu, 'KVM_GET_DEVICE_ATTR')
    let word = 0
    for (let i = 0; i < 32 && first + i < bank.count; i++) if (bank.line[first + i] !== 0) word |= 1 << i
    return BigInt(word >>> 0)
  }

  #setLevels(attr: bigint, cpu: () => VgicCpu, word: number): void {
    const call = 'KVM_SET_DEVICE_ATTR'
    const { bank, first } = this.#levelBank(attr, cpu, call)
    const { vgic } = this.#initialised(call)
    for (let i = 0; i < 32 && first + i < bank.count; i++) {
      bank.line[first + i] = (word >>> i) & 1
      vgic.update(bank, first + i)
    }
  }
}

/** Checks what is set as the number of interrupts. @throws `KvmError` EINVAL, EBUSY */
export function checkIrqCount(count: number, isFixed: boolean): void {
  const call = 'KVM_SET_DEVICE_ATTR'
  if (count < 2 * privateCount || count > 1023 || count % 32 !== 0) {
    throw kvmError('EINVAL', call, `${count} interrupts are not 64 to 992 in steps of 32`)
  }
  if (isFixed) throw kvmError('EBUSY', call, 'the number of interrupts is fixed already')
}

function offsetOf(attr: bigint): number {
  return Number(attr & 0xffff_ffffn)
}

function noAttribute(call: string, group: number, attr: bigint): Error {
  return kvmError('ENXIO', call, `the interrupt controller has no attribute ${hex(attr)} in group ${group}`)
}

function noRegister(call: string, attr: bigint): Error {
  return kvmError('ENOENT', call, `the CPU interface has no state register ${hex(attr & 0xffffn)}`)
}
