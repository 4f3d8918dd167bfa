/** What a breakpoint or watchpoint register pair matches. [ARM] D2.8, D2.9, D24 DBGBCR<n>_EL1, DBGWCR<n>_EL1. */

/** Values of one pair. */
export interface DebugRegisterPair {
  readonly control: bigint
  readonly value: bigint
}

/** All pairs, in the order of their numbers. */
export interface DebugRegisters {
  readonly breakpoints: readonly DebugRegisterPair[]
  readonly watchpoints: readonly DebugRegisterPair[]
}

/** DBGBCR.BT. What is absent compares VMIDs or is of AArch32, and matches nothing here. */
const BT = { address: 0, linkedAddress: 1, contextId: 2, linkedContextId: 3 } as const

const PAGE_MASK = ~0xfff
/** VA[55:32]: bits above are copies of bit 55, or a tag. */
const HI_MASK = 0xffffff

function field(word: number, lsb: number, bits: number): number {
  return (word >>> lsb) & ((1 << bits) - 1)
}

/** E, PMC or PAC, HMC and SSC are where breakpoints and watchpoints both have them. HMC adds EL2, where no guest is. */
function matchesEl(control: number, el: number): boolean {
  // SSC: both states, and Non-secure.
  if (field(control, 14, 2) > 1) return false
  return (control & (el === 0 ? 4 : 2)) !== 0
}

/** CONTEXTIDR_EL1 that a linked pair asks for: undefined where the breakpoint it names compares none. */
function linkedContextId(control: number, breakpoints: readonly DebugRegisterPair[]): number | undefined {
  const linked = breakpoints[field(control, 16, 4)]
  if (!linked) return undefined
  const linkedControl = Number(linked.control & 0xffff_ffffn)
  const isContext = (linkedControl & 1) !== 0 && field(linkedControl, 20, 4) === BT.linkedContextId
  return isContext ? Number(linked.value & 0xffff_ffffn) : undefined
}

/** An enabled breakpoint. BAS is RES1 on a CPU without AArch32, so instructions are matched as wholes. */
export class Breakpoint {
  readonly #control: number
  readonly #hi: number
  readonly #lo: number
  readonly #hasAddress: boolean
  readonly #contextId: number | undefined

  constructor(pair: DebugRegisterPair, contextId: number | undefined, hasAddress: boolean) {
    this.#control = Number(pair.control & 0xffff_ffffn)
    this.#lo = Number(pair.value & 0xffff_fffcn) | 0
    this.#hi = Number(pair.value >> 32n) & HI_MASK
    this.#hasAddress = hasAddress
    this.#contextId = contextId
  }

  /** Those that can match. */
  static enabled(pairs: readonly DebugRegisterPair[]): Breakpoint[] {
    return pairs.flatMap((pair) => {
      const control = Number(pair.control & 0xffff_ffffn)
      if ((control & 1) === 0 || !(matchesEl(control, 0) || matchesEl(control, 1))) return []
      const type = field(control, 20, 4)
      if (type === BT.address) return [new Breakpoint(pair, undefined, true)]
      if (type === BT.contextId) return [new Breakpoint(pair, Number(pair.value & 0xffff_ffffn), false)]
      const contextId = type === BT.linkedAddress ? linkedContextId(control, pairs) : undefined
      return contextId === undefined ? [] : [new Breakpoint(pair, contextId, true)]
    })
  }

  isInPage(hi: number, lo: number): boolean {
    return !this.#hasAddress || ((hi & HI_MASK) === this.#hi && ((lo ^ this.#lo) & PAGE_MASK) === 0)
  }

  matches(hi: number, lo: number, el: number, contextId: number): boolean {
    if (!matchesEl(this.#control, el)) return false
    if (this.#contextId !== undefined && this.#contextId !== contextId) return false
    return !this.#hasAddress || ((hi & HI_MASK) === this.#hi && (lo | 0) === this.#lo)
  }
}

/** An enabled watchpoint: bytes of a doubleword, or an aligned range of 8 bytes to 2 GiB. */
export class Watchpoint {
  readonly #control: number
  readonly #hi: number
  /** First byte and how many; of a doubleword those that `BAS` selects. */
  readonly #start: number
  readonly #bytes: number
  readonly #bas: number
  readonly #contextId: number | undefined

  constructor(pair: DebugRegisterPair, contextId: number | undefined) {
    const control = Number(pair.control & 0xffff_ffffn)
    this.#control = control
    this.#contextId = contextId
    this.#hi = Number(pair.value >> 32n) & HI_MASK
    const lo = Number(pair.value & 0xffff_fffcn)
    // 1 and 2 are reserved, and act as 0.
    const mask = field(control, 24, 5)
    const isRange = mask > 2
    this.#bytes = isRange ? 2 ** mask : lo & 4 ? 4 : 8
    this.#start = isRange ? lo - (lo % 2 ** mask) : lo
    this.#bas = isRange ? 0xff : field(control, 5, 8)
  }

  /** Those that can match. */
  static enabled(pairs: readonly DebugRegisterPair[], breakpoints: readonly DebugRegisterPair[]): Watchpoint[] {
    return pairs.flatMap((pair) => {
      const control = Number(pair.control & 0xffff_ffffn)
      if ((control & 1) === 0 || field(control, 3, 2) === 0) return []
      const isLinked = (control & (1 << 20)) !== 0
      const contextId = isLinked ? linkedContextId(control, breakpoints) : undefined
      return isLinked && contextId === undefined ? [] : [new Watchpoint(pair, contextId)]
    })
  }

  isInPage(hi: number, lo: number): boolean {
    if ((hi & HI_MASK) !== this.#hi) return false
    const page = (lo & PAGE_MASK) >>> 0
    return page < this.#start + this.#bytes && this.#start < page + 0x1000
  }

  /** See `DebugUnit.watchedByte`. */
  firstByte(hi: number, lo: number, sizeBytes: number, el: number, access: number, contextId: number): number {
    if ((hi & HI_MASK) !== this.#hi || !matchesEl(this.#control, el)) return -1
    if ((field(this.#control, 3, 2) & access) === 0) return -1
    if (this.#contextId !== undefined && this.#contextId !== contextId) return -1
    const from = lo >>> 0
    const end = Math.min(from + sizeBytes, this.#start + this.#bytes)
    for (let byte = Math.max(from, this.#start); byte < end; byte++) {
      if (this.#bytes > 8 || (this.#bas >>> (byte - this.#start)) & 1) return byte - from
    }
    return -1
  }
}
