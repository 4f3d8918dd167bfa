/** Writes the words of one random program: blocks of random instructions, the control flow between them, and fixed pieces. */

import type { Random } from '../isa/random.ts'
import { Composer, type Label } from './composer.ts'
import { DATA_VA } from './layout.ts'
import { faultPiece, type PieceContext, quietPiece } from './pieces.ts'
import { REGISTER, type RowGroup, randomInsn } from './random-word.ts'
import { isLoadExclusive, isMultiple } from './result.ts'

/** What a program shows. */
export type ProgramKind = 'block5' | 'block100' | 'control' | 'patch' | 'faults' | 'interrupts' | 'hot'

const NOP = 0xd503_201f
/** A branch over the next instruction. */
const SKIP = 0x1400_0002

export class ProgramWriter implements PieceContext {
  readonly composer: Composer = new Composer()
  readonly random: Random
  readonly isEl1: boolean
  readonly hasTimer: boolean
  readonly #kind: ProgramKind
  readonly #end: Label
  readonly #blocks: Label[] = []
  /** Words that may be written over: what follows them is straight code. */
  readonly #slots: Label[] = []
  readonly #subroutines: Label[] = []

  constructor(random: Random, kind: ProgramKind, isEl1: boolean) {
    this.random = random
    this.isEl1 = isEl1
    this.hasTimer = kind === 'interrupts'
    this.#kind = kind
    this.#end = this.composer.label()
  }

  get length(): number {
    return this.composer.length
  }

  /** Bound of the counter's first value: how often branches go backwards. */
  get maxCount(): number {
    return this.#kind.startsWith('block') ? 3 : this.hasTimer ? 300 : 60
  }

  finish(slot: number): number[] {
    return this.composer.finish(slot)
  }

  /** Where execution goes on after fetches that fault. */
  landings(): number[] {
    const { composer } = this
    return Array.from({ length: 4 }, () =>
      composer.address(this.#blocks.length > 0 ? this.random.pick(this.#blocks) : this.#end),
    )
  }

  write(): void {
    switch (this.#kind) {
      case 'block5':
        this.#straight(5)
        break
      case 'block100':
        this.#straight(100)
        break
      case 'hot':
        this.#hot()
        break
      default:
        this.#control()
    }
  }

  insn(group?: RowGroup): void {
    const { word, isLiteral } = randomInsn(this.random, group, this.hasTimer)
    if (isLiteral) this.composer.literal(word, DATA_VA + 4 * this.random.below(3 * 1024))
    else this.composer.word(word)
    if (isLoadExclusive(word)) this.#closeMonitor(word)
  }

  /**
   * A store-exclusive of another size than the load before it is CONSTRAINED UNPREDICTABLE, so behind every load comes what belongs to it
   * or CLREX. Other stores-exclusive find the monitor open.
   */
  #closeMonitor(load: number): void {
    const { composer, random } = this
    const Rn = (load >>> 5) & 31
    if (Rn !== REGISTER.anchor || random.oneIn(3)) {
      composer.lines('clrex')
      return
    }
    const status = random.below(7)
    const isPair = (load & (1 << 21)) !== 0
    const Rt2 = isPair ? 14 + random.below(7) : 31
    const registers = (status << 16) | (Rt2 << 10) | (7 + random.below(7))
    composer.word(((load & ~((1 << 22) | (31 << 16) | (31 << 10) | 31)) | registers) >>> 0)
  }

  /** A block of instructions of all rows alike, once or a few times over. */
  #straight(count: number): void {
    const { composer } = this
    const again = composer.here()
    for (let i = 0; i < count; i++) this.insn()
    composer.lines(`sub x${REGISTER.counter}, x${REGISTER.counter}, #1`)
    composer.tb(false, 63, REGISTER.counter, again)
    composer.place(this.#end)
    composer.end()
  }

  /** A loop that goes round often enough for any threshold. */
  #hot(): void {
    const { composer, random } = this
    const again = composer.here()
    const skip = composer.label()
    const length = 3 + random.below(8)
    for (let i = 0; i < length; i++) {
      if (random.oneIn(4))
        composer.lines(
          random.pick([
            'ldr x3, [x28, #16]',
            'str x4, [x28, #24]',
            'ldp x5, x6, [x28]',
            'stp q1, q2, [x28]',
            'ldrb w7, [x28, x22]',
          ]),
        )
      else this.insn(random.oneIn(4) ? 'fp' : 'integer')
      if (i === length >> 1) composer.cb(random.oneIn(2), 1, random.below(20), skip)
    }
    composer.place(skip)
    this.#count()
    this.#backwards(again)
    composer.place(this.#end)
    composer.end()
  }

  #count(): void {
    const { composer, random } = this
    const x = `x${REGISTER.counter}`
    // With and without flags that live on.
    composer.lines(random.oneIn(2) ? `subs ${x}, ${x}, #1` : `sub ${x}, ${x}, #1`)
  }

  /** A branch backwards, behind {@link #count}; the counter ends it whatever the flags say. */
  #backwards(to: Label): void {
    this.composer.tb(false, 63, REGISTER.counter, to)
  }

  #control(): void {
    const { composer, random } = this
    const blockCount = 2 + random.below(9)
    for (let i = 0; i < blockCount + 1; i++) this.#blocks.push(composer.label())
    for (let i = 0; i < 1 + random.below(3); i++) this.#subroutines.push(composer.label())
    for (let n = 0; n < blockCount; n++) {
      composer.place(this.#blocks[n] as Label)
      this.#body(random.below(7))
      this.#ending(n, blockCount)
    }
    composer.place(this.#blocks[blockCount] as Label)
    composer.place(this.#end)
    composer.end()
    this.#subroutines.forEach((label, n) => {
      composer.place(label)
      this.#subroutine(n)
    })
  }

  #body(count: number): void {
    const { random } = this
    for (let i = 0; i < count; i++) {
      if (this.#kind === 'patch' && random.oneIn(3)) this.#patchOrSlot()
      else if (this.#kind === 'faults' && random.oneIn(5)) faultPiece(this)
      else if (random.oneIn(8)) quietPiece(this)
      else this.insn(random.pick(['integer', 'integer', 'integer', 'integer', 'memory', 'fp', 'vectorMemory'] as const))
    }
  }

  /** How a block ends. */
  #ending(n: number, blockCount: number): void {
    const { composer, random } = this
    const label = (i: number): Label => this.#blocks[i] as Label
    const forwards = (): Label => label(n + 1 + random.below(blockCount - n))
    switch (random.below(8)) {
      case 0:
      case 1:
        // Into loops from outside and out of their middle: any block before.
        this.#count()
        if (random.oneIn(3)) {
          const out = composer.label()
          composer.bCond(random.below(14), out)
          this.#backwards(label(random.below(n + 1)))
          composer.place(out)
        } else this.#backwards(label(random.below(n + 1)))
        return
      case 2:
      case 3:
        this.#call(random.pick(this.#subroutines))
        return
      case 4:
        composer.adr(REGISTER.scratch, forwards())
        composer.lines('br x23')
        return
      case 5: {
        const table = composer.label()
        composer.lines(`and x24, x${random.below(22)}, #3`)
        composer.adr(REGISTER.scratch, table)
        composer.lines('add x23, x23, x24, lsl #2; br x23')
        composer.place(table)
        for (let i = 0; i < 4; i++) composer.b(forwards())
        return
      }
      case 6:
        return
      default:
        this.#branch(forwards())
    }
  }

  /** A branch of any kind. */
  #branch(to: Label): void {
    const { composer, random } = this
    switch (random.below(4)) {
      case 0:
        composer.b(to)
        break
      case 1:
        composer.bCond(random.below(16), to)
        break
      case 2:
        composer.cb(random.oneIn(2), random.below(2), random.below(22), to)
        break
      default:
        composer.tb(random.oneIn(2), random.below(64), random.below(22), to)
    }
  }

  #call(to: Label): void {
    if (this.random.oneIn(3)) {
      this.composer.adr(REGISTER.scratch, to)
      this.composer.lines('blr x23')
    } else this.composer.bl(to)
  }

  /** Calls those behind it only, and so comes to an end. */
  #subroutine(n: number): void {
    const { composer, random } = this
    const behind = this.#subroutines.slice(n + 1)
    if (behind.length === 0 || random.oneIn(3)) {
      this.#body(random.below(5))
      this.#return()
      return
    }
    composer.lines('stp x30, x3, [sp, #-16]!')
    this.#body(random.below(3))
    this.#call(random.pick(behind))
    this.#body(random.below(3))
    composer.lines('ldp x30, x4, [sp], #16')
    this.#return()
  }

  /** Returns, but not for ever: a random store may have hit the return address. */
  #return(): void {
    this.composer.lines('sub x21, x21, #1')
    this.composer.tb(true, 63, REGISTER.returns, this.#end)
    this.composer.lines('ret')
  }

  #patchOrSlot(): void {
    const { composer, random } = this
    if (this.#slots.length === 0 || random.oneIn(2)) {
      this.#slots.push(composer.here())
      this.insn(random.oneIn(2) ? 'integer' : undefined)
      this.insn('integer')
      return
    }
    const skip = composer.label()
    const isConditional = random.oneIn(2)
    if (isConditional) {
      // Only in some rounds of a loop, when the code is warm.
      composer.lines(`and x24, x${REGISTER.counter}, #${random.pick([1, 3, 7])}`)
      composer.cb(true, 1, REGISTER.scratch2, skip)
    }
    const word = random.oneIn(4) ? random.pick([NOP, SKIP]) : this.#patch()
    composer.adr(REGISTER.scratch, random.pick(this.#slots))
    composer.lines(`movz w24, #${word & 0xffff}; movk w24, #${word >>> 16}, lsl #16`)
    // By the other mapping of the page.
    if (this.isEl1 && random.oneIn(3)) composer.lines('eor x23, x23, #0x40000')
    composer.lines('str w24, [x23]; dc cvau, x23; dsb ish; ic ivau, x23; dsb ish; isb')
    composer.place(skip)
  }

  /** A word to write over another: not of those that depend on where they lie, or that {@link reasonNotCompared} must know. */
  #patch(): number {
    while (true) {
      const { word, isLiteral } = randomInsn(this.random, this.random.oneIn(2) ? 'integer' : undefined, true)
      if (!isLiteral && !isMultiple(word)) return word
    }
  }
}
