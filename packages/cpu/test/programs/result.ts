/** What a program leaves: the state, the log of exceptions, and what changed in memory. */

import { disassemble } from '../../src/disasm/disassemble.ts'
import { finishHash, mix, mixAll } from '../isa/outcome.ts'
import { CODE_PAGES, CODE_VA, DATA_KINDS, EL1_ALIAS, FRAME, LOG_ENTRIES, LOG_ENTRY_BYTES } from './layout.ts'
import type { WholeProgram } from './program.ts'

/** As the supervisor stored it. */
export interface ProgramResult {
  /** The frame's first bytes, then the log. */
  readonly frame: Uint32Array
  readonly log: Uint32Array
  /** Words of code and data that changed: offset behind the first page of code, value, … */
  readonly changes: readonly number[]
  /** How many interrupts there were, which is no part of the result. */
  readonly interrupts: number
}

/** Bytes of memory that are compared. */
export const COMPARED_BYTES: number = (CODE_PAGES + DATA_KINDS.length) * 4096

/** NZCV, PAN, IL, DAIF, mode: what is the same on any CPU. QEMU's has UAO and SSBS besides. */
const SPSR_MASK = 0xf050_03df

/** EC of ESR_ELx, and whether FAR_ELx belongs to it. [ARM] D19.2.37. */
const hasFar = (esr: number): boolean => [0x20, 0x21, 0x22, 0x24, 0x25].includes(esr >>> 26)

/**
 * The syndrome that is compared. Where QEMU 7.2 differs from the architecture, less:
 * - a trapped MSR (immediate), Op0 0: it swaps Op1 and Op2;
 * - a branch to a misaligned address where nothing may be fetched: it takes the abort, [ARM] D1.3.5.5 puts the alignment fault first.
 */
function syndrome(esr: number, far: number): number {
  const ec = esr >>> 26
  if (ec === 0x18 && (esr & 0x30_0000) === 0) return (esr & 0xfe00_0000) >>> 0
  if (ec >= 0x20 && ec <= 0x22 && (far & 3) !== 0) return (0x22 << 26) >>> 0
  return esr
}

const word = ({ frame }: ProgramResult, offset: number): number => frame[offset >>> 2] as number

/** A result's comparable words with what each is. */
function* comparable(result: ProgramResult): Generator<readonly [string, number]> {
  const { frame, log, changes } = result
  const wide = function* (name: string, offset: number): Generator<readonly [string, number]> {
    yield [name, frame[offset >>> 2] as number]
    yield [`${name} high`, frame[(offset >>> 2) + 1] as number]
  }
  for (let n = 0; n < 31; n++) yield* wide(`x${n}`, FRAME.x + n * 8)
  for (const name of ['SP_EL0', 'SP_EL1', 'ELR', 'FPCR', 'FPSR', 'TPIDR_EL0', 'count', 'landed'] as const)
    yield* wide(name, FRAME[name])
  yield ['SPSR', (word(result, FRAME.SPSR) & SPSR_MASK) >>> 0]
  for (let n = 0; n < 32; n++)
    for (let i = 0; i < 4; i++) yield [`v${n}[${i}]`, frame[(FRAME.v >>> 2) + n * 4 + i] as number]
  for (let at = 0; at < log.length; at += LOG_ENTRY_BYTES / 4) {
    const entry = `exception ${at / (LOG_ENTRY_BYTES / 4)}`
    const esr = log[at] as number
    yield [`${entry} ESR`, syndrome(esr, log[at + 2] as number)]
    yield [`${entry} ELR`, log[at + 4] as number]
    yield [`${entry} ELR high`, log[at + 5] as number]
    yield [`${entry} SPSR`, ((log[at + 6] as number) & SPSR_MASK) >>> 0]
    if (!hasFar(esr)) continue
    yield [`${entry} FAR`, log[at + 2] as number]
    yield [`${entry} FAR high`, log[at + 3] as number]
  }
  for (let i = 0; i < changes.length; i += 2)
    yield [`memory 0x${(changes[i] as number).toString(16)}`, changes[i + 1] as number]
}

/** 32 bits of a result, never 0. */
export function hashResult(result: ProgramResult): number {
  const { frame, log, changes } = result
  let h = mixAll(0, frame.subarray(FRAME.x >>> 2, FRAME.SPSR >>> 2))
  h = mix(h, word(result, FRAME.SPSR) & SPSR_MASK)
  h = mixAll(h, frame.subarray(FRAME.FPCR >>> 2, FRAME.hasTimer >>> 2))
  h = mix(mix(h, word(result, FRAME.count)), word(result, FRAME.landed))
  h = mixAll(h, frame.subarray(FRAME.v >>> 2, (FRAME.v + 512) >>> 2))
  for (let at = 0; at < log.length; at += LOG_ENTRY_BYTES / 4) {
    const esr = log[at] as number
    h = mix(mix(h, syndrome(esr, log[at + 2] as number)), (log[at + 6] as number) & SPSR_MASK)
    h = mixAll(h, log.subarray(at + 4, at + 6))
    if (hasFar(esr)) h = mixAll(h, log.subarray(at + 2, at + 4))
  }
  return finishHash(mixAll(h, changes))
}

/** 32 bits of a program, chained: tells that recorded answers are those of other programs. */
export function hashProgram(hash: number, { slot, words, frame }: WholeProgram): number {
  return mixAll(mixAll(mix(hash, slot), words), frame)
}

/**
 * Why a result is not compared with QEMU's, if so: what the architecture leaves open.
 * - A fault in the second page of an access that QEMU makes in several parts: it has stored, or loaded registers of, the first parts by
 *   then. Our CPU does all or nothing.
 * - A store-exclusive to where it would fault while the monitor is open: IMPLEMENTATION DEFINED whether the monitor or the address is
 *   looked at first. QEMU looks at the monitor, our CPU at the address.
 * - A program that reads a syndrome which {@link syndrome} does not compare whole.
 */
export function reasonNotCompared(
  program: WholeProgram,
  { frame, log }: ProgramResult,
): 'parts' | 'monitor' | 'syndrome' | undefined {
  const insnAt = (elr: number): number =>
    program.words[((elr & ~EL1_ALIAS) - (CODE_VA % 2 ** 32)) / 4 - program.slot] ?? 0
  for (let at = 0; at < log.length; at += LOG_ENTRY_BYTES / 4) {
    const [esr = 0, , far = 0, , elr = 0] = log.subarray(at, at + 5)
    const ec = esr >>> 26
    if (syndrome(esr, far) !== esr && program.words.some(isSyndromeRead)) return 'syndrome'
    if (ec !== 0x24 && ec !== 0x25) continue
    if (isStoreExclusive(insnAt(elr))) return 'monitor'
    if ((far & 0xfff) === 0 && isMultiple(insnAt(elr))) return 'parts'
  }
  if (log.length < (LOG_ENTRIES * LOG_ENTRY_BYTES) / 4) return undefined
  // The fault that found the log full is not in it.
  const last = insnAt(frame[FRAME.ELR >>> 2] as number)
  return isStoreExclusive(last) ? 'monitor' : isMultiple(last) ? 'parts' : undefined
}

/** MRS of ESR_EL1. */
function isSyndromeRead(insn: number): boolean {
  return (insn & 0xffff_ffe0) >>> 0 === 0xd538_5200
}

/** Pairs, structures, and SIMD&FP registers of 128 bits. [ARM] C4.1.96. */
export function isMultiple(insn: number): boolean {
  const isPair = (insn & 0x3a00_0000) >>> 0 === 0x2800_0000
  const isStructure = (insn & 0xbe00_0000) >>> 0 === 0x0c00_0000
  const isQuad = (insn & 0x3f80_0000) >>> 0 === 0x3c80_0000 || (insn & 0x3f80_0000) >>> 0 === 0x3d80_0000
  return isPair || isStructure || isQuad
}

/** LDXR, LDAXR, LDXP, LDAXP and those of bytes and halfwords. */
export function isLoadExclusive(insn: number): boolean {
  return (insn & 0x3fc0_0000) >>> 0 === 0x0840_0000
}

/** STXR, STLXR, STXP, STLXP and those of bytes and halfwords. */
export function isStoreExclusive(insn: number): boolean {
  return (insn & 0x3fc0_0000) >>> 0 === 0x0800_0000
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

/** What differs between two results: name, this, that; the first are enough. */
export function differences(a: ProgramResult, b: ProgramResult, most = 12): string[] {
  const theirs = new Map(comparable(b))
  const found: string[] = []
  for (const [name, value] of comparable(a)) {
    const other = theirs.get(name)
    theirs.delete(name)
    if (other !== value) found.push(`${name}: ${hex(value)}, ${other === undefined ? 'none' : hex(other)}`)
  }
  for (const [name, value] of theirs) found.push(`${name}: none, ${hex(value)}`)
  return found.slice(0, most)
}

/** The program in words, its state, and what it met. */
export function describeProgram(program: WholeProgram, result?: ProgramResult): string[] {
  const { number, kind, isEl1, hasTimer, slot, words, frame } = program
  const first = CODE_VA + 4 * slot + (isEl1 ? EL1_ALIAS : 0)
  const lines = [`program ${number}: ${kind}, EL${isEl1 ? 1 : 0}${hasTimer ? ', with a timer' : ''}`]
  words.forEach((insn, i) => {
    const pc = BigInt(first + 4 * i)
    lines.push(`  ${pc.toString(16)} ${insn.toString(16).padStart(8, '0')} ${disassemble(insn, { pc })}`)
  })
  const wide = (offset: number): string =>
    `${(frame[(offset >>> 2) + 1] as number).toString(16)}_${(frame[offset >>> 2] as number).toString(16).padStart(8, '0')}`
  for (let n = 0; n < 31; n++) lines.push(`  x${n} ${wide(n * 8)}`)
  for (const name of ['SP_EL0', 'SP_EL1', 'SPSR', 'FPCR', 'FPSR'] as const) lines.push(`  ${name} ${wide(FRAME[name])}`)
  for (let n = 0; n < 32; n++) lines.push(`  v${n} ${wide(FRAME.v + n * 16 + 8)}_${wide(FRAME.v + n * 16)}`)
  if (!result) return lines
  for (let at = 0; at < result.log.length; at += LOG_ENTRY_BYTES / 4) {
    const [esr = 0, , farLo = 0, farHi = 0, elrLo = 0, elrHi = 0, spsr = 0] = result.log.subarray(at, at + 7)
    lines.push(
      `  exception: ESR ${hex(esr)} FAR ${farHi.toString(16)}_${hex(farLo)} ELR ${elrHi.toString(16)}_${hex(elrLo)} SPSR ${hex(spsr)}`,
    )
  }
  return lines
}
