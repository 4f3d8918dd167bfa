/** Faults of a translation, as values. [ARM] D8.15 */

/** Kinds of faults. */
export type FaultKind = 'translation' | 'addressSize' | 'accessFlag' | 'permission' | 'alignment' | 'externalAbort'

/** Why a translation failed. */
export interface TranslationFault {
  readonly kind: FaultKind
  /** Level of the walk at which it was found, -1 to 3. */
  readonly level: number
  /** Fault status code: DFSC or IFSC of ESR_ELx. */
  readonly fsc: number
  /** The address that was to be translated: of stage 2, what goes to HPFAR_EL2. */
  readonly address: bigint
  /** What was found, as a clause for a person. */
  readonly reason: string
}

const codes: Readonly<Record<FaultKind, number>> = {
  addressSize: 0x00,
  translation: 0x04,
  accessFlag: 0x08,
  permission: 0x0c,
  externalAbort: 0x14,
  alignment: 0x21,
}

/** Fault status code. Level -1 has codes of its own. [ARM] ESR_EL2, DFSC */
export function faultStatus(kind: FaultKind, level: number): number {
  if (kind === 'alignment') return codes.alignment
  if (level >= 0) return codes[kind] + level
  return kind === 'translation' ? 0x2b : kind === 'addressSize' ? 0x29 : 0x13
}

/** The kind that a fault status code means, for those of {@link faultStatus}. */
export function faultKind(fsc: number): FaultKind {
  if (fsc === 0x21) return 'alignment'
  if (fsc === 0x2b) return 'translation'
  if (fsc === 0x29) return 'addressSize'
  if (fsc >= 0x13) return 'externalAbort'
  return (['addressSize', 'translation', 'accessFlag', 'permission'] as const)[fsc >>> 2]
}

/** Level that a fault status code means. */
export function faultLevel(fsc: number): number {
  return fsc === 0x2b || fsc === 0x29 || fsc === 0x13 ? -1 : fsc & 3
}
