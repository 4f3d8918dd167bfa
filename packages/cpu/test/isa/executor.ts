/** Runs cases on our CPU as Linux would run them in user mode: EL0, both pages mapped by stage 1, exceptions seen at the vector. */

import { Cpu } from '../../src/cpu.ts'
import { instantiate } from '../../src/host.ts'
import { IMPORTS } from '../../src/interp/imports.ts'
import { PAGE_WORDS } from '../../src/jit/region.ts'
import { translateRegions } from '../../src/jit/translate-region.ts'
import type { JitOptions } from '../../src/jit/translator.ts'
import { LinearMemory } from '../../src/memory.ts'
import { fpHelper } from '../../src/runtime/fp-helper.ts'
import { CPU_BASE, LAYOUT, TLB_INVALID } from '../../src/state.ts'
import { SCTLR } from '../../src/sysreg/fields.ts'
import { cpuModels } from '../../src/sysreg/model.ts'
import { SLOT } from '../../src/sysreg/slots.ts'
import { rowNamed, slotNamed } from '../../src/sysreg/table.ts'
import { type Case, CODE_VA, WINDOW_BYTES, WINDOW_VA, windowContents } from './execution-cases.ts'
import { emptyOutcome, type Outcome, SIGNAL } from './outcome.ts'
import { decoder } from './words.ts'

const MIB = 1 << 20
const BRK = 0xd4200000
const HVC = 0xd4000002
/** Where the exception vectors lie, for EL1 alone. */
const VECTORS_VA = 0x20_0000_0000

/** Descriptors of stage 1, 4 KiB granule: [ARM] D8.3. */
const TABLE = 3n
const PAGE = 3n | (3n << 8n) | (1n << 10n)
const EL0_DATA = 1n << 6n
const NO_EXEC = 3n << 53n
const EL1_CODE = 1n << 54n

/** A case translated as a region: runs as much of it as regions do; the interpreter does what is left. */
export type RegionRun = () => void

/** Taken branches that a region may spend; a case has none backwards. */
const REGION_BUDGET = 100
const LIMITS = { maxBlocks: 24, maxInsns: 150, maxPages: 0 }

/** One CPU with the page of code and the window. */
export class Executor {
  readonly memory = new LinearMemory(16 * MIB)
  readonly cpu: Cpu
  readonly window: Uint32Array
  readonly contents: Uint32Array = windowContents()
  readonly #codePa: number
  readonly #code: Uint32Array
  readonly #x: Uint32Array
  readonly #v: Uint32Array
  readonly #imports: Record<string, unknown>
  readonly #outcome = emptyOutcome()

  /** @param jit the CPU's translator; without it everything is interpreted */
  constructor(jit?: JitOptions) {
    const { memory } = this
    const host = { readCounter: () => 0, accessSysReg: () => undefined }
    this.cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, codeBytes: 4 * MIB, ...(jit && { jit }) })
    const { state, system } = this.cpu
    this.#codePa = memory.allocate(4096, 4096)
    const windowPa = memory.allocate(WINDOW_BYTES, 4096)
    const vectorsPa = memory.allocate(4096, 4096)
    this.#code = memory.u32.subarray(this.#codePa >>> 2, (this.#codePa + 4096) >>> 2)
    this.#code.fill(BRK)
    this.window = memory.u32.subarray(windowPa >>> 2, (windowPa + WINDOW_BYTES) >>> 2)
    this.window.set(this.contents)
    memory.u32.fill(HVC, vectorsPa >>> 2, (vectorsPa + 4096) >>> 2)
    const root = memory.allocate(4096, 4096)
    this.#map(root, CODE_VA, BigInt(this.#codePa) | PAGE | EL0_DATA)
    this.#map(root, WINDOW_VA, BigInt(windowPa) | PAGE | EL0_DATA | NO_EXEC)
    this.#map(root, WINDOW_VA + 4096, BigInt(windowPa + 4096) | PAGE | EL0_DATA | NO_EXEC)
    this.#map(root, VECTORS_VA, BigInt(vectorsPa) | PAGE | EL1_CODE)
    const set = (name: string, value: bigint): void => this.cpu.setReg(rowNamed(name).encoding, value)
    set('MAIR_EL1', 0xffn)
    // 48-bit addresses below, none above; top byte ignored, as Linux has it.
    set('TCR_EL1', 16n | (1n << 23n) | (16n << 16n) | (2n << 30n) | (5n << 32n) | (1n << 37n))
    set('TTBR0_EL1', BigInt(root))
    set('VBAR_EL1', BigInt(VECTORS_VA))
    set('CPACR_EL1', 3n << 20n)
    set(
      'SCTLR_EL1',
      BigInt(0x30d0_0800 | SCTLR.M | SCTLR.SA | SCTLR.SA0 | SCTLR.DZE | SCTLR.UCT | SCTLR.UCI | 0x1004) & 0xffff_ffffn,
    )
    const at = (offset: number, words: number): Uint32Array =>
      memory.u32.subarray((state.base + offset) >>> 2, ((state.base + offset) >>> 2) + words)
    this.#x = at(LAYOUT.x, 62)
    this.#v = at(LAYOUT.vregs, 128)
    this.#imports = {
      // Whatever is not about one instruction's meaning does nothing.
      ...Object.fromEntries(Object.keys(IMPORTS).map((name) => [name, () => 0])),
      memory: memory.wasm,
      access: system.access,
      storeDone: system.storeDone,
      execLookup: system.execLookup,
      exception: system.exception,
      eret: system.eret,
      mrs: system.mrs,
      msr: system.msr,
      sys: system.sys,
      msrImm: system.msrImm,
      wfx: system.wfx,
      fp: fpHelper(state),
    }
  }

  #map(root: number, va: number, leaf: bigint): void {
    const { u64 } = this.memory
    let table = root
    for (let level = 0; level < 3; level++) {
      const entry = (table >>> 3) + (Math.floor(va / 2 ** (39 - 9 * level)) & 511)
      if (u64[entry] === 0n) u64[entry] = BigInt(this.memory.allocate(4096, 4096)) | TABLE
      table = Number((u64[entry] as bigint) & 0xffff_f000n)
    }
    u64[(table >>> 3) + (Math.floor(va / 4096) & 511)] = leaf
  }

  /** Puts words at the start of the page of code. */
  setCode(words: readonly number[]): void {
    this.#code.fill(BRK)
    this.#code.set(words)
    this.cpu.invalidateCode(this.#codePa, 4096)
  }

  /** NZCV when the last exception was taken. */
  flagsSeen(): number {
    return (this.cpu.state.get32(SLOT.SPSR) & 0xf000_0000) >>> 0
  }

  /** Translates cases, each to a region; undefined where the first instruction is the interpreter's. */
  translate(questions: readonly Case[]): (RegionRun | undefined)[] {
    const sources = questions.map(({ words, slot }) => {
      const page = new Uint32Array(PAGE_WORDS).fill(BRK)
      page.set(words, slot)
      return {
        entry: slot,
        page: (distance: number) => (distance === 0 ? page : undefined),
        entriesOf: () => 0,
        targetsOf: () => [],
        recordsOf: () => 0,
      }
    })
    const { bytes, regions } = translateRegions(sources, {
      decoder,
      limits: LIMITS,
      cpuBase: CPU_BASE,
      memory: this.memory.type,
    })
    if (!bytes) return questions.map(() => undefined)
    const { exports } = instantiate(bytes, { env: this.#imports })
    return regions.map((region) => {
      if (!region) return undefined
      const run = exports[region.name] as (budget: number) => number
      return () => run(REGION_BUDGET)
    })
  }

  /** Runs a case in the interpreter, or first as a region. The outcome is valid until the next run. */
  run(question: Case, region?: RegionRun, budget = 100): Outcome {
    const { cpu } = this
    const { state } = cpu
    const { words, slot } = question
    words.forEach((word, i) => {
      this.#code[slot + i] = word
    })
    cpu.invalidateCode(this.#codePa, 4096)
    cpu.writePstate(question.nzcv)
    this.#x.set(question.x.subarray(0, 62))
    const sp = (state.base + LAYOUT.x + 32 * 8) >>> 2
    this.memory.u32[sp] = question.x[62] as number
    this.memory.u32[sp + 1] = question.x[63] as number
    this.#v.set(question.v)
    state.set32(LAYOUT.fpcr, question.fpcr)
    state.set32(LAYOUT.fpsr, question.fpsr)
    state.set64(LAYOUT.exclAddr, TLB_INVALID)
    // The one system register that programs of EL0 write and read back.
    state.set64(slotNamed('TPIDR_EL0'), 0n)
    const pc = CODE_VA + 4 * slot
    state.set32(LAYOUT.pc, pc)
    state.set32(LAYOUT.pc + 4, Math.floor(pc / 0x1_0000_0000))
    // What the interpreter's loop sets where it enters a page.
    state.set64(LAYOUT.pageVa, BigInt(CODE_VA))
    region?.()
    const exit = cpu.run(budget)
    const outcome = this.#read(exit.kind === 'hvc')
    words.forEach((_, i) => {
      this.#code[slot + i] = BRK
    })
    return outcome
  }

  #read(isException: boolean): Outcome {
    const o = this.#outcome
    const { state } = this.cpu
    const esr = state.get32(SLOT.ESR)
    o.signal = isException ? signalOf(esr) : 0
    const hasFar = o.signal === SIGNAL.SEGV || o.signal === SIGNAL.BUS
    o.pc[0] = state.get32(SLOT.ELR)
    o.pc[1] = state.get32(SLOT.ELR + 4)
    o.address[0] = hasFar ? state.get32(SLOT.FAR) : (o.pc[0] as number)
    o.address[1] = hasFar ? state.get32(SLOT.FAR + 4) : (o.pc[1] as number)
    o.nzcv = (state.get32(SLOT.SPSR) & 0xf000_0000) >>> 0
    o.fpsr = state.get32(LAYOUT.fpsr)
    o.x.set(this.#x)
    o.x[62] = state.get32(SLOT.SP_EL0)
    o.x[63] = state.get32(SLOT.SP_EL0 + 4)
    o.v.set(this.#v)
    o.changes.length = 0
    const { window, contents } = this
    for (let i = 0; i < contents.length; i++) {
      if (window[i] === contents[i]) continue
      o.changes.push(i * 4, window[i] as number)
      window[i] = contents[i] as number
    }
    return o
  }
}

/** The signal that Linux makes of an exception from EL0. [ARM] D19.2.37 ESR_EL1. */
function signalOf(esr: number): number {
  switch (esr >>> 26) {
    case 0x20:
    case 0x24:
      return (esr & 0x3f) === 0x21 ? SIGNAL.BUS : SIGNAL.SEGV
    case 0x22:
    case 0x26:
      return SIGNAL.BUS
    case 0x3c:
      return SIGNAL.TRAP
    case 0x00:
    case 0x18:
      return SIGNAL.ILL
    default:
      return 0x100 + (esr >>> 26)
  }
}
