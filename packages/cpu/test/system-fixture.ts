/** A vCPU's system side over a small memory, and tables built by hand: written from the descriptor diagrams of [ARM] D8.3, not with our code. */

import type { CodePages } from '../src/code-pages.ts'
import { LinearMemory } from '../src/memory.ts'
import { CpuState, LAYOUT } from '../src/state.ts'
import { type CpuModel, cpuModels } from '../src/sysreg/model.ts'
import { rowNamed } from '../src/sysreg/table.ts'
import { System } from '../src/system.ts'

/** Where fixtures put things; everything is in the first 16 MiB after the vCPU blocks. */
export const AT = { tables: 0x300000, stage2: 0x500000, page: 0x700000, page2: 0x720000, code: 0x740000 } as const

export class FakeCode implements CodePages {
  readonly code = new Set<number>()
  readonly invalidated: number[] = []
  recordsOf(page: number): number {
    return 0x1000000 + page * 0x8000
  }
  /** What was asked to be executed alone. */
  readonly singles: { word: number; index: number }[] = []
  single(word: number, index: number): number {
    this.singles.push({ word, index })
    return 0x800000
  }
  isCode(page: number): boolean {
    return this.code.has(page)
  }
  invalidatePage(page: number): void {
    this.invalidated.push(page)
    this.code.delete(page)
  }
  invalidateAll(): void {
    this.code.clear()
  }
}

export interface Fixture {
  readonly memory: LinearMemory
  readonly state: CpuState
  readonly system: System
  readonly code: FakeCode
  readonly hostAccesses: { encoding: number; isWrite: boolean; value: bigint }[]
  /** What the host answers to register accesses; undefined = no such register. */
  hostValue: bigint | undefined
  counter: number
  /** Writes a register as the guest does; the import's status. */
  msr(name: string, value: bigint): number
  /** Reads a register as the guest does; undefined after an exception. */
  mrs(name: string): bigint | undefined
  /** A register's value for the hypervisor. */
  reg(name: string): bigint
  setReg(name: string, value: bigint): void
  /** A load or store of `size` bytes; the address in memory or 0. */
  access(va: bigint, kind: number): number
  /** Fetches at `va`: the host address of the instruction or undefined. */
  fetch(va: bigint): number | undefined
  /** Moves to a mode: SPSR value without flags. */
  mode(pstate: number): void
}

export const EL0 = 0x0
export const EL1 = 0x5
export const PAN = 1 << 22

export function fixture(model: CpuModel = cpuModels.armv8, bytes = 32 << 20): Fixture {
  const memory = new LinearMemory(bytes)
  const state = new CpuState(memory, 0)
  const code = new FakeCode()
  const hostAccesses: Fixture['hostAccesses'] = []
  const host = {
    readCounter: () => f.counter,
    accessSysReg: (encoding: number, isWrite: boolean, value: bigint) => {
      hostAccesses.push({ encoding, isWrite, value })
      return f.hostValue
    },
  }
  const system = new System({ state, memory, host, model, code })
  const f: Fixture = {
    memory,
    state,
    system,
    code,
    hostAccesses,
    hostValue: 0n,
    counter: 0,
    msr(name, value) {
      state.set64(LAYOUT.arg0, value)
      return system.msr(rowNamed(name).encoding)
    },
    mrs(name) {
      return system.mrs(rowNamed(name).encoding) === 0 ? state.get64(LAYOUT.arg0) : undefined
    },
    reg: (name) => system.getReg(rowNamed(name).encoding) as bigint,
    setReg: (name, value) => void system.setReg(rowNamed(name).encoding, value),
    access: (va, kind) =>
      system.access(Number(va & 0xffffffffn) | 0, Number((va >> 32n) & 0xffffffffn) | 0, kind) >>> 0,
    fetch(va) {
      state.pc = va
      const status = system.execLookup()
      if (status !== 1 || state.pc !== va) return undefined
      const page = (state.get32(LAYOUT.recPage) - 0x1000000) / 0x8000
      return page * 4096 + Number(va & 0xfffn)
    },
    mode: (pstate) => {
      system.pstate = pstate
    },
  }
  return f
}

/** Writes one descriptor. */
export function put(f: Fixture, table: number, index: number, descriptor: bigint): void {
  f.memory.u64[(table + index * 8) >>> 3] = descriptor
}

export const TABLE = 3n
export const PAGE = 3n
export const BLOCK = 1n
export const AF = 1n << 10n
export const NG = 1n << 11n
/** AP[2:1] in place. */
export const AP = (ap: number): bigint => BigInt(ap) << 6n
export const PXN = 1n << 53n
export const UXN = 1n << 54n

/** TCR_EL1 for a granule, equal TxSZ for both halves, with a 48-bit IPS. */
export function tcr(granule: 4 | 16 | 64, tsz: number, more = 0n): bigint {
  const tg0 = { 4: 0n, 16: 2n, 64: 1n }[granule]
  const tg1 = { 4: 2n, 16: 1n, 64: 3n }[granule]
  return BigInt(tsz) | (BigInt(tsz) << 16n) | (tg0 << 14n) | (tg1 << 30n) | (5n << 32n) | (1n << 36n) | more
}

/** Turns stage 1 on: attribute 0 is Normal, 1 is Device. */
export function stage1(
  f: Fixture,
  tcrValue: bigint,
  ttbr0: number = AT.tables,
  ttbr1: number = AT.tables,
  sctlr = 0n,
): void {
  f.setReg('MAIR_EL1', 0x00ffn)
  f.setReg('TCR_EL1', tcrValue)
  f.setReg('TTBR0_EL1', BigInt(ttbr0))
  f.setReg('TTBR1_EL1', BigInt(ttbr1))
  f.setReg('SCTLR_EL1', 0x00c50079n | sctlr)
}

/**
 * 4K granule, 48 bits: makes va → descriptor at level 3 through tables at AT.tables, +0x1000, +0x2000, +0x3000.
 * `upper` are attribute bits of the level-2 table descriptor.
 */
export function map4K(f: Fixture, va: bigint, leaf: bigint, upper = 0n): void {
  const index = (level: bigint) => Number((va >> (12n + 9n * (3n - level))) & 511n)
  put(f, AT.tables, index(0n), BigInt(AT.tables + 0x1000) | TABLE)
  put(f, AT.tables + 0x1000, index(1n), BigInt(AT.tables + 0x2000) | TABLE)
  put(f, AT.tables + 0x2000, index(2n), BigInt(AT.tables + 0x3000) | TABLE | upper)
  put(f, AT.tables + 0x3000, index(3n), leaf)
}
