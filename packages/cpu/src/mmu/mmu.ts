/** Both stages together: address to host page, or a fault. [ARM] D8, AArch64.FullTranslate. */

import { FSC, fscAtLevel } from '../exception/syndrome.ts'
import type { LinearMemory } from '../memory.ts'
import type { CpuState } from '../state.ts'
import { SCTLR } from '../sysreg/fields.ts'
import type { CpuModel } from '../sysreg/model.ts'
import { SLOT } from '../sysreg/slots.ts'
import { PERM, type TranslationFault } from './fault.ts'
import { Stage1Walker } from './stage1.ts'
import { S2_EXEC, type Stage2Registers, Stage2Walker } from './stage2.ts'
import { type Mapping, Tlb } from './tlb.ts'

/** One vCPU's memory management unit. The results of `translate` are fields, valid until the next translation. */
export class Mmu implements Mapping {
  readonly stage1: Stage1Walker
  readonly stage2: Stage2Walker
  readonly tlb: Tlb
  readonly fault: TranslationFault = { fsc: 0, isStage2: false, isWalk: false, isWrite: false, ipa: 0 }
  readonly #state: CpuState
  readonly #memory: LinearMemory
  /** What the TLBs' contents depend on, to see which register writes matter. */
  readonly #tlbInputs = new Uint32Array(5)

  /** Host physical address of the byte asked for. */
  pa = 0
  /** Data rights of the mapping in the regime asked for, in both stages. */
  rights = 0
  sizeBits = 12
  stage2Bytes = 4096
  isGlobal = true
  ipa = 0
  isDevice = false

  constructor(memory: LinearMemory, state: CpuState, model: CpuModel) {
    this.#memory = memory
    this.#state = state
    this.stage2 = new Stage2Walker(memory, model.paBits)
    this.stage1 = new Stage1Walker(memory, this.stage2, this.fault, model)
    this.tlb = new Tlb(memory, state)
  }

  /** Sets or removes stage 2. */
  configureStage2(registers: Stage2Registers | undefined): void {
    this.stage2.configure(registers)
    this.tlb.dropAll()
  }

  /**
   * Takes over the translation registers. A new ASID chooses another TLB context, a new table base changes nothing there (as on hardware,
   * software invalidates), a change of anything else drops everything.
   */
  configure(): void {
    const { stage1, tlb } = this
    const state = this.#state
    stage1.configure(state)
    stage1.configureAttributes(state)
    const isChanged =
      // Each is noted, hence no short circuit.
      (this.#note(0, state.get32(SLOT.SCTLR) & (SCTLR.M | SCTLR.A | SCTLR.WXN)) |
        this.#note(1, state.get32(SLOT.TCR)) |
        this.#note(2, state.get32(SLOT.TCR + 4)) |
        this.#note(3, state.get32(SLOT.MAIR)) |
        this.#note(4, state.get32(SLOT.MAIR + 4))) !==
      0
    if (isChanged) tlb.dropAll()
    tlb.select(stage1.asid)
  }

  /** 1 when input `i` has changed. */
  #note(i: number, value: number): number {
    const isChanged = this.#tlbInputs[i] !== value >>> 0
    this.#tlbInputs[i] = value
    return isChanged ? 1 : 0
  }

  /**
   * Translates for an access of `regime` (0 EL0, 1 EL1, 2 EL1 with PAN; for execution 0 or 1) that needs `need` (PERM bits).
   * @param isUnaligned the access is not aligned to its size, which Device memory does not take.
   * @returns false with {@link fault} filled in.
   */
  translate(vaHi: number, vaLo: number, regime: number, need: number, isUnaligned: boolean): boolean {
    const { stage1, stage2, fault } = this
    fault.isWrite = need === PERM.write
    if (!stage1.translate(vaHi, vaLo, regime === 0)) {
      // The write bit of a fault on a walk tells of the walk itself, which reads.
      if (fault.isWalk) fault.isWrite = false
      return false
    }
    if (isUnaligned && stage1.isDevice) return this.#fail(FSC.alignment, false)
    const rights = stage1.rights[regime] as number
    if (need & ~rights) {
      fault.isWrite = (need & ~rights) === PERM.write
      return this.#fail(fscAtLevel(FSC.permission, stage1.level), false)
    }
    const execution = regime === 0 ? S2_EXEC.el0 : S2_EXEC.el1
    const need2 = need & PERM.exec ? execution : need
    this.ipa = stage1.ipa
    if (!stage2.translate(stage1.ipa, need2)) {
      if (stage2.fsc >= FSC.permission && stage2.fsc < FSC.external)
        fault.isWrite = (need2 & ~stage2.perms) === PERM.write
      return this.#fail(stage2.fsc, true)
    }
    if (isUnaligned && stage2.isDevice) return this.#fail(FSC.alignment, true)
    this.pa = stage2.pa
    // Nothing answers outside the linear memory. (With stage 2 on, its tables decide; they do not point there.)
    if (this.pa >= this.#memory.totalBytes) return this.#fail(FSC.external, false)
    this.rights = rights & stage2.perms & (PERM.read | PERM.write)
    this.sizeBits = stage1.sizeBits
    this.stage2Bytes = stage2.sizeBytes
    this.isGlobal = stage1.isGlobal
    this.isDevice = stage1.isDevice || stage2.isDevice
    return true
  }

  #fail(fsc: number, isStage2: boolean): false {
    const { fault } = this
    fault.fsc = fsc
    fault.isStage2 = isStage2
    fault.isWalk = false
    fault.ipa = this.stage1.ipa
    return false
  }
}
