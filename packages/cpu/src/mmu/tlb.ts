/** The TLBs that generated code reads, by ASID where they are of EL0, and the ways to take entries out of them. */

import type { LinearMemory } from '../memory.ts'
import {
  type CpuState,
  LAYOUT,
  TLB_CONTEXT_SETS,
  TLB_CONTEXTS,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_SET_BYTES,
} from '../state.ts'
import { PERM } from './fault.ts'
import { PageList } from './page-list.ts'

/** Sets of EL1: data (PAN 0 and 1 × read, write), then exec. EL0's follow, {@link TLB_CONTEXT_SETS} a context. */
const EL1_SETS = 5
const EL1_EXEC_SET = 4
const USER_EXEC = 2
const ENTRY_WORDS = TLB_ENTRY_BYTES / 4
const TOTAL = (EL1_SETS + TLB_CONTEXTS * TLB_CONTEXT_SETS) * TLB_ENTRIES

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

/** How the TLBs did so far. Hits are counted nowhere: generated code does nothing but read the entry. */
export interface TlbStatistics {
  /** Accesses that no entry served: pages not entered, stores to code, and what is never entered, as devices and page crossings. */
  readonly dataMisses: number
  /** Entries made, for reading and for writing. */
  readonly dataFills: number
  /** Fetches that no entry served, and entries made. */
  readonly execMisses: number
  readonly execFills: number
  /** Changes of EL0's context, and how many found theirs gone. */
  readonly contextSwitches: number
  readonly contextsEmptied: number
}

/** Sets that are kept and emptied together: EL1's, or those of one context. */
class Bank {
  readonly firstSet: number
  readonly sets: number
  /** Whose entries these are; −1 for EL1's and for a context that is free. */
  asid = -1
  /** When it was last chosen. */
  chosen = 0
  isEmpty = false
  /** A global mapping was entered: TLB maintenance by VA concerns it whatever its ASID. */
  hasGlobal = true

  constructor(firstSet: number, sets: number) {
    this.firstSet = firstSet
    this.sets = sets
  }
}

function filterIndex(vaHi: number, vaLo: number): number {
  return ((vaHi >>> 13) & 0x400) | ((vaLo >>> 21) & 1023)
}

/**
 * One vCPU's software TLBs. EL1's entries serve all address spaces, and those that are not global leave with the ASID. EL0 has contexts, the
 * few ASIDs used last, so that coming back to a process finds its translations. The VMID needs no part in this: a vCPU has one as long as
 * `setStage2` is not called, which drops everything.
 *
 * Every way to end a translation is a method of this class, and counts `LAYOUT.tlbEpoch` on: whoever copies entries looks at nothing else.
 */
export class Tlb {
  readonly #u32: Uint32Array
  readonly #state: CpuState
  /** Word index of set 0. */
  readonly #first: number
  readonly #el1 = new Bank(0, EL1_SETS)
  readonly #contexts: readonly Bank[] = Array.from(
    { length: TLB_CONTEXTS },
    (_, n) => new Bank(EL1_SETS + n * TLB_CONTEXT_SETS, TLB_CONTEXT_SETS),
  )
  #current = this.#contexts[0] as Bank
  #choices = 0
  /** Counted by whoever misses. */
  dataMisses = 0
  execMisses = 0
  #dataFills = 0
  #execFills = 0
  #contextsEmptied = 0
  /** Per entry, for invalidation by IPA: the intermediate physical range of its stage-2 mapping. */
  readonly #ipaStart = new Float64Array(TOTAL)
  readonly #ipaEnd = new Float64Array(TOTAL)
  /** EL1's entries filled as non-global since the last sweep; more than fit means "any". */
  readonly #nonGlobal = new Int32Array(1024)
  #nonGlobalCount = 0
  /** Entries of write sets by physical page. */
  readonly #written: PageList
  /** By VA bit 55 and VA bits 30:21: a mapping of more than 64 KiB and up to 2 MiB was entered there. */
  readonly #blockFilter = new Uint8Array(2048)
  #hasLargeBlocks = false
  /** Pages of 16 or 64 KiB were entered. */
  #hasLargePages = false

  constructor(memory: LinearMemory, state: CpuState) {
    this.#u32 = memory.u32
    this.#state = state
    this.#first = (state.base + LAYOUT.tlb) >>> 2
    this.#written = new PageList(memory.totalBytes / 4096, TOTAL)
    this.#publish()
  }

  get statistics(): TlbStatistics {
    return {
      dataMisses: this.dataMisses,
      dataFills: this.#dataFills,
      execMisses: this.execMisses,
      execFills: this.#execFills,
      contextSwitches: this.#choices,
      contextsEmptied: this.#contextsEmptied,
    }
  }

  #publish(): void {
    this.#state.set32(LAYOUT.userTlbBase, LAYOUT.tlb + this.#current.firstSet * TLB_SET_BYTES)
  }

  #nextEpoch(): void {
    this.#state.set32(LAYOUT.tlbEpoch, this.#state.get32(LAYOUT.tlbEpoch) + 1)
  }

  /** Chooses the context of an ASID, or gives it the one used longest ago. `Routines.updateRegime` must follow. */
  select(asid: number): void {
    if (this.#current.asid === asid) return
    this.#dropNonGlobalOfEl1()
    let chosen = this.#contexts[0] as Bank
    for (const bank of this.#contexts) {
      if (bank.asid === asid) {
        chosen = bank
        break
      }
      if (bank.chosen < chosen.chosen) chosen = bank
    }
    if (chosen.asid !== asid) {
      this.#contextsEmptied++
      this.#empty(chosen)
      chosen.asid = asid
    }
    chosen.chosen = ++this.#choices
    this.#current = chosen
    this.#publish()
  }

  /** Enters a data page for `rights` of PERM.read and PERM.write. */
  fillData(regime: number, vaHi: number, vaLo: number, rights: number, mapping: Mapping): void {
    const page = mapping.pa >>> 12
    const addend = (page << 12) - (vaLo & 0xfffff000)
    const bank = regime === 0 ? this.#current : this.#el1
    const set = bank.firstSet + (regime === 2 ? 2 : 0)
    this.#dataFills += (rights & PERM.read ? 1 : 0) + (rights & PERM.write ? 1 : 0)
    if (rights & PERM.read) this.#fill(bank, set, vaHi, vaLo, addend, page, mapping)
    if (rights & PERM.write) this.#written.add(page, this.#fill(bank, set + 1, vaHi, vaLo, addend, page, mapping))
  }

  /** Enters a page of code whose records are at `records`. */
  fillExec(el: number, vaHi: number, vaLo: number, records: number, mapping: Mapping): void {
    const page = mapping.pa >>> 12
    this.#execFills++
    if (el !== 0) this.#fill(this.#el1, EL1_EXEC_SET, vaHi, vaLo, records, page, mapping)
    else this.#fill(this.#current, this.#current.firstSet + USER_EXEC, vaHi, vaLo, records, page, mapping)
  }

  #fill(bank: Bank, set: number, vaHi: number, vaLo: number, addend: number, page: number, mapping: Mapping): number {
    const entry = set * TLB_ENTRIES + ((vaLo >>> 12) & (TLB_ENTRIES - 1))
    const word = this.#first + entry * ENTRY_WORDS
    const u32 = this.#u32
    const { sizeBits, isGlobal } = mapping
    u32[word] = vaLo & 0xfffff000
    u32[word + 1] = vaHi
    u32[word + 2] = addend
    u32[word + 3] = page | (sizeBits << INFO.sizeShift) | (isGlobal ? 0 : INFO.nonGlobal)
    const { ipa, stage2Bytes } = mapping
    const start = Math.floor(ipa / stage2Bytes) * stage2Bytes
    this.#ipaStart[entry] = start
    this.#ipaEnd[entry] = start + stage2Bytes
    bank.isEmpty = false
    if (isGlobal) bank.hasGlobal = true
    else if (bank === this.#el1) {
      if (this.#nonGlobalCount < this.#nonGlobal.length) this.#nonGlobal[this.#nonGlobalCount] = entry
      this.#nonGlobalCount++
    }
    if (sizeBits > 21) this.#hasLargeBlocks = true
    else if (sizeBits > 16) this.#blockFilter[filterIndex(vaHi, vaLo)] = 1
    else if (sizeBits > 12) this.#hasLargePages = true
    return entry
  }

  #empty(bank: Bank): void {
    this.#nextEpoch()
    if (bank.isEmpty) return
    const first = this.#first + bank.firstSet * TLB_ENTRIES * ENTRY_WORDS
    this.#u32.fill(0xffffffff, first, first + bank.sets * TLB_ENTRIES * ENTRY_WORDS)
    bank.isEmpty = true
    bank.hasGlobal = false
  }

  /** Empties every set. */
  dropAll(): void {
    this.#empty(this.#el1)
    for (const bank of this.#contexts) this.#empty(bank)
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

  /** Drops what belongs to an ASID, and perhaps global entries. */
  dropAsid(asid: number): void {
    this.#nextEpoch()
    if (asid === this.#current.asid) this.#dropNonGlobalOfEl1()
    for (const bank of this.#contexts) if (bank.asid === asid) this.#empty(bank)
  }

  #dropNonGlobalOfEl1(): void {
    const count = this.#nonGlobalCount
    if (count === 0) return
    this.#nextEpoch()
    if (count > this.#nonGlobal.length) {
      for (let entry = 0; entry < EL1_SETS * TLB_ENTRIES; entry++) this.#dropIfNonGlobal(entry)
    } else {
      for (let i = 0; i < count; i++) this.#dropIfNonGlobal(this.#nonGlobal[i] as number)
    }
    this.#nonGlobalCount = 0
  }

  #dropIfNonGlobal(entry: number): void {
    if ((this.#u32[this.#first + entry * ENTRY_WORDS + 3] as number) >>> 31) this.#drop(entry)
  }

  /**
   * Drops the mapping that holds a virtual address, whatever 4 KiB piece of it an entry has and whatever the tag byte: global ones, and
   * those of the ASID, or with −1 of every ASID.
   */
  dropVa(vaHi: number, vaLo: number, asid: number): void {
    this.#nextEpoch()
    const all = this.#hasLargeBlocks || this.#blockFilter[filterIndex(vaHi, vaLo)] !== 0
    // Pages of 16 and 64 KiB fill up to sixteen neighbouring entries.
    const around = this.#hasLargePages ? 16 : 1
    const first = all ? 0 : (vaLo >>> 12) & (TLB_ENTRIES - 1) & -around
    const count = all ? TLB_ENTRIES : around
    this.#dropVaIn(this.#el1, vaHi, vaLo, asid < 0 || asid === this.#current.asid, first, count)
    for (const bank of this.#contexts) this.#dropVaIn(bank, vaHi, vaLo, asid < 0 || asid === bank.asid, first, count)
  }

  #dropVaIn(bank: Bank, vaHi: number, vaLo: number, dropsNonGlobal: boolean, first: number, count: number): void {
    if (bank.isEmpty || !(dropsNonGlobal || bank.hasGlobal)) return
    const end = bank.firstSet + bank.sets
    for (let set = bank.firstSet; set < end; set++) {
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
    this.#nextEpoch()
    this.#dropIpaIn(this.#el1, ipa)
    for (const bank of this.#contexts) this.#dropIpaIn(bank, ipa)
  }

  #dropIpaIn(bank: Bank, ipa: number): void {
    if (bank.isEmpty) return
    const starts = this.#ipaStart
    const ends = this.#ipaEnd
    const end = (bank.firstSet + bank.sets) * TLB_ENTRIES
    for (let entry = bank.firstSet * TLB_ENTRIES; entry < end; entry++) {
      if (ipa >= (starts[entry] as number) && ipa < (ends[entry] as number)) this.#drop(entry)
    }
  }

  /** Takes a physical page that becomes code out of all write sets. */
  dropWrites(page: number): void {
    this.#nextEpoch()
    const list = this.#written
    for (let entry = list.first(page); entry >= 0; entry = list.next(entry)) this.#drop(entry)
    list.clear(page)
  }

  /** Empties the exec sets, whose records are gone. */
  dropExec(): void {
    this.#nextEpoch()
    this.#emptySet(EL1_EXEC_SET)
    for (const bank of this.#contexts) this.#emptySet(bank.firstSet + USER_EXEC)
  }

  #emptySet(set: number): void {
    const first = this.#first + set * TLB_ENTRIES * ENTRY_WORDS
    this.#u32.fill(0xffffffff, first, first + TLB_ENTRIES * ENTRY_WORDS)
  }
}
