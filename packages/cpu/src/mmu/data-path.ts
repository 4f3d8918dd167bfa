/** The slow path of data accesses: checks, translation, TLB fill, accesses that cross a page. */

import { ACCESS } from '../access-kind.ts'
import type { CodePages } from '../code-pages.ts'
import type { Core } from '../exception/core.ts'
import { dataRegime } from '../exception/pstate.ts'
import { EC, FSC, ISS_ABORT, makeEsr } from '../exception/syndrome.ts'
import { LAYOUT, X_SP } from '../state.ts'
import { sysRegEncoding } from '../sysreg/encoding.ts'
import { SCTLR } from '../sysreg/fields.ts'
import { PERM } from './fault.ts'

const DC_ZVA = sysRegEncoding(1, 3, 7, 4, 1)
/** The syndrome's valid bit, ISS[24], in an access kind. */
const ISV = 1 << 26

/** One vCPU's data accesses. */
export class DataPath {
  readonly #core: Core
  readonly #code: CodePages
  /** The two parts of the access in the bounce buffer, until `storeDone`. */
  #first = 0
  #firstBytes = 0
  #second = 0
  #secondBytes = 0

  constructor(core: Core, code: CodePages) {
    this.#core = core
    this.#code = code
  }

  /** See the contract of the `access` import: a linear-memory address, or 0 when an exception or an exit was taken. */
  access(vaLo: number, vaHi: number, kind: number): number {
    const { state, sctlr, mmu } = this.#core
    mmu.tlb.dataMisses++
    const isEl0 = state.get32(LAYOUT.el) === 0
    if (kind & ACCESS.spBase && !this.#checkSp(isEl0)) return 0
    const size = kind & ACCESS.sizeMask
    // Halves stay signed: such numbers are small integers to the engine, and cost no allocation.
    const lo = vaLo | 0
    const hi = vaHi | 0
    const regime = isEl0 || kind & ACCESS.unprivileged ? 0 : dataRegime(state)
    if (kind & ACCESS.zva) {
      if (isEl0 && !(sctlr & SCTLR.DZE)) {
        this.#core.trapSystem(DC_ZVA, 0)
        return 0
      }
      // The block lies in one page; FAR_EL1 reports the address that the register holds.
      return this.#translate(hi, lo, regime, kind, 64, false) & ~63
    }
    // Only an access with a valid syndrome tells its element size; pairs and vectors are checked where they say `aligned`.
    const hasSyndrome = (kind & ISV) !== 0
    const elementBytes = hasSyndrome ? 1 << ((kind >>> 24) & 3) : size
    const isUnaligned = (lo & (elementBytes - 1)) !== 0
    if (isUnaligned && (kind & ACCESS.aligned || (sctlr & SCTLR.A && hasSyndrome))) {
      const wnr = kind & ACCESS.store && !(kind & ACCESS.atomic) ? ISS_ABORT.WnR : 0
      this.#core.takeAbort(false, wnr | FSC.alignment, hi, lo)
      return 0
    }
    const over = (lo & 0xfff) + size - 0x1000
    if (over > 0) return this.#crossPage(hi, lo, size, over, regime, kind)
    return this.#translate(hi, lo, regime, kind, size, isUnaligned && hasSyndrome)
  }

  /**
   * See the contract of the `refill` import: the linear-memory address of a plain access once the TLB serves it, or 0 where anything is
   * special about it, with nothing changed. Then `access` must be asked.
   */
  refill(vaLo: number, vaHi: number, kind: number): number {
    const core = this.#core
    const { state, mmu } = core
    const lo = vaLo | 0
    const hi = vaHi | 0
    if (core.sctlr & SCTLR.A || (lo & 0xfff) + (kind & ACCESS.sizeMask) > 0x1000) return 0
    const regime = state.get32(LAYOUT.el) === 0 || kind & ACCESS.unprivileged ? 0 : dataRegime(state)
    const need = kind & ACCESS.store ? PERM.write : PERM.read
    if (!mmu.translate(hi, lo, regime, need, false) || mmu.isDevice || core.debug.isDataPageWatched(hi, lo)) return 0
    const { pa } = mmu
    const isCode = this.#code.isCode(pa >>> 12)
    if (isCode && need === PERM.write) return 0
    mmu.tlb.dataMisses++
    mmu.tlb.fillData(regime, hi, lo, isCode ? mmu.rights & PERM.read : mmu.rights, mmu)
    return pa
  }

  /** SP alignment check. [ARM] D1.8.2. */
  #checkSp(isEl0: boolean): boolean {
    const { state, sctlr } = this.#core
    if (!(sctlr & (isEl0 ? SCTLR.SA0 : SCTLR.SA)) || (state.get32(LAYOUT.x + X_SP * 8) & 15) === 0) return true
    this.#core.takeSynchronous(makeEsr(EC.spAlignment, 0))
    return false
  }

  /** Translates one page's part, fills the TLB, tends to code pages. */
  #translate(hi: number, lo: number, regime: number, kind: number, bytes: number, isUnaligned: boolean): number {
    const core = this.#core
    const { mmu } = core
    const need = !(kind & ACCESS.store) ? PERM.read : kind & ACCESS.atomic ? PERM.read | PERM.write : PERM.write
    if (!mmu.translate(hi, lo, regime, need, isUnaligned || (kind & ACCESS.zva) !== 0)) {
      core.takeFault(hi, lo, false, (kind >>> 16) << 14, 0)
      return 0
    }
    const isWatched = core.debug.isDataPageWatched(hi, lo)
    if (isWatched && this.#hitsWatchpoint(hi, kind & ACCESS.zva ? lo & ~63 : lo, bytes, regime, need)) return 0
    const { pa } = mmu
    const page = pa >>> 12
    const code = this.#code
    let fill = mmu.rights
    if (code.isCode(page)) {
      // After a store the page holds no decoded code; until then stores must come here.
      if (need & PERM.write) code.invalidatePage(page)
      else fill &= PERM.read
    }
    // Generated code checks no alignment on a hit, so what may need the check is not entered.
    if (!mmu.isDevice && !(core.sctlr & SCTLR.A) && !isWatched) mmu.tlb.fillData(regime, hi, lo, fill, mmu)
    return pa
  }

  /** Takes the watchpoint exception of an access, if there is one. */
  #hitsWatchpoint(hi: number, lo: number, bytes: number, regime: number, need: number): boolean {
    const { debug } = this.#core
    const el = regime === 0 ? 0 : 1
    const byte = debug.watchedByte(hi, lo, bytes, el, need)
    if (byte < 0) return false
    // Of an atomic, which reads and writes, it is a write where the read alone would not have hit.
    const isRead = (need & PERM.read) !== 0 && debug.watchedByte(hi, lo, bytes, el, PERM.read) >= 0
    this.#core.takeWatchpoint(hi, lo + byte, isRead ? 0 : ISS_ABORT.WnR)
    return true
  }

  /** Both pages are translated before anything moves; the bytes then go through the bounce buffer. */
  #crossPage(hi: number, lo: number, size: number, over: number, regime: number, kind: number): number {
    const { state } = this.#core
    // Without an element size, a crossing by a multi-element access may still be of aligned elements.
    const isUnaligned = (kind & ISV) !== 0
    // The halves may have different fates, so none is described as a whole access that could be emulated.
    const part = kind & 0xffff
    const head = size - over
    const first = this.#translate(hi, lo, regime, part, head, isUnaligned)
    if (first === 0) return 0
    const nextLo = ((lo | 0xfff) + 1) | 0
    const nextHi = nextLo === 0 ? (hi + 1) | 0 : hi
    const second = this.#translate(nextHi, nextLo, regime, part, over, isUnaligned)
    if (second === 0) return 0
    const { u8 } = state.memory
    const bounce = state.base + LAYOUT.bounce
    u8.copyWithin(bounce, first, first + head)
    u8.copyWithin(bounce + head, second, second + over)
    this.#first = first
    this.#firstBytes = head
    this.#second = second
    this.#secondBytes = over
    return bounce
  }

  /** Moves the bounce buffer's bytes to where they belong, after a store. */
  storeDone(): void {
    const { state } = this.#core
    const { u8 } = state.memory
    const bounce = state.base + LAYOUT.bounce
    u8.copyWithin(this.#first, bounce, bounce + this.#firstBytes)
    u8.copyWithin(this.#second, bounce + this.#firstBytes, bounce + this.#firstBytes + this.#secondBytes)
  }
}
