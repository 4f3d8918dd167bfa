/** The bare-metal loops of the MIPS benchmark: position-independent programs that end in PSCI's SYSTEM_OFF. */

import { assemble } from '@armvisor/cpu'

/** A loop by its body; X28 counts down. */
export interface Loop {
  readonly name: string
  /** What runs once, before the loop. */
  readonly setUp: string
  /** One iteration without the count and the branch back. */
  readonly body: string
  /** Instructions that one iteration executes, those two included. */
  readonly instructions: number
  /** Subroutines. */
  readonly rest?: string
}

export const loops: readonly Loop[] = [
  {
    name: 'alu',
    setUp: 'mov x0, #1\nmov x1, #0x1234\nmov x2, #7\nmov x3, #0',
    body: `
      add x3, x3, x0
      eor x4, x3, x1
      lsl x5, x4, #3
      and x6, x5, #0xff00
      orr x7, x6, x2
      sub x8, x7, x3, lsr #2
      mul x9, x8, x2
      cmp x9, x4
      csel x0, x9, x1, hi
      ubfx x10, x0, #5, #11
      add w11, w10, w9
      ror x1, x1, #13
      adds x3, x3, x11
      cinc x2, x2, mi`,
    instructions: 16,
  },
  {
    name: 'memory',
    setUp: 'adr x0, buffer\nmov x1, #0\nmov x2, #0',
    body: `
      ldr x3, [x0, x1]
      add x3, x3, x28
      str x3, [x0, x1]
      ldp x4, x5, [x0, #64]
      stp x5, x4, [x0, #64]
      ldrb w6, [x0, #9]
      ldrh w7, [x0, #18]
      strb w7, [x0, #33]
      ldr w8, [x0, #40]
      str w6, [x0, #44]
      ldrsw x9, [x0, #44]
      add x1, x1, #8
      and x1, x1, #0xff8`,
    instructions: 15,
  },
  {
    name: 'branches',
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
    instructions: 14,
  },
  {
    name: 'calls',
    setUp: 'mov x0, #0',
    body: `
      mov x1, x28
      bl outer
      add x0, x0, x1`,
    instructions: 18,
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
]

/** Where QEMU puts an image without a header: [QEMU-VIRT], and where the page table of the program is aligned for. */
const LOAD_ADDRESS = 0x4008_0000n

/**
 * The program of a loop. It maps the first two gigabytes one to one as Normal memory, so that loads and stores take the way they take
 * under an operating system, and then runs.
 */
export function programOf(loop: Loop, iterations: number): Uint8Array {
  const source = `
      adr x0, table
      msr ttbr0_el1, x0
      mov x0, #0xff
      msr mair_el1, x0
      ldr x0, tcr
      msr tcr_el1, x0
      isb
      mrs x0, sctlr_el1
      mov x1, #0x1005
      orr x0, x0, x1
      msr sctlr_el1, x0
      isb
      adr x0, stack
      mov sp, x0
      ldr x28, count
      ${loop.setUp}
loop: ${loop.body}
      subs x28, x28, #1
      b.ne loop
      ldr w0, off
      hvc #0
      ${loop.rest ?? ''}
      .align 3
count: .quad iterations
      // 39 bits, write-back, inner shareable, no upper half: [ARM] D19.2.139.
tcr:  .quad 0x803519
      // SYSTEM_OFF: [PSCI] 5.9.
off:  .word 0x84000008
      .align 12
table: .quad 0x701
      .quad 0x40000701
      .space 4080
buffer: .space 8192
stack: .quad 0
`
  return assemble(source, { base: LOAD_ADDRESS, symbols: { iterations } }).bytes
}
