/** Where a vCPU's state lies in linear memory: one layout table that interpreter, translator and TypeScript share. */
// biome-ignore-all format: the columns are the table

import type { LinearMemory } from './memory.ts'

/** Bytes of one vCPU block; block n of the first ones starts at `CPU_BASE + n * CPU_STRIDE`. */
export const CPU_STRIDE = 0x160000
/** Offset of the first vCPU block in linear memory. */
export const CPU_BASE = 0x10000

/** How many vCPU blocks fit below the first allocation. */
export const FIRST_FREE_CPUS = 1

/** Entries of one TLB set. With a quarter of them, programs of some megabytes spent a tenth of their time on misses. */
export const TLB_ENTRIES = 4096
/** Bytes of one TLB entry: i64 tag, i32 addend, i32 info. */
export const TLB_ENTRY_BYTES = 16
/** Bytes of one TLB set. */
export const TLB_SET_BYTES = 0x10000
/** Of a virtual address shifted right by 8: the place of its page's entry in a set. */
export const TLB_PLACE_MASK = 0xfff0
/** TLB contexts of EL0 at a time, one an ASID. */
export const TLB_CONTEXTS = 5
/** Sets of one such context: reads, writes, execution. */
export const TLB_CONTEXT_SETS = 3

/** Offsets in a vCPU block. Fields are 64 bits wide unless the name of a comment says otherwise. */
export const LAYOUT = {
  /** X0..X30, then a slot that always reads zero (31), the current SP (32), a sink for writes to XZR (33). */
  x:            0x000,
  /** Address of the next instruction, in memory only while not inside the interpreter loop. */
  pc:           0x110,
  /** NZCV in unpacked form: N is bit 63 of n; Z is z == 0; C is c (0 or 1, i32); V is bit 63 of v. */
  n:            0x118,
  z:            0x120,
  c:            0x128,
  v:            0x130,
  /** i32 each: PSTATE.EL (0 or 1), .SP, DAIF in bits 9:6 as in SPSR, .PAN (0/1), .IL, .SS, .UAO is not implemented. */
  el:           0x138,
  spsel:        0x13c,
  daif:         0x140,
  pan:          0x144,
  il:           0x148,
  ss:           0x14c,
  /** i32: nonzero sends the interpreter loop back to TypeScript at its next check (interrupts, stop requests, traps). */
  attention:    0x150,
  /** i32: nonzero when FP/SIMD instructions trap at the current EL (CPACR_EL1.FPEN). */
  fpDisabled:   0x154,
  /** i32: offset from the block of the data-TLB pair of the current regime (see tlb*). */
  tlbBase:      0x158,
  /**
   * i32: counts whatever may end a translation other than its entry being replaced: TLB maintenance, a context given to another ASID, a page
   * that becomes code. What was copied out of a data TLB holds as long as the 64-bit word of tlbBase and this is what it was; of an
   * unprivileged access at EL1, as long as this and userTlbBase are. See `mmu/tlb.ts`.
   */
  tlbEpoch:     0x15c,
  /** i32: raised interrupt lines, at their bits of DAIF. An interrupt is due when one of them is not masked. */
  pendingLines: 0x1a0,
  /** i32: the event register of WFE and SEVL. */
  event:        0x1a4,
  /** i32: remaining budget, in taken branches or in instructions. */
  budget:       0x160,
  /** i32: linear-memory address of the record of `pc` after a successful exec lookup; base of its page of records. */
  rec:          0x164,
  recPage:      0x168,
  /** Virtual address of the page that `recPage` decodes. */
  pageVa:       0x170,
  /** Exclusive monitor: address (i64, all ones = open), loaded value (two i64), size in bytes (i32). */
  exclAddr:     0x178,
  exclLo:       0x180,
  exclHi:       0x188,
  exclSize:     0x190,
  /** i32 each: FPCR, FPSR. */
  fpcr:         0x198,
  fpsr:         0x19c,
  /** i64 operands and results of slow paths called from generated code. */
  arg0:         0x1a8,
  /** i32: offset from the block of the exec-TLB of the current regime. */
  execTlbBase:  0x1b0,
  /** i32: offset from the block of EL0's data-TLB pair in the current context; its exec-TLB is two sets further. */
  userTlbBase:  0x1b4,
  /** V0..V31, 16 bytes each. */
  vregs:        0x200,
  /** Bounce buffer for accesses that cross a page: 128 bytes. */
  bounce:       0x400,
  /** Operands and results of helper calls (floating point, cryptography): 128 bytes. */
  helper:       0x480,
  /** System registers with plain storage: 8 bytes each, assigned by the system-register table. */
  sysregs:      0x800,
  sysregsEnd:   0x1800,
  /**
   * Where indirect branches went while they were interpreted, for the translator: 256 sets by record, 8 ways by target, each of an i32
   * address of the branch's record and an i32, the low half of the target.
   */
  indirect:     0x2000,
  /**
   * TLBs of EL1: a read set and a write set with PAN 0, the same with PAN 1, then the exec set. All sets up to `end` lie side by side.
   * An entry's tag is the virtual address of a 4 KiB page (or all ones). Of data, addend + low 32 bits of VA = linear-memory address; of
   * code the addend is the address of the page's records. Info is the physical page number and what invalidation needs.
   */
  tlb:          0x6000,
  execTlb:      0x46000,
  /** TLBs of EL0 (also LDTR, STTR), by context: a read set, a write set, an exec set. */
  userTlb:      0x56000,
  end:          0x146000,
} as const

/** Constant tables at the end of a vCPU block; see `runtime/tables.ts`. */
export const TABLES = {
  /** AES: tables of 16 bytes. */
  aes:          0x15b000,
  /** CRC32, then CRC32C: eight tables of 256 words each. */
  crc32:        0x15b100,
  crc32Bytes:   0x2000,
  end:          0x15f100,
} as const

/** Register index of the always-zero slot, of SP, and of the write sink, in units of 8 bytes from `LAYOUT.x`. */
export const X_ZERO = 31
export const X_SP = 32
export const X_SINK = 33

/** Tag of an empty TLB entry: no page address, since bits 11:0 are set. */
export const TLB_INVALID = 0xffffffffffffffffn

/** Typed access to one vCPU's block, for slow paths and for tools. */
export class CpuState {
  readonly memory: LinearMemory
  /** Linear-memory address of the block. */
  readonly base: number

  /** @param base where the block lies, if it is not the one that has its place by number. */
  constructor(memory: LinearMemory, index: number, base: number = CPU_BASE + index * CPU_STRIDE) {
    this.memory = memory
    this.base = base
  }

  /** Reads an i32 field, unsigned. */
  get32(offset: number): number {
    return this.memory.u32[(this.base + offset) >>> 2] as number
  }
  /** Writes an i32 field. */
  set32(offset: number, value: number): void {
    this.memory.u32[(this.base + offset) >>> 2] = value
  }
  /** Reads an i64 field, unsigned. */
  get64(offset: number): bigint {
    return this.memory.u64[(this.base + offset) >>> 3] as bigint
  }
  /** Writes an i64 field, modulo 2^64. */
  set64(offset: number, value: bigint): void {
    this.memory.u64[(this.base + offset) >>> 3] = value
  }

  /** Reads Xn, n in 0..31; 31 reads zero. */
  readX(n: number): bigint {
    return this.get64(LAYOUT.x + n * 8)
  }
  /** Writes Xn, n in 0..31; 31 is dropped. */
  writeX(n: number, value: bigint): void {
    if (n !== 31) this.set64(LAYOUT.x + n * 8, value)
  }
  get sp(): bigint {
    return this.get64(LAYOUT.x + X_SP * 8)
  }
  set sp(value: bigint) {
    this.set64(LAYOUT.x + X_SP * 8, value)
  }
  get pc(): bigint {
    return this.get64(LAYOUT.pc)
  }
  set pc(value: bigint) {
    this.set64(LAYOUT.pc, value)
  }

  /** NZCV as in PSTATE: bits 31:28. */
  get nzcv(): number {
    const n = this.get64(LAYOUT.n) >> 63n ? 8 : 0
    const z = this.get64(LAYOUT.z) === 0n ? 4 : 0
    const c = this.get32(LAYOUT.c) ? 2 : 0
    const v = this.get64(LAYOUT.v) >> 63n ? 1 : 0
    return (n | z | c | v) * 0x10000000
  }
  set nzcv(word: number) {
    this.set64(LAYOUT.n, word & 0x80000000 ? 1n << 63n : 0n)
    this.set64(LAYOUT.z, word & 0x40000000 ? 0n : 1n)
    this.set32(LAYOUT.c, word & 0x20000000 ? 1 : 0)
    this.set64(LAYOUT.v, word & 0x10000000 ? 1n << 63n : 0n)
  }

  /** Vn as a 128-bit number. */
  readV(n: number): bigint {
    return this.get64(LAYOUT.vregs + n * 16) | (this.get64(LAYOUT.vregs + n * 16 + 8) << 64n)
  }
  writeV(n: number, value: bigint): void {
    this.set64(LAYOUT.vregs + n * 16, value)
    this.set64(LAYOUT.vregs + n * 16 + 8, value >> 64n)
  }
}
