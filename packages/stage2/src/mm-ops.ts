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
}
