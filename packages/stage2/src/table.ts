/** One stage-2 table: geometry, memory and the operations on it. */

import { AttributeVisitor } from './attributes.ts'
import { destroyTable } from './destroy.ts'
import { collectRuns, formatRun, type Stage2Run } from './dump.ts'
import { Stage2ArgumentError, TableAllocationError } from './errors.ts'
import type { Stage2Geometry } from './geometry.ts'
import { MapVisitor } from './map.ts'
import type { MmOps } from './mm-ops.ts'
import type { Prot } from './prot.ts'
import { DescriptorFormat, DescriptorLo } from './pte.ts'
import { Result } from './result.ts'
import type { TableState } from './state.ts'
import { TableCache } from './table-cache.ts'
import { UnmapVisitor } from './unmap.ts'
import { encodeVttbr } from './vttbr.ts'
import { WalkContext, WalkFlags, type WalkVisitor, walkRange } from './walk.ts'

/** What {@link Stage2Table} is made from. */
export interface Stage2TableOptions {
  readonly geometry: Stage2Geometry
  readonly mm: MmOps
  /** FEAT_S2FWB in use (HCR_EL2.FWB). Default false. */
  readonly fwb?: boolean
  /** Smallest level of a block. Default: as Linux, `geometry.minBlockLevel`; the architecture allows `geometry.archMinBlockLevel`. */
  readonly minBlockLevel?: number
}

/** What {@link Stage2Table.getLeaf} finds. */
export interface Stage2Leaf {
  /** First IPA the entry translates. */
  readonly ipa: number
  readonly sizeBytes: number
  readonly level: number
  readonly isValid: boolean
  /** Output address for `ipa`; meaningless unless valid. */
  readonly pa: number
  /** Permissions, memory type and software bits; meaningless unless valid. */
  readonly prot: Prot
  /** Access flag. */
  readonly af: boolean
  /** Bits [31:0] of the descriptor, signed. */
  readonly lo: number
  /** Bits [63:32]. */
  readonly hi: number
}

/**
 * A stage-2 translation table in somebody's memory.
 *
 * IPAs and physical addresses are exact numbers. A range's start is rounded down and its size up to pages. Outcomes are
 * values ({@link Result}); only arguments that are not addresses at all throw. The caller holds the table's lock.
 */
export class Stage2Table {
  readonly geometry: Stage2Geometry
  readonly format: DescriptorFormat
  readonly #state: TableState
  readonly #map: MapVisitor
  readonly #unmap: UnmapVisitor
  readonly #attributes: AttributeVisitor
  readonly #leaf: LeafVisitor = new LeafVisitor()

  /** Allocates an empty root. @throws {@link TableAllocationError}, {@link Stage2ArgumentError} */
  constructor(options: Stage2TableOptions) {
    const { geometry, mm, fwb = false, minBlockLevel = geometry.minBlockLevel } = options
    if (!Number.isInteger(minBlockLevel) || minBlockLevel < geometry.archMinBlockLevel || minBlockLevel > 3) {
      throw new Stage2ArgumentError('minBlockLevel', minBlockLevel, `from ${geometry.archMinBlockLevel} to 3`)
    }
    const alignBytes = Math.max(geometry.pageBytes, geometry.rootAlignBytes)
    const root = mm.allocTable(geometry.rootAllocBytes, alignBytes)
    if (root < 0) throw new TableAllocationError(geometry.rootAllocBytes, alignBytes)
    this.geometry = geometry
    this.format = new DescriptorFormat(geometry, fwb)
    this.#state = {
      geometry,
      format: this.format,
      mm,
      minBlockLevel,
      root,
      ipaLimit: 2 ** geometry.ipaBits,
      bytes: geometry.levelBytes,
      inverse: geometry.levelBytes.map((bytes) => 1 / bytes),
      spareContext: undefined,
    }
    this.#state.spareContext = new WalkContext(this.#state)
    this.#map = new MapVisitor(this.#state)
    this.#unmap = new UnmapVisitor(this.#state)
    this.#attributes = new AttributeVisitor(this.#state)
  }

  /** Physical address of the root, -1 once destroyed. */
  get root(): number {
    return this.#state.root
  }

  /** VTTBR_EL2 for this table. @throws {@link GeometryError} for a VMID that is not 16 bits, or when destroyed */
  vttbr(vmid: number, cnp = true): bigint {
    return encodeVttbr({ geometry: this.geometry, baddr: BigInt(this.root), vmid, cnp })
  }

  /** An empty stock of table pages for {@link Stage2Table.map}; the owner fills and drains it. */
  createCache(): TableCache {
    return new TableCache(this.#state.mm, this.geometry)
  }

  /**
   * Maps `[ipa, ipa + sizeBytes)` to memory from `pa` on, with blocks where size and alignment of both allow.
   *
   * An entry that maps other memory or has another memory type is replaced by break-before-make. An entry that maps the same
   * memory stays as it is, even if permissions differ: see {@link Stage2Table.relaxPerms}. A block of which only a part is
   * mapped anew loses the rest, which the guest faults in again.
   *
   * @param flags - {@link MapFlags}
   * @param cache - where table pages come from; without it, from `MmOps.allocTable`
   * @returns ok; EAGAIN when all is mapped and some entries stayed as they were (with `handleFault`, at the first of those);
   * EINVAL for a contradictory `prot`; ERANGE; ENOMEM with a part mapped, and then the call may be repeated
   */
  map(ipa: number, sizeBytes: number, pa: number, prot: Prot, flags = 0, cache?: TableCache): Result {
    return this.#map.map(ipa, sizeBytes, pa, prot, flags, cache)
  }

  /** Unmaps a range, TLBs included, and frees tables that become empty. A block goes as a whole, even if only partly covered. */
  unmap(ipa: number, sizeBytes: number): Result {
    return this.#unmap.unmap(ipa, sizeBytes)
  }

  /** The last entry on the way to `ipa`, mapped or not. Undefined beyond the IPA space or when destroyed. */
  getLeaf(ipa: number): Stage2Leaf | undefined {
    const visitor = this.#leaf
    visitor.leaf = undefined
    walkRange(this.#state, ipa, 1, visitor)
    return visitor.leaf
  }

  /**
   * Adds permissions to the page or block at `ipa` and invalidates it in TLBs; takes none away. Memory type flags in `prot`
   * change nothing.
   * @returns ok, EAGAIN when nothing is mapped there, EINVAL for software bits, ERANGE
   */
  relaxPerms(ipa: number, prot: Prot): Result {
    return this.#attributes.relaxPerms(ipa, prot)
  }

  /** Sets the access flag at `ipa`. @returns ok, EAGAIN when nothing is mapped there, ERANGE */
  mkYoung(ipa: number): Result {
    return this.#attributes.mkYoung(ipa)
  }

  /** Whether any leaf of the range has its access flag set; with `makeOld` clears it. TLBs are the caller's to invalidate. */
  testClearYoung(ipa: number, sizeBytes: number, makeOld: boolean): boolean {
    return this.#attributes.testClearYoung(ipa, sizeBytes, makeOld)
  }

  /** Takes write permission from every leaf of the range, whole blocks included. TLBs are the caller's to invalidate. */
  writeProtect(ipa: number, sizeBytes: number): Result {
    return this.#attributes.writeProtect(ipa, sizeBytes)
  }

  /** Walks a range, by default everything, with a visitor of one's own. @returns its first non-zero result, EINVAL, ERANGE */
  walk(visitor: WalkVisitor, ipa = 0, sizeBytes: number = this.#state.ipaLimit - ipa): Result {
    return walkRange(this.#state, ipa, sizeBytes, visitor)
  }

  /** What is mapped, as runs of equal leaves in order of IPA. */
  runs(ipa = 0, sizeBytes: number = this.#state.ipaLimit - ipa): Stage2Run[] {
    return collectRuns(this.#state, ipa, sizeBytes)
  }

  /** What is mapped, as one line of text for each run. */
  dump(ipa = 0, sizeBytes: number = this.#state.ipaLimit - ipa): string[] {
    return this.runs(ipa, sizeBytes).map((run) => formatRun(run, this.#state))
  }

  /** Frees all tables. No CPU may be running on them. Every later operation gives EINVAL; a second call does nothing. */
  destroy(): void {
    destroyTable(this.#state)
  }
}

class LeafVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  leaf: Stage2Leaf | undefined

  visit(context: WalkContext): Result {
    const { lo, hi, level } = context
    this.leaf = {
      ipa: context.entryIpa,
      sizeBytes: context.sizeBytes,
      level,
      isValid: context.isValid,
      pa: context.pa,
      prot: context.state.format.prot(lo, hi),
      af: (lo & DescriptorLo.af) !== 0,
      lo,
      hi,
    }
    return Result.ok
  }
}
