/** The bare-metal programs of the benchmark of mechanisms: each spends its time in one thing that a CPU does. */

/** What a geometric mean is taken over; every row belongs to `all` as well. */
export type Group = 'integer' | 'memory' | 'FP' | 'SIMD' | 'atomics' | 'traps' | 'dispersed'

/** A program by its loop; X28 counts iterations down. */
export interface Mechanism {
  readonly name: string
  readonly group: Group
  /** What runs once, before the loop. */
  readonly setUp: string
  /** One iteration without the count and the branch back. */
  readonly body: string
  /** Instructions that one iteration executes, those two included; of the traps, round trips. */
  readonly work: number
  /** Subroutines, and the handler `onTrap` of a program of EL0. */
  readonly rest?: string
  /** The loop runs at EL0. Whatever `onTrap` does not know branches to `finish`. */
  readonly isUser?: boolean
  /** Not in the Cortex-A57. */
  readonly needsLse?: boolean
}

/** The lines over and over, with `$` the number of the copy. */
const repeat = (times: number, lines: string): string =>
  Array.from({ length: times }, (_, i) => lines.replaceAll('$', `${i}`)).join('\n')

const coldBlocks = 2000

/**
 * A ring of blocks, each of other instructions than its neighbours and followed by one that lies elsewhere: what is fast here was not
 * made fast by one hot loop.
 */
function coldRing(): string {
  const registers = 12
  const operations = ['add', 'eor', 'sub', 'orr', 'and', 'bic']
  const blocks = Array.from({ length: coldBlocks }, (_, block) => {
    const lines = Array.from({ length: 7 }, (_, i) => {
      const seed = block * 7 + i
      const [rd, rn, rm] = [seed * 5, seed * 3 + 1, seed + block].map((n) => `x${n % registers}`)
      return `${operations[(seed + (block >> 3)) % operations.length]} ${rd}, ${rn}, ${rm}, lsl #${1 + (seed % 30)}`
    })
    const next = (block + 1) % coldBlocks
    return [`cold${block}: ${lines.join('\n')}`, next === 0 ? 'ret' : `b cold${next}`]
  })
  // 701 and 2000 have no common factor: neighbours in time are 22 KB apart.
  return Array.from({ length: coldBlocks }, (_, place) => blocks[(place * 701) % coldBlocks])
    .flat()
    .join('\n')
}

/** The programs, in the order of the table. */
export const mechanisms: readonly Mechanism[] = [
  {
    name: 'alu',
    group: 'integer',
    setUp: 'mov x0, #1\nmov x1, #0x1234\nmov x2, #7\nmov x3, #0',
    // Each instruction needs the one before it.
    body: repeat(
      4,
      `add x3, x3, x1
      eor x3, x3, x2
      lsl x0, x3, #3
      sub x0, x0, x3
      orr x3, x0, x1, lsr #2
      ror x3, x3, #13
      and x0, x3, #0xffffffffff
      add x3, x0, x2`,
    ),
    work: 34,
  },
  {
    name: 'alu2',
    group: 'integer',
    setUp: repeat(10, 'mov x$, #$'),
    // Instructions that need nothing of each other, and a second block.
    body: `
      add x0, x0, #1
      add x1, x1, #3
      eor x2, x2, #0xff
      sub x3, x3, #5
      orr x4, x4, #2
      lsl x5, x6, #1
      add x7, x8, x9
      b second
second: add x0, x0, #7
      eor x1, x1, #0xf0
      sub x2, x2, #1
      add x3, x3, #9
      ror x4, x4, #5
      lsr x6, x5, #1
      sub x8, x7, x9`,
    work: 17,
  },
  {
    name: 'branches',
    group: 'integer',
    setUp: 'mov x0, #0x5eed\nmov x3, #0\nmov x4, #0\nmov x6, #0x660d\nmovk x6, #0x19, lsl #16',
    body: `
      madd x0, x0, x6, x28
      tbz x0, #20, even
      add x3, x3, #1
      b joined
even: eor x3, x3, x0
      nop
joined: lsr x5, x0, #33
      cbz w5, zero
      sub x4, x4, x5
      b next
zero: add x4, x4, #1
      nop
next: tst x0, #0x400000
      b.ne taken
      add x4, x4, #3
      b done
taken: add x4, x4, #5
      nop
done:`,
    // Either side of each branch is as long as the other.
    work: 14,
  },
  {
    name: 'calls',
    group: 'integer',
    setUp: 'mov x0, #0',
    body: `
      mov x1, x28
      bl outer
      add x0, x0, x1`,
    work: 18,
    rest: `
outer: stp x29, x30, [sp, #-32]!
      mov x29, sp
      str x1, [sp, #16]
      bl leaf
      bl leaf
      ldr x2, [sp, #16]
      add x1, x1, x2
      ldp x29, x30, [sp], #32
      ret
leaf: add x1, x1, #1
      ret`,
  },
  {
    name: 'indirect',
    group: 'integer',
    setUp: 'adr x1, targets\nmov x2, #0\nmov x3, #0',
    body: `
      add x2, x2, x28
      and x4, x2, #3
      add x4, x1, x4, lsl #4
      br x4
targets: add x3, x3, #1
      eor x2, x2, #4
      nop
      b arrived
      add x3, x3, #3
      eor x2, x2, #1
      nop
      b arrived
      sub x3, x3, #5
      eor x2, x2, #2
      nop
      b arrived
      add x3, x3, x2
      eor x2, x2, #3
      nop
      b arrived
arrived:`,
    work: 10,
  },
  {
    name: 'loads',
    group: 'memory',
    setUp: 'adr x0, heap\nmov x1, #0\nmov x2, #0',
    body: `
      ldr x3, [x0, x1]
      add x9, x0, x1
      ldr x4, [x9, #72]
      ldr w5, [x9, #16]
      ldrb w6, [x9, #33]
      ldrh w7, [x9, #50]
      ldrsw x8, [x9, #24]
      ldp x10, x11, [x9, #128]
      ldr x12, [x9, #200]
      ldr x13, [x9, #8]
      add x2, x2, x3
      add x1, x1, #40
      and x1, x1, #0x3fff`,
    work: 15,
  },
  {
    name: 'stores',
    group: 'memory',
    setUp: 'adr x0, heap\nmov x1, #0\nmov x2, #0',
    body: `
      str x28, [x0, x1]
      add x9, x0, x1
      str x1, [x9, #72]
      str w28, [x9, #16]
      strb w28, [x9, #33]
      strh w28, [x9, #50]
      str w1, [x9, #24]
      stp x28, x1, [x9, #128]
      str xzr, [x9, #200]
      str x9, [x9, #8]
      add x1, x1, #40
      and x1, x1, #0x3fff`,
    work: 14,
  },
  {
    name: 'copies',
    group: 'memory',
    setUp: 'adr x0, heap\nadd x1, x0, #8, lsl #12\nmov x2, #0',
    body: `
      add x3, x0, x2
      add x4, x1, x2
      ldp q0, q1, [x3]
      ldp q2, q3, [x3, #32]
      stp q0, q1, [x4]
      stp q2, q3, [x4, #32]
      ldp q4, q5, [x3, #64]
      ldp q6, q7, [x3, #96]
      stp q4, q5, [x4, #64]
      stp q6, q7, [x4, #96]
      add x2, x2, #128
      and x2, x2, #0x3fff`,
    work: 14,
  },
  {
    name: 'muldiv',
    group: 'integer',
    setUp:
      'mov x0, #0x1235\nmovk x0, #0x8765, lsl #48\nmov x1, #0x9e37\nmovk x1, #0x79b9, lsl #48\nmov x2, #3\nmov x5, #1',
    body: `
      mul x2, x0, x1
      umulh x3, x0, x2
      madd x4, x3, x1, x2
      orr x5, x4, #1
      udiv x6, x2, x5
      msub x7, x6, x5, x2
      smull x8, w7, w4
      umulh x9, x8, x1
      sdiv w10, w9, w5
      add x0, x0, x10
      madd x1, x1, x5, x28`,
    work: 13,
  },
  {
    name: 'flags',
    group: 'integer',
    setUp: repeat(8, 'mov x$, #0x12$'),
    body: `
      adds x0, x0, x1
      adcs x2, x2, x3
      adc x4, x4, xzr
      cmp x0, x2
      ccmp x4, x5, #4, hi
      csel x6, x0, x2, ne
      subs x1, x1, x6
      sbcs x3, x3, x4
      cset x7, cc
      tst x3, #0xff
      csinc x5, x5, x7, eq
      cmn w2, w3
      ccmn x1, #7, #8, vs
      csneg x0, x0, x6, ge`,
    work: 16,
  },
  {
    name: 'fp',
    group: 'FP',
    setUp: 'fmov d0, #1.0\nfmov d1, #1.5\nfmov d2, #3.0\nfmov d3, #0.75\nfmov d4, #7.0\nfmov d5, #1.25',
    // Each instruction needs the one before it; the values stay between 1 and 30.
    body: repeat(
      4,
      `fadd d6, d0, d1
      fmul d6, d6, d2
      fsub d6, d6, d3
      fdiv d0, d6, d4`,
    ).concat(`
      fcmp d0, d5
      fcsel d7, d0, d5, gt
      fadd d5, d7, d3
      fdiv d5, d5, d2`),
    work: 22,
  },
  {
    name: 'simd',
    group: 'SIMD',
    setUp: `
      fmov v0.2d, #1.0
      fmov v1.2d, #1.5
      fmov v2.2d, #0.5
      fmov v3.4s, #2.0
      fmov v4.4s, #0.25
      movi v5.4s, #3
      movi v6.16b, #7
      movi v7.8h, #9`,
    body: `
      fadd v16.2d, v0.2d, v1.2d
      add v5.4s, v5.4s, v7.4s
      fmul v0.2d, v16.2d, v2.2d
      eor v6.16b, v6.16b, v5.16b
      mul v8.4s, v5.4s, v7.4s
      fadd v17.4s, v3.4s, v4.4s
      sub v7.8h, v7.8h, v6.8h
      fmul v3.4s, v17.4s, v4.4s
      shl v9.4s, v8.4s, #3
      and v10.16b, v9.16b, v6.16b
      cmgt v11.4s, v5.4s, v8.4s
      bsl v11.16b, v9.16b, v10.16b
      fsub v18.2d, v16.2d, v0.2d
      add v12.2d, v11.2d, v8.2d
      umax v13.16b, v12.16b, v6.16b
      zip1 v14.4s, v13.4s, v12.4s
      ext v15.16b, v14.16b, v13.16b, #4
      add v6.16b, v15.16b, v6.16b`,
    work: 20,
  },
  {
    name: 'exclusives',
    group: 'atomics',
    setUp: 'adr x0, heap\nmov x2, #0',
    body: `
again: ldxr x1, [x0]
      add x1, x1, #1
      stxr w3, x1, [x0]
      cbnz w3, again
acquired: ldaxr w4, [x0]
      add w4, w4, w28
      stlxr w3, w4, [x0]
      cbnz w3, acquired`,
    work: 10,
  },
  {
    name: 'lse',
    group: 'atomics',
    setUp: 'adr x0, heap\nmov x1, #1\nmov x7, #0',
    body: `
      ldadd x1, x2, [x0]
      ldaddal w1, w3, [x0]
      swpal x28, x4, [x0]
      add x7, x7, x2
      mov x5, x28
      casal x5, x2, [x0]`,
    work: 8,
    needsLse: true,
  },
  {
    name: 'syscall',
    group: 'traps',
    setUp: 'mov x20, #0',
    body: 'svc #0',
    work: 1,
    isUser: true,
    rest: `
onTrap: mrs x9, esr_el1
      lsr x9, x9, #26
      cmp x9, #0x15
      b.ne finish
      add x20, x20, #1
      eret`,
  },
  {
    name: 'fault',
    group: 'traps',
    // User memory from 300 GiB on: one level-3 table, which the handler fills in page by page, and a system call empties.
    setUp: `
      mov x20, #0
      adr x11, heap
      add x0, x11, #1, lsl #12
      orr x1, x0, #3
      str x1, [x11]
      adr x1, table
      orr x2, x11, #3
      str x2, [x1, #2400]
      mov x11, x0
      // A page that EL0 may write, not global.
      add x12, x11, #1, lsl #12
      mov x1, #0xf43
      orr x12, x12, x1
      mov x21, #300
      lsl x21, x21, #30
      mov x19, x21`,
    body: `
      str x28, [x19]
      add x19, x19, #1, lsl #12
      tst x19, #0x1ff000
      b.ne mapped
      svc #0
      mov x19, x21
mapped:`,
    work: 1,
    isUser: true,
    rest: `
onTrap: mrs x9, esr_el1
      lsr x9, x9, #26
      cmp x9, #0x24
      b.ne notAbort
      mrs x9, far_el1
      ubfx x9, x9, #12, #9
      str x12, [x11, x9, lsl #3]
      dsb ishst
      isb
      add x20, x20, #1
      eret
notAbort: cmp x9, #0x15
      b.ne finish
      add x10, x11, #1, lsl #12
      mov x9, x11
clear: stp xzr, xzr, [x9], #16
      cmp x9, x10
      b.ne clear
      dsb ishst
      tlbi vmalle1
      dsb ish
      isb
      eret`,
  },
  {
    name: 'chase',
    group: 'memory',
    // A ring of 200 pages, 77 pages from one to the next, each pointer somewhere else in its page.
    setUp: `
      adr x0, heap
      mov x1, #0
      mov x2, #0
      mov x6, #200
chain: add x3, x2, #77
      udiv x4, x3, x6
      msub x3, x4, x6, x3
      and x4, x2, #63
      lsl x4, x4, #6
      orr x4, x4, x2, lsl #12
      and x5, x3, #63
      lsl x5, x5, #6
      orr x5, x5, x3, lsl #12
      add x5, x5, x0
      str x5, [x0, x4]
      mov x2, x3
      add x1, x1, #1
      cmp x1, x6
      b.ne chain`,
    body: repeat(8, 'ldr x0, [x0]'),
    work: 10,
  },
  {
    name: 'cold',
    group: 'dispersed',
    setUp: repeat(12, 'mov x$, #0x51$'),
    body: 'bl cold0',
    // Seven instructions and the branch of each block.
    work: 8 * coldBlocks + 3,
    rest: coldRing(),
  },
]
