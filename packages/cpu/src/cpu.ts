/** One CPU: generated interpreter, system side and memory management over one block of linear memory. */

import type { CodePages as CodePagesPort } from './code-pages.ts'
import type { CpuExit, CpuHost } from './cpu-host.ts'
import type { InterruptLine } from './exception/core.ts'
import type { HostDebug } from './exception/debug.ts'
import { CodePages } from './interp/code-pages.ts'
import { Interpreter } from './interp/interpreter.ts'
import type { JitOptions, JitStatistics } from './jit/translator.ts'
import type { LinearMemory } from './memory.ts'
import type { Stage2Registers } from './mmu/stage2.ts'
import type { TlbStatistics } from './mmu/tlb.ts'
import { fpHelper } from './runtime/fp-helper.ts'
import { writeTables } from './runtime/tables.ts'
import { CPU_BASE, CPU_STRIDE, CpuState, FIRST_FREE_CPUS, LAYOUT } from './state.ts'
import type { CpuModel } from './sysreg/model.ts'
import { System } from './system.ts'

/** What a CPU is made of. */
export interface CpuOptions {
  readonly memory: LinearMemory
  /** Number of its block in the memory, from 0. */
  readonly index: number
  readonly model: CpuModel
  readonly host: CpuHost
  /** Bytes of linear memory for decoded code; the default is an eighth of the memory, between 4 and 128 MiB. */
  readonly codeBytes?: number
  /** Translates hot code to WebAssembly; without it everything is interpreted. */
  readonly jit?: JitOptions
  /**
   * {@link Cpu.run}'s budget is of instructions and spent exactly, translated or not, so that what happens between two runs happens at the
   * same instruction in every repetition. Without it the budget is of taken branches, and approximate, which is faster.
   */
  readonly countsInstructions?: boolean
}

/** What a CPU did so far, and what its interpreter and translator made. */
export interface CpuStatistics {
  /** Handlers inside the interpreter's loop, and as functions of their own. */
  readonly hot: number
  readonly functions: number
  /** How often all decoded code was dropped. */
  readonly codeEvictions: number
  /** Instructions decoded into records, and how many of them were copied from an earlier one of the same word. */
  readonly decoded: number
  readonly copied: number
  /** Bytes of records in use, and what there is room for. */
  readonly recordBytes: number
  readonly recordPoolBytes: number
  /** Exits of {@link Cpu.run} by kind. */
  readonly exits: Readonly<Record<CpuExit['kind'], number>>
  readonly tlb: TlbStatistics
  readonly jit?: JitStatistics
}

/** A vCPU number that is none. */
export class CpuIndexError extends RangeError {
  override readonly name = 'CpuIndexError'
  constructor(facts: { readonly index: number }) {
    super(`CPU ${facts.index}: CPUs of one linear memory are numbered from 0`)
  }
}

const MIB = 1 << 20
/** CPUs over one memory: a store to code by one must be seen by all. */
const cpusOf = new WeakMap<LinearMemory, Cpu[]>()

/** Allocates what follows a CPU's block; where that fails there is no CPU, and the block goes back. */
function besideBlock<T>(memory: LinearMemory, block: number | undefined, allocate: () => T): T {
  try {
    return allocate()
  } catch (error) {
    if (block !== undefined) memory.release(block, CPU_STRIDE)
    throw error
  }
}

/**
 * An AArch64 CPU that executes EL0 and EL1 under a hypervisor: whatever would trap to EL2 comes back from {@link Cpu.run}.
 * @example
 * ```ts
 * const memory = new LinearMemory(64 << 20)
 * const cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host })
 * cpu.state.pc = 0x200000n
 * const exit = cpu.run(1000)
 * ```
 */
export class Cpu {
  readonly state: CpuState
  readonly system: System
  readonly #code: CodePages
  /** All CPUs over this memory, itself included. */
  readonly #all: Cpu[]
  readonly #interpreter: Interpreter
  /** Budget of the run under way, and instructions executed in all runs before it. */
  #budget = 0
  #instructionsBefore = 0
  readonly #exits: Record<CpuExit['kind'], number> = { slice: 0, wfi: 0, abort: 0, hvc: 0, smc: 0, debug: 0 }

  constructor(options: CpuOptions) {
    const { memory, index, model, host } = options
    if (!(Number.isInteger(index) && index >= 0)) throw new CpuIndexError({ index })
    // Blocks of the first CPUs have their places; those of more are allocated, and never given back.
    const block = index < FIRST_FREE_CPUS ? undefined : memory.allocate(CPU_STRIDE, CPU_BASE)
    this.state = new CpuState(memory, index, block)
    const poolBytes = options.codeBytes ?? Math.min(128 * MIB, Math.max(4 * MIB, memory.totalBytes / 8))
    this.#all = cpusOf.get(memory) ?? []
    cpusOf.set(memory, this.#all)
    const all = this.#all
    const tlbs = {
      dropWrites: (page: number) => {
        for (let i = 0; i < all.length; i++) (all[i] as Cpu).system.dropWrites(page)
      },
      dropExec: () => this.system.dropExec(),
    }
    this.#code = besideBlock(memory, block, () => new CodePages(memory, tlbs, poolBytes))
    all.push(this)
    memory.u8.fill(0xff, this.state.base + LAYOUT.tlb, this.state.base + LAYOUT.end)
    writeTables(memory, this.state.base)
    this.system = new System({ state: this.state, memory, host, model, code: this.#sharedCode() })
    const system = this.system
    const functions = {
      access: (vaLo, vaHi, kind) => system.access(vaLo, vaHi, kind),
      storeDone: () => system.storeDone(),
      refill: (vaLo, vaHi, access) => system.refill(vaLo, vaHi, access),
      execLookup: () => system.execLookup(),
      exception: system.exception,
      eret: system.eret,
      mrs: (encoding) => system.mrs(encoding),
      msr: (encoding) => system.msr(encoding),
      sys: (encoding) => system.sys(encoding),
      msrImm: (operation, imm) => system.msrImm(operation, imm),
      wfx: (kind) => system.wfx(kind),
      takePending: () => (system.takePendingInterrupt() ? 1 : 0),
      fp: fpHelper(this.state),
    } satisfies ConstructorParameters<typeof Interpreter>[3]
    this.#interpreter = new Interpreter(memory, this.state.base, this.#code, functions, options)
    this.reset()
  }

  #sharedCode(): CodePagesPort {
    const all = this.#all
    const own = this.#code
    return {
      recordsOf: (page) => own.recordsOf(page),
      single: (word, index) => this.#interpreter.single(word, index),
      isCode: (page) => {
        for (let i = 0; i < all.length; i++) if ((all[i] as Cpu).#code.isCode(page)) return true
        return false
      },
      invalidatePage: (page) => {
        for (const cpu of all) cpu.#code.invalidatePage(page)
      },
      invalidateAll: () => {
        for (const cpu of all) cpu.#code.invalidateAll()
      },
    }
  }

  /**
   * Runs until something must be done by the hypervisor, for at most about `budget` taken branches. With
   * {@link CpuOptions.countsInstructions} it is at most `budget` instructions, and exactly so many where the exit is `slice` and neither
   * {@link Cpu.endSlice} nor a WFE ended it.
   * @param budget below 2^31.
   */
  run(budget: number): CpuExit {
    const { state } = this
    this.#instructionsBefore = this.instructions
    this.#budget = budget
    state.set32(LAYOUT.budget, budget)
    const exit = this.#run()
    this.#exits[exit.kind]++
    return exit
  }

  #run(): CpuExit {
    const { state, system } = this
    system.exit = undefined
    state.set32(LAYOUT.attention, 0)
    while (true) {
      system.takePendingInterrupt()
      this.#interpreter.run()
      this.#interpreter.endSlice()
      const exit = system.exit as CpuExit | undefined
      if (exit) {
        system.exit = undefined
        return exit
      }
      if ((state.get32(LAYOUT.budget) | 0) <= 0 || state.get32(LAYOUT.attention)) return { kind: 'slice' }
    }
  }

  /**
   * Instructions executed since the CPU was made; without meaning unless {@link CpuOptions.countsInstructions}. Exact between runs and inside
   * the calls of {@link CpuHost}, which see the instruction that calls as executed. An instruction counts when it begins: one that takes an
   * exception counts, and one that a stage-2 fault sends to the hypervisor counts at each attempt.
   */
  get instructions(): number {
    return this.#instructionsBefore + this.#budget - (this.state.get32(LAYOUT.budget) | 0)
  }

  /**
   * Ends {@link Cpu.run} with `slice`, for a {@link CpuHost} that has been told something new: after the instruction under way with
   * {@link CpuOptions.countsInstructions}, otherwise somewhat later.
   */
  endSlice(): void {
    this.state.set32(LAYOUT.attention, 1)
  }

  /** Sets registers to their reset values; PC is 0, PSTATE EL1h with DAIF masked. */
  reset(): void {
    this.system.reset()
  }

  /** Tells the CPUs of one VM of each other: broadcast TLB maintenance and stores to code reach all. */
  static connect(cpus: readonly Cpu[]): void {
    System.connect(cpus.map((cpu) => cpu.system))
  }

  setInterruptLine(line: InterruptLine, level: boolean): void {
    this.system.setInterruptLine(line, level)
  }

  /** Injects an abort into EL1 at the current PC, as KVM does. */
  injectAbort(abort: { readonly kind: 'data' | 'prefetch'; readonly far: bigint; readonly fsc: number }): void {
    this.system.injectAbort(abort.kind, abort.far, abort.fsc)
  }

  injectUndefined(): void {
    this.system.injectUndefined()
  }

  /** Makes an SError interrupt pending, with ISS[24:0] of its syndrome. */
  injectSError(iss: number): void {
    this.system.injectSError(iss)
  }

  /** An injected SError is not taken yet. */
  get isSErrorPending(): boolean {
    return this.system.isSErrorPending
  }

  /** Debugs the guest: debug exceptions become exits. Undefined leaves them to the guest. */
  setDebug(debug: HostDebug | undefined): void {
    this.system.hostDebug = debug
  }

  /** Sets VTTBR_EL2 and VTCR_EL2; undefined makes IPAs host addresses. */
  setStage2(registers: Stage2Registers | undefined): void {
    this.system.setStage2(registers)
  }

  /** Forgets what was translated through the stage-2 page at an IPA. */
  tlbiIpa(ipa: number): void {
    this.system.tlbiIpa(ipa)
  }

  /** Forgets all translations of the VM. */
  tlbiVmid(): void {
    this.system.tlbiVmid()
  }

  /** A system register by encoding; undefined where this CPU has none. */
  getReg(encoding: number): bigint | undefined {
    return this.system.getReg(encoding)
  }

  setReg(encoding: number, value: bigint): void {
    this.system.setReg(encoding, value)
  }

  /** PSTATE in the layout of SPSR_EL1. */
  readPstate(): number {
    return this.system.pstate
  }

  /** @throws {RangeError} for a mode other than EL0t, EL1t, EL1h. */
  writePstate(value: number): void {
    this.system.pstate = value
  }

  /** CNTVOFF_EL2 in ticks. */
  get counterOffset(): number {
    return this.system.counterOffset
  }
  set counterOffset(ticks: number) {
    this.system.counterOffset = ticks
  }

  /** Drops decoded code of memory that somebody else than the guest wrote. */
  invalidateCode(pa: number, sizeBytes: number): void {
    for (const cpu of this.#all) {
      const code = cpu.#code
      // All of memory is nothing to look through for a CPU that has not run.
      if (code.sizes.usedBytes === 0) continue
      for (let page = pa >>> 12; page <= (pa + sizeBytes - 1) >>> 12; page++)
        if (code.isCode(page)) code.invalidatePage(page)
    }
  }

  /** What happened so far. */
  get statistics(): CpuStatistics {
    const { handlerCounts, decodeCounts, jitStatistics: jit } = this.#interpreter
    const { usedBytes, poolBytes } = this.#code.sizes
    return {
      ...handlerCounts,
      ...decodeCounts,
      codeEvictions: this.#code.evictions,
      recordBytes: usedBytes,
      recordPoolBytes: poolBytes,
      exits: { ...this.#exits },
      tlb: this.system.tlbStatistics,
      ...(jit && { jit }),
    }
  }
}
