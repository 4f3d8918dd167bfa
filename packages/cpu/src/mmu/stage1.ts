/** The walk of stage-1 tables for EL1&0, each descriptor fetched through stage 2. [ARM] D8.2, D8.4, AArch64.S1Translate. */

import { FSC, fscAtLevel } from '../exception/syndrome.ts'
import type { LinearMemory } from '../memory.ts'
import type { CpuState } from '../state.ts'
import { SCTLR } from '../sysreg/fields.ts'
import { type CpuModel, paBitsOfCode } from '../sysreg/model.ts'
import { SLOT } from '../sysreg/slots.ts'
import { addressField, allowsBlock, type DescriptorFormat, descriptorAddress, tableBase } from './descriptor.ts'
import { PERM, type TranslationFault } from './fault.ts'
import type { Stage2Walker } from './stage2.ts'

/** One half of the address space: what TCR_EL1 and a TTBR say of it. */
interface Half {
  readonly format: DescriptorFormat
  inputBits: number
  startLevel: number
  /** Mask of the index into the first table. */
  indexMask: number
  base: number
  /** Address bits at and above this one must be copies of bit 55: bit 56 with TBI, else 64. */
  ignoresTop: boolean
  /** TCR_EL1.E0PD: closed to unprivileged accesses. */
  isPrivileged: boolean
  /** Every walk fails with this level-0 code: EPD, TxSZ or the table's address out of range; −1 = none. */
  walkFault: number
}

function newHalf(): Half {
  const format = { granuleBits: 12, isDs: false, isLpa: false }
  return {
    format,
    inputBits: 48,
    startLevel: 0,
    indexMask: 511,
    base: 0,
    ignoresTop: false,
    isPrivileged: false,
    walkFault: -1,
  }
}

/** Privileged and unprivileged rights of a leaf, as regimes see them: 0 EL0, 1 EL1, 2 EL1 with PAN. */
type Rights = [number, number, number]

/**
 * Translates virtual addresses. Results are left in fields; after a failure the {@link TranslationFault} says why.
 * The parameters are computed once, by `configure`, whenever SCTLR, TCR or a TTBR changes.
 */
export class Stage1Walker {
  readonly #memory: LinearMemory
  readonly #stage2: Stage2Walker
  readonly #fault: TranslationFault
  readonly #model: CpuModel
  readonly #halves: readonly [Half, Half] = [newHalf(), newHalf()]
  #isOn = false
  #wxn = false
  #outputSize = 2 ** 48
  #asidMask = 0xff

  /** Intermediate physical address of the byte asked for. */
  ipa = 0
  /** Rights per regime, in PERM bits. */
  readonly rights: Rights = [0, 0, 0]
  /** Level of the leaf, and log2 of the mapping. */
  level = 3
  sizeBits = 12
  isGlobal = true
  isDevice = false
  /** MAIR attribute of the leaf and its shareability field, for PAR_EL1. */
  attribute = 0
  shareability = 0
  /** The ASID in use: of TTBR0 or TTBR1 as TCR.A1 says. */
  asid = 0

  constructor(memory: LinearMemory, stage2: Stage2Walker, fault: TranslationFault, model: CpuModel) {
    this.#memory = memory
    this.#stage2 = stage2
    this.#fault = fault
    this.#model = model
  }

  /** True while SCTLR_EL1.M is set. */
  get isOn(): boolean {
    return this.#isOn
  }

  /** An ASID as far as TCR_EL1.AS has it count. */
  asidOf(value: number): number {
    return value & this.#asidMask
  }

  /** True when the top byte of addresses with this bit 55 is ignored. */
  ignoresTopByte(vaHi: number): boolean {
    return this.#halves[(vaHi >>> 23) & 1 ? 1 : 0].ignoresTop
  }

  /** Reads the translation registers. */
  configure(state: CpuState): void {
    const sctlr = state.get32(SLOT.SCTLR)
    const tcr = state.get32(SLOT.TCR)
    const tcrHi = state.get32(SLOT.TCR + 4)
    this.#isOn = (sctlr & SCTLR.M) !== 0
    this.#wxn = (sctlr & SCTLR.WXN) !== 0
    const isDs = this.#model.lpa2 && (tcrHi & (1 << 27)) !== 0
    const ips = tcrHi & 7
    const tg0 = [12, 16, 14, 12][(tcr >>> 14) & 3] as number
    const tg1 = [12, 14, 12, 16][tcr >>> 30] as number
    this.#configureHalf(this.#halves[0], state, SLOT.TTBR0, tcr & 63, tg0, (tcr & (1 << 7)) !== 0, isDs, ips)
    this.#configureHalf(this.#halves[1], state, SLOT.TTBR1, (tcr >>> 16) & 63, tg1, (tcr & (1 << 23)) !== 0, isDs, ips)
    this.#halves[0].ignoresTop = (tcrHi & (1 << 5)) !== 0
    this.#halves[1].ignoresTop = (tcrHi & (1 << 6)) !== 0
    this.#halves[0].isPrivileged = (tcrHi & (1 << 23)) !== 0
    this.#halves[1].isPrivileged = (tcrHi & (1 << 24)) !== 0
    // TCR.A1 chooses whose ASID counts; TCR.AS = 0 makes it eight bits wide.
    const ttbrHi = state.get32((tcr & (1 << 22) ? SLOT.TTBR1 : SLOT.TTBR0) + 4)
    this.#asidMask = tcrHi & (1 << 4) ? 0xffff : 0xff
    this.asid = this.asidOf(ttbrHi >>> 16)
  }

  #configureHalf(
    half: Half,
    state: CpuState,
    ttbr: number,
    tsz: number,
    granuleBits: number,
    isDisabled: boolean,
    isDs: boolean,
    ips: number,
  ): void {
    const { format } = half
    const { paBits, lpa2 } = this.#model
    format.granuleBits = granuleBits
    format.isDs = isDs && granuleBits !== 16
    format.isLpa = paBits === 52 && granuleBits === 16
    const reach = format.isDs || format.isLpa ? 52 : 48
    const outputBits = Math.min(paBitsOfCode(ips), paBits, reach)
    // Both halves share IPS; with granules of different reach the wider size is checked by the narrower format anyway.
    this.#outputSize = 2 ** Math.min(paBitsOfCode(ips), paBits)
    const minTsz = format.isDs || (granuleBits === 16 && lpa2) ? 12 : 16
    half.inputBits = 64 - tsz
    const stride = granuleBits - 3
    half.startLevel = 4 - Math.ceil((half.inputBits - granuleBits) / stride)
    half.indexMask = 2 ** (half.inputBits - ((3 - half.startLevel) * stride + granuleBits)) - 1
    const sizeBits = half.inputBits - ((3 - half.startLevel) * stride + granuleBits) + 3
    const is52 = format.isDs || (format.isLpa && ips === 6)
    half.base = tableBase(state.get32(ttbr), state.get32(ttbr + 4), sizeBits, is52)
    half.walkFault = -1
    // [ARM] leaves TxSZ out of range CONSTRAINED UNPREDICTABLE: it is a translation fault here.
    if (isDisabled || tsz < minTsz || tsz > 39) half.walkFault = FSC.translation
    else if (half.base >= 2 ** outputBits) half.walkFault = FSC.addressSize
  }

  #fail(fsc: number, level: number): false {
    this.#fault.fsc = fscAtLevel(fsc, level)
    this.#fault.isStage2 = false
    this.#fault.isWalk = false
    return false
  }

  /**
   * Translates an address without checking rights. False with the fault filled in, except `isWrite`.
   * @param isEl0 the access is unprivileged, which TCR_EL1.E0PD may forbid.
   */
  translate(vaHi: number, vaLo: number, isEl0: boolean): boolean {
    const upper = (vaHi >>> 23) & 1
    const half = this.#halves[upper ? 1 : 0]
    if (!this.#isOn) return this.#flat(vaHi, vaLo, half.ignoresTop)
    const { inputBits, format } = half
    // Bits above the input size (25..52) must equal bit 55, up to bit 55 or 63.
    const top = half.ignoresTop ? (vaHi << 8) >> 8 : vaHi | 0
    const sign = 0 - upper
    const isCanonical =
      inputBits >= 32 ? top >> (inputBits - 32) === sign : top === sign && (vaLo | 0) >> inputBits === sign
    if (!isCanonical) return this.#fail(FSC.translation, 0)
    if (isEl0 && half.isPrivileged) return this.#fail(FSC.translation, 0)
    if (half.walkFault >= 0) return this.#fail(half.walkFault, 0)
    return this.#walk(half, format, vaHi, vaLo)
  }

  /** Stage 1 off: the address passes; what exceeds the physical address size is an address size fault. */
  #flat(vaHi: number, vaLo: number, ignoresTop: boolean): boolean {
    const hi = ignoresTop ? vaHi & 0xffffff : vaHi >>> 0
    this.ipa = hi * 0x1_0000_0000 + (vaLo >>> 0)
    if (hi >= 2 ** (this.#model.paBits - 32)) return this.#fail(FSC.addressSize, 0)
    const { rights } = this
    rights[0] = rights[1] = rights[2] = PERM.read | PERM.write | PERM.exec
    this.level = 0
    this.sizeBits = 12
    this.isGlobal = true
    // Data accesses are Device-nGnRnE then, yet unaligned ones do not fault: the machine that KVM's rules were observed on does not.
    this.isDevice = false
    this.attribute = 0
    this.shareability = 2
    return true
  }

  #walk(half: Half, format: DescriptorFormat, vaHi: number, vaLo: number): boolean {
    const { u32, totalBytes } = this.#memory
    const stride = format.granuleBits - 3
    let level = half.startLevel
    let lsb = (3 - level) * stride + format.granuleBits
    let index = addressField(vaHi, vaLo, lsb, half.indexMask)
    let table = half.base
    let tableHi = 0
    for (;;) {
      const at = table + index * 8
      if (!this.#stage2.translate(at, PERM.read)) {
        const fault = this.#fault
        fault.fsc = this.#stage2.fsc
        fault.isStage2 = true
        fault.isWalk = true
        fault.ipa = at
        return false
      }
      const pa = this.#stage2.pa
      if (pa + 8 > totalBytes) return this.#fail(FSC.externalOnWalk, level)
      const lo = u32[pa >>> 2] as number
      const hi = u32[(pa >>> 2) + 1] as number
      if (!(lo & 1)) return this.#fail(FSC.translation, level)
      const isTable = (lo & 2) !== 0
      if (level === 3 ? !isTable : !isTable && !allowsBlock(format, level)) return this.#fail(FSC.translation, level)
      if (level === 3 || !isTable) return this.#leaf(format, level, lsb, vaHi, vaLo, lo, hi, tableHi)
      tableHi |= hi
      table = descriptorAddress(format, lo, hi, format.granuleBits)
      if (table >= this.#outputSize) return this.#fail(FSC.addressSize, level)
      level++
      lsb -= stride
      index = addressField(vaHi, vaLo, lsb, (1 << stride) - 1)
    }
  }

  #leaf(
    format: DescriptorFormat,
    level: number,
    lsb: number,
    vaHi: number,
    vaLo: number,
    lo: number,
    hi: number,
    tableHi: number,
  ): boolean {
    const base = descriptorAddress(format, lo, hi, lsb)
    if (base >= this.#outputSize) return this.#fail(FSC.addressSize, level)
    // No hardware management of the access flag.
    if (!(lo & (1 << 10))) return this.#fail(FSC.accessFlag, level)
    // No granule has a level at bit 31.
    const offset = lsb >= 32 ? (vaHi & ((1 << (lsb - 32)) - 1)) * 0x1_0000_0000 + (vaLo >>> 0) : vaLo & ((1 << lsb) - 1)
    this.ipa = base + offset
    this.level = level
    this.sizeBits = lsb
    this.isGlobal = (lo & (1 << 11)) === 0
    this.#combineRights(lo, hi, tableHi)
    const mair = ((lo >>> 2) & 7) * 8
    const word = this.#mair[mair >>> 5] as number
    this.attribute = (word >>> (mair & 31)) & 0xff
    this.isDevice = this.attribute >>> 4 === 0
    // With DS these bits are part of the address: shareability is the regime's, which is always inner here.
    this.shareability = this.isDevice ? 2 : format.isDs ? 3 : (lo >>> 8) & 3
    return true
  }

  /** [ARM] D8.4.1: AP, hierarchical APTable/UXNTable/PXNTable, WXN, and that what EL0 may write EL1 never executes. */
  #combineRights(lo: number, hi: number, tableHi: number): void {
    const { read, write, exec } = PERM
    // APTable[0], bit 61, takes EL0's access away; APTable[1], bit 62, takes the right to write.
    const el0 = (lo & (1 << 6)) !== 0 && !(tableHi & (1 << 29))
    const writable = !(lo & (1 << 7)) && !(tableHi & (1 << 30))
    const never0 = ((hi | (tableHi & (1 << 28) ? 1 << 22 : 0)) & (1 << 22)) !== 0
    const never1 = ((hi | (tableHi & (1 << 27) ? 1 << 21 : 0)) & (1 << 21)) !== 0
    const w0 = el0 && writable
    const exec0 = !never0 && !(this.#wxn && w0)
    const exec1 = !never1 && !w0 && !(this.#wxn && writable)
    const { rights } = this
    rights[0] = (el0 ? read : 0) | (w0 ? write : 0) | (exec0 ? exec : 0)
    rights[1] = read | (writable ? write : 0) | (exec1 ? exec : 0)
    rights[2] = el0 ? (exec1 ? exec : 0) : rights[1]
  }

  readonly #mair = new Uint32Array(2)

  /** Reads MAIR_EL1. */
  configureAttributes(state: CpuState): void {
    this.#mair[0] = state.get32(SLOT.MAIR)
    this.#mair[1] = state.get32(SLOT.MAIR + 4)
  }
}
