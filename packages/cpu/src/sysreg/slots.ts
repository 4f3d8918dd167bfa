/** Storage offsets of the registers that the CPU itself reads and writes. */

import { slotNamed } from './table.ts'

/** Offsets in a vCPU block. */
export const SLOT: Readonly<
  Record<
    | 'SCTLR'
    | 'CPACR'
    | 'TTBR0'
    | 'TTBR1'
    | 'TCR'
    | 'MAIR'
    | 'SPSR'
    | 'ELR'
    | 'ESR'
    | 'FAR'
    | 'PAR'
    | 'VBAR'
    | 'MDSCR'
    | 'OSLSR'
    | 'CNTKCTL'
    | 'SP_EL0'
    | 'SP_EL1',
    number
  >
> = {
  SCTLR: slotNamed('SCTLR_EL1'),
  CPACR: slotNamed('CPACR_EL1'),
  TTBR0: slotNamed('TTBR0_EL1'),
  TTBR1: slotNamed('TTBR1_EL1'),
  TCR: slotNamed('TCR_EL1'),
  MAIR: slotNamed('MAIR_EL1'),
  SPSR: slotNamed('SPSR_EL1'),
  ELR: slotNamed('ELR_EL1'),
  ESR: slotNamed('ESR_EL1'),
  FAR: slotNamed('FAR_EL1'),
  PAR: slotNamed('PAR_EL1'),
  VBAR: slotNamed('VBAR_EL1'),
  MDSCR: slotNamed('MDSCR_EL1'),
  OSLSR: slotNamed('OSLSR_EL1'),
  CNTKCTL: slotNamed('CNTKCTL_EL1'),
  SP_EL0: slotNamed('SP_EL0'),
  SP_EL1: slotNamed('SP_EL1'),
}
