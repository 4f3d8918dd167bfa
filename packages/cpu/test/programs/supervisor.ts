/**
 * The program's operating system: page tables, vectors that log and repair faults, a timer's interrupt handler. It is the same code on
 * our CPU and on QEMU's; only the physical addresses in the tables differ.
 */

import { assemble } from '../../src/asm/assemble.ts'
import {
  BASE_VA,
  CALL,
  CODE_PAGES,
  CODE_VA,
  DATA_KINDS,
  DATA_VA,
  EL1_ALIAS,
  END,
  FRAME,
  FRAME_VA,
  IMAGE,
  LOG_ENTRIES,
  SECOND_VA,
  SUPERVISOR_VA,
  TABLE_VA,
} from './layout.ts'

/** Descriptors of stage 1, 4 KiB granule: [ARM] D8.3. */
const TABLE = 3n
/** A page: inner shareable, accessed, attribute 0. */
const PAGE = 3n | (3n << 8n) | (1n << 10n)
const USER = 1n << 6n
const READ_ONLY = 2n << 6n
const PXN = 1n << 53n
const UXN = 1n << 54n
const DATA = PAGE | PXN | UXN

/** Index in the table of level 3. */
const indexOf = (va: number): number => (va - BASE_VA) / 4096
const ATTRIBUTES: Readonly<Record<(typeof DATA_KINDS)[number], bigint>> = {
  window: DATA | USER,
  readOnly: DATA | USER | READ_ONLY,
  privileged: DATA,
  // What the supervisor makes of it on the first access; it starts unmapped.
  lazy: DATA | USER,
  copyOnWrite: DATA | USER | READ_ONLY,
}
const lazyIndex = indexOf(DATA_VA) + DATA_KINDS.indexOf('lazy')
const cowIndex = indexOf(DATA_VA) + DATA_KINDS.indexOf('copyOnWrite')

/** Physical offset of a page of data: neighbours in virtual memory are none in physical memory. */
const dataPage = (n: number): number => IMAGE.data + 4096 * (DATA_KINDS.length - 1 - n)

const source = (base: number): string => `
vectors: b sync
  .space 0x7c
  b irq
  .space 0x17c
  b sync
  .space 0x7c
  b irq
  .space 0x17c
  b sync
  .space 0x7c
  b irq
  .space 0x37c

sync:
  msr tpidr_el1, x0
  adr x0, frame
  stp x1, x2, [x0, #${FRAME.saved + 8}]
  stp x3, x4, [x0, #${FRAME.saved + 24}]
  mrs x1, tpidr_el1
  str x1, [x0, #${FRAME.saved}]
  mrs x1, esr_el1
  mrs x2, elr_el1
  ldr w3, endSyndrome
  cmp x1, x3
  b.eq finish
  ldr x3, [x0, #${FRAME.count}]
  cmp x3, #${LOG_ENTRIES}
  b.hs finish
  add x4, x0, #${FRAME.log}
  add x4, x4, x3, lsl #5
  add x3, x3, #1
  str x3, [x0, #${FRAME.count}]
  mrs x3, far_el1
  stp x1, x3, [x4]
  mrs x3, spsr_el1
  stp x2, x3, [x4, #16]
  lsr x3, x1, #26
  cmp x3, #0x15
  b.eq call
  cmp x3, #0x24
  b.eq data
  cmp x3, #0x25
  b.eq data
  cmp x3, #0x07
  b.eq fp
  cmp x3, #0x0e
  b.eq illegal
  and x4, x3, #0xfffffffffffffffe
  cmp x4, #0x20
  b.eq fetch
  cmp x3, #0x22
  b.eq fetch
skip:
  add x2, x2, #4
goOn:
  msr elr_el1, x2
return:
  ldp x1, x2, [x0, #${FRAME.saved + 8}]
  ldp x3, x4, [x0, #${FRAME.saved + 24}]
  ldr x0, [x0, #${FRAME.saved}]
  eret

call:
  and x1, x1, #0xffff
  cmp x1, #${CALL.switchEl}
  b.eq switchEl
  cmp x1, #${CALL.disableFp}
  b.ne return
  msr cpacr_el1, xzr
  isb
  b return
switchEl:
  mrs x3, spsr_el1
  and x4, x3, #0xf
  and x3, x3, #0xfffffffffffffff0
  cbnz x4, toUser
  add x3, x3, #5
toUser:
  msr spsr_el1, x3
  eor x2, x2, #${EL1_ALIAS}
  b goOn

fp:
  mov x1, #0x300000
  msr cpacr_el1, x1
  isb
  b return

illegal:
  mrs x3, spsr_el1
  and x3, x3, #0xffffffffffefffff
  msr spsr_el1, x3
  b return

fetch:
  ldr x1, [x0, #${FRAME.landed}]
  cmp x1, #4
  b.hs finish
  add x3, x0, x1, lsl #3
  add x1, x1, #1
  str x1, [x0, #${FRAME.landed}]
  ldr x2, [x3, #${FRAME.landings}]
  mrs x3, spsr_el1
  tst x3, #0xf
  b.eq goOn
  orr x2, x2, #${EL1_ALIAS}
  b goOn

data:
  mrs x1, far_el1
  adr x4, table
  ldr x3, lazyPage
  eor x3, x3, x1, lsr #12
  cbz x3, map
  ldr x3, cowPage
  eor x3, x3, x1, lsr #12
  cbnz x3, skip
  ldr x1, cowWritable
  ldr x3, [x4, #${cowIndex * 8}]
  cmp x1, x3
  b.eq skip
  str x1, [x4, #${cowIndex * 8}]
  ldr x3, cowPage
  b forget
map:
  ldr x1, lazyMapped
  ldr x3, [x4, #${lazyIndex * 8}]
  cmp x1, x3
  b.eq skip
  str x1, [x4, #${lazyIndex * 8}]
  ldr x3, lazyPage
forget:
  dsb ishst
  tlbi vaae1, x3
  dsb ish
  isb
  b return

irq:
  msr tpidr_el1, x0
  adr x0, frame
  stp x1, x2, [x0, #${FRAME.saved + 0x48}]
  mrs x1, tpidr_el1
  str x1, [x0, #${FRAME.saved + 0x40}]
  ldr x1, [x0, #${FRAME.interrupts}]
  add x1, x1, #1
  str x1, [x0, #${FRAME.interrupts}]
  mrs x1, icc_iar1_el1
  cmp x1, #27
  b.ne acknowledged
  ldr x1, [x0, #${FRAME.random}]
  ldr x2, multiplier
  mul x1, x1, x2
  str x1, [x0, #${FRAME.random}]
  lsr x1, x1, #60
  add x1, x1, #3
  msr cntv_tval_el0, x1
  isb
  mov x1, #27
acknowledged:
  cmp x1, #1020
  b.hs spurious
  msr icc_eoir1_el1, x1
  isb
spurious:
  ldp x1, x2, [x0, #${FRAME.saved + 0x48}]
  ldr x0, [x0, #${FRAME.saved + 0x40}]
  eret

finish:
  mov x1, #0x300000
  msr cpacr_el1, x1
  msr cntv_ctl_el0, xzr
  isb
  ldr x1, [x0, #${FRAME.saved}]
  str x1, [x0]
  ldp x1, x2, [x0, #${FRAME.saved + 8}]
  stp x1, x2, [x0, #8]
  ldp x3, x4, [x0, #${FRAME.saved + 24}]
  stp x3, x4, [x0, #24]
${pairs(5, 29, (n) => `  stp x${n}, x${n + 1}, [x0, #${n * 8}]`)}
  mrs x1, sp_el0
  mov x2, sp
  stp x1, x2, [x0, #${FRAME.SP_EL0}]
  mrs x1, elr_el1
  mrs x2, spsr_el1
  stp x1, x2, [x0, #${FRAME.ELR}]
  mrs x1, fpcr
  mrs x2, fpsr
  stp x1, x2, [x0, #${FRAME.FPCR}]
  mrs x1, tpidr_el0
  str x1, [x0, #${FRAME.TPIDR_EL0}]
${pairs(0, 30, (n) => `  stp q${n}, q${n + 1}, [x0, #${FRAME.v + n * 16}]`)}
  ldr x1, [x0, #${FRAME.finished}]
  br x1

enter:
  mov x1, #3
  msr cntkctl_el1, x1
  adr x0, frame
  adr x4, table
  ldr x1, [x4, #${lazyIndex * 8}]
  cbz x1, isUnmapped
  str xzr, [x4, #${lazyIndex * 8}]
  ldr x3, lazyPage
  dsb ishst
  tlbi vaae1, x3
isUnmapped:
  ldr x1, [x4, #${cowIndex * 8}]
  ldr x2, cowReadOnly
  cmp x1, x2
  b.eq isReadOnly
  str x2, [x4, #${cowIndex * 8}]
  ldr x3, cowPage
  dsb ishst
  tlbi vaae1, x3
isReadOnly:
  dsb ish
  isb
${pairs(0, 30, (n) => `  ldp q${n}, q${n + 1}, [x0, #${FRAME.v + n * 16}]`)}
  ldp x1, x2, [x0, #${FRAME.FPCR}]
  msr fpcr, x1
  msr fpsr, x2
  ldr x1, [x0, #${FRAME.TPIDR_EL0}]
  msr tpidr_el0, x1
  msr tpidrro_el0, x1
  msr contextidr_el1, xzr
  msr esr_el1, xzr
  msr far_el1, xzr
  ldp x1, x2, [x0, #${FRAME.SP_EL0}]
  msr sp_el0, x1
  mov sp, x2
  ldp x1, x2, [x0, #${FRAME.ELR}]
  msr elr_el1, x1
  msr spsr_el1, x2
  ldr x1, [x0, #${FRAME.hasTimer}]
  cbz x1, noTimer
  mov x2, #1
  msr cntv_tval_el0, x2
  msr cntv_ctl_el0, x1
noTimer:
  isb
${pairs(1, 29, (n) => `  ldp x${n}, x${n + 1}, [x0, #${n * 8}]`)}
  ldr x0, [x0]
  eret
finished:
  hvc #0

  .align 3
endSyndrome: .word ${0xf200_0000 + END}
  .word 0
multiplier: .quad 0x5851f42d4c957f2d
lazyPage: .quad ${(DATA_VA + 4096 * DATA_KINDS.indexOf('lazy')) / 4096}
lazyMapped: .quad 0x${(ATTRIBUTES.lazy | BigInt(base + dataPage(DATA_KINDS.indexOf('lazy')))).toString(16)}
cowPage: .quad ${(DATA_VA + 4096 * DATA_KINDS.indexOf('copyOnWrite')) / 4096}
cowReadOnly: .quad 0x${(ATTRIBUTES.copyOnWrite | BigInt(base + dataPage(DATA_KINDS.indexOf('copyOnWrite')))).toString(16)}
cowWritable: .quad 0x${(DATA | USER | BigInt(base + dataPage(DATA_KINDS.indexOf('copyOnWrite')))).toString(16)}
`

function pairs(first: number, last: number, line: (n: number) => string): string {
  const lines: string[] = []
  for (let n = first; n <= last; n += 2) lines.push(line(n))
  return lines.join('\n')
}

/** What {@link supervisorImage} made. */
export interface SupervisorImage {
  readonly bytes: Uint8Array
  /** Where a program is started from its frame, at EL1. */
  readonly enter: bigint
  /** An HVC, where it may end. */
  readonly finished: bigint
}

/** Tables, supervisor, an empty frame, and pages of code and data, to be loaded at a physical address. */
export function supervisorImage(base: number): SupervisorImage {
  const { bytes: code, labels } = assemble(source(base), {
    base: BigInt(SUPERVISOR_VA),
    symbols: { frame: FRAME_VA, table: TABLE_VA },
  })
  if (code.length > IMAGE.frame - IMAGE.supervisor) throw new RangeError(`a supervisor of ${code.length} bytes`)
  const bytes = new Uint8Array(IMAGE.end)
  const table = new BigUint64Array(bytes.buffer, 0, IMAGE.supervisor / 8)
  const put = (level: number, index: number, descriptor: bigint): void => {
    table[(level >>> 3) + index] = descriptor
  }
  const at = (offset: number): bigint => BigInt(base + offset)
  put(IMAGE.L0, 0, TABLE | at(IMAGE.L1))
  put(IMAGE.L1, BASE_VA / 2 ** 30, TABLE | at(IMAGE.L2))
  put(IMAGE.L2, 0, TABLE | at(IMAGE.L3))
  const map = (va: number, offset: number, attributes: bigint): void =>
    put(IMAGE.L3, indexOf(va), attributes | at(offset))
  for (let n = 0; n < CODE_PAGES; n++) {
    map(CODE_VA + n * 4096, IMAGE.code + n * 4096, PAGE | USER)
    map(CODE_VA + EL1_ALIAS + n * 4096, IMAGE.code + n * 4096, PAGE | UXN)
  }
  DATA_KINDS.forEach((kind, n) => {
    if (kind !== 'lazy') map(DATA_VA + n * 4096, dataPage(n), ATTRIBUTES[kind])
  })
  map(SECOND_VA, dataPage(0), ATTRIBUTES.window)
  for (let n = 0; n < 2; n++) map(SUPERVISOR_VA + n * 4096, IMAGE.supervisor + n * 4096, PAGE | READ_ONLY | UXN)
  map(FRAME_VA, IMAGE.frame, DATA)
  map(TABLE_VA, IMAGE.L3, DATA)
  bytes.set(code, IMAGE.supervisor)
  return { bytes, enter: labels.get('enter') as bigint, finished: labels.get('finished') as bigint }
}
