/** Interrupts of one VM from their input to a vCPU, for a GICv2 or a GICv3. [GICv2], [GICv3], limits as in KVM. */

import type { GuestMemoryAccess } from '../guest-memory.ts'
import { CpuInterface, type CpuInterfaceEvents, type InterruptSink } from './cpu-interface.ts'
import { Gicv2CpuRegisters } from './gicv2-cpu-registers.ts'
import { firstLpi, InterruptBank, privateCount, sgiCount } from './interrupts.ts'
import { LpiTable } from './lpi-table.ts'
import { SystemRegisters } from './system-registers.ts'

/** Architecture of an interrupt controller. */
export type VgicModel = 'GICv2' | 'GICv3'

/** vCPUs that a GICv2 reaches. */
export const maxGicv2Cpus = 8

/** A vCPU as the interrupt controller sees it. */
export interface VgicVcpu extends InterruptSink {
  readonly id: number
  /** MPIDR_EL1, 0 before the vCPU is initialised. */
  readonly mpidr: bigint
}

/** What the controller has for one vCPU. */
export interface VgicCpu {
  readonly index: number
  readonly vcpu: VgicVcpu
  readonly privates: InterruptBank
  readonly interface: CpuInterface
  /** The CPU interface as the guest of a GICv3 reaches it. */
  readonly sysRegs: SystemRegisters
  /** The CPU interface as the guest of a GICv2 reaches it. */
  readonly memoryRegs: Gicv2CpuRegisters
  /** GICv2: the vCPUs that sent a pending SGI, a bit each, by SGI. */
  readonly sgiSources: Uint8Array
}

/** Affinity fields of MPIDR_EL1 and of GICD_IROUTER. */
const affinityMask = 0xff_00ff_ffffn

/** Interrupt state of a VM, and how it reaches vCPUs. Registers are in `registers.ts`. */
export class Vgic {
  readonly model: VgicModel
  readonly cpus: VgicCpu[] = []
  /** INTIDs below this exist; private ones included. */
  readonly irqCount: number
  readonly spis: InterruptBank
  /** GICD_IROUTER as written, by SPI. */
  readonly routes: BigUint64Array
  /** GICD_ITARGETSR of a GICv2, by SPI. */
  readonly targets: Uint8Array
  readonly lpis: LpiTable
  /** Told when a guest ends a level-sensitive SPI. */
  onSpiEnd: ((intid: number) => void) | undefined
  #isForwarding = false

  /**
   * @param irqCount 64 to 992, a multiple of 32.
   * @param memory where the tables of LPIs lie.
   */
  constructor(irqCount: number, vcpus: readonly VgicVcpu[], model: VgicModel = 'GICv3', memory?: GuestMemoryAccess) {
    this.lpis = new LpiTable(this, memory)
    this.model = model
    this.irqCount = irqCount
    const spiCount = irqCount - privateCount
    this.spis = new InterruptBank(privateCount, spiCount, vcpus.length > 0 ? 0 : -1, this.#resetGroup)
    this.routes = new BigUint64Array(spiCount)
    this.targets = new Uint8Array(spiCount)
    for (const vcpu of vcpus) this.#addCpu(vcpu)
  }

  /** GICD_CTLR.EnableGrp1, of a GICv2 Enable: in KVM it lets both groups through. */
  get isForwarding(): boolean {
    return this.#isForwarding
  }
  set isForwarding(value: boolean) {
    if (value === this.#isForwarding) return
    this.#isForwarding = value
    for (const cpu of this.cpus) cpu.interface.refresh()
  }

  /** The bank of an INTID as vCPU `cpu` sees it, undefined beyond the last. */
  bankOf(cpu: number, intid: number): InterruptBank | undefined {
    if (intid < privateCount) return this.cpus[cpu]?.privates
    if (intid < this.irqCount) return this.spis
    return intid >= firstLpi ? this.lpis.bank : undefined
  }

  /** Drives the input of an SPI. */
  setSpi(intid: number, level: boolean): void {
    this.#setLine(this.spis, intid - privateCount, level)
  }

  /** Drives the input of a PPI of one vCPU. */
  setPpi(cpu: number, intid: number, level: boolean): void {
    this.#setLine(this.cpus[cpu].privates, intid, level)
  }

  /** The interrupt's state changed: makes it a candidate of the vCPU it belongs to now, or of none. */
  update(bank: InterruptBank, index: number): void {
    const wanted = bank.wantedOn(index)
    const queued = bank.queuedOn[index]
    if (wanted === queued) return
    bank.queuedOn[index] = wanted
    const intid = bank.first + index
    if (queued >= 0) this.cpus[queued].interface.remove(intid)
    if (wanted >= 0) this.cpus[wanted].interface.add(intid)
  }

  /** Priority or group of an interrupt changed: its vCPU chooses anew if it is a candidate. */
  reorder(bank: InterruptBank, index: number): void {
    const queued = bank.queuedOn[index]
    if (queued >= 0) this.cpus[queued].interface.refresh()
  }

  /** Writes GICD_IROUTER of an SPI: only affinities are kept, there is no 1 of N. One that no vCPU has leaves it without a target. */
  route(index: number, value: bigint): void {
    const affinity = value & affinityMask
    this.routes[index] = affinity
    this.spis.owner[index] = this.findCpu(affinity)?.index ?? -1
    this.update(this.spis, index)
  }

  /** The vCPU with an affinity. */
  findCpu(affinity: bigint): VgicCpu | undefined {
    return this.cpus.find((cpu) => (cpu.vcpu.mpidr & affinityMask) === affinity)
  }

  /** Writes GICD_ITARGETSR of an SPI: the first of the vCPUs named has it, and without any vCPU 0. */
  target(index: number, mask: number): void {
    const targets = mask & ((1 << this.cpus.length) - 1)
    this.targets[index] = targets
    this.spis.owner[index] = targets === 0 ? 0 : 31 - Math.clz32(targets & -targets)
    this.update(this.spis, index)
  }

  /** Makes an SGI of a GICv2 pending, or not, as from the vCPUs of a mask. */
  setSgiSources(cpu: VgicCpu, sgi: number, sources: number): void {
    cpu.sgiSources[sgi] = sources
    cpu.privates.latch[sgi] = sources === 0 ? 0 : 1
    this.update(cpu.privates, sgi)
  }

  get #resetGroup(): 0 | 1 {
    return this.model === 'GICv2' ? 0 : 1
  }

  /** A GICv2's SGI is acknowledged, as from the first vCPU that sent it; from others it stays pending. */
  #takeSgi(cpu: VgicCpu, sgi: number): number {
    const sources = cpu.sgiSources[sgi]
    const first = sources & -sources
    this.setSgiSources(cpu, sgi, sources & ~first)
    return first === 0 ? 0 : 31 - Math.clz32(first)
  }

  #addCpu(vcpu: VgicVcpu): void {
    const index = this.cpus.length
    const privates = new InterruptBank(0, privateCount, index, this.#resetGroup)
    privates.isEdge.fill(1, 0, sgiCount)
    privates.enabled.fill(1, 0, sgiCount)
    const vgic = this
    const events: CpuInterfaceEvents = {
      bankOf: (intid) => (intid < privateCount ? privates : this.bankOf(index, intid)),
      update: (bank, i) => this.update(bank, i),
      ended: (bank, i) => {
        if (bank === this.spis && bank.isEdge[i] === 0) this.onSpiEnd?.(bank.first + i)
      },
      get isForwarding() {
        return vgic.isForwarding
      },
    }
    const cpuInterface = new CpuInterface(events, vcpu, this.model === 'GICv3')
    const cpu: VgicCpu = {
      index,
      vcpu,
      privates,
      interface: cpuInterface,
      sysRegs: new SystemRegisters(cpuInterface, (value, mayHitGroup1) =>
        this.#generateSgi(index, value, mayHitGroup1),
      ),
      memoryRegs: new Gicv2CpuRegisters(cpuInterface, (sgi) => this.#takeSgi(cpu, sgi)),
      sgiSources: new Uint8Array(sgiCount),
    }
    this.cpus.push(cpu)
    this.lpis.addCpu()
  }

  #setLine(bank: InterruptBank, index: number, level: boolean): void {
    bank.line[index] = level ? 1 : 0
    // As in KVM each call with a high level is an edge; lowering the line between is not needed.
    if (level && bank.isEdge[index] !== 0) bank.latch[index] = 1
    this.update(bank, index)
  }

  /** Layout of ICC_SGI1R_EL1. [GICv3] §12.2.16; affinity 0 above 15 does not exist (RSS = 0). */
  #generateSgi(self: number, value: bigint, mayHitGroup1: boolean): void {
    const field = (lsb: bigint, width: number): bigint => BigInt.asUintN(width, value >> lsb)
    const intid = Number(field(24n, 4))
    const toAllOthers = field(40n, 1) === 1n
    const targets = Number(field(0n, 16))
    const cluster = (field(48n, 8) << 32n) | (field(32n, 8) << 16n) | (field(16n, 8) << 8n)
    const range = Number(field(44n, 4)) * 16
    for (const cpu of this.cpus) {
      const affinity = cpu.vcpu.mpidr & affinityMask
      const aff0 = Number(affinity & 0xffn) - range
      const isListed = (affinity & ~0xffn) === cluster && aff0 >= 0 && aff0 < 16 && ((targets >> aff0) & 1) !== 0
      if (toAllOthers ? cpu.index === self : !isListed) continue
      if (cpu.privates.group[intid] !== 0 && !mayHitGroup1) continue
      cpu.privates.latch[intid] = 1
      this.update(cpu.privates, intid)
    }
  }
}
