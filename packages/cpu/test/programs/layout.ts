/**
 * Where things are for a random program: its pages, and the frame that starts it and that it leaves. Supervisor, our CPU and QEMU's
 * monitor (tools/program-oracle/monitor.c) share it.
 */

/** Virtual address of page 0; one table of level 3 maps everything. */
export const BASE_VA = 0x10_0000_0000
/** Where EL0 executes the pages of code. */
export const CODE_VA: number = BASE_VA + 0x1_0000
/** EL1 executes the same pages with this bit set: what EL0 may write EL1 may not execute. */
export const EL1_ALIAS = 0x4_0000
export const CODE_PAGES = 3
/** The pages of data; nothing is mapped before and behind them. */
export const DATA_VA: number = BASE_VA + 0x2_0000
/** How the pages of data are mapped, in order. */
export const DATA_KINDS = ['window', 'window', 'window', 'readOnly', 'privileged', 'lazy', 'copyOnWrite'] as const
/** The second mapping of the window's first page. */
export const SECOND_VA: number = BASE_VA + 0x2_8000
export const SUPERVISOR_VA: number = BASE_VA + 0x10_0000
export const FRAME_VA: number = SUPERVISOR_VA + 0x4000
/** Where the supervisor reaches the table of level 3. */
export const TABLE_VA: number = SUPERVISOR_VA + 0x5000

/** Offsets in the image, and in physical memory from where it was loaded. */
export const IMAGE = {
  L0: 0,
  L1: 0x1000,
  L2: 0x2000,
  L3: 0x3000,
  supervisor: 0x4000,
  frame: 0x6000,
  code: 0x8000,
  data: 0xb000,
  end: 0x12000,
} as const

/** Offsets in the frame: 64 bits each, V of 128. */
export const FRAME = {
  x: 0,
  SP_EL0: 0xf8,
  SP_EL1: 0x100,
  ELR: 0x108,
  SPSR: 0x110,
  FPCR: 0x118,
  FPSR: 0x120,
  TPIDR_EL0: 0x128,
  /** Nonzero: timer interrupts at random times. */
  hasTimer: 0x130,
  /** Exceptions in the log. */
  count: 0x138,
  /** Where execution goes on after a fault of fetching: four addresses, one after the other. */
  landings: 0x140,
  landed: 0x160,
  /** Where the supervisor goes when the program is over. */
  finished: 0x168,
  /** State of the random numbers by which the timer is set. */
  random: 0x170,
  interrupts: 0x178,
  v: 0x200,
  saved: 0x180,
  log: 0x400,
} as const

/** Bytes of the frame that a program starts from. */
export const FRAME_BYTES = 0x400
/** ESR, FAR, ELR, SPSR. */
export const LOG_ENTRY_BYTES = 32
/** The program is over when it would take one more. */
export const LOG_ENTRIES = 24

/** BRK with this number ends a program, and fills the pages of code. */
export const END = 0xfff0
export const END_WORD: number = (0xd420_0000 | (END << 5)) >>> 0

/** What SVC asks of the supervisor; any other number does nothing. */
export const CALL = { switchEl: 0x200, disableFp: 0x201 } as const
