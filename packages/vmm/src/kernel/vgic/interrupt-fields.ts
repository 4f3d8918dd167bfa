/** The registers that have a field for each interrupt: IGROUPR to ICFGR. [GICv2] §4.3, [GICv3] §12.9 */

import { type InterruptBank, priorityMask, sgiCount } from './interrupts.ts'
import type { Vgic } from './vgic.ts'

/** These registers, by their offset in the distributor's frame or in SGI_base. */
export class InterruptFields {
  readonly #vgic: Vgic

  constructor(vgic: Vgic) {
    this.#vgic = vgic
  }

  /**
   * Loads from the registers of a bank; distributor and SGI_base frame share their offsets. Interrupts of other banks are
   * RAZ/WI.
   */
  read(offset: number, sizeBytes: number, bank: InterruptBank): number {
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

  /** Stores to them. */
  write(offset: number, sizeBytes: number, word: number, bank: InterruptBank): void {
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
