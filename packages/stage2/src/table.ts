/** One stage-2 table: geometry, memory and the operations on it. */

import { type Address, toNumber } from './address.ts'
import { AttributeVisitor } from './attributes.ts'
import { type ChunkProgress, walkChunks } from './chunks.ts'
import { joinHalves } from './descriptor.ts'
import { destroyTable } from './destroy.ts'
import { collectRuns, formatRun, type Stage2Run } from './dump.ts'
import { Stage2ArgumentError, TableAllocationError } from './errors.ts'
import { flushRange } from './flush.ts'
import type { Stage2Geometry } from './geometry.ts'
import { MapVisitor } from './map.ts'
import type { MmOps } from './mm-ops.ts'
import { OwnerVisitor, ownerOf } from './owner.ts'
import type { Prot } from './prot.ts'
import { DescriptorFormat, DescriptorHi, DescriptorLo } from './pte.ts'
import { Result } from './result.ts'
import { SplitVisitor } from './split.ts'
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
  /** Every IPA maps to the equal physical address; `map` refuses anything else. Default false. */
  readonly isIdentity?: boolean
  /** Root of a table that exists in `mm`, such as one that another thread made. Default: a new empty table. */
  readonly root?: Address
}

/** What {@link Stage2Table.getLeaf} finds. */
export interface Stage2Leaf {
  /** First IPA the entry translates. */
  readonly ipa: bigint
  readonly sizeBytes: number
  readonly level: number
  readonly isValid: boolean
  /** Output address for `ipa`; meaningless unless valid. */
  readonly pa: bigint
  /** Permissions, memory type and software bits; meaningless unless valid. */
  readonly prot: Prot
  /** Access flag. */
  readonly af: boolean
  /** Contiguous hint. */
  readonly contiguous: boolean
  /** Owner that an entry without mapping is annotated with: see {@link Stage2Table.setOwner}. */
  readonly owner: number
  /** The descriptor. */
  readonly descriptor: bigint
}

/**
 * A stage-2 translation table in somebody's memory.
 *
 * Addresses are given as bigint or as exact numbers and come back as bigint. A range's start is rounded down and its size up
 * to pages. Outcomes are values ({@link Result}); only arguments that are not addresses at all throw. The caller holds the
 * table's lock; under it, several threads may each work on the same tables in shared memory with an instance of their own.
 */
export class Stage2Table {
  readonly geometry: Stage2Geometry
  readonly format: DescriptorFormat
  readonly #state: TableState
  readonly #map: MapVisitor
  readonly #unmap: UnmapVisitor
  readonly #attributes: AttributeVisitor
  readonly #owner: OwnerVisitor
  readonly #split: SplitVisitor
  readonly #leaf: LeafVisitor = new LeafVisitor()

  /** Allocates an empty root, or adopts `root`. @throws {@link TableAllocationError}, {@link Stage2ArgumentError} */
  constructor(options: Stage2TableOptions) {
    const { geometry, mm, fwb = false, minBlockLevel = geometry.minBlockLevel } = options
    if (!Number.isInteger(minBlockLevel) || minBlockLevel < geometry.archMinBlockLevel || minBlockLevel > 3) {
      throw new Stage2ArgumentError('minBlockLevel', minBlockLevel, `from ${geometry.archMinBlockLevel} to 3`)
    }
    this.geometry = geometry
    this.format = new DescriptorFormat(geometry, fwb)
    this.#state = {
      geometry,
      format: this.format,
      mm,
      minBlockLevel,
      isIdentity: options.isIdentity ?? false,
      root: options.root === undefined ? allocateRoot(geometry, mm) : adoptRoot(geometry, options.root),
      ipaLimit: 2 ** geometry.ipaBits,
      bytes: geometry.levelBytes,
      inverse: geometry.levelBytes.map((bytes) => 1 / bytes),
      spareContext: undefined,
    }
    this.#state.spareContext = new WalkContext(this.#state)
    this.#map = new MapVisitor(this.#state)
    this.#unmap = new UnmapVisitor(this.#state)
    this.#attributes = new AttributeVisitor(this.#state)
    this.#owner = new OwnerVisitor(this.#state)
    this.#split = new SplitVisitor(this.#state)
  }

  /** Physical address of the root, -1 once destroyed. */
  get root(): bigint {
    return BigInt(this.#state.root)
  }

  /** VTTBR_EL2 for this table. @throws {@link GeometryError} for a VMID that is not 16 bits, or when destroyed */
  vttbr(vmid: number, cnp = true): bigint {
    return encodeVttbr({ geometry: this.geometry, baddr: this.root, vmid, cnp })
  }

  /** An empty stock of table pages for {@link Stage2Table.map} and others; the owner fills and drains it. */
  createCache(): TableCache {
    return new TableCache(this.#state.mm, this.geometry)
  }

  /**
   * Maps `[ipa, ipa + sizeBytes)` to memory from `pa` on, with blocks where size and alignment of both allow.
   *
   * An entry that maps other memory or has another memory type is replaced by break-before-make. An entry that maps the same
   * memory stays as it is, even if permissions differ: see {@link Stage2Table.relaxPerms}. A block of which only a part is
   * mapped anew loses the rest, which the guest faults in again: blocks split lazily. {@link Stage2Table.split} does it eagerly.
   *
   * @param flags - {@link MapFlags}
   * @param cache - where table pages come from; without it, from `MmOps.allocTable`
   * @returns ok; EAGAIN when all is mapped and some entries stayed as they were (with `handleFault`, at the first of those);
   * EINVAL for a contradictory `prot`, or another address than the IPA in an identity table; ERANGE; ENOMEM with a part mapped,
   * and then the call may be repeated
   */
  map(ipa: Address, sizeBytes: Address, pa: Address, prot: Prot, flags = 0, cache?: TableCache): Result {
    return this.#map.map(toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes), toNumber('pa', pa), prot, flags, cache)
  }

  /** Unmaps a range, TLBs included, and frees tables that become empty. A block goes as a whole, even if only partly covered. */
  unmap(ipa: Address, sizeBytes: Address): Result {
    return this.#unmap.unmap(toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes))
  }

  /**
   * Takes away what is mapped in a range and marks its pages as belonging to somebody else: a guest's access faults, and
   * {@link Stage2Table.getLeaf} tells the owner. Owner 0 only unmaps. Blocks are not carried over, as with `map`.
   * @param owner - 0 or 1, as Linux has it
   * @returns ok, EINVAL for another owner, ERANGE, ENOMEM with a part done
   */
  setOwner(ipa: Address, sizeBytes: Address, owner: number, cache?: TableCache): Result {
    return this.#owner.setOwner(toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes), owner, cache)
  }

  /**
   * Replaces every block that a range touches by tables of pages that map the same with the same attributes. The tables are
   * complete before they take the block's place, so the guest loses nothing but the moment of break-before-make.
   * @param cache - where the tables come from: one for a block of level 2; for one of level 1 as many as it has entries and one
   * more, or else level by level
   * @returns ok, ERANGE, ENOMEM when the cache is empty before the end; what is split until then stays
   */
  split(ipa: Address, sizeBytes: Address, cache: TableCache): Result {
    return this.#split.split(toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes), cache)
  }

  /** Cleans and invalidates data caches of everything cacheable that is mapped in a range. With FEAT_S2FWB nothing is to do. */
  flush(ipa: Address, sizeBytes: Address): Result {
    return flushRange(this.#state, toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes))
  }

  /** The last entry on the way to `ipa`, mapped or not. Undefined beyond the IPA space or when destroyed. */
  getLeaf(ipa: Address): Stage2Leaf | undefined {
    const visitor = this.#leaf
    visitor.leaf = undefined
    walkRange(this.#state, toNumber('ipa', ipa), 1, visitor)
    return visitor.leaf
  }

  /**
   * Adds permissions to the page or block at `ipa` and invalidates it in TLBs; takes none away. Memory type flags in `prot`
   * change nothing.
   * @returns ok, EAGAIN when nothing is mapped there, EINVAL for software bits, ERANGE
   */
  relaxPerms(ipa: Address, prot: Prot): Result {
    return this.#attributes.relaxPerms(toNumber('ipa', ipa), prot)
  }

  /** Sets the access flag at `ipa`. @returns ok, EAGAIN when nothing is mapped there, ERANGE */
  mkYoung(ipa: Address): Result {
    return this.#attributes.mkYoung(toNumber('ipa', ipa))
  }

  /** Clears the access flag at `ipa`. TLBs are the caller's to invalidate. @returns ok, EAGAIN when nothing is mapped there, ERANGE */
  mkOld(ipa: Address): Result {
    return this.#attributes.mkOld(toNumber('ipa', ipa))
  }

  /** Whether the access flag at `ipa` is set. */
  isYoung(ipa: Address): boolean {
    return this.testClearYoung(ipa, 1, false)
  }

  /** Whether any leaf of the range has its access flag set; with `makeOld` clears it. TLBs are the caller's to invalidate. */
  testClearYoung(ipa: Address, sizeBytes: Address, makeOld: boolean): boolean {
    return this.#attributes.testClearYoung(toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes), makeOld)
  }

  /** Takes write permission from every leaf of the range, whole blocks included. TLBs are the caller's to invalidate. */
  writeProtect(ipa: Address, sizeBytes: Address): Result {
    return this.#attributes.writeProtect(toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes))
  }

  /** Invalidates all that TLBs hold of the table, and waits: what {@link Stage2Table.writeProtect} and aging leave to the caller. */
  invalidateTlb(): void {
    this.#state.mm.tlbiVmid()
    this.#state.mm.dsb()
  }

  /**
   * Does an operation on a large range in pieces. Between two of them the caller may let go of the lock, let others run, or
   * stop: every piece is complete in itself.
   *
   * @param operation - called with the start and size of each piece; a result that is not ok ends it, but for EAGAIN of `map`
   * @param chunkBytes - a multiple of the page size; default: the largest block that Linux maps
   * @returns a generator of what is done so far, which returns the outcome
   *
   * @example
   * ```ts
   * for (const { doneBytes } of table.inChunks(0n, 2n ** 40n, (ipa, size) => table.unmap(ipa, size))) await rest(doneBytes)
   * ```
   */
  inChunks(
    ipa: Address,
    sizeBytes: Address,
    operation: (ipa: number, sizeBytes: number) => Result,
    chunkBytes: number = this.geometry.levelBytes[Math.max(this.geometry.minBlockLevel, this.geometry.startLevel)],
  ): Generator<ChunkProgress, Result, void> {
    const { pageBytes } = this.geometry
    return walkChunks(toNumber('ipa', ipa), toNumber('sizeBytes', sizeBytes), pageBytes, chunkBytes, operation)
  }

  /** Walks a range, by default everything, with a visitor of one's own. @returns its first non-zero result, EINVAL, ERANGE */
  walk(visitor: WalkVisitor, ipa: Address = 0, sizeBytes?: Address): Result {
    return walkRange(this.#state, toNumber('ipa', ipa), this.#size(ipa, sizeBytes), visitor)
  }

  /** What is mapped, as runs of equal leaves in order of IPA. */
  runs(ipa: Address = 0, sizeBytes?: Address): Stage2Run[] {
    return collectRuns(this.#state, toNumber('ipa', ipa), this.#size(ipa, sizeBytes))
  }

  /** What is mapped, as one line of text for each run. */
  dump(ipa: Address = 0, sizeBytes?: Address): string[] {
    return this.runs(ipa, sizeBytes).map((run) => formatRun(run, this.#state))
  }

  /** Frees all tables. No CPU may be running on them. Every later operation gives EINVAL; a second call does nothing. */
  destroy(): void {
    destroyTable(this.#state)
  }

  #size(ipa: Address, sizeBytes: Address | undefined): number {
    if (sizeBytes !== undefined) return toNumber('sizeBytes', sizeBytes)
    return Math.max(0, this.#state.ipaLimit - toNumber('ipa', ipa))
  }
}

function allocateRoot(geometry: Stage2Geometry, mm: MmOps): number {
  const alignBytes = Math.max(geometry.pageBytes, geometry.rootAlignBytes)
  const root = mm.allocTable(geometry.rootAllocBytes, alignBytes)
  if (root < 0) throw new TableAllocationError(geometry.rootAllocBytes, alignBytes)
  return root
}

function adoptRoot(geometry: Stage2Geometry, address: Address): number {
  const root = toNumber('root', address)
  const alignBytes = Math.max(geometry.pageBytes, geometry.rootAlignBytes)
  if (root % alignBytes !== 0) throw new Stage2ArgumentError('root', root, `a multiple of ${alignBytes}`)
  return root
}

class LeafVisitor implements WalkVisitor {
  readonly flags: number = WalkFlags.leaf
  readonly isReadOnly: boolean = true
  leaf: Stage2Leaf | undefined

  visit(context: WalkContext): Result {
    const { lo, hi, level } = context
    this.leaf = {
      ipa: BigInt(context.entryIpa),
      sizeBytes: context.sizeBytes,
      level,
      isValid: context.isValid,
      pa: BigInt(context.pa),
      prot: context.state.format.prot(lo, hi),
      af: (lo & DescriptorLo.af) !== 0,
      contiguous: context.isValid && (hi & DescriptorHi.contiguous) !== 0,
      owner: ownerOf(lo),
      descriptor: joinHalves(lo, hi),
    }
    return Result.ok
  }
}
