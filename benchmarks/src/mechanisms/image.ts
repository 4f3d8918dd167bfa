/** A program as bytes that run anywhere, with a stage-1 table and vectors, up to PSCI's SYSTEM_OFF. */

import { assemble } from '@armvisor/cpu'
import type { Mechanism } from './programs.ts'

/** A program for either machine. */
export interface Image {
  readonly bytes: Uint8Array
  /** Where its {@link Plan} is. */
  readonly planOffset: number
}

/** What a program is to do: 64 bits each, in this order. */
export interface Plan {
  readonly iterations: number
  /** Starts again with so many iterations when the first are over; 0 or absent: ends. */
  readonly thenIterations?: number
  /** Address of a PL011 to print the ticks of the last pass and the counter's frequency on, 16 letters each; 0 or absent: none. */
  readonly uart?: number
}

/** Where QEMU puts an image without a header: [QEMU-VIRT]. The program runs wherever pages begin. */
const loadAddress = 0x4008_0000n

/** Function number of SYSTEM_OFF: [PSCI] 5.9. */
export const systemOff = 0x8400_0008

/**
 * Assembles a mechanism's program. It maps the first two gigabytes one to one as Normal memory, so that loads and stores take the way they
 * take under an operating system, and again from 256 GiB on for EL0 to execute; `heap` is zeroed memory behind the program.
 */
export function imageOf(mechanism: Mechanism): Image {
  const { setUp, body, rest = '', isUser = false } = mechanism
  const toUser = `
      adr x0, userLoop
      mov x1, #1
      orr x0, x0, x1, lsl #38
      msr elr_el1, x0
      msr spsr_el1, xzr
      isb
      eret
userLoop:`
  const source = `
start: adr x0, table
      msr ttbr0_el1, x0
      mov x0, #0xff
      msr mair_el1, x0
      ldr x0, tcr
      msr tcr_el1, x0
      mov x0, #0x300000
      msr cpacr_el1, x0
      adr x0, vectors
      msr vbar_el1, x0
      isb
      mrs x0, sctlr_el1
      mov x1, #0x1005
      orr x0, x0, x1
      msr sctlr_el1, x0
      isb
      adr x0, stack
      mov sp, x0
      ldr x28, count
      mrs x0, cntvct_el0
      adr x1, started
      str x0, [x1]
      ${setUp}
      ${isUser ? toUser : ''}
loop: ${body}
      subs x28, x28, #1
      b.ne loop
      ${isUser ? 'brk #0' : ''}
      // What the loop left in X0 to X21 stays to be seen; X0 in X22.
finish: mrs x26, cntvct_el0
      mov x22, x0
      adr x23, count
      ldr x24, [x23, #24]
      sub x26, x26, x24
      ldr x24, [x23, #8]
      cbz x24, over
      stp x24, xzr, [x23]
      b start
over: ldr x24, [x23, #16]
      cbz x24, powerOff
      mov x23, x30
      mov x25, x26
      bl print
      mrs x25, cntfrq_el0
      bl print
      mov x30, x23
powerOff: ldr w0, off
      hvc #0
      // X25 as hexadecimal, A for 0 to P for 15.
print: mov x26, #60
digit: lsr x27, x25, x26
      and x27, x27, #15
      add x27, x27, #65
      strb w27, [x24]
      subs x26, x26, #4
      b.ge digit
      ret
      ${rest}
      ${rest.includes('onTrap:') ? '' : 'onTrap: b finish'}
      .align 3
      // 39 bits, write-back, inner shareable, no upper half: [ARM] D19.2.139.
tcr:  .quad 0x803519
off:  .word ${systemOff}
      // An exception of the program itself is a mistake in it: no PSCI function.
      .align 11
vectors: .space 0x200
      mov w0, #0
      hvc #0
      .space 0x1f8
      b onTrap
      .align 12
table: .quad 0x701
      .quad 0x40000701
      .space 2032
      // EL0 and EL1 read and execute.
      .quad 0x7c1
      .quad 0x400007c1
      .space 2032
      // Not in a page of code: a store to one drops what was translated of it.
count: .quad 0
      .quad 0
      .quad 0
started: .quad 0
      .space 4064
stack: .quad 0
      .align 12
heap:
`
  const { bytes, labels } = assemble(source, { base: loadAddress })
  return { bytes, planOffset: Number((labels.get('count') as bigint) - loadAddress) }
}

/** The image's bytes with a plan. */
export function withPlan({ bytes, planOffset }: Image, plan: Plan): Uint8Array {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer, planOffset)
  const values = [plan.iterations, plan.thenIterations ?? 0, plan.uart ?? 0]
  values.forEach((value, i) => {
    view.setBigUint64(i * 8, BigInt(value), true)
  })
  return copy
}
