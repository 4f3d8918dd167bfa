/** What the system side needs of the cache of decoded code. */

/** Records of decoded instructions, one page of them per host-physical 4 KiB page that is executed. */
export interface CodePages {
  /** Address of the records of a host-physical 4K page, made on demand. */
  recordsOf(page: number): number
  /**
   * True while anything is decoded from the page. Stores to it are then reported by {@link CodePages.invalidatePage}; a page that becomes
   * code must be taken out of the write TLBs of all vCPUs by whoever decodes it.
   */
  isCode(page: number): boolean
  /** Forgets what was decoded from a page; its records stay where they are, so that the running instruction can finish. */
  invalidatePage(page: number): void
  invalidateAll(): void
  /**
   * Makes records for one instruction at an index of its page: whatever is executed behind it comes back to instruction fetch first. They hold
   * until the next call.
   */
  single(word: number, index: number): number
}
