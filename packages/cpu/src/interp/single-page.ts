/** Records for instructions that are executed one by one: nothing lies behind such an instruction, wherever it goes in its page. */

import type { LinearMemory } from '../memory.ts'
import { HANDLER_SINGLE_END, RECORD_BYTES, SIDE_BYTES, SIDE_OFFSET } from './record-layout.ts'

/** One page of records: it is of no physical page, and nothing in it gets hot. */
export class SinglePage {
  /** Address of the page's records. */
  readonly records: number
  readonly #u32: Uint32Array
  #index = 0

  /** @param records where they lie: as many bytes as those of any page. */
  constructor({ u32, u8 }: LinearMemory, records: number) {
    this.#u32 = u32
    this.records = records
    for (let n = 0; n <= 1024; n++) this.#end(n)
    // A counter at its highest number is at no threshold.
    const side = this.records + SIDE_OFFSET
    u8.fill(0xff, side, side + SIDE_BYTES * 1024)
  }

  /** Address of the record at an index, now the only one of an instruction. */
  recordAt(index: number): number {
    this.#end(this.#index)
    this.#index = index
    return this.records + index * RECORD_BYTES
  }

  #end(index: number): void {
    this.#u32[(this.records + index * RECORD_BYTES) >>> 2] = HANDLER_SINGLE_END
  }
}
