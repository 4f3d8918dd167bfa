/** Memory-mapped registers of the distributor and the redistributors. [GICv3] §12.9 to §12.11; reserved ones are RAZ/WI. */

import { type InterruptBank, priorityMask, privateCount, sgiCount } from './interrupts.ts'
import type { Vgic, VgicCpu } from './vgic.ts'

/** Bytes of the distributor's frame, and of each of a redistributor's two. */
export const frameBytes: number = 0x10000
/** Bytes of one redistributor: RD_base and SGI_base. */
export const redistributorBytes: number = 2 * frameBytes

/** ARE and DS are fixed at 1; EnableGrp1 is the one writable bit, as in KVM. [GICv3] GICD_CTLR */
const controlFixed = 0x50
const EnableGrp1 = 2
/** Implementer Arm (0x43b), product 'K', revision 3: what KVM shows. The redistributor has revision 0. */
const GICD_IIDR = 0x4b00_343b
const GICR_IIDR = 0x4b00_043b
/** Architecture revision 3. [GICv3] GICD_PIDR2 */
const PIDR2 = 0x3b
/** CES and IR. [GICv3] GICR_CTLR */
const GICR_CTLR = 0x6
/** Attributes that KVM leaves in GICR_PENDBASER; without LPIs the register has no effect and is fixed. */
const GICR_PENDBASER = 0x580

/** The register file of a {@link Vgic}: what a load or store of 1, 2, 4 or 8 bytes at an offset in a frame does. */
export class VgicRegisters {
  readonly #vgic: Vgic
  /** Last redistributor of its region: GICR_TYPER.Last. */
  readonly #isLast: (cpu: number) => boolean

  constructor(vgic: Vgic, isLast: (cpu: number) => boolean) {
    this.#vgic = vgic
    this.#isLast = isLast
  }

  /** Loads from the distributor's frame. */
  readDistributor(offset: number, sizeBytes: number): bigint {
    const wide = this.#wideDistributor(offset, sizeBytes)
    if (wide !== undefined) return wide
    if (sizeBytes === 8) return 0n
    if (sizeBytes === 4) {
      switch (offset) {
        case 0x0000:
          return BigInt(controlFixed | (this.#vgic.isForwarding ? EnableGrp1 : 0))
        case 0x0004:
          // ITLinesNumber; IDbits for INTIDs of 10 bits; no LPIs, no message-based SPIs.
          return BigInt((this.#vgic.irqCount / 32 - 1) | (9 << 19))
        case 0x0008:
          return BigInt(GICD_IIDR)
        case 0xffe8:
          return BigInt(PIDR2)
      }
    }
    return BigInt(this.#readInterrupts(offset, sizeBytes, this.#vgic.spis))
  }

  /** Stores to the distributor's frame. */
  writeDistributor(offset: number, sizeBytes: number, value: bigint): void {
    if (offset >= 0x6000 + privateCount * 8 && offset < 0x6000 + this.#vgic.irqCount * 8) {
      this.#writeRoute(offset, sizeBytes, value)
      return
    }
    if (sizeBytes === 8) return
    const low = Number(BigInt.asUintN(32, value))
    if (offset === 0 && sizeBytes === 4) this.#vgic.isForwarding = (low & EnableGrp1) !== 0
    else this.#writeInterrupts(offset, sizeBytes, low, this.#vgic.spis)
  }

  /** Loads from the frames of a redistributor; those of SGIs and PPIs begin at 64 KiB. */
  readRedistributor(cpu: VgicCpu, offset: number, sizeBytes: number): bigint {
    if (offset >= frameBytes) {
      return sizeBytes === 8 ? 0n : BigInt(this.#readInterrupts(offset - frameBytes, sizeBytes, cpu.privates))
    }
    switch (offset & ~7) {
      case 0x0008:
        return part(this.#redistributorType(cpu), offset, sizeBytes)
      case 0x0078:
        return part(BigInt(GICR_PENDBASER), offset, sizeBytes)
    }
    if (sizeBytes !== 4) return 0n
    switch (offset) {
      case 0x0000:
        return BigInt(GICR_CTLR)
      case 0x0004:
        return BigInt(GICR_IIDR)
      case 0xffe8:
        return BigInt(PIDR2)
      // GICR_WAKER included: the redistributor never sleeps.
      default:
        return 0n
    }
  }

  /** Stores to the frames of a redistributor. */
  writeRedistributor(cpu: VgicCpu, offset: number, sizeBytes: number, value: bigint): void {
    if (offset < frameBytes || sizeBytes === 8) return
    this.#writeInterrupts(offset - frameBytes, sizeBytes, Number(BigInt.asUintN(32, value)), cpu.privates)
  }

  /** Affinity, vCPU id, Last; PLPIS 0. [GICv3] GICR_TYPER */
  #redistributorType(cpu: VgicCpu): bigint {
    const { mpidr, id } = cpu.vcpu
    const affinity = ((mpidr >> 8n) & 0xff00_0000n) | (mpidr & 0xff_ffffn)
    return (affinity << 32n) | BigInt((id & 0xffff) << 8) | (this.#isLast(cpu.index) ? 0x10n : 0n)
  }

  #wideDistributor(offset: number, sizeBytes: number): bigint | undefined {
    if (offset < 0x6000 + privateCount * 8 || offset >= 0x6000 + this.#vgic.irqCount * 8) return undefined
    return part(this.#vgic.routes[((offset - 0x6000) >> 3) - privateCount], offset, sizeBytes)
  }

  #writeRoute(offset: number, sizeBytes: number, value: bigint): void {
    if (offset % sizeBytes !== 0) return
    const index = ((offset - 0x6000) >> 3) - privateCount
    const old = this.#vgic.routes[index]
    if (sizeBytes === 8) this.#vgic.route(index, value)
    else if (sizeBytes === 4) {
      const low = BigInt.asUintN(32, value)
      this.#vgic.route(index, (offset & 4) !== 0 ? (low << 32n) | BigInt.asUintN(32, old) : ((old >> 32n) << 32n) | low)
    }
  }

  /**
   * The registers that have a field for each interrupt; distributor and SGI_base frame share their offsets.
   * The other's interrupts are RAZ/WI in each.
   */
  #readInterrupts(offset: number, sizeBytes: number, bank: InterruptBank): number {
    if (offset % sizeBytes !== 0) return 0
    if (offset >= 0x400 && offset < 0x800) {
      if (sizeBytes === 2) return 0
      let word = 0
      for (let i = 0; i < sizeBytes; i++) word |= (at(bank, bank.priority, offset - 0x400 + i) ?? 0) << (8 * i)
      return word >>> 0
    }
    if (sizeBytes !== 4) return 0
    if (offset >= 0xc00 && offset < 0xd00) {
      let word = 0
      for (let i = 0; i < 16; i++) word |= ((at(bank, bank.isEdge, (offset - 0xc00) * 4 + i) ?? 0) * 2) << (2 * i)
      return word >>> 0
    }
    if (offset < 0x80 || offset >= 0x400) return 0
    const first = (offset & 0x7f) * 8 - bank.first
    let word = 0
    for (let i = 0; i < 32; i++) if (isIn(bank, first + i) && this.#readBit(offset, bank, first + i)) word |= 1 << i
    return word >>> 0
  }

  #readBit(offset: number, bank: InterruptBank, index: number): boolean {
    switch (offset & ~0x7f) {
      case 0x080:
        return bank.group[index] !== 0
      case 0x100:
      case 0x180:
        return bank.enabled[index] !== 0
      case 0x200:
      case 0x280:
        return bank.isPending(index)
      default:
        return bank.active[index] !== 0
    }
  }

  #writeInterrupts(offset: number, sizeBytes: number, word: number, bank: InterruptBank): void {
    if (offset % sizeBytes !== 0) return
    if (offset >= 0x400 && offset < 0x800) {
      if (sizeBytes === 2) return
      for (let i = 0; i < sizeBytes; i++)
        this.#writePriority(bank, offset - 0x400 + i - bank.first, (word >>> (8 * i)) & 0xff)
      return
    }
    if (sizeBytes !== 4) return
    if (offset >= 0xc00 && offset < 0xd00) {
      for (let i = 0; i < 16; i++)
        this.#writeConfig(bank, (offset - 0xc00) * 4 + i - bank.first, (word >>> (2 * i)) & 2)
      return
    }
    if (offset < 0x80 || offset >= 0x400) return
    const first = (offset & 0x7f) * 8 - bank.first
    for (let i = 0; i < 32; i++) {
      if (isIn(bank, first + i)) this.#writeBit(offset & ~0x7f, bank, first + i, (word >>> i) & 1)
    }
  }

  #writeBit(register: number, bank: InterruptBank, index: number, bit: number): void {
    if (register === 0x080) {
      bank.group[index] = bit
      this.#vgic.reorder(bank, index)
      return
    }
    if (bit === 0) return
    switch (register) {
      case 0x100:
        bank.enabled[index] = 1
        break
      case 0x180:
        bank.enabled[index] = 0
        break
      case 0x200:
        bank.latch[index] = 1
        break
      case 0x280:
        bank.latch[index] = 0
        break
      case 0x300:
        bank.active[index] = 1
        break
      case 0x380:
        bank.active[index] = 0
        break
    }
    this.#vgic.update(bank, index)
  }

  #writePriority(bank: InterruptBank, index: number, value: number): void {
    if (!isIn(bank, index)) return
    bank.priority[index] = value & priorityMask
    this.#vgic.reorder(bank, index)
  }

  #writeConfig(bank: InterruptBank, index: number, edge: number): void {
    // SGIs are edge-triggered for good.
    if (!isIn(bank, index) || bank.first + index < sgiCount) return
    bank.isEdge[index] = edge !== 0 ? 1 : 0
    this.#vgic.update(bank, index)
  }
}

function isIn(bank: InterruptBank, index: number): boolean {
  return index >= 0 && index < bank.count
}

function at(bank: InterruptBank, values: Uint8Array, intid: number): number | undefined {
  return isIn(bank, intid - bank.first) ? values[intid - bank.first] : undefined
}

/** The word or doubleword of a 64-bit register that an aligned access sees; 0 for narrower ones. */
function part(value: bigint, offset: number, sizeBytes: number): bigint {
  if (sizeBytes === 8) return (offset & 7) === 0 ? value : 0n
  if (sizeBytes !== 4 || (offset & 3) !== 0) return 0n
  return BigInt.asUintN(32, (offset & 4) !== 0 ? value >> 32n : value)
}
