/** The stage-2 translation of one VM: tables in linear memory, TLB maintenance on its vCPUs. */

import type { LinearMemory } from '@armvisor/cpu'
import { OutOfLinearMemoryError } from '@armvisor/cpu'
import {
  encodeVtcr,
  type MmOps,
  type Prot,
  Result,
  type Stage2Geometry,
  Stage2Table,
  TableAllocationError,
} from '@armvisor/stage2'
import type { AbortStage2 } from './abort.ts'
import type { Stage2Registers } from './cpu-port.ts'
import { kvmError } from './fail.ts'

/** The TLBs that hold translations of the VM: those of its vCPUs. */
export interface Stage2Tlbs {
  tlbiIpa(ipa: number): void
  tlbiVmid(): void
}

/** Table memory from a {@link LinearMemory}: physical addresses are offsets in it. */
export class LinearMmOps implements MmOps {
  readonly #memory: LinearMemory
  readonly #granuleBytes: number
  readonly #tlbs: Stage2Tlbs
  /** References by table page, beyond the 1 of its existence. */
  readonly #refs = new Map<number, number>()

  constructor(memory: LinearMemory, granuleBytes: number, tlbs: Stage2Tlbs) {
    this.#memory = memory
    this.#granuleBytes = granuleBytes
    this.#tlbs = tlbs
  }

  allocTable(sizeBytes: number, alignBytes: number): number {
    try {
      const pa = this.#memory.allocate(sizeBytes, alignBytes)
      for (let page = pa; page < pa + sizeBytes; page += this.#granuleBytes) this.#refs.set(page, 1)
      return pa
    } catch (error) {
      if (error instanceof OutOfLinearMemoryError) return -1
      throw error
    }
  }
  freeTable(pa: number, sizeBytes: number): void {
    for (let page = pa; page < pa + sizeBytes; page += this.#granuleBytes) this.#refs.delete(page)
    this.#memory.release(pa, sizeBytes)
  }
  readLo(pa: number): number {
    return this.#memory.u32[pa >>> 2]
  }
  readHi(pa: number): number {
    return this.#memory.u32[(pa >>> 2) + 1]
  }
  write(pa: number, lo: number, hi: number): void {
    this.#memory.u32[pa >>> 2] = lo
    this.#memory.u32[(pa >>> 2) + 1] = hi
  }
  getRef(pa: number): void {
    this.#refs.set(pa, this.refCount(pa) + 1)
  }
  putRef(pa: number): void {
    this.#refs.set(pa, this.refCount(pa) - 1)
  }
  refCount(pa: number): number {
    return this.#refs.get(pa) ?? 0
  }
  tlbiIpa(ipa: number): void {
    this.#tlbs.tlbiIpa(ipa)
  }
  tlbiVmid(): void {
    this.#tlbs.tlbiVmid()
  }
  // Invalidations above are complete when they return: all vCPUs run on this thread.
  dsb(): void {}
}

/** The stage-2 table of one VM with the register values that make CPUs use it. */
export class VmStage2 implements AbortStage2 {
  readonly registers: Stage2Registers
  readonly #table: Stage2Table

  /** @throws `KvmError` ENOMEM when the root does not fit */
  constructor(options: {
    readonly memory: LinearMemory
    readonly geometry: Stage2Geometry
    readonly paBits: number
    readonly vmid: number
    readonly tlbs: Stage2Tlbs
  }) {
    const { memory, geometry, paBits, vmid, tlbs } = options
    try {
      this.#table = new Stage2Table({ geometry, mm: new LinearMmOps(memory, geometry.pageBytes, tlbs) })
    } catch (error) {
      if (error instanceof TableAllocationError) throw kvmError('ENOMEM', 'KVM_CREATE_VM', error.message)
      throw error
    }
    this.registers = { vttbr: this.#table.vttbr(vmid), vtcr: encodeVtcr({ geometry, paBits }) }
  }

  get blockSizes(): readonly number[] {
    return this.#table.geometry.blockSizes
  }
  leafBytes(level: number): number {
    return this.#table.geometry.levelBytes[level] ?? 0
  }
  map(ipa: number, sizeBytes: number, pa: number, prot: Prot): Result {
    return this.#table.map(ipa, sizeBytes, pa, prot)
  }
  relaxPermissions(ipa: number, prot: Prot): Result {
    return this.#table.relaxPerms(ipa, prot)
  }
  makeYoung(ipa: number): void {
    this.#table.mkYoung(ipa)
  }
  unmap(ipa: number, sizeBytes: number): void {
    this.#table.unmap(ipa, sizeBytes)
  }
  /** Takes write permission away; TLBs are the caller's to invalidate, with {@link VmStage2.invalidateTlb}. */
  writeProtect(ipa: number, sizeBytes: number): void {
    this.#table.writeProtect(ipa, sizeBytes)
  }
  invalidateTlb(): void {
    this.#table.invalidateTlb()
  }
  /** Replaces blocks by pages, as far as there is memory for tables: what stays a block splits when it is written to. */
  split(ipa: number, sizeBytes: number): void {
    const { levelBytes, pageBytes } = this.#table.geometry
    const cache = this.#table.createCache()
    for (const run of this.#table.runs(ipa, sizeBytes)) {
      const blockBytes = levelBytes[run.level]
      if (blockBytes === pageBytes) continue
      const tables = (blockBytes / pageBytes) * (8 / pageBytes)
      for (let at = Number(run.ipa); at < Number(run.ipa) + Number(run.sizeBytes); at += blockBytes) {
        cache.topUp(Math.ceil(tables) + 1)
        if (this.#table.split(at, blockBytes, cache) !== Result.ok) break
      }
    }
    cache.drain()
  }
  destroy(): void {
    this.#table.destroy()
  }
}
