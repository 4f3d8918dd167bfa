/** `KVM_GET_REG_LIST`: all register ids of a vCPU, in the order of Linux. [KVM-API] §4.84 */

import {
  type CoreRegName,
  ccsidrReg,
  coreReg,
  KVM_REG_ARM_FW_FEAT_BMAP_REG,
  KVM_REG_ARM_FW_REG,
  KVM_REG_ARM_PTIMER_CNT,
  KVM_REG_ARM_PTIMER_CTL,
  KVM_REG_ARM_PTIMER_CVAL,
  KVM_REG_ARM_TIMER_CNT,
  KVM_REG_ARM_TIMER_CTL,
  KVM_REG_ARM_TIMER_CVAL,
  KVM_REG_ARM64,
  KVM_REG_ARM64_SVE_FFR,
  KVM_REG_ARM64_SVE_PREG,
  KVM_REG_ARM64_SVE_VLS,
  KVM_REG_ARM64_SVE_ZREG,
  KVM_REG_ARM64_SYSREG,
  KVM_REG_SIZE_U64,
} from '@armvisor/uapi'
import type { OneRegVcpu } from './one-reg.ts'

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const core = (name: string): bigint => coreReg(name as CoreRegName)

/** Caches that CSSELR_EL1 can select. */
const cacheSelectors = 14

/** The ids. */
export function regList({ vm, sve, sysRegs }: OneRegVcpu): bigint[] {
  const selectors =
    vm.rules.hasFabricatedCaches || vm.hostCaches === undefined ? range(cacheSelectors) : [...vm.hostCaches.keys()]
  return [
    ...range(31).map((n) => core(`x${n}`)),
    ...['sp', 'pc', 'pstate', 'sp_el1', 'elr_el1', 'spsr_el1', 'spsr_abt', 'spsr_und', 'spsr_irq', 'spsr_fiq'].map(
      core,
    ),
    ...(sve === undefined ? range(32).map((n) => core(`v${n}`)) : []),
    core('fpsr'),
    core('fpcr'),
    ...(sve === undefined ? [] : [KVM_REG_ARM64_SVE_VLS, ...sveRegs()]),
    ...range(4).map((n) => KVM_REG_ARM_FW_REG(n)),
    ...range(3).map((n) => KVM_REG_ARM_FW_FEAT_BMAP_REG(n)),
    KVM_REG_ARM_TIMER_CTL,
    KVM_REG_ARM_TIMER_CNT,
    KVM_REG_ARM_TIMER_CVAL,
    ...(vm.rules.hasPhysicalTimerIds ? [KVM_REG_ARM_PTIMER_CTL, KVM_REG_ARM_PTIMER_CNT, KVM_REG_ARM_PTIMER_CVAL] : []),
    ...[...sysRegs.keys()].map((index) => KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG | BigInt(index)),
    ...selectors.map((n) => ccsidrReg(n)),
  ]
}

function sveRegs(): bigint[] {
  return [
    ...range(32).map((n) => KVM_REG_ARM64_SVE_ZREG(n, 0)),
    ...range(16).map((n) => KVM_REG_ARM64_SVE_PREG(n, 0)),
    KVM_REG_ARM64_SVE_FFR(0),
  ]
}
