/** Runs whole programs on our CPU, under the supervisor, with a timer whose interrupts come whenever. */

import { Cpu } from '../../src/cpu.ts'
import type { JitOptions } from '../../src/jit/translator.ts'
import { LinearMemory } from '../../src/memory.ts'
import { SCTLR } from '../../src/sysreg/fields.ts'
import { cpuModels } from '../../src/sysreg/model.ts'
import { rowNamed } from '../../src/sysreg/table.ts'
import { windowContents } from '../isa/execution-cases.ts'
import { Random } from '../isa/random.ts'
import { END_WORD, FRAME, FRAME_BYTES, IMAGE, LOG_ENTRY_BYTES } from './layout.ts'
import type { WholeProgram } from './program.ts'
import { COMPARED_BYTES, type ProgramResult } from './result.ts'
import { supervisorImage } from './supervisor.ts'

const MIB = 1 << 20
/** Taken branches after which a program is one that does not end. */
const ENOUGH = 4_000_000
const TIMER = 27n
const NONE = 1023n

const encodingOf = (name: string): number => rowNamed(name).encoding
const IAR = encodingOf('ICC_IAR1_EL1')

const SGI = encodingOf('ICC_SGI1R_EL1')
const TVAL = encodingOf('CNTV_TVAL_EL0')
const CTL = encodingOf('CNTV_CTL_EL0')

/** MAIR, TCR, SCTLR and CPACR under which programs run, on QEMU as well: Normal memory, 48 bits below and none above, 4 KiB granule. */
export const CONTROL = {
  MAIR_EL1: 0xffn,
  TCR_EL1: 16n | (1n << 8n) | (1n << 10n) | (3n << 12n) | (1n << 23n) | (16n << 16n) | (2n << 30n) | (5n << 32n),
  SCTLR_EL1:
    BigInt(
      0x30d0_0800 |
        SCTLR.M |
        SCTLR.SA |
        SCTLR.SA0 |
        SCTLR.DZE |
        SCTLR.UCT |
        SCTLR.UCI |
        SCTLR.nTWE |
        SCTLR.nTWI |
        0x1004,
    ) & 0xffff_ffffn,
  CPACR_EL1: 3n << 20n,
} as const

/** What the pages of code and data hold before each program. */
export function pristineMemory(): Uint32Array {
  const words = new Uint32Array(COMPARED_BYTES / 4)
  words.fill(END_WORD)
  const contents = windowContents()
  for (let at = (IMAGE.data - IMAGE.code) / 4; at < words.length; at += contents.length)
    words.set(contents.subarray(0, words.length - at), at)
  return words
}

/** Our CPU with the supervisor in its memory. */
export class ProgramMachine {
  readonly cpu: Cpu
  readonly #pristine = pristineMemory()
  readonly #frame: Uint32Array
  readonly #log: Uint32Array
  readonly #memory: Uint32Array
  readonly #codePa: number
  readonly #enter: bigint
  readonly #finished: bigint
  #random = new Random(0)
  #isTimerOn = false
  #isTimerDue = false
  #isSgiDue = false

  /** @param jit without it everything is interpreted */
  constructor(jit?: JitOptions) {
    const memory = new LinearMemory(16 * MIB)
    const host = {
      readCounter: () => this.#counter(),
      accessSysReg: (encoding: number, isWrite: boolean, value: bigint) => this.#access(encoding, isWrite, value),
    }
    this.cpu = new Cpu({ memory, index: 0, model: cpuModels.armv8, host, codeBytes: 4 * MIB, ...(jit && { jit }) })
    const base = memory.allocate(IMAGE.end, 4096)
    const image = supervisorImage(base)
    memory.u8.set(image.bytes, base)
    this.#enter = image.enter
    this.#finished = image.finished
    const words = (offset: number, bytes: number): Uint32Array =>
      memory.u32.subarray((base + offset) >>> 2, (base + offset + bytes) >>> 2)
    this.#frame = words(IMAGE.frame, FRAME_BYTES)
    this.#log = words(IMAGE.frame + FRAME.log, 4096 - FRAME.log)
    this.#memory = words(IMAGE.code, COMPARED_BYTES)
    this.#memory.set(this.#pristine)
    this.#codePa = base + IMAGE.code
    const set = (name: string, value: bigint): void => this.cpu.setReg(encodingOf(name), value)
    set('TTBR0_EL1', BigInt(base))
    set('VBAR_EL1', this.#enter & ~0xfffn)
    for (const [name, value] of Object.entries(CONTROL)) set(name, value)
  }

  /** Interrupts also come while an instruction is under way. */
  #counter(): number {
    if (this.#isTimerOn && this.#random.oneIn(2)) this.#raise()
    return 0
  }

  #raise(): void {
    this.#isTimerDue = true
    this.#update()
  }

  #update(): void {
    this.cpu.setInterruptLine('irq', this.#isSgiDue || (this.#isTimerOn && this.#isTimerDue))
  }

  #access(encoding: number, isWrite: boolean, value: bigint): bigint {
    if (encoding === IAR && !isWrite) {
      const intid = this.#isSgiDue ? 0n : this.#isTimerOn && this.#isTimerDue ? TIMER : NONE
      this.#isSgiDue &&= intid !== 0n
      this.cpu.setInterruptLine('irq', false)
      return intid
    }
    if (encoding === SGI) this.#isSgiDue = true
    else if (encoding === TVAL) this.#isTimerDue = false
    else if (encoding === CTL) this.#isTimerOn = (value & 1n) !== 0n
    if (isWrite) this.#update()
    return 0n
  }

  /** Runs a program. @throws {RangeError} when it does not end as programs do */
  run(program: WholeProgram): ProgramResult {
    const { cpu } = this
    const { state } = cpu
    const { words, slot, hasTimer } = program
    this.#random = new Random(program.number)
    this.#isTimerDue = false
    this.#isSgiDue = false
    this.#memory.set(words, slot)
    cpu.invalidateCode(this.#codePa, IMAGE.data - IMAGE.code)
    this.#frame.set(program.frame)
    this.#frame[FRAME.finished >>> 2] = Number(this.#finished & 0xffff_ffffn)
    this.#frame[(FRAME.finished >>> 2) + 1] = Number(this.#finished >> 32n)
    cpu.writePstate(0x3c5)
    state.pc = this.#enter
    let rest = ENOUGH
    while (true) {
      const budget = hasTimer ? 1 + this.#random.below(20) : rest
      const exit = cpu.run(budget)
      if (exit.kind === 'hvc' && state.pc === this.#finished + 4n) break
      rest -= budget
      if ((exit.kind !== 'slice' && exit.kind !== 'wfi') || rest <= 0)
        throw new RangeError(
          `program ${program.number} stopped at 0x${state.pc.toString(16)}: ${exit.kind}, ${rest} branches were left`,
        )
      if (this.#isTimerOn && (exit.kind === 'wfi' || !this.#random.oneIn(3))) this.#raise()
    }
    return this.#take(slot, words.length)
  }

  /** Copies what a program left, and restores the memory. */
  #take(slot: number, length: number): ProgramResult {
    const memory = this.#memory
    const pristine = this.#pristine
    const count = this.#frame[FRAME.count >>> 2] as number
    const frame = this.#frame.slice()
    const log = this.#log.slice(0, (count * LOG_ENTRY_BYTES) / 4)
    const changes: number[] = []
    for (let i = 0; i < memory.length; i++) {
      if (memory[i] === pristine[i] && !(i >= slot && i < slot + length)) continue
      changes.push(i * 4, memory[i] as number)
      memory[i] = pristine[i] as number
    }
    return { frame, log, changes, interrupts: frame[FRAME.interrupts >>> 2] as number }
  }
}
