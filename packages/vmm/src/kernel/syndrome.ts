/** ESR_EL2 of an abort from a lower EL, taken apart. [ARM] D24 ESR_EL2, ISS encoding for a Data Abort. */

const exceptionClassInstructionAbort = 0x20
const exceptionClassDataAbort = 0x24

/** Fault classes of a fault status code without its level bits. [ARM] D24 DFSC */
export type FaultClass = 'address-size' | 'translation' | 'access-flag' | 'permission' | 'other'

/** A stage-2 abort. The fields from `isSyndromeValid` on mean something for data aborts only. */
export interface AbortSyndrome {
  readonly isFetch: boolean
  readonly faultClass: FaultClass
  /** Level of the tables that the fault is about; meaningless for the class `other`. */
  readonly faultLevel: number
  /** The access that faulted was the table walk of stage 1 (ISS.S1PTW). */
  readonly isTableWalk: boolean
  /** Stores and, by definition of WnR, cache maintenance. */
  readonly isWrite: boolean
  readonly isCacheMaintenance: boolean
  /** ISS.ISV: the next four say which register the access is for. */
  readonly isSyndromeValid: boolean
  readonly sizeBytes: number
  readonly isSignExtended: boolean
  readonly register: number
  readonly is64Bit: boolean
}

const faultClasses: readonly FaultClass[] = ['address-size', 'translation', 'access-flag', 'permission']

/** Takes ESR_EL2 apart. @throws RangeError if it is no abort from a lower EL. */
export function decodeAbort(esr: number): AbortSyndrome {
  const exceptionClass = esr >>> 26
  if (exceptionClass !== exceptionClassInstructionAbort && exceptionClass !== exceptionClassDataAbort) {
    throw new RangeError(`ESR_EL2 0x${(esr >>> 0).toString(16)} is no abort from a lower exception level`)
  }
  const isFetch = exceptionClass === exceptionClassInstructionAbort
  return {
    isFetch,
    faultClass: (esr & 0x3f) < 0x10 ? faultClasses[(esr >>> 2) & 3] : 'other',
    faultLevel: esr & 3,
    isTableWalk: (esr & 0x80) !== 0,
    isWrite: !isFetch && (esr & 0x40) !== 0,
    isCacheMaintenance: !isFetch && (esr & 0x100) !== 0,
    isSyndromeValid: !isFetch && (esr & 0x0100_0000) !== 0,
    sizeBytes: 1 << ((esr >>> 22) & 3),
    isSignExtended: (esr & 0x20_0000) !== 0,
    register: (esr >>> 16) & 31,
    is64Bit: (esr & 0x8000) !== 0,
  }
}

/** The bits of the syndrome that `KVM_EXIT_ARM_NISV` reports: CM, WnR and the fault status. [KVM-API] §5 */
export function nisvSyndrome(esr: number): bigint {
  return BigInt(esr & 0x17f & ~0x80)
}
