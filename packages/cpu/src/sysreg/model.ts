/** CPU models and the ID registers that say what a model implements. [ARM] D19.2. */

/** What differs between the CPUs that armvisor offers. */
export interface CpuModel {
  /** The name by which a user chooses it. */
  readonly name: string
  /** MIDR_EL1. */
  readonly midr: number
  /** Physical address bits: 32, 36, 40, 42, 44, 48 or 52. */
  readonly paBits: number
  /** FEAT_LPA2 and FEAT_LVA: 52-bit addresses with every granule. Needs `paBits` 52. */
  readonly lpa2: boolean
}

/**
 * The models. Implementer 0x00 is what [ARM] reserves for software use, so that no kernel applies a vendor's errata; the architecture
 * field 0xf says "see the ID registers".
 */
export const cpuModels: Readonly<Record<'armv8' | 'armv8-lpa2', CpuModel>> = {
  armv8: { name: 'armv8', midr: 0x000f0a10, paBits: 48, lpa2: false },
  'armv8-lpa2': { name: 'armv8-lpa2', midr: 0x000f0a20, paBits: 52, lpa2: true },
}

const PA_BITS: readonly number[] = [32, 36, 40, 42, 44, 48, 52]

/** Address bits of a PARange, IPS or PS code; reserved codes act as the largest. */
export function paBitsOfCode(code: number): number {
  return PA_BITS[code] ?? 52
}

/** The values of a model's ID registers that are not zero, by register name. */
export function idRegisters(model: CpuModel): Readonly<Record<string, bigint>> {
  const field = (value: number, lsb: number) => BigInt(value) << BigInt(lsb)
  const parange = PA_BITS.indexOf(model.paBits)
  const lpa2 = model.lpa2 ? 1 : 0
  return {
    MIDR_EL1: BigInt(model.midr),
    // EL0 and EL1 in AArch64 only, no EL2 or EL3 for the guest, FP and AdvSIMD without FP16, GIC system registers; CSV2 and CSV3 say
    // that this CPU neither predicts across contexts nor loads speculatively under a fault, which is true of an interpreter.
    ID_AA64PFR0_EL1: field(1, 0) | field(1, 4) | field(1, 24) | field(1, 56) | field(1, 60),
    // Armv8 debug with six breakpoints, two of which compare contexts, and four watchpoints (DEBUG_COUNTS); no PMU.
    ID_AA64DFR0_EL1: field(6, 0) | field(5, 12) | field(3, 20) | field(1, 28),
    // AES with PMULL, SHA1, SHA256, CRC32, LSE atomics.
    ID_AA64ISAR0_EL1: field(2, 4) | field(1, 8) | field(1, 12) | field(1, 16) | field(2, 20),
    // LRCPC.
    ID_AA64ISAR1_EL1: field(1, 20),
    // PARange, 16-bit ASIDs, TGran16, TGran64 (0 = supported), TGran4 (0 = supported, 1 = with 52 bits), stage-2 granules.
    ID_AA64MMFR0_EL1:
      field(parange, 0) |
      field(2, 4) |
      field(1 + lpa2, 20) |
      field(lpa2, 28) |
      field(3 * lpa2, 32) |
      field(3 * lpa2, 40),
    // 16-bit VMIDs, PAN.
    ID_AA64MMFR1_EL1: field(2, 4) | field(1, 20),
    // VARange, E0PD: with the latter Linux needs no page tables of its own for the kernel.
    ID_AA64MMFR2_EL1: field(lpa2, 16) | field(1, 60),
    // 64-byte lines, PIPT, and neither cleaning nor invalidation needed for instruction coherence (IDC, DIC).
    CTR_EL0: 0xb444c004n,
    DCZID_EL0: 4n,
    // One level of separate caches, point of coherence after it.
    CLIDR_EL1: field(3, 0) | field(1, 24),
  }
}
