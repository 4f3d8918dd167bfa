/** Memory-mapped registers of a GICv2's distributor; reserved ones are RAZ/WI. [GICv2] §4.3 */

import { InterruptFields } from './interrupt-fields.ts'
import { type InterruptBank, privateCount, sgiCount } from './interrupts.ts'
import type { Vgic, VgicCpu } from './vgic.ts'

/** Bytes of the distributor's frame. */
export const distributorBytes = 0x1000

const GICD_CTLR = 0x000
const GICD_TYPER = 0x004
const GICD_IIDR = 0x008
const ISPENDR0 = 0x200
const ICPENDR0 = 0x280
const ITARGETSR = 0x800
const ICFGR = 0xc00
const GICD_SGIR = 0xf00
const CPENDSGIR = 0xf10
const SPENDSGIR = 0xf20

/** Implementer Arm, product 'K', revision 3: what KVM shows. */
const identification = 0x4b00_343b
const revisionField = 0xf000
/** Revisions that a user may ask for; from 2 on it can write the groups. */
const revisions: readonly number[] = [0x2000, 0x3000]
const sgiMask = 0xffff

/** GICD_SGIR.TargetListFilter. */
const toAllOthers = 1
const toSelf = 2

/** The registers, banked for the vCPU that accesses them. */
export class Gicv2Distributor {
  readonly #vgic: Vgic
  readonly #fields: InterruptFields
  #revision = 0x3000
  /** The user wrote GICD_IIDR, and with that knows that groups are kept. */
  #areGroupsUsers = false

  constructor(vgic: Vgic) {
    this.#vgic = vgic
    this.#fields = new InterruptFields(vgic)
  }

  /** A load of 1, 2 or 4 bytes. */
  read(cpu: VgicCpu, offset: number, sizeBytes: number): number {
    if (offset % sizeBytes !== 0) return 0
    if (offset >= ITARGETSR && offset < ICFGR) {
      return sizeBytes === 2 ? 0 : wordOf(sizeBytes, (i) => this.#targets(cpu, offset - ITARGETSR + i))
    }
    const sgi = sgiOf(offset)
    if (sgi !== undefined) return sizeBytes === 2 ? 0 : wordOf(sizeBytes, (i) => cpu.sgiSources[sgi + i])
    if (sizeBytes === 4) {
      switch (offset) {
        case GICD_CTLR:
          return this.#vgic.isForwarding ? 1 : 0
        case GICD_TYPER:
          return (this.#vgic.irqCount / 32 - 1) | ((this.#vgic.cpus.length - 1) << 5)
        case GICD_IIDR:
          return (identification & ~revisionField) | this.#revision
      }
    }
    return this.#fields.read(offset, sizeBytes, this.#bankOf(cpu, offset))
  }

  /** A guest's store of 1, 2 or 4 bytes. */
  write(cpu: VgicCpu, offset: number, sizeBytes: number, word: number): void {
    if (offset % sizeBytes !== 0) return
    if (offset >= ITARGETSR && offset < ICFGR) {
      if (sizeBytes === 2) return
      for (let i = 0; i < sizeBytes; i++) this.#target(offset - ITARGETSR + i, (word >>> (8 * i)) & 0xff)
      return
    }
    const sgi = sgiOf(offset)
    if (sgi !== undefined) {
      if (sizeBytes === 2) return
      for (let i = 0; i < sizeBytes; i++) {
        const sources = (word >>> (8 * i)) & 0xff
        const old = cpu.sgiSources[sgi + i]
        if (sources !== 0) this.#vgic.setSgiSources(cpu, sgi + i, offset >= SPENDSGIR ? old | sources : old & ~sources)
      }
      return
    }
    if (sizeBytes === 4 && offset === GICD_CTLR) this.#vgic.isForwarding = (word & 1) !== 0
    else if (sizeBytes === 4 && offset === GICD_SGIR) this.#generateSgi(cpu, word)
    else {
      // Pending bits of SGIs are read-only: their sources have registers.
      const isSgiPending = offset === ISPENDR0 || offset === ICPENDR0
      this.#fields.write(offset, sizeBytes, isSgiPending ? word & ~sgiMask : word, this.#bankOf(cpu, offset))
    }
  }

  /** A store by the user. False for a GICD_IIDR of another implementation. */
  userWrite(cpu: VgicCpu, offset: number, word: number): boolean {
    if (offset === GICD_IIDR) {
      const revision = word & revisionField
      if ((word & ~revisionField) >>> 0 !== (identification & ~revisionField) >>> 0 || !revisions.includes(revision)) {
        return false
      }
      this.#revision = revision
      this.#areGroupsUsers = true
      return true
    }
    if (offset >= 0x80 && offset < 0x100 && !this.#areGroupsUsers) return true
    if (offset === ISPENDR0 || offset === ICPENDR0) {
      // Which vCPU sent it is not said: Linux takes the receiver itself.
      for (let sgi = 0; sgi < sgiCount; sgi++) {
        if (((word >>> sgi) & 1) === 0) continue
        const own = 1 << cpu.index
        this.#vgic.setSgiSources(cpu, sgi, offset === ISPENDR0 ? cpu.sgiSources[sgi] | own : 0)
      }
    }
    this.write(cpu, offset, 4, word)
    return true
  }

  /** A word that Linux knows in the frame. */
  hasRegister(offset: number): boolean {
    if (offset % 4 !== 0) return false
    const bits = offset < 0x400 ? 1 : offset < ICFGR ? 8 : 2
    const first = offset < 0x400 ? offset & ~0x7f : offset < 0x800 ? 0x400 : offset < ICFGR ? ITARGETSR : ICFGR
    if (offset >= 0x80 && offset < 0xd00) return ((offset - first) * 8) / bits < this.#vgic.irqCount
    return offset <= GICD_IIDR || offset === GICD_SGIR || sgiOf(offset) !== undefined
  }

  /** The bank of the interrupts that the register at an offset is about. */
  #bankOf(cpu: VgicCpu, offset: number): InterruptBank {
    const bits = offset < 0x400 ? 1 : offset < ICFGR ? 8 : 2
    const mask = offset < 0x400 ? 0x7f : offset < ICFGR ? 0x3ff : 0xff
    return ((offset & mask) * 8) / bits < privateCount ? cpu.privates : this.#vgic.spis
  }

  #targets(cpu: VgicCpu, intid: number): number {
    return intid < privateCount ? 1 << cpu.index : (this.#vgic.targets[intid - privateCount] ?? 0)
  }

  #target(intid: number, mask: number): void {
    if (intid >= privateCount && intid < this.#vgic.irqCount) this.#vgic.target(intid - privateCount, mask)
  }

  #generateSgi(self: VgicCpu, word: number): void {
    const sgi = word & 0xf
    const filter = (word >>> 24) & 3
    const list = (word >>> 16) & 0xff
    for (const cpu of this.#vgic.cpus) {
      const isSelf = cpu === self
      const isTarget =
        filter === toAllOthers ? !isSelf : filter === toSelf ? isSelf : filter === 0 && ((list >> cpu.index) & 1) !== 0
      if (isTarget) this.#vgic.setSgiSources(cpu, sgi, cpu.sgiSources[sgi] | (1 << self.index))
    }
  }
}

/** First SGI of an offset in GICD_CPENDSGIR or GICD_SPENDSGIR. */
function sgiOf(offset: number): number | undefined {
  return offset >= CPENDSGIR && offset < SPENDSGIR + sgiCount ? (offset - CPENDSGIR) & 0xf : undefined
}

function wordOf(sizeBytes: number, byte: (i: number) => number): number {
  let word = 0
  for (let i = 0; i < sizeBytes; i++) word |= byte(i) << (8 * i)
  return word >>> 0
}
