/** The classes of register ids: the table. [KVM-API] §4.68. */

import {
  KVM_REG_ARM_CORE,
  KVM_REG_ARM_DEMUX,
  KVM_REG_ARM_FW,
  KVM_REG_ARM_FW_FEAT_BMAP,
  KVM_REG_ARM64_SVE,
  KVM_REG_ARM64_SYSREG,
} from './one-reg.ts'

/** A class of register ids. @see {@link regClassTable} */
export interface RegClassRow {
  /** Header name. */
  readonly name: string
  /** Bits [27:16] of the id, in place. */
  readonly value: bigint
  /** What `class` of a decoded id is. */
  readonly class: string
  readonly doc: string
}

/**
 * Every class of register ids of arm64, by number.
 *
 * @see [KVM-API] §4.68
 */
export const regClassTable: readonly RegClassRow[] = [
  { name: 'KVM_REG_ARM_CORE', value: KVM_REG_ARM_CORE, class: 'core', doc: 'word offset in kvm_regs' },
  { name: 'KVM_REG_ARM_DEMUX', value: KVM_REG_ARM_DEMUX, class: 'demux', doc: 'CCSIDR_EL1 by CSSELR_EL1' },
  { name: 'KVM_REG_ARM64_SYSREG', value: KVM_REG_ARM64_SYSREG, class: 'sysreg', doc: 'op0 op1 CRn CRm op2' },
  { name: 'KVM_REG_ARM_FW', value: KVM_REG_ARM_FW, class: 'fw', doc: 'firmware pseudo-register' },
  { name: 'KVM_REG_ARM64_SVE', value: KVM_REG_ARM64_SVE, class: 'sve', doc: 'slice of an SVE register' },
  {
    name: 'KVM_REG_ARM_FW_FEAT_BMAP',
    value: KVM_REG_ARM_FW_FEAT_BMAP,
    class: 'fw_feat_bmap',
    doc: 'bitmap of firmware features',
  },
]
