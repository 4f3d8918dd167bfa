/** The ID registers of a VM: what the host has, what may be set, and what guests see. [KVM-API] §4.139, [ARM] D24 */

import { sysRegIndex } from '@armvisor/uapi'
import type { CpuPort } from '../cpu-port.ts'
import type { LinuxRules } from '../linux-rules.ts'

const ID_AA64PFR0_EL1 = sysRegIndex(3, 0, 0, 4, 0)
const ID_AA64PFR1_EL1 = sysRegIndex(3, 0, 0, 4, 1)
const ID_AA64MMFR0_EL1 = sysRegIndex(3, 0, 0, 7, 0)
const CTR_EL0 = sysRegIndex(3, 3, 0, 0, 1)
const CLIDR_EL1 = sysRegIndex(3, 1, 0, 0, 1)
/** Fields of PFR0 and PFR1. */
const GIC = 24n
const SVE = 32n
const CSV2 = 56n
const CSV3 = 60n
const MTE = 8n
const CTR_IDC = 1n << 28n
const CTR_DIC = 1n << 29n

/** Bits of each register that Linux 6.12 lets the user change, in the order of the registers. */
const writableMasks: ReadonlyMap<number, bigint> = new Map<number, bigint>([
  ...[0, 1, 2, 4, 5, 6, 7].map((op2) => [sysRegIndex(3, 0, 0, 1, op2), 0xffff_ffffn] as const),
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((op2) => [sysRegIndex(3, 0, 0, 2, op2), 0xffff_ffffn] as const),
  ...[0, 1, 2, 4, 6].map((op2) => [sysRegIndex(3, 0, 0, 3, op2), 0xffff_ffffn] as const),
  [ID_AA64PFR0_EL1, 0xffff_00f0_0f00_ffffn],
  [ID_AA64PFR1_EL1, 0xf_0000_00ffn],
  [sysRegIndex(3, 0, 0, 4, 2), 0xf_0000_0000n], // ID_AA64PFR2_EL1
  [sysRegIndex(3, 0, 0, 4, 4), 0x0ff0_ff0f_0fff_00ffn], // ID_AA64ZFR0_EL1
  [sysRegIndex(3, 0, 0, 4, 7), 0xf000_0003n], // ID_AA64FPFR0_EL1
  [sysRegIndex(3, 0, 0, 5, 0), 0xf0_00f0_0f0fn], // ID_AA64DFR0_EL1
  [sysRegIndex(3, 0, 0, 6, 0), 0xffff_ffff_ffff_fff0n], // ID_AA64ISAR0_EL1
  [sysRegIndex(3, 0, 0, 6, 1), 0xffff_ffff_00ff_f00fn], // ID_AA64ISAR1_EL1
  [sysRegIndex(3, 0, 0, 6, 2), 0xffff_0fff_ffff_00ffn], // ID_AA64ISAR2_EL1
  [ID_AA64MMFR0_EL1, 0xff00_f000_ffff_ff0fn],
  [sysRegIndex(3, 0, 0, 7, 1), 0xffff_f0f0_0fff_f00fn], // ID_AA64MMFR1_EL1
  [sysRegIndex(3, 0, 0, 7, 2), 0xf0ff_000f_f00f_ffffn], // ID_AA64MMFR2_EL1
  [sysRegIndex(3, 0, 0, 7, 3), 0xf0f0fn], // ID_AA64MMFR3_EL1
  [CLIDR_EL1, 0x7fff_ffff_ffffn],
  [CTR_EL0, 0x300f_000fn],
])

/** Lowest bits of fields that are signed numbers: all ones means that the feature is absent. */
const signedFields: ReadonlyMap<number, readonly number[]> = new Map([
  [ID_AA64PFR0_EL1, [16, 20]], // FP, AdvSIMD
  [ID_AA64MMFR0_EL1, [24, 28]], // TGran64, TGran4
])

/** A change that is refused: `busy` after the first run, `invalid` for a value that the host cannot give. */
export type IdWriteResult = 'ok' | 'busy' | 'invalid'

/** The masks as `KVM_ARM_GET_REG_WRITABLE_MASKS` shows them: by op1 (3 counts as 2), CRm and op2. */
export function writableMaskTable(): BigUint64Array {
  const table = new BigUint64Array(3 * 8 * 8)
  for (const [index, mask] of writableMasks) {
    const op1 = (index >> 11) & 7
    table[(op1 === 3 ? 2 : op1) * 64 + ((index >> 3) & 7) * 8 + (index & 7)] = mask
  }
  return table
}

/** CLIDR_EL1 that goes with CTR_EL0: no more caches than its IDC and DIC let a guest maintain. */
export function cacheLevelsOf(ctr: bigint): bigint {
  const needsInstruction = (ctr & CTR_DIC) === 0n
  if ((ctr & CTR_IDC) === 0n) {
    // Data must be cleaned to the point of unification: a data cache at level 1, which LoUU, LoUIS and LoC name.
    return (1n << 27n) | (1n << 24n) | (1n << 21n) | (needsInstruction ? 3n : 2n)
  }
  // A unified cache that only coherence needs, behind an instruction cache if there must be one.
  return needsInstruction ? (2n << 24n) | (4n << 3n) | 1n : (1n << 24n) | 4n
}

/** The ID registers of one VM. */
export class IdRegisters {
  readonly #rules: LinuxRules
  readonly #overrides: ReadonlyMap<number, bigint>
  readonly #values = new Map<number, bigint>()
  readonly #limits = new Map<number, bigint>()

  /** @param overrides values of the host that are not those of its emulated CPU. */
  constructor(rules: LinuxRules, overrides: ReadonlyMap<number, bigint> = new Map()) {
    this.#rules = rules
    this.#overrides = overrides
  }

  /** The first vCPU is initialised: its CPU says what the host has. */
  adopt(cpu: CpuPort, indices: readonly number[], features: { readonly sve: boolean; readonly mte: boolean }): void {
    if (this.#values.size > 0) return
    for (const index of indices) {
      let value = this.#overrides.get(index) ?? cpu.getReg(index) ?? 0n
      if (index === ID_AA64PFR0_EL1 && features.sve) value |= 1n << SVE
      if (index === ID_AA64PFR1_EL1 && features.mte) value |= 2n << MTE
      this.#values.set(index, value)
      this.#limits.set(index, value)
    }
  }

  /** Lets a vCPU's guest see the values. */
  show(cpu: CpuPort): void {
    for (const [index, value] of this.#values) if (cpu.getReg(index) !== value) cpu.setReg(index, value)
  }

  /** Undefined for what is no ID register of the VM. */
  get(index: number): bigint | undefined {
    return this.#values.get(index)
  }

  set(index: number, value: bigint, hasRun: boolean): IdWriteResult {
    if (this.#values.get(index) === value) return 'ok'
    if (!this.#rules.hasWritableIdRegisters) return this.#setOld(index, value)
    if (hasRun) return 'busy'
    if (!this.#isAllowed(index, value)) return 'invalid'
    this.#values.set(index, value)
    return 'ok'
  }

  /** The VM runs without a GICv3: guests must not be told of one. */
  hideGic(): void {
    const value = this.#values.get(ID_AA64PFR0_EL1)
    if (value !== undefined && this.#rules.hidesGicField) this.#values.set(ID_AA64PFR0_EL1, value & ~(0xfn << GIC))
  }

  /** Before 6.12 only two fields of PFR0 may be lowered. */
  #setOld(index: number, value: bigint): IdWriteResult {
    const limit = this.#limits.get(index) ?? 0n
    const old = this.#values.get(index) ?? 0n
    const free = index === ID_AA64PFR0_EL1 ? (0xfn << CSV2) | (0xfn << CSV3) : 0n
    const isAbove = [CSV2, CSV3].some((lsb) => ((value >> lsb) & 15n) > ((limit >> lsb) & 15n))
    if (((value ^ old) & ~free) !== 0n || isAbove) return 'invalid'
    this.#values.set(index, value)
    return 'ok'
  }

  /** Only writable bits differ from the host's, and no field promises more than it has. */
  #isAllowed(index: number, value: bigint): boolean {
    const mask = writableMasks.get(index) ?? 0n
    const limit = this.#limits.get(index) ?? 0n
    if (((value ^ limit) & ~mask) !== 0n) return false
    const signed = signedFields.get(index) ?? []
    for (let lsb = 0; lsb < 64; lsb += 4) {
      const field = (word: bigint): bigint => (word & mask & (0xfn << BigInt(lsb))) >> BigInt(lsb)
      const [wanted, most] = [field(value), field(limit)]
      if (index === CTR_EL0 && lsb === 28 ? (wanted & ~most) !== 0n : compare(wanted, most, signed.includes(lsb)) > 0) {
        return false
      }
    }
    return true
  }
}

function compare(a: bigint, b: bigint, isSigned: boolean): number {
  return isSigned ? Number(BigInt.asIntN(4, a) - BigInt.asIntN(4, b)) : Number(a - b)
}
