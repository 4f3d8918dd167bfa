/** What the system side needs of the cache of decoded code. */

/** Records of decoded instructions, one page of them per host-physical 4 KiB page that is executed. */
export interface CodePages {
  /** Address of the records of a host-physical 4K page, made on demand. */
  recordsOf(page: number): number
  /** True while the page has records: stores to it must be noticed. */
  isCode(page: number): boolean
  /** Forgets what was decoded from a page. */
  invalidatePage(page: number): void
  invalidateAll(): void
}
