/** A GICv3 without LPIs: distributor, redistributors and CPU interfaces of one VM. [GICv3], limits as in KVM. */

import { CpuInterface, type CpuInterfaceEvents, type InterruptSink } from './cpu-interface.ts'
import { InterruptBank, privateCount, sgiCount } from './interrupts.ts'

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
}

/** Affinity fields of MPIDR_EL1 and of GICD_IROUTER. */
const affinityMask = 0xff_00ff_ffffn

/** Interrupt state of a VM, and how it reaches vCPUs. Registers are in `registers.ts`. */
export class Vgic {
  readonly cpus: VgicCpu[] = []
  /** INTIDs below this exist; private ones included. */
  readonly irqCount: number
  readonly spis: InterruptBank
  /** GICD_IROUTER as written, by SPI. */
  readonly routes: BigUint64Array
  /** Told when a guest ends a level-sensitive SPI. */
  onSpiEnd: ((intid: number) => void) | undefined
  #isForwarding = false

  /** @param irqCount 64 to 992, a multiple of 32. */
  constructor(irqCount: number, vcpus: readonly VgicVcpu[]) {
    this.irqCount = irqCount
    this.spis = new InterruptBank(privateCount, irqCount - privateCount, vcpus.length > 0 ? 0 : -1)
    this.routes = new BigUint64Array(irqCount - privateCount)
    for (const vcpu of vcpus) this.#addCpu(vcpu)
  }

  /** GICD_CTLR.EnableGrp1, which in KVM lets both groups through. */
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
    return intid < this.irqCount ? this.spis : undefined
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

  #addCpu(vcpu: VgicVcpu): void {
    const index = this.cpus.length
    const privates = new InterruptBank(0, privateCount, index)
    privates.isEdge.fill(1, 0, sgiCount)
    const vgic = this
    const events: CpuInterfaceEvents = {
      bankOf: (intid) => (intid < privateCount ? privates : this.bankOf(index, intid)),
      update: (bank, i) => this.update(bank, i),
      ended: (bank, i) => {
        if (bank === this.spis && bank.isEdge[i] === 0) this.onSpiEnd?.(bank.first + i)
      },
      generateSgi: (value, mayHitGroup1) => this.#generateSgi(index, value, mayHitGroup1),
      get isForwarding() {
        return vgic.isForwarding
      },
    }
    this.cpus.push({ index, vcpu, privates, interface: new CpuInterface(events, vcpu) })
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
