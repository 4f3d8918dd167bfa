/** The engine's view of memory: everything it needs from whoever owns the tables. */

/**
 * Memory, reference counts and TLB maintenance, as the engine calls them.
 *
 * Addresses are physical addresses of the machine that walks the tables, as exact numbers below 2^52. A descriptor is two
 * 32-bit halves: `lo` is bits [31:0], `hi` bits [63:32]. Halves may be signed or unsigned; only their 32 bits count. So the
 * paths that run for every page make neither bigints nor objects.
 *
 * The engine never calls two operations of one table at once: the caller holds the table's lock. Hardware (or an emulated
 * CPU on another thread) may read descriptors at any time.
 */
export interface MmOps {
  /**
   * Gives zeroed memory for one table, or for a concatenated root; each granule-sized page in it starts with a reference
   * count of 1. `sizeBytes` and `alignBytes` are powers of two, `alignBytes` at most `sizeBytes`.
   * @returns its address, or -1 when there is no memory (the engine's outcome is then ENOMEM)
   */
  allocTable(sizeBytes: number, alignBytes: number): number
  /** Takes back what {@link MmOps.allocTable} gave. The engine calls it with every count in it back at 1. */
  freeTable(pa: number, sizeBytes: number): void
  /** Bits [31:0] of the descriptor at `pa`. */
  readLo(pa: number): number
  /** Bits [63:32] of the descriptor at `pa`. */
  readHi(pa: number): number
  /**
   * Stores one descriptor. All earlier stores are visible before it (store-release), and a walker sees the old or the new
   * value: an implementation with 32-bit stores writes `lo` last when bit 0 of it is set, and first when it is clear.
   */
  write(pa: number, lo: number, hi: number): void
  /** One more reference to the table page at `pa` (granule-aligned): an entry in it came into use. */
  getRef(pa: number): void
  /** One reference fewer. Frees nothing. */
  putRef(pa: number): void
  /** References to the table page at `pa`: 1, plus one for each entry in use. */
  refCount(pa: number): number
  /**
   * Starts to invalidate what a TLB holds of `ipa` in this VMID, after all earlier stores are visible. `level` is the level of
   * the entry that held the leaf; 0 means any level, cached table entries on the way included.
   */
  tlbiIpa(ipa: number, level: number): void
  /** Starts to invalidate all that TLBs hold of this VMID. */
  tlbiVmid(): void
  /** Waits until earlier invalidations are complete on every CPU. */
  dsb(): void
  /** Cleans and invalidates data caches for memory that is mapped cacheable, on machines without FEAT_S2FWB. */
  cleanDcache?(pa: number, sizeBytes: number): void
  /** Makes instruction fetches see memory that becomes executable. */
  invalidateIcache?(pa: number, sizeBytes: number): void
  /**
   * The memory as 32-bit words, from physical address {@link MmOps.wordsBase} on, if all tables lie in it and its first and
   * last byte are in the same 4 GiB. The engine only reads them. Only a faster way.
   */
  readonly words?: Int32Array | undefined
  /** Physical address of `words[0]`. Default 0. */
  readonly wordsBase?: number
  /**
   * Stores `count` descriptors side by side from `pa` on, as that many calls of {@link MmOps.write} would: the first is `hi:lo`,
   * the low half of each further one is `step` more. The low half never overflows, `hi` is the same for all. All of these
   * entries are unused before. Only a faster way: without it the engine calls `write`.
   */
  writeRun?(pa: number, count: number, lo: number, hi: number, step: number): void
  /** Changes attributes of a run as {@link EntryRun} says. Only a faster way. @returns the entries before the first table */
  changeRun?(run: EntryRun): number
  /** Stores zero to a run as {@link EntryRun} says. Only a faster way. @returns the entries before the first table */
  clearRun?(run: EntryRun): number
  /** Adds `count`, which may be negative, to the references of the table page at `pa`. Only a faster way. */
  addRefs?(pa: number, count: number): void
}

/**
 * Entries side by side in one table page, for operations on many at once. An operation stops before the first entry that
 * points to a table: bits [1:0] are 3 while `isLastLevel` is false.
 */
export class EntryRun {
  /** Address of the first descriptor. */
  pa = 0
  count = 0
  /** The entries are at level 3, where no descriptor points to a table. */
  isLastLevel = false
  /** For a change of valid entries: bits to clear and then to set, by half. Other CPUs may set the access flag meanwhile. */
  clearLo = 0
  setLo = 0
  clearHi = 0
  /** Result: OR of the low halves of valid entries as they were; the operation adds to what is there. */
  seenLo = 0
  /** Result of clearing: entries that were not zero; the operation adds to what is there. */
  used = 0
}
