/** Which TLB entries hold a physical page: a doubly linked list for each page, in arrays. */

/** Entries by page. An entry is in at most one list, that of the page it was added to last. */
export class PageList {
  /** First entry by page, and neighbours and page by entry: all plus one, so that zero is none. */
  readonly #heads: Int32Array
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #page: Int32Array

  constructor(pages: number, entries: number) {
    this.#heads = new Int32Array(pages)
    this.#next = new Int32Array(entries)
    this.#previous = new Int32Array(entries)
    this.#page = new Int32Array(entries)
  }

  /** Puts an entry into a page's list, and takes it out of the one it was in. */
  add(page: number, entry: number): void {
    const before = (this.#page[entry] as number) - 1
    if (before === page) return
    if (before >= 0) this.#remove(before, entry)
    const head = this.#heads[page] as number
    this.#next[entry] = head
    this.#previous[entry] = 0
    if (head !== 0) this.#previous[head - 1] = entry + 1
    this.#heads[page] = entry + 1
    this.#page[entry] = page + 1
  }

  #remove(page: number, entry: number): void {
    const next = this.#next[entry] as number
    const previous = this.#previous[entry] as number
    if (next !== 0) this.#previous[next - 1] = previous
    if (previous !== 0) this.#next[previous - 1] = next
    else this.#heads[page] = next
  }

  /** An entry of a page, −1 where there is none. */
  first(page: number): number {
    return (this.#heads[page] as number) - 1
  }

  /** The entry behind another in its list, or −1. */
  next(entry: number): number {
    return (this.#next[entry] as number) - 1
  }

  /** Empties a page's list. */
  clear(page: number): void {
    for (let entry = this.first(page); entry >= 0; entry = this.next(entry)) this.#page[entry] = 0
    this.#heads[page] = 0
  }
}
