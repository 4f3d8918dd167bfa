/** The TLBs that generated code reads, and the ways to take entries out of them. */

import type { LinearMemory } from '../memory.ts'
import { type CpuState, LAYOUT, TLB_ENTRIES, TLB_ENTRY_BYTES } from '../state.ts'
import { PERM } from './fault.ts'

/** Sets 0..5 are data (regime × read, write), 6 and 7 exec (EL0, EL1); they lie side by side in the block. */
const SETS = 8
const EXEC_SET = 6
const ENTRY_WORDS = TLB_ENTRY_BYTES / 4
const TOTAL = SETS * TLB_ENTRIES

/** Fields of an entry's info word: host page number, log2 of the stage-1 mapping, non-global. */
const INFO = { sizeShift: 20, nonGlobal: 1 << 31 } as const

/** What an entry is made from. */
export interface Mapping {
  /** log2 of the stage-1 mapping, and the size of the stage-2 mapping. */
  readonly sizeBits: number
  readonly stage2Bytes: number
  readonly isGlobal: boolean
  /** Intermediate physical address of the page, and its host physical address. */
  readonly ipa: number
  readonly pa: number
}

/**
 * One vCPU's software TLBs. Non-global entries belong to the current ASID: they are dropped when it changes.
 */
export class Tlb {
  readonly #u32: Uint32Array
  /** Word index of set 0. */
  readonly #first: number
  /** Per entry, for invalidation by IPA: the intermediate physical range of its stage-2 mapping. */
  readonly #ipaStart = new Float64Array(TOTAL)
  readonly #ipaEnd = new Float64Array(TOTAL)
  /** Entries filled as non-global since the last sweep; more than fit means "any". */
  readonly #nonGlobal = new Int32Array(4096)
  #nonGlobalCount = 0
  /** By VA bits 30:21: a mapping of more than 64 KiB and up to 2 MiB was entered there. */
  readonly #blockFilter = new Uint8Array(1024)
  #hasLargeBlocks = false
  /** Pages of 16 or 64 KiB were entered. */
  #hasLargePages = false
  #isEmpty = false

  constructor(memory: LinearMemory, state: CpuState) {
    this.#u32 = memory.u32
    this.#first = (state.base + LAYOUT.tlb) >>> 2
  }

  /** Enters a data page for `rights` of PERM.read and PERM.write. */
  fillData(regime: number, vaHi: number, vaLo: number, rights: number, mapping: Mapping): void {
    const page = mapping.pa >>> 12
    const addend = (page << 12) - (vaLo & 0xfffff000)
    if (rights & PERM.read) this.#fill(regime * 2, vaHi, vaLo, addend, page, mapping)
    if (rights & PERM.write) this.#fill(regime * 2 + 1, vaHi, vaLo, addend, page, mapping)
  }

  /** Enters a page of code whose records are at `records`. */
  fillExec(el: number, vaHi: number, vaLo: number, records: number, mapping: Mapping): void {
    const page = mapping.pa >>> 12
    this.#fill(EXEC_SET + el, vaHi, vaLo, records, page, mapping)
  }

  #fill(set: number, vaHi: number, vaLo: number, addend: number, page: number, mapping: Mapping): void {
    const entry = set * TLB_ENTRIES + ((vaLo >>> 12) & (TLB_ENTRIES - 1))
    const word = this.#first + entry * ENTRY_WORDS
    const { sizeBits, isGlobal } = mapping
    this.#u32[word] = vaLo & 0xfffff000
    this.#u32[word + 1] = vaHi
    this.#u32[word + 2] = addend
    this.#u32[word + 3] = page | (sizeBits << INFO.sizeShift) | (isGlobal ? 0 : INFO.nonGlobal)
    const { ipa, stage2Bytes } = mapping
    const start = Math.floor(ipa / stage2Bytes) * stage2Bytes
    this.#ipaStart[entry] = start
    this.#ipaEnd[entry] = start + stage2Bytes
    this.#isEmpty = false
    if (!isGlobal) {
      if (this.#nonGlobalCount < this.#nonGlobal.length) this.#nonGlobal[this.#nonGlobalCount] = entry
      this.#nonGlobalCount++
    }
    if (sizeBits > 21) this.#hasLargeBlocks = true
    else if (sizeBits > 16) this.#blockFilter[(vaLo >>> 21) & 1023] = 1
    else if (sizeBits > 12) this.#hasLargePages = true
  }

  /** Empties every set. */
  dropAll(): void {
    if (this.#isEmpty) return
    this.#u32.fill(0xffffffff, this.#first, this.#first + TOTAL * ENTRY_WORDS)
    this.#isEmpty = true
    this.#nonGlobalCount = 0
    this.#blockFilter.fill(0)
    this.#hasLargeBlocks = false
    this.#hasLargePages = false
  }

  #drop(entry: number): void {
    const word = this.#first + entry * ENTRY_WORDS
    this.#u32[word] = 0xffffffff
    this.#u32[word + 1] = 0xffffffff
  }

  /** Drops what belongs to the current ASID. */
  dropNonGlobal(): void {
    const count = this.#nonGlobalCount
    if (count > this.#nonGlobal.length) {
      for (let entry = 0; entry < TOTAL; entry++) this.#dropIfNonGlobal(entry)
    } else {
      for (let i = 0; i < count; i++) this.#dropIfNonGlobal(this.#nonGlobal[i] as number)
    }
    this.#nonGlobalCount = 0
  }

  #dropIfNonGlobal(entry: number): void {
    if ((this.#u32[this.#first + entry * ENTRY_WORDS + 3] as number) >>> 31) this.#drop(entry)
  }

  /**
   * Drops the mapping that holds a virtual address, whatever 4 KiB piece of it an entry has and whatever the tag byte.
   * @param dropsNonGlobal whether the ASID asked for is the current one.
   */
  dropVa(vaHi: number, vaLo: number, dropsNonGlobal: boolean): void {
    if (this.#isEmpty) return
    const all = this.#hasLargeBlocks || this.#blockFilter[(vaLo >>> 21) & 1023] !== 0
    // Pages of 16 and 64 KiB fill up to sixteen neighbouring entries.
    const around = this.#hasLargePages ? 16 : 1
    const first = all ? 0 : (vaLo >>> 12) & (TLB_ENTRIES - 1) & -around
    const count = all ? TLB_ENTRIES : around
    for (let set = 0; set < SETS; set++) {
      for (let i = first; i < first + count; i++) this.#dropIfVa(set * TLB_ENTRIES + i, vaHi, vaLo, dropsNonGlobal)
    }
  }

  #dropIfVa(entry: number, vaHi: number, vaLo: number, dropsNonGlobal: boolean): void {
    const u32 = this.#u32
    const word = this.#first + entry * ENTRY_WORDS
    const tagLo = u32[word] as number
    if (tagLo & 0xfff) return
    const info = u32[word + 3] as number
    const size = (info >>> INFO.sizeShift) & 63
    const diffHi = ((u32[word + 1] as number) ^ vaHi) & 0xffffff
    const differs = size >= 32 ? diffHi >>> (size - 32) !== 0 : diffHi !== 0 || (tagLo ^ vaLo) >>> size !== 0
    if (!differs && (dropsNonGlobal || !(info >>> 31))) this.#drop(entry)
  }

  /** Drops every entry whose stage-2 mapping holds the intermediate physical address. */
  dropIpa(ipa: number): void {
    if (this.#isEmpty) return
    const starts = this.#ipaStart
    const ends = this.#ipaEnd
    for (let entry = 0; entry < TOTAL; entry++) {
      if (ipa >= (starts[entry] as number) && ipa < (ends[entry] as number)) this.#drop(entry)
    }
  }
}
