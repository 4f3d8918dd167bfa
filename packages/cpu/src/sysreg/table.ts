/** The system registers of EL0 and EL1, one row a register in the order of [ARM] D19. */
// biome-ignore-all format: the columns are the table

import type { DebugRegisters } from '../exception/debug-match.ts'
import { type CpuState, LAYOUT } from '../state.ts'
import type { SysRegContext } from './context.ts'
import { sysRegEncoding } from './encoding.ts'
import { CNTKCTL, SCTLR } from './fields.ts'
import { getCcsidr, getCounter, getCurrentEl, getDaif, getDczid, getFpcr, getFpsr, getIsr, getNzcv, getOslsr, getPan, getSpEl0, getSpEl1, getSpSel,
  getVirtualCounter, setDaif, setFpcr, setFpsr, setNzcv, setOslar, setPan, setSpEl0, setSpEl1, setSpSel } from './special.ts'

/** Whether an exception level may read, write, both or neither. */
export type Rights = '-' | 'r' | 'w' | 'rw'

/** What a row says beyond its name, encoding and rights. */
export interface SysRegOptions {
  /** Bits that a guest's write changes; the others keep their value. All ones unless told. */
  readonly mask?: bigint
  /** Value after reset; `unknown` is the pattern that KVM fills in for architecturally UNKNOWN values. 0 unless told. */
  readonly reset?: bigint | 'unknown'
  /** An ID register: constant to the guest, its value is the model's, the hypervisor may replace it. */
  readonly id?: true
  /** Leaves the value in the context's `lo` and `hi` instead of reading storage. */
  readonly read?: (c: SysRegContext, slot: number) => void
  /** Does the write instead of storage. True when the next instruction must be dispatched anew: after changes of what generated code keeps
   * in locals, flags and SP among it, or assumes, as FPCR. */
  readonly write?: (c: SysRegContext, lo: number, hi: number, slot: number) => boolean
  /** Called after a write to storage that changed it. True when the next instruction must be fetched anew. */
  readonly after?: (c: SysRegContext) => boolean
  /** Bits of SCTLR_EL1 of which one must be set, or the access at EL0 traps to EL1 (EC 0x18). */
  readonly el0Sctlr?: number
  /** The same for CNTKCTL_EL1. */
  readonly el0Cntkctl?: number
  /** An FP register: traps like an FP instruction. */
  readonly fp?: true
  /** UNDEFINED while PSTATE.SP selects this very stack pointer. */
  readonly notCurrentSp?: true
  /** The hypervisor answers. */
  readonly host?: true
}

/** One register. */
export interface SysRegRow extends SysRegOptions {
  readonly name: string
  readonly encoding: number
  readonly el0: Rights
  readonly el1: Rights
}

/** What KVM leaves in registers whose reset value is architecturally UNKNOWN. */
export const UNKNOWN_RESET = 0x1de7ec7edbadc0den

function reg(name: string, op0: number, op1: number, CRn: number, CRm: number, op2: number, el0: Rights, el1: Rights, options: SysRegOptions = {}): SysRegRow {
  return { name, encoding: sysRegEncoding(op0, op1, CRn, CRm, op2), el0, el1, ...options }
}

const id = { id: true } as const
const host = { host: true } as const
const unknown = { reset: 'unknown' } as const
const translation = (c: SysRegContext): boolean => {
  c.translationChanged()
  return true
}
const regime = (c: SysRegContext): boolean => {
  c.regimeChanged()
  return true
}
const debug = (c: SysRegContext): boolean => {
  c.debugChanged()
  return true
}
/** Hardware breakpoints and watchpoints, as many as most CPUs have. */
export const DEBUG_COUNTS = { breakpoints: 6, watchpoints: 4 } as const
function pairs<T>(count: number, of: (n: number) => T[]): T[] {
  return Array.from({ length: count }, (_, n) => of(n)).flat()
}
/** A write that is accepted and has no effect. */
const ignore = (): boolean => false
const zero = (c: SysRegContext): void => {
  c.lo = 0
  c.hi = 0
}

/** RES1 and implemented bits of SCTLR_EL1; the rest is RES0, endianness (EE, E0E) fixed at little. */
const SCTLR_MASK = 0x34dd_da7fn
/** T0SZ..TG1, IPS, AS, TBI0, TBI1, E0PD0, E0PD1. HA, HD, HPDn, TBIDn are RES0. DS counts with LPA2 only. */
const TCR_MASK = 0x0980_0077_ffff_ffffn & ~(1n << 6n)

const breakpoint = (n: number): SysRegRow[] => [
  reg(`DBGBVR${n}_EL1`,     2, 0, 0, n,  4, '-',  'rw', { mask: 0x00ff_ffff_ffff_fffcn, after: debug }),
  reg(`DBGBCR${n}_EL1`,     2, 0, 0, n,  5, '-',  'rw', { mask: 0x00ff_e1e7n, after: debug }),
]
const watchpoint = (n: number): SysRegRow[] => [
  reg(`DBGWVR${n}_EL1`,     2, 0, 0, n,  6, '-',  'rw', { mask: 0x00ff_ffff_ffff_fffcn, after: debug }),
  reg(`DBGWCR${n}_EL1`,     2, 0, 0, n,  7, '-',  'rw', { mask: 0x1f1f_fffen | 1n, after: debug }),
]

/** Every register that exists; what is absent is UNDEFINED, except the reserved part of the ID space (see {@link isReservedId}). */
export const sysRegs: readonly SysRegRow[] = [
  // Debug.
  reg('OSDTRRX_EL1',        2, 0, 0, 0,  2, '-',  'rw', { mask: 0xffff_ffffn }),
  ...pairs(DEBUG_COUNTS.breakpoints, breakpoint),
  ...pairs(DEBUG_COUNTS.watchpoints, watchpoint),
  reg('MDCCINT_EL1',        2, 0, 0, 2,  0, '-',  'rw', { mask: 0x6000_0000n }),
  reg('MDSCR_EL1',          2, 0, 0, 2,  2, '-',  'rw', { mask: 0x0000_b001n, after: debug }),
  reg('OSDTRTX_EL1',        2, 0, 0, 3,  2, '-',  'rw', { mask: 0xffff_ffffn }),
  reg('OSECCR_EL1',         2, 0, 0, 6,  2, '-',  'rw', { mask: 0xffff_ffffn }),
  reg('MDRAR_EL1',          2, 0, 1, 0,  0, '-',  'r',  { read: zero }),
  reg('OSLAR_EL1',          2, 0, 1, 0,  4, '-',  'w',  { write: setOslar }),
  reg('OSLSR_EL1',          2, 0, 1, 1,  4, '-',  'r',  { reset: 0xan, read: getOslsr }),
  reg('OSDLR_EL1',          2, 0, 1, 3,  4, '-',  'rw', { mask: 1n }),
  reg('DBGPRCR_EL1',        2, 0, 1, 4,  4, '-',  'rw', { mask: 1n }),
  reg('DBGCLAIMSET_EL1',    2, 0, 7, 8,  6, '-',  'rw', { read: (c) => { c.lo = 0xff; c.hi = 0 }, write: ignore }),
  reg('DBGCLAIMCLR_EL1',    2, 0, 7, 9,  6, '-',  'rw', { read: zero, write: ignore }),
  reg('DBGAUTHSTATUS_EL1',  2, 0, 7, 14, 6, '-',  'r',  { read: zero }),
  reg('MDCCSR_EL0',         2, 3, 0, 1,  0, 'r',  'r',  { read: zero }),
  reg('DBGDTR_EL0',         2, 3, 0, 4,  0, 'rw', 'rw', { read: zero, write: ignore }),
  reg('DBGDTRRX_EL0',       2, 3, 0, 5,  0, 'rw', 'rw', { read: zero, write: ignore }),

  // Identification.
  reg('MIDR_EL1',           3, 0, 0, 0,  0, '-',  'r',  id),
  reg('MPIDR_EL1',          3, 0, 0, 0,  5, '-',  'r',  { reset: 0x8000_0000n }),
  reg('REVIDR_EL1',         3, 0, 0, 0,  6, '-',  'r',  id),
  reg('ID_AA64PFR0_EL1',    3, 0, 0, 4,  0, '-',  'r',  id),
  reg('ID_AA64PFR1_EL1',    3, 0, 0, 4,  1, '-',  'r',  id),
  reg('ID_AA64DFR0_EL1',    3, 0, 0, 5,  0, '-',  'r',  id),
  reg('ID_AA64DFR1_EL1',    3, 0, 0, 5,  1, '-',  'r',  id),
  reg('ID_AA64AFR0_EL1',    3, 0, 0, 5,  4, '-',  'r',  id),
  reg('ID_AA64AFR1_EL1',    3, 0, 0, 5,  5, '-',  'r',  id),
  reg('ID_AA64ISAR0_EL1',   3, 0, 0, 6,  0, '-',  'r',  id),
  reg('ID_AA64ISAR1_EL1',   3, 0, 0, 6,  1, '-',  'r',  id),
  reg('ID_AA64ISAR2_EL1',   3, 0, 0, 6,  2, '-',  'r',  id),
  reg('ID_AA64MMFR0_EL1',   3, 0, 0, 7,  0, '-',  'r',  id),
  reg('ID_AA64MMFR1_EL1',   3, 0, 0, 7,  1, '-',  'r',  id),
  reg('ID_AA64MMFR2_EL1',   3, 0, 0, 7,  2, '-',  'r',  id),

  // Control of EL1 and its translation.
  reg('SCTLR_EL1',          3, 0, 1, 0,  0, '-',  'rw', { mask: SCTLR_MASK, reset: 0x00c5_0078n, after: translation }),
  reg('ACTLR_EL1',          3, 0, 1, 0,  1, '-',  'rw', { mask: 0n }),
  reg('CPACR_EL1',          3, 0, 1, 0,  2, '-',  'rw', { mask: 0x0030_0000n, after: regime }),
  reg('TTBR0_EL1',          3, 0, 2, 0,  0, '-',  'rw', { ...unknown, after: translation }),
  reg('TTBR1_EL1',          3, 0, 2, 0,  1, '-',  'rw', { ...unknown, after: translation }),
  reg('TCR_EL1',            3, 0, 2, 0,  2, '-',  'rw', { mask: TCR_MASK, after: translation }),
  reg('SPSR_EL1',           3, 0, 4, 0,  0, '-',  'rw', { mask: 0xffff_ffffn }),
  reg('ELR_EL1',            3, 0, 4, 0,  1, '-',  'rw'),
  reg('SP_EL0',             3, 0, 4, 1,  0, '-',  'rw', { read: getSpEl0, write: setSpEl0, notCurrentSp: true }),
  reg('SPSel',              3, 0, 4, 2,  0, '-',  'rw', { read: getSpSel, write: setSpSel }),
  reg('CurrentEL',          3, 0, 4, 2,  2, '-',  'r',  { read: getCurrentEl }),
  reg('PAN',                3, 0, 4, 2,  3, '-',  'rw', { read: getPan, write: setPan }),
  reg('ICC_PMR_EL1',        3, 0, 4, 6,  0, '-',  'rw', host),
  reg('AFSR0_EL1',          3, 0, 5, 1,  0, '-',  'rw', unknown),
  reg('AFSR1_EL1',          3, 0, 5, 1,  1, '-',  'rw', unknown),
  reg('ESR_EL1',            3, 0, 5, 2,  0, '-',  'rw', unknown),
  reg('FAR_EL1',            3, 0, 6, 0,  0, '-',  'rw', unknown),
  reg('PAR_EL1',            3, 0, 7, 4,  0, '-',  'rw', unknown),
  reg('MAIR_EL1',           3, 0, 10, 2, 0, '-',  'rw', { ...unknown, after: translation }),
  reg('AMAIR_EL1',          3, 0, 10, 3, 0, '-',  'rw', unknown),
  reg('VBAR_EL1',           3, 0, 12, 0, 0, '-',  'rw', { mask: 0xffff_ffff_ffff_f800n }),
  reg('ISR_EL1',            3, 0, 12, 1, 0, '-',  'r',  { read: getIsr }),

  // GIC CPU interface: the hypervisor's.
  reg('ICC_IAR0_EL1',       3, 0, 12, 8, 0, '-',  'r',  host),
  reg('ICC_EOIR0_EL1',      3, 0, 12, 8, 1, '-',  'w',  host),
  reg('ICC_HPPIR0_EL1',     3, 0, 12, 8, 2, '-',  'r',  host),
  reg('ICC_BPR0_EL1',       3, 0, 12, 8, 3, '-',  'rw', host),
  ...[0, 1, 2, 3].map((n) => reg(`ICC_AP0R${n}_EL1`, 3, 0, 12, 8, 4 + n, '-', 'rw', host)),
  ...[0, 1, 2, 3].map((n) => reg(`ICC_AP1R${n}_EL1`, 3, 0, 12, 9, n, '-', 'rw', host)),
  reg('ICC_DIR_EL1',        3, 0, 12, 11, 1, '-', 'w',  host),
  reg('ICC_RPR_EL1',        3, 0, 12, 11, 3, '-', 'r',  host),
  reg('ICC_SGI1R_EL1',      3, 0, 12, 11, 5, '-', 'w',  host),
  reg('ICC_ASGI1R_EL1',     3, 0, 12, 11, 6, '-', 'w',  host),
  reg('ICC_SGI0R_EL1',      3, 0, 12, 11, 7, '-', 'w',  host),
  reg('ICC_IAR1_EL1',       3, 0, 12, 12, 0, '-', 'r',  host),
  reg('ICC_EOIR1_EL1',      3, 0, 12, 12, 1, '-', 'w',  host),
  reg('ICC_HPPIR1_EL1',     3, 0, 12, 12, 2, '-', 'r',  host),
  reg('ICC_BPR1_EL1',       3, 0, 12, 12, 3, '-', 'rw', host),
  reg('ICC_CTLR_EL1',       3, 0, 12, 12, 4, '-', 'rw', host),
  reg('ICC_SRE_EL1',        3, 0, 12, 12, 5, '-', 'rw', host),
  reg('ICC_IGRPEN0_EL1',    3, 0, 12, 12, 6, '-', 'rw', host),
  reg('ICC_IGRPEN1_EL1',    3, 0, 12, 12, 7, '-', 'rw', host),

  reg('CONTEXTIDR_EL1',     3, 0, 13, 0, 1, '-',  'rw', { mask: 0xffff_ffffn }),
  reg('TPIDR_EL1',          3, 0, 13, 0, 4, '-',  'rw', unknown),
  reg('CNTKCTL_EL1',        3, 0, 14, 1, 0, '-',  'rw', { mask: 0x3ffn }),
  reg('CCSIDR_EL1',         3, 1, 0, 0,  0, '-',  'r',  { read: getCcsidr }),
  reg('CLIDR_EL1',          3, 1, 0, 0,  1, '-',  'r',  id),
  reg('AIDR_EL1',           3, 1, 0, 0,  7, '-',  'r',  id),
  reg('CSSELR_EL1',         3, 2, 0, 0,  0, '-',  'rw', { ...unknown, mask: 0xfn }),
  reg('CTR_EL0',            3, 3, 0, 0,  1, 'r',  'r',  { ...id, el0Sctlr: SCTLR.UCT }),
  reg('DCZID_EL0',          3, 3, 0, 0,  7, 'r',  'r',  { ...id, read: getDczid }),
  reg('NZCV',               3, 3, 4, 2,  0, 'rw', 'rw', { read: getNzcv, write: setNzcv }),
  reg('DAIF',               3, 3, 4, 2,  1, 'rw', 'rw', { read: getDaif, write: setDaif, el0Sctlr: SCTLR.UMA }),
  reg('FPCR',               3, 3, 4, 4,  0, 'rw', 'rw', { read: getFpcr, write: setFpcr, fp: true }),
  reg('FPSR',               3, 3, 4, 4,  1, 'rw', 'rw', { read: getFpsr, write: setFpsr, fp: true }),
  reg('TPIDR_EL0',          3, 3, 13, 0, 2, 'rw', 'rw', unknown),
  reg('TPIDRRO_EL0',        3, 3, 13, 0, 3, 'r',  'rw', unknown),

  // Generic timer. Control and compare registers are the hypervisor's.
  reg('CNTFRQ_EL0',         3, 3, 14, 0, 0, 'r',  'r',  { reset: 62_500_000n, el0Cntkctl: CNTKCTL.EL0PCTEN | CNTKCTL.EL0VCTEN }),
  reg('CNTPCT_EL0',         3, 3, 14, 0, 1, 'r',  'r',  { read: getCounter, el0Cntkctl: CNTKCTL.EL0PCTEN }),
  reg('CNTVCT_EL0',         3, 3, 14, 0, 2, 'r',  'r',  { read: getVirtualCounter, el0Cntkctl: CNTKCTL.EL0VCTEN }),
  reg('CNTP_TVAL_EL0',      3, 3, 14, 2, 0, 'rw', 'rw', { ...host, el0Cntkctl: CNTKCTL.EL0PTEN }),
  reg('CNTP_CTL_EL0',       3, 3, 14, 2, 1, 'rw', 'rw', { ...host, el0Cntkctl: CNTKCTL.EL0PTEN }),
  reg('CNTP_CVAL_EL0',      3, 3, 14, 2, 2, 'rw', 'rw', { ...host, el0Cntkctl: CNTKCTL.EL0PTEN }),
  reg('CNTV_TVAL_EL0',      3, 3, 14, 3, 0, 'rw', 'rw', { ...host, el0Cntkctl: CNTKCTL.EL0VTEN }),
  reg('CNTV_CTL_EL0',       3, 3, 14, 3, 1, 'rw', 'rw', { ...host, el0Cntkctl: CNTKCTL.EL0VTEN }),
  reg('CNTV_CVAL_EL0',      3, 3, 14, 3, 2, 'rw', 'rw', { ...host, el0Cntkctl: CNTKCTL.EL0VTEN }),

  // An EL2 encoding: no access from EL1, but the hypervisor reads and writes it.
  reg('SP_EL1',             3, 4, 4, 1,  0, '-',  '-',  { read: getSpEl1, write: setSpEl1 }),
]

/** Offset of row n's storage in a vCPU block; every row has a slot, whether it uses it or not. */
export function slotOfRow(row: number): number {
  return LAYOUT.sysregs + row * 8
}

const indexOfEncoding = new Int16Array(0x10000).fill(-1)
const indexOfName = new Map<string, number>()
sysRegs.forEach((row, n) => {
  indexOfEncoding[row.encoding] = n
  indexOfName.set(row.name, n)
})

/** The row of an encoding, or −1. */
export function rowOf(encoding: number): number {
  return indexOfEncoding[encoding & 0xffff] as number
}

/** Row n. @throws {RangeError} for a number that {@link rowOf} does not give. */
export function rowNumbered(n: number): SysRegRow {
  const row = sysRegs[n]
  if (row === undefined) throw new RangeError(`system registers have no row ${n}`)
  return row
}

/** The row called `name`. @throws {RangeError} when there is none. */
export function rowNamed(name: string): SysRegRow {
  const n = indexOfName.get(name)
  if (n === undefined) throw new RangeError(`no system register is called ${name}`)
  return sysRegs[n] as SysRegRow
}

/** Offset of a register's storage in a vCPU block. @throws {RangeError} when no register has this name. */
export function slotNamed(name: string): number {
  const n = indexOfName.get(name)
  if (n === undefined) throw new RangeError(`no system register is called ${name}`)
  return slotOfRow(n)
}

/** The guest's own breakpoint and watchpoint registers. */
export function guestDebugRegisters(state: CpuState): DebugRegisters {
  const read = (kind: 'B' | 'W') => (n: number) => [
    { control: state.get64(slotNamed(`DBG${kind}CR${n}_EL1`)), value: state.get64(slotNamed(`DBG${kind}VR${n}_EL1`)) },
  ]
  return { breakpoints: pairs(DEBUG_COUNTS.breakpoints, read('B')), watchpoints: pairs(DEBUG_COUNTS.watchpoints, read('W')) }
}

/** True for op0 = 3, op1 = 0, CRn = 0, CRm = 1..7: ID registers not named above are RES0. [ARM] D12.3.1. */
export function isReservedId(encoding: number): boolean {
  return encoding >> 6 === sysRegEncoding(3, 0, 0, 0, 0) >> 6 && ((encoding >> 3) & 7) !== 0
}
