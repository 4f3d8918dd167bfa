/** Reads and writes of system registers that are more than storage. [ARM] C5.2, D19. */

import { readNzcv, writeNzcv } from '../exception/nzcv.ts'
import { LAYOUT, X_SP } from '../state.ts'
import type { SysRegContext } from './context.ts'
import { SCTLR, SPSR } from './fields.ts'

const SP = LAYOUT.x + X_SP * 8

function give(c: SysRegContext, lo: number, hi = 0): void {
  c.lo = lo >>> 0
  c.hi = hi >>> 0
}

/** True when the current stack pointer is SP_EL0. */
function usesSpEl0(c: SysRegContext): boolean {
  return c.state.get32(LAYOUT.el) === 0 || c.state.get32(LAYOUT.spsel) === 0
}

/** SP_EL0 lives in its slot unless it is the current stack pointer. */
export function getSpEl0(c: SysRegContext, slot: number): void {
  const at = usesSpEl0(c) ? SP : slot
  give(c, c.state.get32(at), c.state.get32(at + 4))
}
/** Writes SP_EL0 where it lives. */
export function setSpEl0(c: SysRegContext, lo: number, hi: number, slot: number): boolean {
  const at = usesSpEl0(c) ? SP : slot
  c.state.set32(at, lo)
  c.state.set32(at + 4, hi)
  return false
}
/** The same for SP_EL1. */
export function getSpEl1(c: SysRegContext, slot: number): void {
  const at = usesSpEl0(c) ? slot : SP
  give(c, c.state.get32(at), c.state.get32(at + 4))
}
/** Writes SP_EL1 where it lives. */
export function setSpEl1(c: SysRegContext, lo: number, hi: number, slot: number): boolean {
  const at = usesSpEl0(c) ? slot : SP
  c.state.set32(at, lo)
  c.state.set32(at + 4, hi)
  return false
}

/** PSTATE.SP. */
export function getSpSel(c: SysRegContext): void {
  give(c, c.state.get32(LAYOUT.spsel))
}
/** Selects the stack pointer. */
export function setSpSel(c: SysRegContext, lo: number): boolean {
  c.selectSp(lo & 1)
  return true
}
/** PSTATE.EL in bits 3:2. */
export function getCurrentEl(c: SysRegContext): void {
  give(c, c.state.get32(LAYOUT.el) << 2)
}
/** PSTATE.PAN in bit 22. */
export function getPan(c: SysRegContext): void {
  give(c, c.state.get32(LAYOUT.pan) ? SPSR.PAN : 0)
}
/** Sets PSTATE.PAN. */
export function setPan(c: SysRegContext, lo: number): boolean {
  c.state.set32(LAYOUT.pan, lo & SPSR.PAN ? 1 : 0)
  c.regimeChanged()
  // The interpreter loop keeps the address of the data TLB in a local.
  return true
}
/** The flags in bits 31:28. */
export function getNzcv(c: SysRegContext): void {
  give(c, readNzcv(c.state))
}
/** Sets the flags. */
export function setNzcv(c: SysRegContext, lo: number): boolean {
  writeNzcv(c.state, lo)
  return true
}
/** The interrupt masks in bits 9:6. */
export function getDaif(c: SysRegContext): void {
  give(c, c.state.get32(LAYOUT.daif))
}
/** Sets the interrupt masks. */
export function setDaif(c: SysRegContext, lo: number): boolean {
  c.state.set32(LAYOUT.daif, lo & SPSR.DAIF)
  return false
}

/** AHP, DN, FZ, RMode; trap enables and FZ16 are RES0: no trapped exceptions, no FEAT_FP16. */
const FPCR_MASK = 0x07c00000
/** QC, IDC, IXC, UFC, OFC, DZC, IOC. */
const FPSR_MASK = 0x0800009f
/** FPCR. */
export function getFpcr(c: SysRegContext): void {
  give(c, c.state.get32(LAYOUT.fpcr))
}
/** Writes what exists of FPCR. */
export function setFpcr(c: SysRegContext, lo: number): boolean {
  c.state.set32(LAYOUT.fpcr, lo & FPCR_MASK)
  return true
}
/** FPSR. */
export function getFpsr(c: SysRegContext): void {
  give(c, c.state.get32(LAYOUT.fpsr))
}
/** Writes what exists of FPSR. */
export function setFpsr(c: SysRegContext, lo: number): boolean {
  c.state.set32(LAYOUT.fpsr, lo & FPSR_MASK)
  return true
}

/** ISR_EL1: A, I and F pend at the bit positions of DAIF. */
export function getIsr(c: SysRegContext): void {
  give(c, c.pendingLines)
}

/** OSLM = 0b10 (bit 3): the OS lock exists. */
export function getOslsr(c: SysRegContext): void {
  give(c, 8 | (c.osLock ? 2 : 0))
}
/** OSLAR_EL1.OSLK sets or clears the OS lock. */
export function setOslar(c: SysRegContext, lo: number): boolean {
  c.osLock = (lo & 1) !== 0
  return false
}

/** 32 KiB, four ways of 64-byte lines, for both caches of level 1; other selectors are UNKNOWN and read zero. */
export function getCcsidr(c: SysRegContext): void {
  give(c, c.cacheSelector < 2 ? (127 << 13) | (3 << 3) | 2 : 0)
}

/** BS = 64 bytes; DZP tells EL0 that SCTLR_EL1.DZE forbids DC ZVA. */
export function getDczid(c: SysRegContext, slot: number): void {
  const prohibited = c.state.get32(LAYOUT.el) === 0 && !(c.sctlr & SCTLR.DZE)
  give(c, c.state.get32(slot) | (prohibited ? 0x10 : 0))
}

const TWO_32 = 0x1_0000_0000
function giveTicks(c: SysRegContext, ticks: number): void {
  give(c, ticks % TWO_32, Math.floor(ticks / TWO_32))
}
/** CNTPCT_EL0. */
export function getCounter(c: SysRegContext): void {
  giveTicks(c, c.host.readCounter())
}
/** The offset may be larger than the counter: the difference wraps modulo 2^64. */
export function getVirtualCounter(c: SysRegContext): void {
  giveTicks(c, c.host.readCounter() - c.counterOffset)
}
