/** LPIs of a VM: their configuration and pending tables lie in guest memory. [GICv3] §5, as in KVM: those exist that an ITS maps. */

import type { GuestMemoryAccess } from '../guest-memory.ts'
import { firstLpi, InterruptBank, priorityMask } from './interrupts.ts'
import type { Vgic } from './vgic.ts'

/** Bits of an INTID where there are LPIs. */
export const lpiIntidBits = 16
const lpiCount = (1 << lpiIntidBits) - firstLpi

/** GICR_PENDBASER as KVM leaves it: inner shareable, write-back. */
const pendbaserReset = 0x580n
const addressBits = 0xf_ffff_ffff_f000n
const pendingAddressBits = 0xf_ffff_ffff_0000n

/** The LPIs, and the registers of redistributors that are about them. */
export class LpiTable {
  /** The VM has an ITS: without one there are no LPIs. */
  hasIts = false
  /** GICR_PROPBASER, one for all redistributors. */
  propbaser = 0n
  /** GICR_PENDBASER of each vCPU. */
  readonly pendbasers: bigint[] = []
  /** GICR_CTLR.EnableLPIs of each vCPU. */
  readonly #isEnabled: boolean[] = []
  readonly #vgic: Vgic
  readonly #memory: GuestMemoryAccess | undefined
  /** How many entries of an ITS an LPI has. */
  readonly #uses = new Map<number, number>()
  #bank: InterruptBank | undefined

  constructor(vgic: Vgic, memory: GuestMemoryAccess | undefined) {
    this.#vgic = vgic
    this.#memory = memory
  }

  addCpu(): void {
    this.pendbasers.push(pendbaserReset)
    this.#isEnabled.push(false)
  }

  /** State of all LPIs, made at first use; those that are not mapped have no owner. */
  get bank(): InterruptBank {
    if (this.#bank === undefined) {
      this.#bank = new InterruptBank(firstLpi, lpiCount, -1, 1)
      this.#bank.isEdge.fill(1)
    }
    return this.#bank
  }

  /** INTIDs of LPIs are below this. */
  get intidLimit(): number {
    return 2 ** Math.min(Number(this.propbaser & 0x1fn) + 1, lpiIntidBits)
  }

  isEnabledOn(cpu: number): boolean {
    return this.#isEnabled[cpu]
  }

  /** Writes GICR_CTLR.EnableLPIs. */
  setEnabled(cpu: number, isEnabled: boolean): void {
    if (!this.hasIts || this.#isEnabled[cpu] === isEnabled) return
    this.#isEnabled[cpu] = isEnabled
    for (const intid of this.#uses.keys()) {
      if (this.bank.owner[intid - firstLpi] !== cpu) continue
      this.setPending(intid, isEnabled && this.#isPendingInTable(cpu, intid))
    }
  }

  /** An entry of an ITS maps an LPI to a vCPU, or to none: -1. */
  map(intid: number, cpu: number): void {
    const uses = this.#uses.get(intid) ?? 0
    this.#uses.set(intid, uses + 1)
    if (uses > 0) return
    this.bank.owner[intid - firstLpi] = cpu
    this.loadConfig(intid)
    if (cpu < 0 || !this.#isPendingInTable(cpu, intid)) return
    this.setPending(intid, true)
    this.#writePending(cpu, intid, false)
  }

  /** The entry is gone; what was pending of an LPI without entries is lost. */
  unmap(intid: number): void {
    const uses = this.#uses.get(intid) ?? 0
    if (uses > 1) {
      this.#uses.set(intid, uses - 1)
      return
    }
    this.#uses.delete(intid)
    this.setPending(intid, false)
    this.bank.owner[intid - firstLpi] = -1
    this.bank.enabled[intid - firstLpi] = 0
  }

  /** Gives a mapped LPI to another vCPU, pending or not. */
  move(intid: number, cpu: number): void {
    this.bank.owner[intid - firstLpi] = cpu
    this.#update(intid)
  }

  /** Gives all LPIs of a vCPU to another. */
  moveAll(from: number, to: number): void {
    for (const intid of this.#uses.keys()) if (this.bank.owner[intid - firstLpi] === from) this.move(intid, to)
  }

  setPending(intid: number, isPending: boolean): void {
    this.bank.latch[intid - firstLpi] = isPending ? 1 : 0
    this.#update(intid)
  }

  /** Reads the configuration of a mapped LPI anew. */
  loadConfig(intid: number): void {
    if (!this.#uses.has(intid)) return
    const at = Number(this.propbaser & addressBits) + intid - firstLpi
    const config = this.#memory?.read(at, 1)?.[0]
    if (config === undefined) return
    this.bank.priority[intid - firstLpi] = config & priorityMask
    this.bank.enabled[intid - firstLpi] = config & 1
    this.#vgic.reorder(this.bank, intid - firstLpi)
    this.#update(intid)
  }

  /** Reads the configuration of all LPIs of a vCPU anew. */
  loadConfigs(cpu: number): void {
    for (const intid of this.#uses.keys()) if (this.bank.owner[intid - firstLpi] === cpu) this.loadConfig(intid)
  }

  /** `KVM_DEV_ARM_VGIC_SAVE_PENDING_TABLES`: false when memory is not there. */
  savePending(): boolean {
    for (const intid of this.#uses.keys()) {
      const cpu = this.bank.owner[intid - firstLpi]
      if (cpu >= 0 && !this.#writePending(cpu, intid, this.bank.latch[intid - firstLpi] !== 0)) return false
    }
    return true
  }

  #update(intid: number): void {
    this.#vgic.update(this.bank, intid - firstLpi)
  }

  #pendingAddress(cpu: number, intid: number): number {
    return Number(this.pendbasers[cpu] & pendingAddressBits) + (intid >> 3)
  }

  #isPendingInTable(cpu: number, intid: number): boolean {
    const byte = this.#memory?.read(this.#pendingAddress(cpu, intid), 1)?.[0] ?? 0
    return ((byte >> (intid & 7)) & 1) !== 0
  }

  #writePending(cpu: number, intid: number, isPending: boolean): boolean {
    const at = this.#pendingAddress(cpu, intid)
    const byte = this.#memory?.read(at, 1)?.[0]
    if (byte === undefined) return false
    const mask = 1 << (intid & 7)
    const wanted = isPending ? byte | mask : byte & ~mask
    return wanted === byte || (this.#memory as GuestMemoryAccess).write(at, Uint8Array.of(wanted))
  }
}
