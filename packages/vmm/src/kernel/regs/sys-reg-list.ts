/** The system registers that `KVM_GET_REG_LIST` names, in its order, and where each lives. [KVM-API] §4.68 */

import { sysRegIndex } from '@armvisor/uapi'
import type { LinuxRules } from '../linux-rules.ts'

/** Features of a vCPU that bring registers. */
export interface RegisterFeatures {
  readonly sve: boolean
  readonly pauth: boolean
  readonly pmu: boolean
  readonly mte: boolean
}

/** What KVM leaves in registers whose reset value is architecturally UNKNOWN. */
const unknown = 0x1de7_ec7e_dbad_c0den

/** A register: `fixed` ones never change, `id` ones belong to the VM, others to the vCPU, in its CPU if that has them. */
export interface SysRegRow {
  readonly index: number
  readonly kind: 'fixed' | 'id' | 'cacheLevels' | 'state'
  /** Value after KVM_ARM_VCPU_INIT where it is not the CPU's own. */
  readonly reset?: bigint
}

const state = (op0: number, op1: number, CRn: number, CRm: number, op2: number, reset?: bigint): SysRegRow => ({
  index: sysRegIndex(op0, op1, CRn, CRm, op2),
  kind: 'state',
  ...(reset !== undefined && { reset }),
})
const fixed = (op1: number, op2: number): SysRegRow => ({ index: sysRegIndex(3, op1, 0, 0, op2), kind: 'fixed' })

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

const midr = fixed(0, 0)
const revidr = fixed(0, 6)
const aidr = fixed(1, 7)
const CTR_EL0 = sysRegIndex(3, 3, 0, 0, 1)
const CLIDR_EL1 = sysRegIndex(3, 1, 0, 0, 1)

/** DBGBVRn, DBGBCRn, DBGWVRn, DBGWCRn: all 16, whatever the CPU has. */
const breakpoint = (n: number): SysRegRow[] => [4, 5, 6, 7].map((op2) => state(2, 0, 0, n, op2, 0n))

const debug: readonly SysRegRow[] = [
  ...breakpoint(0),
  ...breakpoint(1),
  state(2, 0, 0, 2, 0, 0n), // MDCCINT_EL1
  state(2, 0, 0, 2, 2, 0n), // MDSCR_EL1
  ...range(14).flatMap((n) => breakpoint(n + 2)),
  state(2, 0, 1, 1, 4, 8n), // OSLSR_EL1
  state(2, 4, 0, 7, 0, 0n), // DBGVCR32_EL2
]

/** The ID registers of AArch32 and AArch64, unallocated places included. */
const identification: readonly SysRegRow[] = range(56).map((n) => ({
  index: sysRegIndex(3, 0, 0, 1, 0) + n,
  kind: 'id',
}))

const pmuLow: readonly SysRegRow[] = [1, 2].map((op2) => state(3, 0, 9, 14, op2, 0n)) // PMINTENSET_EL1, PMINTENCLR_EL1
const pmuHigh: readonly SysRegRow[] = [
  ...[0, 1, 2, 3, 5].map((op2) => state(3, 3, 9, 12, op2, 0n)), // PMCR_EL0 to PMSELR_EL0
  state(3, 3, 9, 13, 0, 0n), // PMCCNTR_EL0
  state(3, 3, 9, 14, 0, 0n), // PMUSERENR_EL0
  state(3, 3, 9, 14, 3, 0n), // PMOVSSET_EL0
]
const pmuEvents: readonly SysRegRow[] = [
  ...range(31).map((n) => state(3, 3, 14, 8 + (n >> 3), n & 7, 0n)), // PMEVCNTRn_EL0
  ...range(31).map((n) => state(3, 3, 14, 12 + (n >> 3), n & 7, 0n)), // PMEVTYPERn_EL0
  state(3, 3, 14, 15, 7, 0n), // PMCCFILTR_EL0
]
const authenticationKeys: readonly SysRegRow[] = [
  ...range(4).map((op2) => state(3, 0, 2, 1, op2, unknown)), // APIAKEY, APIBKEY
  ...range(4).map((op2) => state(3, 0, 2, 2, op2, unknown)), // APDAKEY, APDBKEY
  ...range(2).map((op2) => state(3, 0, 2, 3, op2, unknown)), // APGAKEY
]

/** The list of a vCPU. */
export function sysRegRows(rules: LinuxRules, features: RegisterFeatures): readonly SysRegRow[] {
  const when = (isThere: boolean, rows: readonly SysRegRow[]): readonly SysRegRow[] => (isThere ? rows : [])
  const is61 = rules.version === '6.1'
  return [
    midr,
    revidr,
    ...when(is61, [fixed(1, 1)]),
    aidr,
    ...when(is61, [{ index: CTR_EL0, kind: 'fixed' }]),
    ...debug,
    state(3, 0, 0, 0, 5), // MPIDR_EL1
    ...identification,
    state(3, 0, 1, 0, 0), // SCTLR_EL1
    state(3, 0, 1, 0, 1), // ACTLR_EL1
    state(3, 0, 1, 0, 2, 0n), // CPACR_EL1
    ...when(features.mte, [state(3, 0, 1, 0, 5, unknown), state(3, 0, 1, 0, 6, unknown)]), // RGSR_EL1, GCR_EL1
    ...when(features.sve, [state(3, 0, 1, 2, 0, 0n)]), // ZCR_EL1
    state(3, 0, 2, 0, 0, unknown), // TTBR0_EL1
    state(3, 0, 2, 0, 1, unknown), // TTBR1_EL1
    state(3, 0, 2, 0, 2, 0n), // TCR_EL1
    ...when(!is61, [state(3, 0, 2, 0, 3, 0n)]), // TCR2_EL1
    ...when(features.pauth, authenticationKeys),
    state(3, 0, 5, 1, 0, unknown), // AFSR0_EL1
    state(3, 0, 5, 1, 1, unknown), // AFSR1_EL1
    state(3, 0, 5, 2, 0, unknown), // ESR_EL1
    ...when(features.mte, [state(3, 0, 5, 6, 0, unknown), state(3, 0, 5, 6, 1, unknown)]), // TFSR_EL1, TFSRE0_EL1
    state(3, 0, 6, 0, 0, unknown), // FAR_EL1
    state(3, 0, 7, 4, 0, unknown), // PAR_EL1
    ...when(features.pmu, pmuLow),
    state(3, 0, 10, 2, 0, unknown), // MAIR_EL1
    ...when(!is61, [state(3, 0, 10, 2, 2, unknown), state(3, 0, 10, 2, 3, unknown)]), // PIRE0_EL1, PIR_EL1
    state(3, 0, 10, 3, 0, 0n), // AMAIR_EL1
    state(3, 0, 12, 0, 0, 0n), // VBAR_EL1
    state(3, 0, 12, 1, 1, 0n), // DISR_EL1
    state(3, 0, 13, 0, 1, 0n), // CONTEXTIDR_EL1
    state(3, 0, 13, 0, 4, unknown), // TPIDR_EL1
    state(3, 0, 14, 1, 0, 0n), // CNTKCTL_EL1
    ...when(!is61, [{ index: CLIDR_EL1, kind: 'cacheLevels' }]),
    state(3, 2, 0, 0, 0, unknown), // CSSELR_EL1
    ...when(!is61, [{ index: CTR_EL0, kind: 'id' }]),
    ...when(features.pmu, pmuHigh),
    state(3, 3, 13, 0, 2, unknown), // TPIDR_EL0
    state(3, 3, 13, 0, 3, unknown), // TPIDRRO_EL0
    ...when(features.pmu, pmuEvents),
    state(3, 4, 3, 0, 0, unknown), // DACR32_EL2
    state(3, 4, 5, 0, 1, unknown), // IFSR32_EL2
    state(3, 4, 5, 3, 0, 0x700n), // FPEXC32_EL2
  ]
}
