/** The slow path of instruction fetch: from `LAYOUT.pc` to the records of its page. */

import type { CodePages } from '../code-pages.ts'
import type { Core } from '../exception/core.ts'
import { EC, makeEsr } from '../exception/syndrome.ts'
import { LAYOUT } from '../state.ts'
import { PERM } from './fault.ts'

/** Bytes of a predecoded record, of which there is one an instruction. */
const RECORD_BYTES = 32

/** A vector that itself cannot be fetched faults for ever; after this many the loop is left, to stay interruptible. */
const MAX_FAULTS = 64

/** One vCPU's instruction fetches. */
export class FetchPath {
  readonly #core: Core
  readonly #code: CodePages

  constructor(core: Core, code: CodePages) {
    this.#core = core
    this.#code = code
  }

  /** See the contract of the `execLookup` import: 1 when `LAYOUT.rec` is valid, 0 when the loop must be left. */
  lookup(): number {
    const core = this.#core
    const { state, mmu } = core
    mmu.tlb.execMisses++
    for (let faults = 0; faults < MAX_FAULTS; faults++) {
      const { debug } = core
      if (debug.isFetchWatched && core.takeStepIfDue()) {
        if (core.exit) return 0
        continue
      }
      const lo = state.get32(LAYOUT.pc) | 0
      const hi = this.#canonicalPc()
      if (lo & 3) {
        core.takeWithFar(makeEsr(EC.pcAlignment, 0), lo, hi)
        continue
      }
      const el = state.get32(LAYOUT.el)
      if (!mmu.translate(hi, lo, el, PERM.exec, false)) {
        core.takeFault(hi, lo, true, 0, 0)
      } else if (!debug.isFetchWatched || !debug.isPageWatched(hi, lo, el)) {
        this.#enter(el, hi, lo)
        return 1
      } else if (debug.hitsBreakpoint(hi, lo)) {
        core.takeBreakpoint()
      } else {
        this.#enterSingle(hi, lo)
        return 1
      }
      if (core.exit) return 0
    }
    state.set32(LAYOUT.attention, 1)
    return 0
  }

  /** Upper half of the PC; where the top byte is ignored, a branch replaces it by copies of bit 55. [ARM] AArch64.BranchAddr. */
  #canonicalPc(): number {
    const { state, mmu } = this.#core
    const hi = state.get32(LAYOUT.pc + 4) | 0
    const extended = (hi << 8) >> 8
    if (extended === hi || !mmu.stage1.ignoresTopByte(hi)) return hi
    state.set32(LAYOUT.pc + 4, extended)
    return extended
  }

  #enter(el: number, hi: number, lo: number): void {
    const { mmu } = this.#core
    const page = mmu.pa >>> 12
    const records = this.#code.recordsOf(page)
    mmu.tlb.fillExec(el, hi, lo, records, mmu)
    this.#publish(records, hi, lo)
  }

  /** Lets one instruction be executed. Its page is in no TLB, so that the next one is asked for here. */
  #enterSingle(hi: number, lo: number): void {
    const { state, mmu, debug } = this.#core
    const word = state.memory.u32[mmu.pa >>> 2] as number
    const records = this.#code.single(word, (lo & 0xfff) >>> 2)
    debug.beginStep(word)
    this.#publish(records, hi, lo)
  }

  #publish(records: number, hi: number, lo: number): void {
    const { state } = this.#core
    state.set32(LAYOUT.rec, records + ((lo & 0xfff) >>> 2) * RECORD_BYTES)
    state.set32(LAYOUT.recPage, records)
    state.set32(LAYOUT.pageVa, lo & 0xfffff000)
    state.set32(LAYOUT.pageVa + 4, hi)
  }
}
