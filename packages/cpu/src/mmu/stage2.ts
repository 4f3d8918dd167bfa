/** The hardware walk of stage-2 tables, with a cache of its results. [ARM] D8.2, AArch64.S2Translate. */

import { FSC, fscAtLevel } from '../exception/syndrome.ts'
import type { LinearMemory } from '../memory.ts'
import { paBitsOfCode } from '../sysreg/model.ts'
import { addressField, allowsBlock, type DescriptorFormat, descriptorAddress, tableBase } from './descriptor.ts'
import { PERM } from './fault.ts'

const TWO_32 = 0x1_0000_0000
const CACHE_ENTRIES = 4096
/** Stage-2 rights keep EL0's and EL1's execute permission apart. */
export const S2_EXEC = { el0: 4, el1: 8 } as const
/** {XN, XNX}, descriptor bits 54:53: 00 everyone, 01 EL0, 10 nobody, 11 EL1. */
const EXEC_OF_XN: readonly number[] = [S2_EXEC.el0 | S2_EXEC.el1, S2_EXEC.el0, 0, S2_EXEC.el1]
const ALL = PERM.read | PERM.write | S2_EXEC.el0 | S2_EXEC.el1

/** VTTBR_EL2 and VTCR_EL2 of a VM. */
export interface Stage2Registers {
  readonly vttbr: bigint
  readonly vtcr: bigint
}

/**
 * Translates intermediate physical addresses. Results are left in the fields `pa`, `perms`, `sizeBytes`, `isDevice`; after a failure
 * `fsc` says why. Misprogrammed VTCR_EL2 values give the fault that the architecture demands where physical addresses have 52 bits.
 */
export class Stage2Walker {
  readonly #memory: LinearMemory
  readonly #paBits: number
  /** Physical address of the byte asked for. */
  pa = 0
  perms = 0
  /** Bytes of the mapping that holds it. */
  sizeBytes = 4096
  isDevice = false
  fsc = 0

  #isOn = false
  readonly #format: DescriptorFormat = { granuleBits: 12, isDs: false, isLpa: false }
  #inputSize = 2 ** 40
  #startLevel = 1
  #base = 0
  #outputSize = 2 ** 40
  #setsAccessFlag = false
  #setsDirty = false
  /** Fault of every translation, or −1: VTCR_EL2 or VTTBR_EL2 is out of range. */
  #configFault = -1

  readonly #keys = new Float64Array(CACHE_ENTRIES).fill(-1)
  readonly #pages = new Float64Array(CACHE_ENTRIES)
  /** Rights in bits 7:0, Device in bit 16. */
  readonly #info = new Int32Array(CACHE_ENTRIES)
  readonly #sizes = new Float64Array(CACHE_ENTRIES)
  #hasBlocks = false

  constructor(memory: LinearMemory, paBits: number) {
    this.#memory = memory
    this.#paBits = paBits
  }

  /** Sets the tables, or with undefined turns stage 2 off: then addresses pass unchanged. Forgets all cached translations. */
  configure(registers: Stage2Registers | undefined): void {
    this.forgetAll()
    this.#isOn = registers !== undefined
    if (!registers) return
    const vtcr = Number(registers.vtcr & 0xffff_ffffn)
    const vtcrHi = Number((registers.vtcr >> 32n) & 0xffff_ffffn)
    const vttbrLo = Number(registers.vttbr & 0xffff_ffffn)
    const vttbrHi = Number((registers.vttbr >> 32n) & 0xffff_ffffn)
    const granuleBits = [12, 16, 14, 12][(vtcr >>> 14) & 3] as number
    const inputBits = 64 - (vtcr & 63)
    const psBits = paBitsOfCode((vtcr >>> 16) & 7)
    const is52 = this.#paBits === 52
    const format = this.#format
    format.granuleBits = granuleBits
    format.isDs = granuleBits !== 16 && is52 && (vtcrHi & 1) !== 0
    format.isLpa = granuleBits === 16 && is52
    const reach = format.isDs || format.isLpa ? 52 : 48
    const outputBits = Math.min(psBits, this.#paBits, reach)
    this.#outputSize = 2 ** outputBits
    this.#inputSize = 2 ** inputBits
    this.#setsAccessFlag = (vtcr & (1 << 21)) !== 0
    this.#setsDirty = this.#setsAccessFlag && (vtcr & (1 << 22)) !== 0
    const stride = granuleBits - 3
    const start = this.#decodeStart((vtcr >>> 6) & 3, (vtcrHi >>> 1) & 1)
    this.#startLevel = start
    const minBits = (3 - start) * stride + granuleBits + 1
    const isLegal =
      inputBits <= Math.min(this.#paBits, reach) &&
      inputBits >= 25 &&
      start !== 4 &&
      inputBits >= minBits &&
      inputBits <= minBits + stride - 1 + 4
    this.#configFault = isLegal ? -1 : FSC.translation
    if (!isLegal) return
    const sizeBits = inputBits - ((3 - start) * stride + granuleBits) + 3
    this.#base = tableBase(vttbrLo, vttbrHi, sizeBits, format.isDs || (format.isLpa && psBits === 52))
    if (this.#base >= this.#outputSize) this.#configFault = FSC.addressSize
  }

  /** Start level of SL2:SL0, or 4 when it is reserved for this granule and CPU. FEAT_TTST is not implemented. */
  #decodeStart(sl0: number, sl2: number): number {
    const { granuleBits, isDs } = this.#format
    if (granuleBits === 12) {
      if (isDs && sl2) return sl0 === 0 ? -1 : 4
      if (sl0 === 3 || (sl0 === 2 && this.#paBits < 44)) return 4
      return 2 - sl0
    }
    if (granuleBits === 14) {
      if ((sl0 === 3 && !isDs) || (sl0 === 2 && this.#paBits < 42)) return 4
      return 3 - sl0
    }
    return sl0 === 3 || (sl0 === 2 && this.#paBits < 44) ? 4 : 3 - sl0
  }

  /** Translates `ipa`; false with `fsc` set on a fault. `need` is of PERM.read and PERM.write and {@link S2_EXEC}. */
  translate(ipa: number, need: number): boolean {
    if (!this.#isOn) {
      this.pa = ipa
      this.perms = ALL
      this.sizeBytes = 2 ** 52
      this.isDevice = false
      return true
    }
    const page = Math.floor(ipa / 4096)
    const slot = page & (CACHE_ENTRIES - 1)
    if (this.#keys[slot] === page) {
      const info = this.#info[slot] as number
      // A cached lack of permission is looked up again: software may add rights without invalidating.
      if ((need & ~info) === 0) {
        this.perms = info & 0xff
        this.sizeBytes = this.#sizes[slot] as number
        this.isDevice = (info & 0x10000) !== 0
        this.pa = (this.#pages[slot] as number) + (ipa - page * 4096)
        return true
      }
    }
    if (!this.#walk(ipa, need)) return false
    this.#keys[slot] = page
    this.#pages[slot] = this.pa - (ipa - page * 4096)
    this.#info[slot] = this.perms | (this.isDevice ? 0x10000 : 0)
    this.#sizes[slot] = this.sizeBytes
    if (this.sizeBytes > 0x10000) this.#hasBlocks = true
    return true
  }

  #fail(fsc: number, level: number): false {
    this.fsc = fscAtLevel(fsc, level)
    return false
  }

  #walk(ipa: number, need: number): boolean {
    if (this.#configFault >= 0) return this.#fail(this.#configFault, 0)
    if (ipa >= this.#inputSize) return this.#fail(FSC.translation, 0)
    const { u32, totalBytes } = this.#memory
    const format = this.#format
    const ipaHi = Math.floor(ipa / TWO_32)
    const ipaLo = ipa >>> 0
    const stride = format.granuleBits - 3
    let table = this.#base
    let level = this.#startLevel
    let lsb = (3 - level) * stride + format.granuleBits
    // The entry table may be up to 16 concatenated ones; bits above the input size are zero.
    let index = addressField(ipaHi, ipaLo, lsb, 0xfffff)
    for (;;) {
      const at = table + index * 8
      if (at + 8 > totalBytes) return this.#fail(FSC.externalOnWalk, level)
      const word = at >>> 2
      const lo = u32[word] as number
      const hi = u32[word + 1] as number
      if (!(lo & 1)) return this.#fail(FSC.translation, level)
      const isTable = (lo & 2) !== 0
      if (level === 3 ? !isTable : !isTable && !allowsBlock(format, level)) return this.#fail(FSC.translation, level)
      if (level === 3 || !isTable) return this.#leaf(ipa, need, level, lsb, word, lo, hi)
      table = descriptorAddress(format, lo, hi, format.granuleBits)
      if (table >= this.#outputSize) return this.#fail(FSC.addressSize, level)
      level++
      lsb -= stride
      index = addressField(ipaHi, ipaLo, lsb, (1 << stride) - 1)
    }
  }

  #leaf(ipa: number, need: number, level: number, lsb: number, word: number, lo: number, hi: number): boolean {
    const base = descriptorAddress(this.#format, lo, hi, lsb)
    if (base >= this.#outputSize) return this.#fail(FSC.addressSize, level)
    let updated = lo
    if (!(lo & (1 << 10))) {
      if (!this.#setsAccessFlag) return this.#fail(FSC.accessFlag, level)
      updated |= 1 << 10
    }
    // DBM is bit 51: with dirty state management a write to a clean page makes it writable.
    if (need & PERM.write && this.#setsDirty && hi & (1 << 19)) updated |= 1 << 7
    const exec = EXEC_OF_XN[(hi >>> 21) & 3] as number
    this.perms = (updated & (1 << 6) ? PERM.read : 0) | (updated & (1 << 7) ? PERM.write : 0) | exec
    if (updated !== lo) this.#memory.u32[word] = updated
    if (need & ~this.perms) return this.#fail(FSC.permission, level)
    const size = 2 ** lsb
    this.pa = base + (ipa % size)
    this.sizeBytes = size
    // MemAttr 00xx is Device with and without FWB.
    this.isDevice = (lo & 0x30) === 0
    return true
  }

  /** Forgets the cached translation of the mapping that holds `ipa`. */
  forget(ipa: number): void {
    const keys = this.#keys
    const sizes = this.#sizes
    // Pages of up to 64 KiB: their sixteen 4 KiB slots lie side by side.
    const from = this.#hasBlocks ? 0 : Math.floor(ipa / 4096) & (CACHE_ENTRIES - 1) & ~15
    const count = this.#hasBlocks ? CACHE_ENTRIES : 16
    for (let i = from; i < from + count; i++) {
      const start = (keys[i] as number) * 4096
      const size = sizes[i] as number
      // The same block: near enough, and equal after rounding down.
      if (start < 0 || ipa <= start - size || ipa >= start + size) continue
      if (Math.floor(start / size) === Math.floor(ipa / size)) keys[i] = -1
    }
  }

  /** Forgets every cached translation. */
  forgetAll(): void {
    this.#keys.fill(-1)
    this.#hasBlocks = false
  }
}
