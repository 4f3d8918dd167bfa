/** Fields of system registers that the CPU itself acts upon. [ARM] D19. */

/** SCTLR_EL1, bits 31:0. */
export const SCTLR: Readonly<
  Record<'M' | 'A' | 'SA' | 'SA0' | 'UMA' | 'DZE' | 'UCT' | 'nTWI' | 'nTWE' | 'WXN' | 'SPAN' | 'UCI', number>
> = {
  M: 1 << 0,
  A: 1 << 1,
  SA: 1 << 3,
  SA0: 1 << 4,
  UMA: 1 << 9,
  DZE: 1 << 14,
  UCT: 1 << 15,
  nTWI: 1 << 16,
  nTWE: 1 << 18,
  WXN: 1 << 19,
  SPAN: 1 << 23,
  UCI: 1 << 26,
}

/** SPSR_EL1 for AArch64, and PSTATE as KVM's core register holds it. */
export const SPSR: Readonly<
  Record<'N' | 'Z' | 'C' | 'V' | 'PAN' | 'SS' | 'IL' | 'D' | 'A' | 'I' | 'F' | 'DAIF' | 'nRW', number>
> = {
  N: 0x80000000,
  Z: 0x40000000,
  C: 0x20000000,
  V: 0x10000000,
  PAN: 1 << 22,
  SS: 1 << 21,
  IL: 1 << 20,
  D: 1 << 9,
  A: 1 << 8,
  I: 1 << 7,
  F: 1 << 6,
  DAIF: 0xf << 6,
  /** M[4]: AArch32 state. */
  nRW: 1 << 4,
}

/** MDSCR_EL1, bits 31:0. */
export const MDSCR: Readonly<Record<'SS' | 'KDE' | 'MDE', number>> = {
  SS: 1 << 0,
  KDE: 1 << 13,
  MDE: 1 << 15,
}

/** CNTKCTL_EL1: what EL0 may use of the generic timer. */
export const CNTKCTL: Readonly<Record<'EL0PCTEN' | 'EL0VCTEN' | 'EL0VTEN' | 'EL0PTEN', number>> = {
  EL0PCTEN: 1 << 0,
  EL0VCTEN: 1 << 1,
  EL0VTEN: 1 << 8,
  EL0PTEN: 1 << 9,
}
