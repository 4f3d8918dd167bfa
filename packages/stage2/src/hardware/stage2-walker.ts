/** Stage-2 translation as the architecture does it, in its order of checks. [ARM] AArch64.S2Translate, AArch64.S2Walk */

import { type Address, toNumber } from '../address.ts'
import { contiguousEntries } from '../contiguous.ts'
import { joinHalves } from '../descriptor.ts'
import { DescriptorHi, DescriptorLo } from '../pte.ts'
import { faultKind, faultLevel, faultStatus, type TranslationFault } from './fault.ts'
import { combineAttributes, isDeviceMemAttr, type MemoryAttributes, normalWriteBack } from './memory-attributes.ts'
import { allowsBlock, entryShift, type TableShape } from './shape.ts'
import { type CpuFeatures, decodeStage2Registers, type Stage2Setup } from './stage2-registers.ts'
import { notHere, noWordWalker, WordWalker } from './word-walker.ts'

/** Memory that a walk reads descriptors from; `MmOps` is one. */
export interface DescriptorMemory {
  /** Bits [31:0] of the descriptor at `pa`. */
  readLo(pa: number): number
  /** Bits [63:32]. */
  readHi(pa: number): number
  /** Whether there is memory at `pa`; a walk that leaves it takes an external abort. Default: everywhere. */
  contains?(pa: number): boolean
  /** The memory as words from `wordsBase` on, as in `MmOps`; walks inside it take half the time. */
  readonly words?: Int32Array | undefined
  /** Physical address of `words[0]`. Default 0. */
  readonly wordsBase?: number
  /** Sets bits [31:0] of the descriptor at `pa`, atomically, if they still are `old`. Without it hardware updates are not stored. */
  updateLo?(pa: number, old: number, lo: number): void
}

/** HCR_EL2 bits that stage 2 heeds; all default to 0. `vm` defaults to 1. */
export interface HcrBits {
  /** VM, bit 0: stage 2 is on. */
  readonly vm?: boolean
  /** DC, bit 12: stage 2 is on too. */
  readonly dc?: boolean
  /** PTW, bit 2: a stage-1 walk may not read Device memory. */
  readonly ptw?: boolean
  /** CD, bit 32: data accesses are Non-cacheable. */
  readonly cd?: boolean
  /** ID, bit 33: fetches are Non-cacheable. */
  readonly id?: boolean
  /** FWB, bit 46: FEAT_S2FWB in use. */
  readonly fwb?: boolean
}

/** What a {@link Stage2HardwareWalker} is made from. */
export interface Stage2WalkerOptions {
  readonly vtcr: bigint
  readonly vttbr: bigint
  readonly memory: DescriptorMemory
  readonly cpu: CpuFeatures
  readonly hcr?: HcrBits
}

/** What an access needs, ORed together. */
export const Need = {
  read: 1,
  write: 2,
  /** Fetch at EL0. */
  executeEl0: 4,
  /** Fetch at EL1. */
  executeEl1: 8,
} as const

/** An access to translate. */
export interface Stage2Access {
  readonly ipa: Address
  /** {@link Need}; an atomic access reads and writes. */
  readonly need: number
  /** What stage 1 says of the memory. Default: Normal write-back, inner shareable. */
  readonly stage1?: MemoryAttributes
  /** The access is a stage-1 walk's, reading or updating a descriptor. Default false. */
  readonly isStage1Walk?: boolean
  /** The address is not a multiple of the access' size. Default false. */
  readonly isUnaligned?: boolean
  /** Cache maintenance or address translation instruction: neither needs the access flag nor makes dirty. Default false. */
  readonly isMaintenance?: boolean
}

/** A translated access. */
export interface Stage2Translation {
  readonly kind: 'translated'
  readonly pa: bigint
  /** First IPA of the leaf. */
  readonly leafIpa: bigint
  readonly sizeBytes: number
  /** Level of the leaf; undefined with stage 2 off. */
  readonly level: number | undefined
  /** What is allowed there, in bits of {@link Need}. */
  readonly allowed: number
  /** Attributes of both stages together. */
  readonly attributes: MemoryAttributes
  /** The leaf as the walk left it. */
  readonly descriptor: bigint
}

const everything = Need.read | Need.write | Need.executeEl0 | Need.executeEl1
// {XN, XNX}, bits [54:53]. [ARM] D8.4.3
const executeRights: readonly number[] = [Need.executeEl0 | Need.executeEl1, Need.executeEl0, 0, Need.executeEl1]
const granuleNames = { 12: '4K', 14: '16K', 16: '64K' } as const

/**
 * The hardware's view of stage-2 tables: what an access to an IPA comes to, without any TLB. It reads any tables that the
 * registers can describe, whoever built them.
 *
 * {@link Stage2HardwareWalker.walk} works on numbers and leaves its results in fields;
 * {@link Stage2HardwareWalker.translate} gives values.
 */
export class Stage2HardwareWalker {
  readonly setup: Stage2Setup
  // Of the last walk, unless it was `#pages`'.
  #pa = 0
  #level = 0
  #lo = 0
  #hi = 0
  #ptePa = 0
  #isWords = false
  readonly #pages: WordWalker = noWordWalker
  readonly #wordsBase: number = 0
  readonly #memory: DescriptorMemory
  readonly #shape: TableShape | undefined
  readonly #configFsc: number = 0
  readonly #hcr: HcrBits
  readonly #isOn: boolean = false
  readonly #hasXnx: boolean = false
  readonly #faultsOnContiguous: boolean = false
  // By level + 1.
  readonly #shifts: readonly number[]
  readonly #scales: readonly number[]
  readonly #bytes: readonly number[]
  readonly #inputLimit: number = 0
  readonly #outputLimit: number = 0
  readonly #rootMask: number = 0
  readonly #tableMask: number = 0
  readonly #pageMask: number = 0
  readonly #highMask: number = 0
  readonly #isDs: boolean = false
  readonly #isLpa: boolean = false

  constructor(options: Stage2WalkerOptions) {
    const { cpu, hcr = {} } = options
    this.#memory = options.memory
    this.#hcr = hcr
    this.#isOn = (hcr.vm ?? true) || hcr.dc === true
    this.#hasXnx = cpu.xnx ?? true
    this.#faultsOnContiguous = cpu.faultsOnContiguous ?? false
    this.setup = decodeStage2Registers(options.vtcr, options.vttbr, cpu)
    this.#shape = this.setup.shape
    const fault = this.setup.problems.find((problem) => problem.fault !== undefined)?.fault
    this.#configFsc = fault === undefined ? -1 : faultStatus(fault, 0)
    this.#inputLimit = 2 ** (this.#shape?.inputBits ?? 0)
    this.#outputLimit = 2 ** (this.#shape?.outputBits ?? 0)
    const granuleBits = this.#shape?.granuleBits ?? 12
    this.#shifts = [-1, 0, 1, 2, 3].map((level) => entryShift({ granuleBits }, level))
    this.#scales = this.#shifts.map((shift) => 2 ** -shift)
    this.#bytes = this.#shifts.map((shift) => 2 ** shift)
    this.#rootMask = (this.#shape?.rootEntries ?? 1) - 1
    this.#tableMask = (1 << (granuleBits - 3)) - 1
    this.#pageMask = -(1 << granuleBits)
    this.#isDs = this.#shape?.isDs ?? false
    this.#isLpa = this.#shape?.isLpa ?? false
    this.#wordsBase = options.memory.wordsBase ?? 0
    const { words, contains } = options.memory
    const isFast = this.#shape !== undefined && words !== undefined && contains === undefined && this.#configFsc < 0
    if (isFast) this.#pages = new WordWalker(this.#shape as TableShape, words as Int32Array, this.#wordsBase)
    this.#highMask = this.#isDs ? 0x3_ffff : 0xffff
  }

  /** After a successful `walk`: physical address of the byte asked for. */
  get pa(): number {
    return this.#isWords ? this.#pages.pa : this.#pa
  }

  /** Level of the last descriptor that was read. */
  get level(): number {
    return this.#isWords ? this.#pages.level : this.#level
  }

  /** The descriptor, hardware updates included: bits [31:0]. */
  get lo(): number {
    return this.#isWords ? this.#pages.lo : this.#lo
  }

  /** Bits [63:32]. */
  get hi(): number {
    return this.#isWords ? this.#pages.hi : this.#hi
  }

  /** Address of the last descriptor that was read. */
  get ptePa(): number {
    return this.#isWords ? this.#wordsBase + this.#pages.word * 4 : this.#ptePa
  }

  /** After a walk that reached a leaf: what it allows, in bits of {@link Need}. */
  get allowed(): number {
    const xn = this.#hasXnx ? (this.hi >>> 21) & 3 : (this.hi >>> 21) & 2
    // S2AP, bits [7:6], are write and read: just as in Need.
    return (executeRights[xn] as number) | ((this.lo >>> 6) & 3)
  }

  /**
   * Walks for a byte.
   * @param need - {@link Need}
   * @returns -1 when it translates, else the fault status code, with `level`, `lo` and `hi` of where the walk ended
   */
  walk(ipa: number, need: number, isMaintenance = false): number {
    const pages = this.#pages
    if (ipa < pages.limit) {
      const fsc = pages.walk(ipa, need)
      this.#isWords = fsc !== notHere
      if (fsc !== notHere) return fsc
    }
    const end = this.#descend(ipa)
    return end >= 0 ? end : this.#leaf(ipa, need, isMaintenance)
  }

  /** Translates an access, hardware updates of the leaf included. */
  translate(access: Stage2Access): Stage2Translation | TranslationFault {
    const ipa = toNumber('ipa', access.ipa)
    const stage1 = access.stage1 ?? normalWriteBack
    if (!this.#isOn) return this.#identity(ipa, stage1)
    const end = this.#descend(ipa)
    if (end >= 0) return this.#fault(end, access.ipa)
    const { fwb = false, ptw = false, cd = false, id = false } = this.#hcr
    const memAttr = (this.lo >>> 2) & 0xf
    const isFetch = (access.need & (Need.executeEl0 | Need.executeEl1)) !== 0
    const sh = this.#shape?.isDs === true ? this.setup.vtcr.sh0 : (this.lo >>> 8) & 3
    const attributes = combineAttributes(stage1, memAttr, sh, fwb, isFetch ? id : cd)
    const isDevice = isDeviceMemAttr(memAttr, fwb)
    // Alignment and the descriptor's bits above it are checked in between: see the order of checks.
    const early = this.#checkLeaf(access.isMaintenance ?? false)
    if (early >= 0) return this.#fault(early, access.ipa)
    if (access.isUnaligned === true && attributes.type === 'Device') {
      return this.#fault(faultStatus('alignment', this.level), access.ipa)
    }
    if (ptw && access.isStage1Walk === true && isDevice) {
      return this.#fault(
        faultStatus('permission', this.level),
        access.ipa,
        'a stage-1 walk may not read Device memory (HCR_EL2.PTW)',
      )
    }
    const late = this.#leaf(ipa, access.need, access.isMaintenance ?? false)
    if (late >= 0) return this.#fault(late, access.ipa)
    const sizeBytes = 2 ** this.#shifts[this.level + 1]
    return {
      kind: 'translated',
      pa: BigInt(this.pa),
      leafIpa: BigInt(ipa - (ipa % sizeBytes)),
      sizeBytes,
      level: this.level,
      allowed: this.allowed,
      attributes,
      descriptor: joinHalves(this.lo, this.hi),
    }
  }

  #identity(ipa: number, attributes: MemoryAttributes): Stage2Translation {
    const shared = { leafIpa: 0n, sizeBytes: 2 ** 52, level: undefined, descriptor: 0n }
    return { kind: 'translated', pa: BigInt(ipa), allowed: everything, attributes, ...shared }
  }

  // From the root to a leaf: -1 with the leaf in lo and hi, or the fault. Powers and remainders are kept out: with them a walk
  // takes ten times as long.
  #descend(ipa: number): number {
    const shape = this.#shape
    if (shape === undefined || this.#configFsc >= 0 || !(ipa < this.#inputLimit)) {
      // All of these are told at level 0, wherever the walk would start.
      this.#stop(0, 0, 0, 0, 0)
      return this.#configFsc >= 0 ? this.#configFsc : 4
    }
    const memory = this.#memory
    const scales = this.#scales
    const mayLeave = memory.contains !== undefined
    const highMask = this.#highMask
    const pageMask = this.#pageMask
    const outputLimit = this.#outputLimit
    const tableMask = this.#tableMask
    const hasHighBits = this.#isDs || this.#isLpa
    let level = shape.startLevel
    let ptePa = shape.base + ((ipa * (scales[level + 1] as number)) & this.#rootMask) * 8
    for (;;) {
      if (mayLeave && !this.#isInMemory(ptePa))
        return this.#stop(faultStatus('externalAbort', level), level, ptePa, 0, 0)
      const lo = memory.readLo(ptePa) | 0
      const hi = memory.readHi(ptePa) | 0
      const type = lo & 3
      if (level === 3) return this.#stop(type === 3 ? -1 : 7, 3, ptePa, lo, hi)
      if (type !== 3) {
        const isLeaf = type === 1 && allowsBlock(shape, level)
        return this.#stop(isLeaf ? -1 : faultStatus('translation', level), level, ptePa, lo, hi)
      }
      // Written out: a call would box its result.
      let table = (hi & highMask) * 0x1_0000_0000 + ((lo & pageMask) >>> 0)
      if (hasHighBits) table = this.#address(lo, hi)
      if (table >= outputLimit) return this.#stop(faultStatus('addressSize', level), level, ptePa, lo, hi)
      level++
      ptePa = table + ((ipa * (scales[level + 1] as number)) & tableMask) * 8
    }
  }

  #isInMemory(pa: number): boolean {
    return this.#memory.contains?.(pa) ?? true
  }

  #stop(fsc: number, level: number, ptePa: number, lo: number, hi: number): number {
    this.#isWords = false
    this.#level = level
    this.#ptePa = ptePa
    this.#lo = lo
    this.#hi = hi
    return fsc
  }

  #address(lo: number, hi: number): number {
    const address = (hi & this.#highMask) * 0x1_0000_0000 + ((lo & this.#pageMask) >>> 0)
    if (this.#isDs) return address + ((lo >>> 8) & 3) * 0x4_0000_0000_0000
    return this.#isLpa ? address + ((lo >>> 12) & 0xf) * 0x1_0000_0000_0000 : address
  }

  // First byte of what the leaf maps.
  #leafAddress(): number {
    const address = this.#address(this.lo, this.hi)
    const at = this.level + 1
    return at === 4 ? address : Math.floor(address * this.#scales[at]) * this.#bytes[at]
  }

  // What is checked of a leaf before alignment and permissions.
  #checkLeaf(isMaintenance: boolean): number {
    const { level, lo, hi } = this
    if (this.#faultsOnContiguous && (hi & DescriptorHi.contiguous) !== 0) {
      const shape = this.#shape as TableShape
      const granule = granuleNames[shape.granuleBits as keyof typeof granuleNames]
      const run = contiguousEntries({ granule }, level)
      if (this.#bytes[level + 1] * run > this.#inputLimit) return faultStatus('translation', level)
    }
    if (this.#leafAddress() >= this.#outputLimit) return faultStatus('addressSize', level)
    if ((lo & DescriptorLo.af) !== 0 || this.setup.setsAccessFlag || isMaintenance) return -1
    return faultStatus('accessFlag', level)
  }

  #leaf(ipa: number, need: number, isMaintenance: boolean): number {
    const early = this.#checkLeaf(isMaintenance)
    if (early >= 0) return early
    const { level, lo, hi } = this
    const updated = isMaintenance ? lo : this.#update(lo, hi, need)
    // Whether the access flag is set with a permission fault is CONSTRAINED UNPREDICTABLE; it is here, as in QEMU.
    if (updated !== lo) {
      this.#memory.updateLo?.(this.ptePa, lo, updated)
      this.#lo = updated
    }
    if ((need & ~this.allowed) !== 0) return faultStatus('permission', level)
    const at = level + 1
    const bytes = this.#bytes[at] as number
    this.#pa = this.#leafAddress() + (ipa - Math.floor(ipa * (this.#scales[at] as number)) * bytes)
    return -1
  }

  // The low half as the hardware leaves it: access flag, and dirty state for a write to a writable-clean page.
  #update(lo: number, hi: number, need: number): number {
    const { setsAccessFlag, setsDirty } = this.setup
    let updated = lo
    if (setsAccessFlag) updated |= DescriptorLo.af
    if (setsDirty && (need & Need.write) !== 0 && (hi & DescriptorHi.dbm) !== 0) updated |= DescriptorLo.s2apWrite
    return updated
  }

  #fault(fsc: number, address: Address, reason?: string): TranslationFault {
    const kind = faultKind(fsc)
    const level = faultLevel(fsc)
    const at = BigInt(address)
    const isAligned = kind !== 'alignment'
    return { kind, level: isAligned ? level : this.level, fsc, address: at, reason: reason ?? this.#reason(fsc, at) }
  }

  #reason(fsc: number, address: bigint): string {
    const config = this.setup.problems.find((problem) => problem.fault !== undefined)
    if (config !== undefined) return `${config.field} ${config.value} ${config.problem}`
    const bits = this.setup.vtcr.ipaBits
    if (address >= 1n << BigInt(bits)) return `the address is outside the ${bits}-bit address space`
    const entry = `the level-${this.level} descriptor 0x${joinHalves(this.lo, this.hi).toString(16)} at 0x${this.ptePa.toString(16)}`
    switch (faultKind(fsc)) {
      case 'translation':
        return (this.lo & 1) === 0 ? `${entry} is invalid` : `${entry} is reserved at this level`
      case 'addressSize':
        return `${entry} holds an address outside ${this.#shape?.outputBits ?? 0} bits`
      case 'accessFlag':
        return `${entry} has no access flag, and VTCR_EL2.HA is 0`
      case 'permission':
        return `${entry} does not allow it`
      case 'alignment':
        return `${entry} is Device memory, and the access is unaligned`
      default:
        return `there is no memory at 0x${this.ptePa.toString(16)}, where a level-${this.level} descriptor should be`
    }
  }
}
